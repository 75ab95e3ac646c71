// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
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
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.shade.protobuf.ByteString;

/**
 * The writing of a SameDiff graph as an ONNX model: operation by operation, whatever network they
 * make.
 *
 * <p>Input and output keep their names and are float32 [N, C, H, W] with N, H and W free. Weights
 * become initializers, convolutions in ONNX's order [out, in, height, width]; so does what is
 * computed of weights alone.
 */
final class OnnxExporter {

  private static final long OPERATOR_SET = 17;
  private static final long IR_VERSION = 8; // the one of operator set 17

  private static final long REFLECT = 1; // libnd4j's pad; 0 is constant
  private static final long SYMMETRIC = 2;

  /** Writes the nodes of one operation. */
  private interface Translation {
    void write(OnnxExporter exporter, DifferentialFunction operation);
  }

  private static final ImmutableMap<String, Translation> TRANSLATIONS =
      ImmutableMap.<String, Translation>builder()
          .put("conv2d", OnnxExporter::convolution)
          .put("deconv2d", OnnxExporter::transposedConvolution)
          .put("relu", OnnxExporter::relu)
          .put("leakyrelu", OnnxExporter::leakyRelu)
          .put("prelu", OnnxExporter::prelu)
          .put("tanh", as("Tanh"))
          .put("sigmoid", as("Sigmoid"))
          .put("sqrt", as("Sqrt"))
          .put("add", as("Add"))
          .put("subtract", as("Sub"))
          .put("multiply", as("Mul"))
          .put("divide", as("Div"))
          .put("add_scalar", withScalar("Add"))
          .put("mul_scalar", withScalar("Mul"))
          .put("batchnorm", OnnxExporter::normalization)
          .put("reduce_mean", OnnxExporter::mean)
          .put("concat", OnnxExporter::concatenate)
          .put("slice", OnnxExporter::slice)
          .put("depth_to_space", OnnxExporter::depthToSpace)
          .put("pad", OnnxExporter::pad)
          .buildOrThrow();

  private final SameDiff graph;
  private final Constants constants;
  private final GraphProto.Builder onnx = GraphProto.newBuilder();
  private final Set<String> written = new LinkedHashSet<>();
  private final Map<String, Extension> extensions = new HashMap<>();
  private final Map<String, DifferentialFunction> folded = new HashMap<>(); // by its argument

  /** A variable that is another one extended on each side by copies of its outermost pixels. */
  private record Extension(String source, long pixels) {}

  private OnnxExporter(SameDiff graph, Constants constants) {
    this.graph = graph;
    this.constants = constants;
  }

