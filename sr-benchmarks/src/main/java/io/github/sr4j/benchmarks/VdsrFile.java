// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/**
 * An ONNX file of VDSR with drawn weights.
 *
 * <p>J. Kim, J. K. Lee, K. M. Lee, <i>Accurate Image Super-Resolution Using Very Deep Convolutional
 * Networks</i>, CVPR 2016: twenty convolutions of 3x3 with 64 features on the luma of the image
 * enlarged bicubically, to which their result is added. The time of a run does not depend on the
 * values of weights; they are drawn such that samples neither vanish nor grow from layer to layer.
 */
final class VdsrFile {

  private static final int LAYERS = 20;
  private static final int FEATURES = 64;
  private static final int KERNEL = 3;

  private static final ImmutableMap<String, String> METADATA =
      ImmutableMap.of(
          "sr4j.scale", "2",
          "sr4j.color", "luma",
          "sr4j.range", "1",
          "sr4j.preupscale", "bicubic",
          "sr4j.halo", Integer.toString(LAYERS * (KERNEL / 2)),
          "sr4j.network", "vdsr");

  private VdsrFile() {}

  static void write(Path file) throws IOException {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("vdsr");
    graph.addInput(value("input")).addOutput(value("output"));
    SplittableRandom random = new SplittableRandom(1);
    String last = "input";
    for (int layer = 1; layer <= LAYERS; layer++) {
      String name = "conv" + layer;
      int in = layer == 1 ? 1 : FEATURES;
      int out = layer == LAYERS ? 1 : FEATURES;
      graph.addInitializer(weights(name + ".weight", out, in, random));
      graph.addNode(
          NodeProto.newBuilder()
              .setOpType("Conv")
              .addInput(last)
              .addInput(name + ".weight")
              .addOutput(name)
              .addAttribute(integers("kernel_shape", KERNEL, KERNEL))
              .addAttribute(integers("pads", 1, 1, 1, 1)));
      last = name;
      if (layer < LAYERS) {
        last = "relu" + layer;
        graph.addNode(NodeProto.newBuilder().setOpType("Relu").addInput(name).addOutput(last));
      }
    }
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("Add")
            .addInput("input")
            .addInput(last)
            .addOutput("output"));
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
            .setGraph(graph);
    METADATA.forEach(
        (key, text) ->
            model.addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(text)));
    try (OutputStream stream = Files.newOutputStream(file)) {
      model.build().writeTo(stream);
    }
  }

  private static TensorProto weights(String name, int out, int in, SplittableRandom random) {
    int inputs = in * KERNEL * KERNEL;
    // Uniform with the variance of He et al., 2 / inputs.
    double bound = Math.sqrt(6.0 / inputs);
    ByteBuffer values =
        ByteBuffer.allocate(out * inputs * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      values.putFloat((float) (bound * (2 * random.nextDouble() - 1)));
    }
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(TensorProto.DataType.FLOAT_VALUE)
        .addDims(out)
        .addDims(in)
        .addDims(KERNEL)
        .addDims(KERNEL)
        .setRawData(ByteString.copyFrom(values.array()))
        .build();
  }

  private static AttributeProto integers(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  private static ValueInfoProto value(String name) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(1))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("height"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("width"));
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }
}
