// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableSortedMap;
import java.nio.ByteOrder;
import java.util.Map;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/** That exported files compute what the network computes is tested where ONNX Runtime is. */
final class OnnxExporterTest {

  @Test
  void network_isWrittenOperationByOperation() throws Exception {
    try (Weights weights = new Weights(1)) {
      NetworkGraph network = NetworkGraph.of(new Compact(3, 4, 1, 0), weights, false);
      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(
                  network.graph(),
                  weights.arrays(),
                  "input",
                  "output",
                  1,
                  ImmutableSortedMap.of("sr4j.scale", "3")));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .containsExactly("Conv", "Relu", "Conv", "Relu", "Conv", "Add", "DepthToSpace");
      assertThat(model.getGraph().getOutput(0).getName()).isEqualTo("output");
      assertThat(model.getMetadataProps(0).getKey()).isEqualTo("sr4j.scale");
      assertThat(model.getMetadataProps(0).getValue()).isEqualTo("3");
      TensorProto first = model.getGraph().getInitializer(0);
      assertThat(first.getName()).isEqualTo("conv1.weight");
      assertThat(first.getDimsList()).containsExactly(4L, 1L, 3L, 3L);
    }
  }

  @Test
  void expandedConvolution_isOneNode_withTheProductOfItsWeights() throws Exception {
    try (Weights weights = new Weights(1)) {
      NetworkGraph network = NetworkGraph.of(new Compact(2, 4, 2, 3), weights, false);
      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(
                  network.graph(), weights.all(), "input", "output", 1, ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .containsExactly(
              "Conv", "Relu", "Conv", "Relu", "Conv", "Relu", "Conv", "Add", "DepthToSpace");
      TensorProto kernel = model.getGraph().getInitializer(2);
      assertThat(kernel.getName()).isEqualTo("conv2.weight");
      assertThat(kernel.getDimsList()).containsExactly(4L, 4L, 3L, 3L);
      float[] exported = new float[4 * 4 * 9];
      kernel
          .getRawData()
          .asReadOnlyByteBuffer()
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(exported);
      float[] expand = weights.published("conv2.expand.weight").samples(); // [12, 4, 3, 3]
      float[] project = weights.published("conv2.project.weight").samples(); // [4, 12, 1, 1]
      for (int out = 0; out < 4; out++) {
        for (int in = 0; in < 4; in++) {
          for (int yx = 0; yx < 9; yx++) {
            double expected = out == in && yx == 4 ? 1 : 0;
            for (int inner = 0; inner < 12; inner++) {
              expected += (double) project[out * 12 + inner] * expand[(inner * 4 + in) * 9 + yx];
            }
            assertThat(exported[(out * 4 + in) * 9 + yx])
                .as("out %s, in %s, yx %s", out, in, yx)
                .isCloseTo((float) expected, within(1e-6f));
          }
        }
      }
    }
  }

  @Test
  void extension_isOneNode() throws Exception {
    try (Weights weights = new Weights(1)) {
      Network srcnn = Networks.of("srcnn", 2);
      NetworkGraph network = NetworkGraph.of(srcnn, weights, false);
      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(
                  network.graph(),
                  weights.arrays(),
                  "input",
                  "output",
                  1,
                  ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .containsExactly("Pad", "Conv", "Relu", "Conv", "Relu", "Conv");
      assertThat(model.getGraph().getInitializer(0).getInt64DataList())
          .containsExactly(0L, 0L, 6L, 6L, 0L, 0L, 6L, 6L);
    }
  }

  @Test
  void weights_areInTheOrderOfOnnx() {
    INDArray yxio = Nd4j.create(DataType.FLOAT, new long[] {2, 3, 4, 5}, 'c');
    float[] samples = new float[120];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = i;
    }
    Arrays32.write(yxio, samples);

    Npz.Array oihw = WeightFiles.toPublished(yxio, 1);

    assertThat(oihw.shape()).containsExactly(5, 4, 2, 3);
    // [o=1, i=2, y=1, x=0] is [y=1, x=0, i=2, o=1] of the other order.
    assertThat(oihw.samples()[((1 * 4 + 2) * 2 + 1) * 3]).isEqualTo(((1 * 3) * 4 + 2) * 5 + 1);
    assertThat(WeightFiles.fromPublished(oihw, yxio.shape(), 1)).isEqualTo(samples);
  }

  @Test
  void dilatedAndExplicitPadding_areWritten() throws Exception {
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 1, -1, -1);
    INDArray array = Nd4j.create(DataType.FLOAT, new long[] {3, 3, 1, 2}, 'c');
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(3)
            .kW(3)
            .dH(2)
            .dW(2)
            .sH(2)
            .sW(1)
            .pH(1)
            .pW(3)
            .paddingMode(PaddingMode.VALID)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    graph.cnn().conv2d("y", x, graph.var("w", array), config);

    NodeProto node =
        ModelProto.parseFrom(
                OnnxExporter.export(
                    graph, Map.of("w", array), "x", "y", 1, ImmutableSortedMap.of()))
            .getGraph()
            .getNode(0);

    assertThat(node.getInputList()).containsExactly("x", "w");
    assertThat(integers(node, "strides")).containsExactly(2L, 1L);
    assertThat(integers(node, "dilations")).containsExactly(2L, 2L);
    assertThat(integers(node, "pads")).containsExactly(1L, 3L, 1L, 3L);
  }

  @Test
  void transposedConvolution_isCutOffEvenly() throws Exception {
    try (Weights weights = new Weights(1)) {
      Network fsrcnn = Networks.of("fsrcnn(features=3, shrunk=2, layers=1)", 2);
      NetworkGraph network = NetworkGraph.of(fsrcnn, weights, false);
      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(
                  network.graph(),
                  weights.arrays(),
                  "input",
                  "output",
                  1,
                  ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .containsExactly(
              "Conv", "PRelu", "Conv", "PRelu", "Conv", "PRelu", "Conv", "PRelu", "ConvTranspose");
      NodeProto last = model.getGraph().getNode(8);
      assertThat(integers(last, "pads")).containsExactly(3L, 3L, 4L, 4L);
      assertThat(integers(last, "strides")).containsExactly(2L, 2L);
      TensorProto kernel = model.getGraph().getInitializer(12);
      assertThat(kernel.getName()).isEqualTo("deconv.weight");
      assertThat(kernel.getDimsList()).containsExactly(3L, 1L, 9L, 9L);
    }
  }

  @Test
  void batchNormalization_isPartOfTheConvolutionBefore() throws Exception {
    try (Weights weights = new Weights(1)) {
      Network johnson = Networks.of("johnson(blocks=1, features=3)", 2);
      NetworkGraph network = NetworkGraph.of(johnson, weights, false);
      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(
                  network.graph(), weights.all(), "input", "output", 3, ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .containsExactly(
              "Conv",
              "Relu",
              "Conv",
              "Relu",
              "Conv",
              "Add",
              "ConvTranspose",
              "Relu",
              "Conv",
              "Tanh",
              "Add",
              "Mul");
    }
  }

  @Test
  void stridesAndMirroredEdges_areWritten() throws Exception {
    try (Weights weights = new Weights(1)) {
      Network style = Networks.of("johnson(blocks=1, features=3)", 1);
      NetworkGraph network = NetworkGraph.of(style, weights, false);
      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(
                  network.graph(), weights.all(), "input", "output", 3, ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .startsWith("Pad", "Conv", "Relu", "Pad", "Conv", "Relu", "Pad", "Conv", "Relu", "Pad")
          .containsSubsequence("Add", "ConvTranspose", "Relu", "ConvTranspose", "Relu", "Pad");
      assertThat(model.getGraph().getNode(0).getAttribute(0).getS().toStringUtf8())
          .isEqualTo("reflect");
      assertThat(integers(model.getGraph().getNode(4), "strides")).containsExactly(2L, 2L);
      assertThat(integers(model.getGraph().getNode(4), "pads")).containsExactly(0L, 0L, 0L, 0L);
    }
  }

  @Test
  void batchNormalization_ofWhatNoConvolutionMade_isANode() throws Exception {
    try (Weights weights = new Weights(1)) {
      SameDiff graph = SameDiff.create();
      Layers layers = new Layers(graph, weights, true, false);
      SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 2, -1, -1);
      layers.batchNormalization("norm", new Signal(x, 2)).variable().rename("y");

      NodeProto node =
          ModelProto.parseFrom(
                  OnnxExporter.export(graph, weights.all(), "x", "y", 2, ImmutableSortedMap.of()))
              .getGraph()
              .getNode(0);

      assertThat(node.getOpType()).isEqualTo("BatchNormalization");
      assertThat(node.getInputList())
          .containsExactly(
              "x", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var");
      assertThat(node.getAttribute(0).getF()).isEqualTo(1e-5f);
    }
  }

  /** Where what comes before normalisation is used too, it cannot be part of the weights. */
  @Test
  void batchNormalization_besideAnotherUseOfItsArgument_isANode() throws Exception {
    try (Weights weights = new Weights(1)) {
      SameDiff graph = SameDiff.create();
      Layers layers = new Layers(graph, weights, true, false);
      SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 1, -1, -1);
      Signal before = layers.convolution("conv", new Signal(x, 1), 1, 3);
      layers.batchNormalization("norm", before).plus(before).variable().rename("y");

      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(graph, weights.all(), "x", "y", 1, ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .containsExactly("Conv", "BatchNormalization", "Add");
    }
  }

  @Test
  void instanceNormalization_isOneNode() throws Exception {
    try (Weights weights = new Weights(1)) {
      SameDiff graph = SameDiff.create();
      SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 2, -1, -1);
      Layers layers = new Layers(graph, weights, true, false);
      layers.instanceNormalization("norm", new Signal(x, 2)).variable().rename("y");

      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(graph, weights.all(), "x", "y", 2, ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList()).hasSize(1);
      NodeProto node = model.getGraph().getNode(0);
      assertThat(node.getOpType()).isEqualTo("InstanceNormalization");
      assertThat(node.getInputList()).containsExactly("x", "norm.weight", "norm.bias");
      assertThat(node.getAttribute(0).getF()).isEqualTo(1e-5f);
      assertThat(model.getGraph().getInitializer(0).getDimsList()).containsExactly(2L);
    }
  }

  @Test
  void instanceNormalization_ofWhichAPartIsUsedElsewhere_isWrittenInParts() throws Exception {
    try (Weights weights = new Weights(1)) {
      SameDiff graph = SameDiff.create();
      SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 2, -1, -1);
      new Layers(graph, weights, true, false).instanceNormalization("norm", new Signal(x, 2));
      graph.math().tanh("y", graph.getVariable("subtract"));

      ModelProto model =
          ModelProto.parseFrom(
              OnnxExporter.export(graph, weights.all(), "x", "y", 2, ImmutableSortedMap.of()));

      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .contains("ReduceMean", "Sub", "Sqrt", "Div", "Tanh")
          .doesNotContain("InstanceNormalization");
    }
  }

  @Test
  void meanOfOtherAxes_isRefused() {
    SameDiff graph = SameDiff.create();
    graph.placeHolder("x", DataType.FLOAT, -1, 1, -1, -1).mean(true, 1).rename("y");

    assertThatThrownBy(
            () -> OnnxExporter.export(graph, Map.of(), "x", "y", 1, ImmutableSortedMap.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "operation \"reduce_mean\" with other axes than height and width cannot be written as"
                + " ONNX");
  }

  @Test
  void operationWithoutTranslation_isNamed() {
    SameDiff graph = SameDiff.create();
    graph.math().erf("y", graph.placeHolder("x", DataType.FLOAT, -1, 1, -1, -1));

    assertThatThrownBy(
            () -> OnnxExporter.export(graph, Map.of(), "x", "y", 1, ImmutableSortedMap.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "operation \"erf\" cannot be written as ONNX; those that can are conv2d, deconv2d,"
                + " relu, leakyrelu, prelu, tanh, sigmoid, sqrt, add, subtract, multiply, divide,"
                + " add_scalar, mul_scalar, batchnorm, reduce_mean, concat, slice, depth_to_space,"
                + " pad");
  }

  private static Iterable<Long> integers(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .map(AttributeProto::getIntsList)
        .findFirst()
        .orElseThrow();
  }
}
