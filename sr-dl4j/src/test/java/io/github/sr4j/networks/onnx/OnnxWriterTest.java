// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.zoo.Networks;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The nodes of exported files, read by generated classes of ONNX. That the files compute what the
 * network computes is tested where ONNX Runtime is.
 */
final class OnnxWriterTest {

  private static final double EPSILON = 1e-5;

  private static Map<String, Tensor> weights(Graph graph) {
    return InitialWeights.draw(graph, 1);
  }

  private static ModelProto written(Graph graph) throws Exception {
    return ModelProto.parseFrom(OnnxWriter.write(graph, weights(graph), new TreeMap<>()));
  }

  private static ModelProto written(String network, int scale) throws Exception {
    return written(graph(network, scale));
  }

  private static Graph graph(String network, int scale) {
    return NetworkGraph.of(Networks.of(network, scale), NetworkGraph.Mode.INFERENCE).graph();
  }

  private static List<String> operators(ModelProto model) {
    return model.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
  }

  @Test
  void network_isWrittenOperationByOperation() throws Exception {
    Graph graph = graph("compact(features=4, layers=1)", 3);
    ModelProto model =
        ModelProto.parseFrom(
            OnnxWriter.write(
                graph, weights(graph), new TreeMap<>(Map.of("sr4j.scale", "3", "sr4j.a", "é"))));

    assertThat(operators(model))
        .containsExactly("Conv", "Relu", "Conv", "Relu", "Conv", "Add", "DepthToSpace");
    assertThat(model.getIrVersion()).isEqualTo(8);
    assertThat(model.getOpsetImport(0).getVersion()).isEqualTo(17);
    assertThat(model.getMetadataProps(0).getKey()).isEqualTo("sr4j.a");
    assertThat(model.getMetadataProps(0).getValue()).isEqualTo("é");
    assertThat(model.getMetadataProps(1).getKey()).isEqualTo("sr4j.scale");
    assertThat(model.getMetadataProps(1).getValue()).isEqualTo("3");
    TensorProto first = model.getGraph().getInitializer(0);
    assertThat(first.getName()).isEqualTo("conv1.weight");
    assertThat(first.getDimsList()).containsExactly(4L, 1L, 3L, 3L);
    assertThat(floats(first)).isEqualTo(weights(graph).get("conv1.weight").samples());
    NodeProto shuffle = model.getGraph().getNode(6);
    assertThat(attribute(shuffle, "mode").getS().toStringUtf8()).isEqualTo("CRD");
    assertThat(attribute(shuffle, "blocksize").getI()).isEqualTo(3);
  }