  /**
   * Returns the bytes of the ONNX model.
   *
   * @param channels the channels of input and output
   * @param metadata written as it is, in order
   * @throws IllegalArgumentException if an operation has no translation; the message names it
   */
  static byte[] export(
      SameDiff graph,
      Map<String, INDArray> weights,
      String input,
      String output,
      int channels,
      SortedMap<String, String> metadata) {
    Constants constants = new Constants(graph, weights, input);
    OnnxExporter exporter = new OnnxExporter(graph, constants);
    exporter
        .onnx
        .setName("sr4j")
        .addInput(image(input, channels, "height", "width"))
        .addOutput(image(output, channels, "output_height", "output_width"));
    exporter.findFoldable(output);
    Map<String, InstanceNormalization> instances = InstanceNormalization.in(graph);
    Set<String> parts = new HashSet<>();
    instances.values().forEach(normalization -> parts.addAll(normalization.parts()));
    for (DifferentialFunction operation : graph.ops()) {
      InstanceNormalization instance = instances.get(operation.getOwnName());
      if (instance != null) {
        exporter.instanceNormalization(instance, operation.outputVariablesNames()[0]);
      }
      if (parts.contains(operation.getOwnName())
          || constants.contains(operation.outputVariablesNames()[0])) {
        continue;
      }
      Translation translation = TRANSLATIONS.get(operation.opName());
      if (translation == null) {
        throw new IllegalArgumentException(
            String.format(
                "operation \"%s\" cannot be written as ONNX; those that can are %s",
                operation.opName(), String.join(", ", TRANSLATIONS.keySet())));
      }
      translation.write(exporter, operation);
    }
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("sr4j")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPERATOR_SET))
            .setGraph(exporter.onnx);
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build().toByteArray();
  }

  /** An operation that ONNX has too, with the same arguments and nothing else. */
  private static Translation as(String type) {
    return (exporter, operation) -> exporter.onnx.addNode(exporter.node(type, operation));
  }

  private static Translation withScalar(String type) {
    return (exporter, operation) -> {
      String scalar = operation.outputVariablesNames()[0] + "_scalar";
      exporter.initializer(
          scalar, new long[0], new float[] {((ScalarOp) operation).scalar().getFloat(0)});
      exporter.onnx.addNode(exporter.node(type, operation).addInput(scalar));
    };
  }

  private static ValueInfoProto image(String name, int channels, String height, String width) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(channels))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(height))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(width));
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

  private void convolution(DifferentialFunction operation) {
    // The arguments of libnd4j's conv2d: kernel, stride, padding, dilation (each height, width),
    // whether
    // padding keeps the size, whether NHWC, order of the weights.
    long[] arguments = ((DynamicCustomOp) operation).iArgs();
    require(operation, arguments[9] == 0, "NHWC");
    require(operation, arguments[10] == 0, "weights in another order than YXIO");
    long height = arguments[0];
    long width = arguments[1];
    long[] pads;
    if (arguments[8] == 1) {
      require(operation, height % 2 == 1 && width % 2 == 1, "an even kernel that keeps the size");
      require(operation, arguments[2] == 1 && arguments[3] == 1, "a stride that keeps the size");
      long y = arguments[6] * (height - 1) / 2;
      long x = arguments[7] * (width - 1) / 2;
      pads = new long[] {y, x, y, x};
    } else {
      pads = new long[] {arguments[4], arguments[5], arguments[4], arguments[5]};
    }
    onnx.addNode(convolution("Conv", operation, pads));
  }

  /** The arguments are those of a convolution, without the order of the weights. */
  private void transposedConvolution(DifferentialFunction operation) {
    long[] arguments = ((DynamicCustomOp) operation).iArgs();
    require(operation, arguments[9] == 0, "NHWC");
    require(operation, arguments[8] == 1, "padding that does not make it stride times as large");
    require(operation, arguments[6] == 1 && arguments[7] == 1, "dilation");
    long y = arguments[0] - arguments[2]; // by which the result is too large on both sides together
    long x = arguments[1] - arguments[3];
    require(operation, y >= 0 && x >= 0, "a kernel smaller than its stride");
    onnx.addNode(convolution("ConvTranspose", operation, y / 2, x / 2, y - y / 2, x - x / 2));
  }

  /**
   * Finds normalisations by fixed statistics that a convolution's result alone goes into: they are
   * one factor and one summand for each channel, which can as well be part of its weights.
   */
  private void findFoldable(String output) {
    for (DifferentialFunction operation : graph.ops()) {
      String argument = operation.argNames()[0];
      DifferentialFunction before = graph.getVariableOutputOp(argument);
      if (operation.opName().equals("batchnorm")
          && before != null
          && (before.opName().equals("conv2d") || before.opName().equals("deconv2d"))
          && consumers(argument) == 1
          && !argument.equals(output)) {
        folded.put(argument, operation);
      }
    }
  }

  private long consumers(String variable) {
    return Arrays.stream(graph.ops())
        .filter(operation -> List.of(operation.argNames()).contains(variable))
        .count();
  }

  private void normalization(DifferentialFunction operation) {
    if (folded.containsKey(operation.argNames()[0])) {
      return; // written with the convolution
    }
    NodeProto.Builder node = node("BatchNormalization", operation.outputVariablesNames()[0]);
    for (int i : new int[] {0, 3, 4, 1, 2}) { // libnd4j has the statistics first
      node.addInput(value(operation.argNames()[i]));
    }
    onnx.addNode(node.addAttribute(number("epsilon", (float) epsilon(operation))));
  }

  private void instanceNormalization(InstanceNormalization normalization, String result) {
    NodeProto.Builder node = node("InstanceNormalization", result);
    node.addInput(value(normalization.input()));
    for (String name : List.of(normalization.weight(), normalization.bias())) {
      Npz.Array published = WeightFiles.toPublished(array(name), 1); // [channels]
      initializer(name, published.shape(), published.samples());
      node.addInput(name);
    }
    onnx.addNode(node.addAttribute(number("epsilon", (float) normalization.epsilon())));
  }

  private static double epsilon(DifferentialFunction normalization) {
    return ((DynamicCustomOp) normalization).tArgs()[0];
  }

  /** Adds the weights of a convolution that does what the normalisation of its result does too. */
  private void addFolded(
      NodeProto.Builder node, DifferentialFunction operation, DifferentialFunction normalization) {
    Npz.Array published = WeightFiles.toPublished(array(operation.argNames()[1]), 1);
    float[] mean = Arrays32.read(array(normalization.argNames()[1]));
    float[] variance = Arrays32.read(array(normalization.argNames()[2]));
    float[] weight = Arrays32.read(array(normalization.argNames()[3]));
    float[] bias = Arrays32.read(array(normalization.argNames()[4]));
    float[] before =
        operation.argNames().length > 2
            ? Arrays32.read(array(operation.argNames()[2]))
            : new float[mean.length];
    int channels = mean.length;
    double[] factor = new double[channels];
    float[] summand = new float[channels];
    for (int c = 0; c < channels; c++) {
      factor[c] = weight[c] / Math.sqrt(variance[c] + epsilon(normalization));
      summand[c] = (float) ((before[c] - mean[c]) * factor[c] + bias[c]);
    }
    long[] shape = published.shape(); // [out, in, height, width], transposed [in, out, ...]
    boolean isTransposed = operation.opName().equals("deconv2d");
    long perChannel = shape[2] * shape[3] * (isTransposed ? 1 : shape[1]);
    float[] samples = published.samples();
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (samples[i] * factor[(int) (i / perChannel % channels)]);
    }
    String result = operation.outputVariablesNames()[0];
    initializer(result + ".folded_weight", shape, samples);
    initializer(result + ".folded_bias", new long[] {channels}, summand);
    node.addInput(result + ".folded_weight").addInput(result + ".folded_bias");
  }

  private INDArray array(String variable) {
    return constants.array(variable);
  }

  private NodeProto.Builder convolution(String type, DifferentialFunction operation, long... pads) {
    long[] arguments = ((DynamicCustomOp) operation).iArgs();
    String result = operation.outputVariablesNames()[0];
    DifferentialFunction normalization = folded.get(result);
    NodeProto.Builder node =
        node(type, normalization == null ? result : normalization.outputVariablesNames()[0]);
    node.addInput(value(operation.argNames()[0]));
    if (normalization != null) {
      addFolded(node, operation, normalization);
    } else {
      node.addInput(convolutionWeights(operation.argNames()[1]));
      if (operation.argNames().length > 2) {
        node.addInput(value(operation.argNames()[2]));
      }
    }
    return node.addAttribute(integers("kernel_shape", arguments[0], arguments[1]))
        .addAttribute(integers("strides", arguments[2], arguments[3]))
        .addAttribute(integers("pads", pads))
        .addAttribute(integers("dilations", arguments[6], arguments[7]));
  }

  private void relu(DifferentialFunction operation) {
    require(
        operation, ((ScalarOp) operation).scalar().getDouble(0) == 0, "a threshold other than 0");
    onnx.addNode(node("Relu", operation));
  }

  private void leakyRelu(DifferentialFunction operation) {
    onnx.addNode(
        node("LeakyRelu", operation)
            .addAttribute(number("alpha", ((ScalarOp) operation).scalar().getFloat(0))));
  }

  private void prelu(DifferentialFunction operation) {
    require(
        operation,
        Arrays.equals(((DynamicCustomOp) operation).iArgs(), new long[] {2, 3}),
        "anything but one slope for each channel");
    onnx.addNode(node("PRelu", operation));
  }

  private void mean(DifferentialFunction operation) {
    int[] axes = ((ReduceOp) operation).dimensions().toIntVector();
    require(operation, Arrays.equals(axes, new int[] {2, 3}), "other axes than height and width");
    require(operation, ((ReduceOp) operation).isKeepDims(), "fewer axes than its argument");
    onnx.addNode(
        node("ReduceMean", operation.outputVariablesNames()[0])
            .addInput(value(operation.argNames()[0]))
            .addAttribute(integers("axes", 2, 3))
            .addAttribute(integer("keepdims", 1)));
  }

  private void concatenate(DifferentialFunction operation) {
    long axis = ((DynamicCustomOp) operation).iArgs()[0];
    onnx.addNode(node("Concat", operation).addAttribute(integer("axis", axis)));
  }

  /** libnd4j's arguments are where to begin and how many to take, -1 for all, for each axis. */
  private void slice(DifferentialFunction operation) {
    long[] arguments = ((DynamicCustomOp) operation).iArgs();
    int rank = arguments.length / 2;
    long[] starts = Arrays.copyOf(arguments, rank);
    long[] ends = new long[rank];
    long[] axes = new long[rank];
    for (int i = 0; i < rank; i++) {
      ends[i] = arguments[rank + i] == -1 ? Long.MAX_VALUE : starts[i] + arguments[rank + i];
      axes[i] = i;
    }
    String result = operation.outputVariablesNames()[0];
    onnx.addNode(
        node("Slice", operation)
            .addInput(integerInitializer(result + "_starts", starts))
            .addInput(integerInitializer(result + "_ends", ends))
            .addInput(integerInitializer(result + "_axes", axes)));
  }

  private void depthToSpace(DifferentialFunction operation) {
    long[] arguments = ((DynamicCustomOp) operation).iArgs();
    require(operation, arguments[1] == 0, "NHWC");
    onnx.addNode(
        node("DepthToSpace", operation)
            .addAttribute(integer("blocksize", arguments[0]))
            // libnd4j follows TensorFlow's order; weights are written as it needs them
            .addAttribute(text("mode", "DCR")));
  }

  private void pad(DifferentialFunction operation) {
    int[] pads = graph.getVariable(operation.argNames()[1]).getArr().reshape(8).toIntVector();
    int pixels = pads[4];
    require(
        operation,
        Arrays.equals(pads, new int[] {0, 0, 0, 0, pixels, pixels, pixels, pixels}),
        "anything but as many pixels on each side");
    String source = operation.argNames()[0];
    String result = operation.outputVariablesNames()[0];
    long mode = ((DynamicCustomOp) operation).iArgs()[0];
    if (mode == REFLECT) {
      addPad(result, source, pixels, "reflect");
      return;
    }
    // Mirroring one pixel is copying it; a chain is written as one node, where it is used.
    require(operation, mode == SYMMETRIC && pixels == 1, "anything but copies or a mirror image");
    Extension before = extensions.getOrDefault(source, new Extension(source, 0));
    extensions.put(result, new Extension(before.source, before.pixels + 1));
  }

  private void addPad(String result, String source, long pixels, String mode) {
    long[] pads = {0, 0, pixels, pixels, 0, 0, pixels, pixels};
    onnx.addNode(
        node("Pad", result)
            .addInput(value(source))
            .addInput(integerInitializer(result + "_pads", pads))
            .addAttribute(text("mode", mode)));
  }

  private NodeProto.Builder node(String type, DifferentialFunction operation) {
    NodeProto.Builder node = node(type, operation.outputVariablesNames()[0]);
    for (String argument : operation.argNames()) {
      node.addInput(value(argument));
    }
    return node;
  }

  private static NodeProto.Builder node(String type, String result) {
    return NodeProto.newBuilder().setOpType(type).setName(result).addOutput(result);
  }

  /** The name of a value, which is written as an initializer if it is an array. */
  private String value(String variable) {
    Extension extension = extensions.get(variable);
    if (extension != null && written.add(variable)) {
      addPad(variable, extension.source, extension.pixels, "edge");
    }
    if (constants.contains(variable)) {
      INDArray array = array(variable);
      if (array.dataType() != DataType.FLOAT) {
        throw new IllegalArgumentException(
            String.format(
                "constant \"%s\" must be float32 to be written as ONNX, but is %s",
                variable, array.dataType()));
      }
      initializer(variable, array.shape(), Arrays32.read(array));
    }
    return variable;
  }

  private String convolutionWeights(String variable) {
    // In the order of channels in which the graph shuffles pixels, not that of files.
    Npz.Array oihw = WeightFiles.toPublished(array(variable), 1);
    initializer(variable, oihw.shape(), oihw.samples());
    return variable;
  }

  private void initializer(String name, long[] shape, float[] samples) {
    if (!written.add(name)) {
      return;
    }
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
    for (long side : shape) {
      tensor.addDims(side);
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(samples);
    onnx.addInitializer(tensor.setRawData(ByteString.copyFrom(bytes.array())));
  }

  private String integerInitializer(String name, long[] values) {
    onnx.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(values.length)
            .addAllInt64Data(Longs.asList(values)));
    return name;
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static AttributeProto number(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  private static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
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

  private static void require(DifferentialFunction operation, boolean condition, String found) {
    if (!condition) {
      throw new IllegalArgumentException(
          String.format(
              "operation \"%s\" with %s cannot be written as ONNX", operation.getOwnName(), found));
    }
  }
}