  /** The input and the output are images of any number and size. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"espcn | 1", "edsr(blocks=1, features=4) | 3"})
  void inputAndOutput_areFloatImages(String network, int channels) throws Exception {
    GraphProto graph = written(network, 2).getGraph();

    assertThat(graph.getInputList()).hasSize(1);
    assertThat(graph.getOutputList()).hasSize(1);
    assertImages(graph.getInput(0), "input", channels, "batch", "height", "width");
    assertImages(graph.getOutput(0), "output", channels, "batch", "output_height", "output_width");
    assertThat(graph.getNode(graph.getNodeCount() - 1).getOutputList()).containsExactly("output");
  }

  private static void assertImages(
      ValueInfoProto value, String name, int channels, String batch, String height, String width) {
    TypeProto.Tensor type = value.getType().getTensorType();
    assertThat(value.getName()).isEqualTo(name);
    assertThat(type.getElemType()).isEqualTo(TensorProto.DataType.FLOAT.getNumber());
    assertThat(type.getShape().getDimList()).hasSize(4);
    assertThat(type.getShape().getDim(0).getDimParam()).isEqualTo(batch);
    assertThat(type.getShape().getDim(1).getDimValue()).isEqualTo(channels);
    assertThat(type.getShape().getDim(2).getDimParam()).isEqualTo(height);
    assertThat(type.getShape().getDim(3).getDimParam()).isEqualTo(width);
  }

  @Test
  void expandedConvolution_isOneNode_withTheProductOfItsWeights() throws Exception {
    Graph graph = graph("compact(features=4, layers=2, expansion=3)", 2);
    Map<String, Tensor> weights = weights(graph);
    ModelProto model = written(graph);

    assertThat(operators(model))
        .containsExactly(
            "Conv", "Relu", "Conv", "Relu", "Conv", "Relu", "Conv", "Add", "DepthToSpace");
    TensorProto kernel = initializer(model, "conv2.weight");
    assertThat(kernel.getDimsList()).containsExactly(4L, 4L, 3L, 3L);
    float[] exported = floats(kernel);
    float[] expand = weights.get("conv2.expand.weight").samples(); // [12, 4, 3, 3]
    float[] project = weights.get("conv2.project.weight").samples(); // [4, 12, 1, 1]
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
    assertThat(model.getGraph().getInitializerList().stream().map(TensorProto::getName))
        .noneMatch(name -> name.contains("expand") || name.contains("project"));
  }

  @Test
  void extension_isOneNode() throws Exception {
    ModelProto model = written("srcnn", 2);

    assertThat(operators(model)).containsExactly("Pad", "Conv", "Relu", "Conv", "Relu", "Conv");
    NodeProto pad = model.getGraph().getNode(0);
    assertThat(attribute(pad, "mode").getS().toStringUtf8()).isEqualTo("edge");
    TensorProto pads = initializer(model, pad.getInput(1));
    assertThat(pads.getDataType()).isEqualTo(TensorProto.DataType.INT64.getNumber());
    long[] pixels = new long[8];
    pads.getRawData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(pixels);
    assertThat(pixels).containsExactly(0, 0, 6, 6, 0, 0, 6, 6);
  }

  @Test
  void strideDilationGroupsAndPadding_areWritten() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Node x = builder.input("x", Shape.ofImages(4));
    Node kernels = builder.constant("w", Tensor.of(Shape.of(2, 2, 3, 5), new float[60]));
    Node y = builder.add(new Convolve(3, 5, 3, 2, 2, 1, 4), x, kernels);

    NodeProto node = written(builder.build(y)).getGraph().getNode(0);

    assertThat(node.getInputList()).containsExactly("x", "w");
    assertThat(integers(node, "kernel_shape")).containsExactly(3L, 5L);
    assertThat(integers(node, "strides")).containsExactly(3L, 3L);
    assertThat(integers(node, "dilations")).containsExactly(2L, 2L);
    assertThat(integers(node, "pads")).containsExactly(1L, 4L, 1L, 4L);
    assertThat(attribute(node, "group").getI()).isEqualTo(2);
  }

  @Test
  void transposedConvolution_isCutOffEvenly() throws Exception {
    ModelProto model = written("fsrcnn(features=3, shrunk=2, layers=1)", 2);

    assertThat(operators(model))
        .containsExactly(
            "Conv", "PRelu", "Conv", "PRelu", "Conv", "PRelu", "Conv", "PRelu", "ConvTranspose");
    NodeProto last = model.getGraph().getNode(8);
    assertThat(integers(last, "pads")).containsExactly(3L, 3L, 4L, 4L);
    assertThat(integers(last, "strides")).containsExactly(2L, 2L);
    NodeProto relu = model.getGraph().getNode(1);
    assertThat(initializer(model, relu.getInput(1)).getDimsList()).containsExactly(3L, 1L, 1L);
    assertThat(initializer(model, "deconv.weight").getDimsList()).containsExactly(3L, 1L, 9L, 9L);
  }

  @Test
  void batchNormalization_isPartOfTheConvolutionBefore() throws Exception {
    assertThat(operators(written("johnson(blocks=1, features=3)", 2)))
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

  @Test
  void stridesAndMirroredEdges_areWritten() throws Exception {
    ModelProto model = written("johnson(blocks=1, features=3)", 1);

    assertThat(operators(model))
        .startsWith("Pad", "Conv", "Relu", "Pad", "Conv", "Relu", "Pad", "Conv", "Relu", "Pad")
        .containsSubsequence("Add", "ConvTranspose", "Relu", "ConvTranspose", "Relu", "Pad");
    assertThat(attribute(model.getGraph().getNode(0), "mode").getS().toStringUtf8())
        .isEqualTo("reflect");
    assertThat(integers(model.getGraph().getNode(4), "strides")).containsExactly(2L, 2L);
    assertThat(integers(model.getGraph().getNode(4), "pads")).containsExactly(0L, 0L, 0L, 0L);
  }

  /** Adds a normalisation of two channels. */
  private static Node normalized(GraphBuilder builder, Normalize norm, Node x) {
    List<Node> operands = new ArrayList<>(List.of(x));
    for (String name :
        norm instanceof Normalize.Batch
            ? List.of("weight", "bias", "running_mean", "running_var")
            : List.of("weight", "bias")) {
      operands.add(builder.weights(weight("norm." + name, 2)));
    }
    return builder.add("norm", norm, operands.toArray(Node[]::new));
  }

  private static Parameter weight(String name, long... shape) {
    return new Parameter(
        name, Shape.of(shape), new Parameter.Initial.Uniform(1), Parameter.Role.TRAINED, 1);
  }

  @Test
  void batchNormalization_ofWhatNoConvolutionMade_isANode() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Node x = builder.input("x", Shape.ofImages(2));
    Graph graph = builder.build(normalized(builder, new Normalize.Batch(EPSILON, false), x));

    NodeProto node = written(graph).getGraph().getNode(0);

    assertThat(node.getOpType()).isEqualTo("BatchNormalization");
    assertThat(node.getInputList())
        .containsExactly("x", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var");
    assertThat(attribute(node, "epsilon").getF()).isEqualTo(1e-5f);
  }

  /** Where what comes before normalisation is used too, it cannot be part of the weights. */
  @Test
  void batchNormalization_besideAnotherUseOfItsArgument_isANode() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Node x = builder.input("x", Shape.ofImages(1));
    Node kernels = builder.weights(weight("w", 2, 1, 3, 3));
    Node before = builder.add("conv", Convolve.of(3, 1, 1), x, kernels);
    Node norm = normalized(builder, new Normalize.Batch(EPSILON, false), before);

    assertThat(operators(written(builder.build(builder.add(Binary.ADD, norm, before)))))
        .containsExactly("Conv", "BatchNormalization", "Add");
  }

  @Test
  void batchNormalizationOfTraining_isRefused() {
    GraphBuilder builder = new GraphBuilder();
    Node x = builder.input("x", Shape.ofImages(2));
    Graph graph = builder.build(normalized(builder, new Normalize.Batch(EPSILON, true), x));

    assertThatThrownBy(() -> written(graph))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch_norm of a network in training cannot be written as ONNX");
  }

  @Test
  void instanceNormalization_isOneNode() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Node x = builder.input("x", Shape.ofImages(2));
    ModelProto model =
        written(builder.build(normalized(builder, new Normalize.Instance(EPSILON), x)));

    assertThat(model.getGraph().getNodeList()).hasSize(1);
    NodeProto node = model.getGraph().getNode(0);
    assertThat(node.getOpType()).isEqualTo("InstanceNormalization");
    assertThat(node.getInputList()).containsExactly("x", "norm.weight", "norm.bias");
    assertThat(attribute(node, "epsilon").getF()).isEqualTo(1e-5f);
    assertThat(model.getGraph().getInitializer(0).getDimsList()).containsExactly(2L);
  }

  /** Slopes that two layers share are one initializer, and so are the weights of convolutions. */
  @Test
  void layersOfOneName_haveOneInitializer() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Layers layers = Layers.training(builder);
    FeatureMap x = layers.featureMap(builder.input("x", Shape.ofImages(3)));
    for (int i = 0; i < 2; i++) {
      x = layers.prelu("prelu", layers.convolution("conv", x, 3, 3));
    }

    ModelProto model = written(builder.build(x.node()));

    assertThat(operators(model)).containsExactly("Conv", "Unsqueeze", "PRelu", "Conv", "PRelu");
    assertThat(model.getGraph().getInitializerList().stream().map(TensorProto::getName))
        .contains("conv.weight", "conv.bias", "prelu.weight")
        .noneMatch(name -> name.contains("_1"));
  }

  /** The operators and the size of a file must not depend on the values of weights. */
  @Test
  void equalWeightsOfTwoLayers_areTwoInitializers() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Layers layers = Layers.training(builder);
    FeatureMap x = layers.featureMap(builder.input("x", Shape.ofImages(3)));
    Convolution convolution = Convolution.of(3, 1).deviation(1); // whose biases are 0 at first
    x = layers.convolution("two", layers.convolution("one", x, convolution), convolution);

    assertThat(
            written(builder.build(x.node())).getGraph().getInitializerList().stream()
                .map(TensorProto::getName))
        .containsExactly("one.weight", "one.bias", "two.weight", "two.bias");
  }

  /** RepVGG's branches, and the image itself where the channels are as many, are one kernel. */
  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void parallelBranches_becomeOneConvolution(int features) throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Layers layers = Layers.training(builder);
    FeatureMap x = layers.featureMap(builder.input("x", Shape.ofImages(3)));
    Graph graph = builder.build(Blocks.reparameterized(layers, "block", x, features).node());

    ModelProto model = written(graph);

    assertThat(operators(model)).containsExactly("Conv");
    assertThat(initializer(model, model.getGraph().getNode(0).getInput(1)).getDimsList())
        .containsExactly((long) features, 3L, 3L, 3L);
  }

  /** Every node takes what exists, and every result has a name of its own. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compact(features=4, layers=1) | 2",
        "edsr(blocks=1, features=4, scaling=0.1) | 4",
        "espcn | 3",
        "imdn(blocks=2, features=16) | 2",
        "johnson(blocks=1, features=3, norm=instance) | 1",
        "mdsr(scales=2-3, blocks=1, features=4) | 3",
        "rcan(groups=1, blocks=1, features=4, reduction=2) | 2",
        "srresnet(blocks=1, features=4) | 4",
        "vdsr(layers=3, features=4) | 2",
      })
  void graph_isInOrderAndItsNamesAreUnique(String network, int scale) throws Exception {
    GraphProto graph = written(network, scale).getGraph();
    Set<String> known = new HashSet<>(Set.of("input"));
    Set<String> used = new HashSet<>();

    for (TensorProto tensor : graph.getInitializerList()) {
      assertThat(known.add(tensor.getName())).as(tensor.getName()).isTrue();
    }
    for (NodeProto node : graph.getNodeList()) {
      assertThat(known).as(node.getName()).containsAll(node.getInputList());
      used.addAll(node.getInputList());
      node.getOutputList().forEach(name -> assertThat(known.add(name)).as(name).isTrue());
    }
    assertThat(used)
        .as("initializers that are used")
        .containsAll(graph.getInitializerList().stream().map(TensorProto::getName).toList());
    assertThat(known).contains("output");
  }

  private static TensorProto initializer(ModelProto model, String name) {
    return model.getGraph().getInitializerList().stream()
        .filter(tensor -> tensor.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static float[] floats(TensorProto tensor) {
    float[] samples = new float[tensor.getRawData().size() / Float.BYTES];
    tensor
        .getRawData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(samples);
    return samples;
  }

  private static AttributeProto attribute(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<Long> integers(NodeProto node, String name) {
    return attribute(node, name).getIntsList();
  }
}
