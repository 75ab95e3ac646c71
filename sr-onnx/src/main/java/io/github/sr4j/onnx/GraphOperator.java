// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSet;
import com.google.common.math.LongMath;
import com.google.common.primitives.Ints;
import io.github.sr4j.onnx.GraphValue.Constant;
import io.github.sr4j.onnx.GraphValue.Image;
import io.github.sr4j.onnx.GraphValue.Misfit;
import io.github.sr4j.onnx.GraphValue.Obstacle;
import io.github.sr4j.onnx.OnnxGraph.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node that takes a tensor of pixels, and the tensors it makes, by the definitions of <a
 * href="https://onnx.ai/onnx/operators/">ONNX's operators</a>.
 */
final class GraphOperator {

  private static final int LONGEST = 1 << 18; // elements along an axis

  private static final ImmutableSet<String> PASSING =
      ImmutableSet.of(
          "Abs",
          "BatchNormalization",
          "Cast",
          "CastLike",
          "Ceil",
          "Celu",
          "DequantizeLinear",
          "Dropout",
          "Elu",
          "Erf",
          "Exp",
          "Floor",
          "Gelu",
          "HardSigmoid",
          "HardSwish",
          "Identity",
          "LRN",
          "LeakyRelu",
          "Log",
          "Mish",
          "Neg",
          "Not",
          "QuantizeLinear",
          "Reciprocal",
          "Relu",
          "Round",
          "Selu",
          "Shrink",
          "Sigmoid",
          "Sign",
          "Softplus",
          "Softsign",
          "Sqrt",
          "Swish",
          "Tanh",
          "ThresholdedRelu");
  private static final ImmutableSet<String> ELEMENTWISE =
      ImmutableSet.of(
          "Add",
          "And",
          "Clip",
          "Div",
          "Equal",
          "Greater",
          "GreaterOrEqual",
          "Less",
          "LessOrEqual",
          "Max",
          "Mean",
          "Min",
          "Mod",
          "Mul",
          "Or",
          "PRelu",
          "Pow",
          "Sub",
          "Sum",
          "Where",
          "Xor");
  private static final ImmutableSet<String> GLOBAL =
      ImmutableSet.of(
          "Attention",
          "DynamicQuantizeLinear",
          "Einsum",
          "GRU",
          "Gemm",
          "GlobalAveragePool",
          "GlobalLpPool",
          "GlobalMaxPool",
          "GridSample",
          "GroupNormalization",
          "InstanceNormalization",
          "LSTM",
          "RNN",
          "RandomNormalLike",
          "RandomUniformLike",
          "TopK");
  // Those that return the same samples in another shape.
  private static final ImmutableSet<String> VIEWING =
      ImmutableSet.of("Flatten", "Reshape", "Squeeze", "Unsqueeze");
  // Those that compute each element from all along their axes, and keep the shape or not.
  private static final ImmutableSet<String> NORMALIZING =
      ImmutableSet.of(
          "CumSum",
          "Hardmax",
          "LayerNormalization",
          "LogSoftmax",
          "LpNormalization",
          "MeanVarianceNormalization",
          "RMSNormalization",
          "Softmax");
  private static final ImmutableSet<String> REDUCING =
      ImmutableSet.of(
          "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceProd",
          "ReduceSum",
          "ReduceSumSquare");

  /** What a walk has done so far: its bound, and what sizes must be multiples of. */
  static final class Effort {

    private static final long MOST_TAPS = 1L << 29; // a second or so

    private long taps;
    private long alignment = 1;

    long alignment() {
      return alignment;
    }

    private void add(Span source, int length, long tapsEach, long times) throws Obstacle {
      if (length > LONGEST || tapsEach > LONGEST) {
        throw Obstacle.unknown("a receptive field too large to follow");
      }
      taps += length * tapsEach;
      if (taps > MOST_TAPS) {
        throw Obstacle.unknown("a receptive field too large to follow");
      }
      long distance = Math.multiplyExact(source.numerator(), times);
      long step = distance / LongMath.gcd(distance, source.denominator());
      alignment = Math.multiplyExact(alignment, step / LongMath.gcd(alignment, step));
    }
  }

  private final Node node;
  private final List<@Nullable GraphValue> inputs;
  private final int opset;
  private final Effort effort;

  GraphOperator(Node node, List<@Nullable GraphValue> inputs, int opset, Effort effort) {
    this.node = node;
    this.inputs = inputs;
    this.opset = opset;
    this.effort = effort;
  }

  /** Returns whether ONNX Runtime can write what a node returns over what it takes. */
  static boolean isInPlace(Node node) {
    return PASSING.contains(node.operator())
        || ELEMENTWISE.contains(node.operator())
        || VIEWING.contains(node.operator());
  }

  /** Returns whether what a node returns does not grow with the image. */
  static boolean isReducing(Node node) {
    return REDUCING.contains(node.operator()) || node.operator().startsWith("Global");
  }

  /** Returns the outputs, without those that say nothing about pixels. */
  List<Image> outputs() throws Obstacle, Misfit {
    String operator = node.operator();
    if (!node.isStandard()) {
      throw unknown();
    }
    if (GLOBAL.contains(operator)) {
      throw global();
    }
    if (PASSING.contains(operator)) {
      return List.of(passing());
    }
    if (ELEMENTWISE.contains(operator)) {
      return List.of(elementwise(inputs));
    }
    if (NORMALIZING.contains(operator)) {
      checkNotSpatial(first(), normalizedAxes(first().shape().length));
      return List.of(first());
    }
    if (REDUCING.contains(operator)) {
      return List.of(reduce());
    }
    return switch (operator) {
      case "Conv" -> List.of(convolve(0, 1));
      case "QLinearConv" -> List.of(convolve(0, 3));
      case "ConvTranspose" -> List.of(convolveTransposed());
      case "AveragePool", "LpPool", "MaxPool" -> List.of(pool());
      case "DepthToSpace" -> List.of(depthToSpace());
      case "SpaceToDepth" -> List.of(spaceToDepth());
      case "Resize", "Upsample" -> List.of(resize());
      case "Pad" -> List.of(pad());
      case "Slice" -> List.of(slice());
      case "Split" -> split();
      case "Concat" -> List.of(concat());
      case "Gather" -> List.of(gather());
      case "Transpose" -> List.of(transpose());
      case "Reshape" -> List.of(reshape(requireLongs("shape", 1)));
      case "Flatten" -> List.of(flatten());
      case "Squeeze" ->
          List.of(reshape(ShapeArithmetic.remove(first().shape(), optionalLongs("axes", 1))));
      case "Unsqueeze" ->
          List.of(reshape(ShapeArithmetic.insert(first().shape(), requireLongs("axes", 1))));
      case "Expand" -> List.of(expand());
      case "MatMul" -> List.of(multiplyMatrices());
      default -> throw unknown();
    };
  }

  // Names of operators, and the failures that end in a message.

  private Obstacle global() {
    return Obstacle.global(node.label());
  }

  private Obstacle unknown() {
    return Obstacle.unknown(
        String.format(
            "unknown operator %s, node %s", Printable.name(node.operator()), node.shownName()));
  }

  private Obstacle unknown(String what) {
    return Obstacle.unknown(node.label() + " with " + what);
  }

  private Misfit misfit() {
    return new Misfit(node.label());
  }

  // Inputs.

  private Image first() throws Obstacle {
    if (inputs.get(0) instanceof Image image) {
      return image;
    }
    throw unknown("parameters that depend on pixels");
  }

  private Constant constant(int input) {
    GraphValue value = input < inputs.size() ? inputs.get(input) : null;
    return value instanceof Constant constant ? constant : Constant.UNKNOWN;
  }

  private boolean has(int input) {
    return input < inputs.size() && inputs.get(input) != null;
  }

  private long[] requireLongs(String attribute, int input) throws Obstacle {
    long[] values = ShapeArithmetic.longs(node, attribute, inputs, input);
    if (values == null) {
      throw unknown("unknown " + attribute);
    }
    return values;
  }

  private long @Nullable [] optionalLongs(String attribute, int input) throws Obstacle {
    long[] values = ShapeArithmetic.longs(node, attribute, inputs, input);
    if (values == null && has(input)) {
      throw unknown("unknown " + attribute);
    }
    return values;
  }

  private void checkOthersConstant() throws Obstacle {
    for (GraphValue input : inputs.subList(1, inputs.size())) {
      if (input instanceof Image) {
        throw unknown("parameters that depend on pixels");
      }
    }
  }

  private static int axis(long axis, int rank) {
    long result = axis < 0 ? axis + rank : axis;
    checkArgument(result >= 0 && result < rank);
    return (int) result;
  }

  private void checkNotSpatial(Image image, boolean[] axes) throws Obstacle {
    if (axes[image.rowAxis()] || axes[image.columnAxis()]) {
      throw global();
    }
  }

  // Operators of elements.

  private Image passing() throws Obstacle {
    checkOthersConstant();
    switch (node.operator()) {
      case "BatchNormalization" -> {
        if (node.integer("training_mode", 0) != 0) {
          throw global();
        }
        checkNoneSpatial(1);
      }
      case "Dropout" -> {
        double[] isTraining = constant(2).values();
        if (has(2) && (isTraining == null || isTraining.length != 1 || isTraining[0] != 0)) {
          throw global(); // at random
        }
      }
      case "LRN" -> checkNoneSpatial(1);
      case "DequantizeLinear", "QuantizeLinear" -> {
        if (!isOneValue(constant(1))) {
          checkNoneSpatial(node.integer("axis", 1));
        }
      }
      default -> {}
    }
    return first();
  }

  /** Refuses rows and columns as an axis along which elements are not treated alike. */
  private void checkNoneSpatial(long axis) throws Obstacle {
    if (first().isSpatial(axis(axis, first().shape().length))) {
      throw global();
    }
  }

  private Image elementwise(List<@Nullable GraphValue> values) throws Obstacle {
    Image result = null;
    long[] shape = {};
    for (GraphValue value : values) {
      if (value instanceof Image image) {
        shape = ShapeArithmetic.broadcast(shape, image.shape());
        result = result == null ? image : union(result, image);
      } else if (value instanceof Constant constant) {
        if (constant.shape() == null) {
          throw unknown("a parameter of unknown shape");
        }
        shape = ShapeArithmetic.broadcast(shape, constant.shape());
      }
    }
    if (result == null) {
      throw unknown();
    }
    int shift = shape.length - result.shape().length;
    Image combined =
        new Image(
            shape,
            result.rows(),
            result.columns(),
            result.rowAxis() + shift,
            result.columnAxis() + shift);
    checkUniform(values, combined);
    return combined;
  }

  private Image union(Image a, Image b) throws Obstacle {
    int shift = b.shape().length - a.shape().length;
    if (b.rowAxis() - a.rowAxis() != shift
        || b.columnAxis() - a.columnAxis() != shift
        || !isAlike(a.rows(), b.rows())
        || !isAlike(a.columns(), b.columns())) {
      throw unknown("inputs of different sizes");
    }
    effort.add(a.rows(), a.rows().length(), 1, 1);
    effort.add(a.columns(), a.columns().length(), 1, 1);
    Image larger = shift > 0 ? b : a;
    return new Image(
        larger.shape(),
        a.rows().union(b.rows()),
        a.columns().union(b.columns()),
        larger.rowAxis(),
        larger.columnAxis());
  }

  private static boolean isAlike(Span a, Span b) {
    return a.length() == b.length() && a.hasSpacingOf(b);
  }

  /**
   * Refuses constants with a value of their own for each pixel: tiles would get those of others.
   */
  private void checkUniform(List<@Nullable GraphValue> values, Image image) throws Obstacle {
    for (GraphValue value : values) {
      if (value instanceof Constant constant && constant.shape() != null) {
        long[] shape = constant.shape();
        int shift = image.shape().length - shape.length;
        for (int axis = 0; axis < shape.length; axis++) {
          if (shape[axis] != 1 && image.isSpatial(axis + shift) && !isOneValue(constant)) {
            throw Obstacle.global(node.label() + " (a value for each position)");
          }
        }
      }
    }
  }

  private static boolean isOneValue(Constant constant) {
    double[] values = constant.values();
    return values != null && Arrays.stream(values).distinct().count() <= 1;
  }

  // Operators that combine elements along axes.

  private boolean[] normalizedAxes(int rank) {
    boolean[] axes = new boolean[rank];
    switch (node.operator()) {
      case "MeanVarianceNormalization" -> {
        long[] listed = node.integers("axes");
        for (long axis : listed == null ? new long[] {0, 2, 3} : listed) {
          axes[axis(axis, rank)] = true;
        }
      }
      case "LayerNormalization", "RMSNormalization" ->
          Arrays.fill(axes, axis(node.integer("axis", -1), rank), rank, true);
      case "CumSum" -> {
        double[] axis = constant(1).values();
        if (axis == null) {
          Arrays.fill(axes, true);
        } else {
          axes[axis((long) axis[0], rank)] = true;
        }
      }
      default -> {
        // Before opset 13, everything from the axis on was one axis.
        boolean isLpNormalization = node.operator().equals("LpNormalization");
        int axis = axis(node.integer("axis", opset >= 13 || isLpNormalization ? -1 : 1), rank);
        Arrays.fill(axes, axis, opset >= 13 || isLpNormalization ? axis + 1 : rank, true);
      }
    }
    return axes;
  }

  private Image reduce() throws Obstacle {
    Image image = first();
    int rank = image.shape().length;
    long[] listed = optionalLongs("axes", 1);
    if (listed == null || listed.length == 0) {
      if (node.integer("noop_with_empty_axes", 0) != 0) {
        return image;
      }
      throw global();
    }
    boolean[] axes = new boolean[rank];
    long[] shape = image.shape().clone();
    for (long axis : listed) {
      axes[axis(axis, rank)] = true;
      shape[axis(axis, rank)] = 1;
    }
    checkNotSpatial(image, axes);
    if (node.integer("keepdims", 1) != 0) {
      return new Image(shape, image.rows(), image.columns(), image.rowAxis(), image.columnAxis());
    }
    return new Image(
        ShapeArithmetic.remove(shape, listed),
        image.rows(),
        image.columns(),
        image.rowAxis() - countBefore(axes, image.rowAxis()),
        image.columnAxis() - countBefore(axes, image.columnAxis()));
  }

  private static int countBefore(boolean[] axes, int end) {
    int count = 0;
    for (int i = 0; i < end; i++) {
      count += axes[i] ? 1 : 0;
    }
    return count;
  }

  private Image multiplyMatrices() throws Obstacle {
    if (inputs.get(0) instanceof Image image && inputs.get(1) instanceof Constant matrix) {
      int last = image.shape().length - 1;
      if (matrix.shape() == null || matrix.shape().length != 2) {
        throw unknown("a factor that is no matrix");
      }
      if (image.isSpatial(last)) {
        throw global();
      }
      return image.withSide(last, matrix.shape()[1]);
    }
    throw global();
  }

  // Convolutions and pooling.

  private Image convolve(int imageInput, int weightInput) throws Obstacle, Misfit {
    Image image = images(imageInput);
    long[] weights = constant(weightInput).shape();
    checkPlane(image);
    if (weights == null || weights.length != 4) {
      throw unknown("weights of unknown shape");
    }
    return new Window(new long[] {weights[2], weights[3]}, image, 2)
        .slide()
        .withSide(1, weights[0]);
  }

  private Image images(int input) throws Obstacle {
    checkArgument(input == 0);
    checkOthersConstant();
    return first();
  }

  private void checkPlane(Image image) throws Obstacle {
    boolean isPlane =
        image.shape().length == 4
            && image.rowAxis() + image.columnAxis() == 5
            && image.rowAxis() >= 2
            && image.columnAxis() >= 2;
    if (!isPlane) {
      throw unknown("an input whose rows and columns are not its last axes");
    }
  }

  private Image pool() throws Obstacle, Misfit {
    Image image = first();
    checkPlane(image);
    long[] kernel = node.integers("kernel_shape");
    if (kernel == null || kernel.length != 2) {
      throw unknown("a kernel of unknown shape");
    }
    return new Window(kernel, image, 2).slide();
  }

  /** A kernel that slides over the last two axes. */
  private final class Window {

    private final Image image;
    private final int firstAxis;
    private final long[] kernel;
    private final long[] strides;
    private final long[] dilations;
    private final long[] pads;
    private final String autoPad;

    Window(long[] kernel, Image image, int firstAxis) {
      this.image = image;
      this.firstAxis = firstAxis;
      this.kernel = kernel;
      this.strides = list("strides", 2, 1);
      this.dilations = list("dilations", 2, 1);
      this.pads = list("pads", 4, 0);
      this.autoPad = node.text("auto_pad", "NOTSET");
      for (int i = 0; i < 2; i++) {
        checkArgument(kernel[i] > 0 && strides[i] > 0 && dilations[i] > 0);
        checkArgument(kernel[i] < LONGEST && strides[i] < LONGEST && dilations[i] < LONGEST);
      }
      for (long pad : pads) {
        checkArgument(Math.abs(pad) < LONGEST);
      }
    }

    private long[] list(String attribute, int length, long defaultValue) {
      long[] values = node.integers(attribute);
      if (values == null || values.length == 0) {
        values = new long[length];
        Arrays.fill(values, defaultValue);
      }
      checkArgument(values.length == length);
      return values;
    }

    private long reach(int i) {
      return (kernel[i] - 1) * dilations[i] + 1;
    }

    Image slide() throws Obstacle, Misfit {
      Image result = image;
      for (int i = 0; i < 2; i++) {
        result = result.withSpan(firstAxis + i, slide(i));
      }
      return result;
    }

    private Span slide(int i) throws Obstacle, Misfit {
      Span source = image.span(firstAxis + i);
      long stride = strides[i];
      long before = pads[i];
      long padded = source.length() + pads[i] + pads[i + 2];
      long length;
      if (autoPad.startsWith("SAME")) {
        if (dilations[i] > 1) {
          throw unknown("automatic padding and dilations"); // ONNX Runtime pads less than defined
        }
        length = (source.length() + stride - 1) / stride;
        long total = Math.max(0, (length - 1) * stride + reach(i) - source.length());
        before = autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
      } else {
        if (autoPad.equals("VALID")) {
          before = 0;
          padded = source.length();
        }
        boolean roundsUp = node.integer("ceil_mode", 0) != 0;
        length = Math.floorDiv(padded - reach(i) + (roundsUp ? stride - 1 : 0), stride) + 1;
        if (roundsUp && (length - 1) * stride >= source.length() + before) {
          length--; // a window must not start in the padding behind
        }
      }
      if (length < 1) {
        throw misfit();
      }
      int count = Ints.saturatedCast(length);
      effort.add(source, count, kernel[i], stride);
      long start = before;
      return source.derive(
          count,
          stride,
          1,
          (element, target) -> {
            for (long k = 0; k < kernel[i]; k++) {
              target.add(element * stride - start + k * dilations[i]);
            }
          });
    }

    Image slideTransposed() throws Obstacle, Misfit {
      long[] outputPadding = list("output_padding", 2, 0);
      long[] outputShape = node.integers("output_shape");
      Image result = image;
      for (int i = 0; i < 2; i++) {
        result =
            result.withSpan(
                firstAxis + i,
                slideTransposed(
                    i,
                    outputPadding[i],
                    outputShape == null ? -1 : outputShape[outputShape.length - 2 + i]));
      }
      return result;
    }

    private Span slideTransposed(int i, long outputPadding, long outputLength)
        throws Obstacle, Misfit {
      Span source = image.span(firstAxis + i);
      long stride = strides[i];
      long whole = stride * (source.length() - 1) + outputPadding + reach(i);
      long before = pads[i];
      long length = whole - pads[i] - pads[i + 2];
      if (autoPad.equals("VALID")) {
        before = 0;
        length = whole;
      }
      if (autoPad.startsWith("SAME") || outputLength >= 0) {
        // A kernel smaller than its stride does not reach the last elements; there are none then.
        length = outputLength >= 0 ? outputLength : Math.min(whole, source.length() * stride);
        long total = Math.max(0, whole - length);
        before = autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
      }
      if (length < 1) {
        throw misfit();
      }
      int count = Ints.saturatedCast(length);
      effort.add(source, count, kernel[i], 1);
      long start = before;
      return source.derive(
          count,
          1,
          stride,
          (element, target) -> {
            for (long k = 0; k < kernel[i]; k++) {
              long position = element + start - k * dilations[i];
              if (Math.floorMod(position, stride) == 0) {
                target.add(Math.floorDiv(position, stride));
              }
            }
          });
    }
  }

  private Image convolveTransposed() throws Obstacle, Misfit {
    Image image = images(0);
    long[] weights = constant(1).shape();
    checkPlane(image);
    if (weights == null || weights.length != 4) {
      throw unknown("weights of unknown shape");
    }
    return new Window(new long[] {weights[2], weights[3]}, image, 2)
        .slideTransposed()
        .withSide(1, Math.multiplyExact(weights[1], node.integer("group", 1)));
  }

  // Operators that move elements.

  private Image depthToSpace() throws Obstacle, Misfit {
    Image image = first();
    checkPlane(image);
    long size = node.integer("blocksize", 0);
    checkArgument(size > 0 && size < LONGEST);
    long channels = image.shape()[1];
    if (channels % (size * size) != 0) {
      throw misfit();
    }
    return image
        .withSpan(2, stretch(image.span(2), size))
        .withSpan(3, stretch(image.span(3), size))
        .withSide(1, channels / (size * size));
  }

  private Span stretch(Span source, long times) throws Obstacle {
    int length = Ints.saturatedCast(source.length() * times);
    effort.add(source, length, 1, 1);
    return source.derive(length, 1, times, (element, target) -> target.add(element / times));
  }

  private Image spaceToDepth() throws Obstacle, Misfit {
    Image image = first();
    checkPlane(image);
    long size = node.integer("blocksize", 0);
    checkArgument(size > 0 && size < LONGEST);
    return image
        .withSpan(2, shrink(image.span(2), size))
        .withSpan(3, shrink(image.span(3), size))
        .withSide(1, Math.multiplyExact(image.shape()[1], size * size));
  }

  private Span shrink(Span source, long times) throws Obstacle, Misfit {
    if (source.length() % times != 0) {
      throw misfit();
    }
    int length = (int) (source.length() / times);
    effort.add(source, length, times, times);
    return source.derive(
        length,
        times,
        1,
        (element, target) -> {
          for (long k = 0; k < times; k++) {
            target.add(element * times + k);
          }
        });
  }

  private Image pad() throws Obstacle, Misfit {
    Image image = first();
    int rank = image.shape().length;
    String mode = node.text("mode", "constant");
    long[] pads = requireLongs(opset >= 2 ? "pads" : "paddings", 1);
    long[] axes = new long[rank];
    Arrays.setAll(axes, i -> i);
    long[] listed = optionalLongs("axes", 3);
    if (listed != null) {
      axes = listed;
    }
    checkArgument(pads.length == 2 * axes.length);
    Image result = image;
    for (int i = 0; i < axes.length; i++) {
      int axis = axis(axes[i], rank);
      long before = pads[i];
      long behind = pads[i + axes.length];
      long length = image.shape()[axis] + before + behind;
      if (length < 1) {
        throw misfit();
      }
      if (!image.isSpatial(axis)) {
        result = result.withSide(axis, length);
      } else if (before != 0 || behind != 0) {
        result = result.withSpan(axis, pad(image.span(axis), before, length, mode));
      }
    }
    return result;
  }

  private Span pad(Span source, long before, long length, String mode) throws Obstacle {
    if (!mode.equals("constant") && !mode.equals("reflect") && !mode.equals("edge")) {
      throw global();
    }
    int count = Ints.saturatedCast(length);
    effort.add(source, count, 2, 1);
    int last = source.length() - 1;
    return source.derive(
        count,
        1,
        1,
        (element, target) -> {
          long position = element - before;
          target.add(position);
          if ((position < 0 || position > last) && !mode.equals("constant")) {
            long mirrored = position < 0 ? -position : 2L * last - position;
            long clamped = position < 0 ? 0 : last;
            target.add(mode.equals("edge") ? clamped : mirrored);
          }
        });
  }

  private Image slice() throws Obstacle, Misfit {
    Image image = first();
    int rank = image.shape().length;
    long[] starts = requireLongs("starts", 1);
    long[] ends = requireLongs("ends", 2);
    long[] axes = optionalLongs("axes", 3);
    long[] steps = optionalLongs("steps", 4);
    Image result = image;
    for (int i = 0; i < starts.length; i++) {
      int axis = axes == null ? i : axis(axes[i], rank);
      long step = steps == null ? 1 : steps[i];
      checkArgument(step != 0 && Math.abs(step) < LONGEST);
      long length = image.shape()[axis];
      long start = bound(starts[i], length, step < 0);
      long end = bound(ends[i], length, step < 0);
      long count = Math.max(0, (end - start + step - Long.signum(step)) / step);
      if (count == 0) {
        throw misfit();
      }
      result =
          image.isSpatial(axis)
              ? result.withSpan(axis, pick(image.span(axis), start, step, (int) count))
              : result.withSide(axis, count);
    }
    return result;
  }

  private static long bound(long position, long length, boolean isBackward) {
    long fromStart = position < 0 ? position + length : position;
    return isBackward
        ? Math.max(-1, Math.min(fromStart, length - 1))
        : Math.max(0, Math.min(fromStart, length));
  }

  private Span pick(Span source, long start, long step, int count) throws Obstacle {
    if (step < 0) {
      throw global();
    }
    effort.add(source, count, 1, step);
    return source.derive(count, step, 1, (element, target) -> target.add(start + element * step));
  }

  private List<Image> split() throws Obstacle {
    Image image = first();
    int axis = axis(node.integer("axis", 0), image.shape().length);
    long[] sides = optionalLongs("split", 1);
    int count = node.outputs().size();
    if (sides == null) {
      long most = (image.shape()[axis] + count - 1) / count;
      sides = new long[count];
      Arrays.fill(sides, most);
      sides[count - 1] = image.shape()[axis] - most * (count - 1);
    }
    List<Image> parts = new ArrayList<>();
    long start = 0;
    for (long side : sides) {
      parts.add(
          image.isSpatial(axis)
              ? image.withSpan(axis, pick(image.span(axis), start, 1, Ints.checkedCast(side)))
              : image.withSide(axis, side));
      start += side;
    }
    return parts;
  }

  private Image concat() throws Obstacle {
    Image result = null;
    long side = 0;
    for (GraphValue input : inputs) {
      if (input instanceof Image image) {
        result = result == null ? image : union(result, image);
      }
    }
    if (result == null) {
      throw unknown();
    }
    int axis = axis(node.integer("axis", 1), result.shape().length);
    if (result.isSpatial(axis)) {
      // A seam inside the image would be an edge to tiles on either side of it.
      throw global();
    }
    for (GraphValue input : inputs) {
      long[] shape =
          input instanceof Image image
              ? image.shape()
              : input instanceof Constant constant ? constant.shape() : null;
      if (shape == null || shape.length != result.shape().length) {
        throw unknown("a part of unknown shape");
      }
      side = Math.addExact(side, shape[axis]);
    }
    checkUniform(inputs, result);
    return result.withSide(axis, side);
  }

  private Image gather() throws Obstacle {
    Image image = first();
    int axis = axis(node.integer("axis", 0), image.shape().length);
    long[] indices = constant(1).shape();
    if (indices == null || indices.length > 1) {
      throw unknown("unknown indices");
    }
    if (image.isSpatial(axis)) {
      throw global();
    }
    if (indices.length == 1) {
      return image.withSide(axis, indices[0]);
    }
    return new Image(
        ShapeArithmetic.remove(image.shape(), new long[] {axis}),
        image.rows(),
        image.columns(),
        image.rowAxis() - (axis < image.rowAxis() ? 1 : 0),
        image.columnAxis() - (axis < image.columnAxis() ? 1 : 0));
  }

  private Image transpose() throws Obstacle {
    Image image = first();
    int[] order = ShapeArithmetic.order(node, image.shape().length);
    long[] shape = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      shape[i] = image.shape()[order[i]];
    }
    return new Image(
        shape,
        image.rows(),
        image.columns(),
        Ints.indexOf(order, image.rowAxis()),
        Ints.indexOf(order, image.columnAxis()));
  }

  private Image expand() throws Obstacle {
    Image image = first();
    long[] wanted = requireLongs("shape", 1);
    long[] shape = ShapeArithmetic.broadcast(image.shape(), wanted);
    int shift = shape.length - image.shape().length;
    return new Image(
        shape, image.rows(), image.columns(), image.rowAxis() + shift, image.columnAxis() + shift);
  }

  private Image flatten() throws Obstacle, Misfit {
    long[] shape = first().shape();
    int axis = (int) node.integer("axis", 1);
    axis = axis < 0 ? axis + shape.length : axis;
    long outer = 1;
    for (int i = 0; i < axis; i++) {
      outer = Math.multiplyExact(outer, shape[i]);
    }
    return reshape(new long[] {outer, -1});
  }

  /**
   * Splits and merges axes, as pixel shuffles written without their operator do. The sides of 1
   * apart, a shape and its successor consist of groups of axes with equal products.
   */
  private Image reshape(long[] wanted) throws Obstacle, Misfit {
    Image image = first();
    long[] from = image.shape();
    long[] to = ShapeArithmetic.resolve(from, wanted, node.integer("allowzero", 0) != 0);
    Span[] spans = new Span[2];
    int[] places = {-1, -1};
    int i = 0;
    int j = 0;
    while (i < from.length || j < to.length) {
      int firstOld = i;
      int firstNew = j;
      long oldCount = i < from.length ? from[i++] : 1;
      long newCount = j < to.length ? to[j++] : 1;
      while (oldCount != newCount) {
        if (oldCount < newCount && i < from.length) {
          oldCount = Math.multiplyExact(oldCount, from[i++]);
        } else if (newCount < oldCount && j < to.length && to[j] > 0) {
          newCount = Math.multiplyExact(newCount, to[j++]);
        } else {
          throw misfit();
        }
      }
      regroup(image, to, new Group(firstOld, i, firstNew, j), spans, places);
    }
    return new Image(to, spans[0], spans[1], places[0], places[1]);
  }

  /** Axes [firstOld, endOld) that become axes [firstNew, endNew). */
  private record Group(int firstOld, int endOld, int firstNew, int endNew) {}

  private void regroup(Image image, long[] to, Group group, Span[] spans, int[] places)
      throws Obstacle {
    int spatial = -1;
    long outside = 1; // of the spatial axis, within the group
    long inside = 1;
    for (int axis = group.firstOld; axis < group.endOld; axis++) {
      if (image.isSpatial(axis)) {
        if (spatial >= 0) {
          throw Obstacle.global(node.label() + " (joins rows and columns)");
        }
        spatial = axis;
      } else if (spatial < 0) {
        outside *= image.shape()[axis];
      } else {
        inside *= image.shape()[axis];
      }
    }
    if (spatial < 0) {
      return;
    }
    Span span = image.span(spatial);
    List<Integer> wide = new ArrayList<>();
    for (int axis = group.firstNew; axis < group.endNew; axis++) {
      if (to[axis] != 1) {
        wide.add(axis);
      }
    }
    if (outside != 1 || wide.isEmpty()) {
      throw global(); // a channel's rows follow those of another: no axis is an image's
    }
    int place = wide.get(0);
    if (wide.size() > 1 && inside == 1) {
      span = shrinkTo(span, to[place]);
    } else if (wide.size() == 1) {
      span = inside == 1 ? span : stretch(span, inside);
    } else if (to[place] != span.length()) {
      throw unknown("axes that are split and merged at once");
    }
    int which = spatial == image.rowAxis() ? 0 : 1;
    spans[which] = span;
    places[which] = place;
  }

  private Span shrinkTo(Span span, long length) throws Obstacle {
    long times = span.length() / length;
    effort.add(span, (int) length, times, times);
    return span.derive(
        (int) length,
        times,
        1,
        (element, target) -> {
          for (long k = 0; k < times; k++) {
            target.add(element * times + k);
          }
        });
  }

  // Resize and Upsample.

  private Image resize() throws Obstacle, Misfit {
    Image image = first();
    int rank = image.shape().length;
    boolean isUpsample = node.operator().equals("Upsample");
    boolean isOld = isUpsample || opset < 11;
    double[] scales = isUpsample && opset < 9 ? node.floats("scales") : null;
    if (scales == null) {
      scales = constant(isOld ? 1 : 2).values();
    }
    double[] sizes = isOld ? null : constant(3).values();
    long[] axes = node.integers("axes");
    if (axes == null || axes.length == 0) {
      axes = new long[rank];
      for (int i = 0; i < rank; i++) {
        axes[i] = i;
      }
    }
    double[] given = sizes != null && sizes.length > 0 ? sizes : scales;
    if (given == null || given.length != axes.length) {
      throw unknown("unknown scales");
    }
    if (!node.text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
      throw unknown("a kept aspect ratio");
    }
    Image result = image;
    for (int i = 0; i < axes.length; i++) {
      int axis = axis(axes[i], rank);
      long length = image.shape()[axis];
      double scale = given == sizes ? given[i] / length : given[i];
      if (scale == 1) {
        continue;
      }
      if (!image.isSpatial(axis)) {
        throw unknown("scaled channels");
      }
      result = result.withSpan(axis, new Sampling(image.span(axis), scale, isOld).span());
    }
    return result;
  }

  /** The sampling of an axis at positions p / q, which are exact. */
  private final class Sampling {

    private final Span source;
    private final String mode;
    private final String rounding;
    private final long up;
    private final long down;
    private final long shiftUp; // position = (2 * i * down + down * shiftUp - shiftDown) / (2 * up)
    private final long shiftDown;

    Sampling(Span source, double scale, boolean isOld) throws Obstacle {
      this.source = source;
      this.up = Math.max(1, Math.round(scale));
      this.down = Math.max(1, Math.round(1 / scale));
      // A third has no exact float; its error must not add up to a pixel.
      if (!(Math.abs(scale * down / up - 1) <= 1e-6) || up > LONGEST || down > LONGEST) {
        throw unknown("the scale " + scale);
      }
      this.mode = node.text("mode", "nearest");
      this.rounding = isOld ? "floor" : node.text("nearest_mode", "round_prefer_floor");
      String transformation =
          isOld ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
      switch (transformation) {
        case "half_pixel", "pytorch_half_pixel", "half_pixel_symmetric" -> {
          this.shiftUp = 1;
          this.shiftDown = up;
        }
        case "tf_half_pixel_for_nn" -> {
          this.shiftUp = 1;
          this.shiftDown = 0;
        }
        case "asymmetric" -> {
          this.shiftUp = 0;
          this.shiftDown = 0;
        }
        default -> throw global(); // align_corners and the like: positions depend on the size
      }
      if (mode.equals("nearest")) {
        checkNearest((float) scale, transformation.equals("half_pixel_symmetric"));
      }
    }

    /**
     * Refuses positions exactly between two elements, if the error of a scale such as a seventh
     * makes it depend on their distance from the edge which one is taken.
     */
    private void checkNearest(float scale, boolean isSymmetric) throws Obstacle {
      // Quotients are rounded to what they should be if the error of the divisor is half a step.
      double error = Math.abs((double) scale * down / up - 1);
      boolean isRounding = rounding.startsWith("round");
      long q = 2 * up;
      for (long i = 0; i < up && error > (isSymmetric ? 0 : 0x1p-25); i++) {
        long p = 2 * i * down + down * shiftUp - shiftDown;
        if (Math.floorMod(2 * p + (isRounding ? q : 0), 2 * q) == 0) {
          throw unknown("the nearest of elements equally far, at the inexact scale " + scale);
        }
      }
    }

    Span span() throws Obstacle, Misfit {
      if (source.length() % down != 0) {
        throw misfit();
      }
      int length = Ints.saturatedCast(source.length() / down * up);
      boolean isSmoothed = node.integer("antialias", 0) != 0 && down > 1;
      effort.add(source, length, isSmoothed ? 4 * down + 2 : 4, down);
      return source.derive(
          length,
          down,
          up,
          (element, target) -> {
            long p = 2L * element * down + down * shiftUp - shiftDown;
            long q = 2 * up;
            long floor = Math.floorDiv(p, q);
            boolean isBetween = Math.floorMod(p, q) != 0;
            if (mode.equals("nearest")) {
              add(target, nearest(p, q));
            } else {
              int radius = mode.equals("cubic") ? 2 : 1;
              long reach = isSmoothed ? radius * down : isBetween ? radius - 1 : 0;
              long last = isSmoothed || isBetween ? floor + reach + (isBetween ? 1 : 0) : floor;
              for (long k = floor - reach; k <= last; k++) {
                add(target, k);
              }
            }
          });
    }

    private long nearest(long p, long q) {
      return switch (rounding) {
        case "floor" -> Math.floorDiv(p, q);
        case "ceil" -> -Math.floorDiv(-p, q);
        case "round_prefer_ceil" -> Math.floorDiv(2 * p + q, 2 * q);
        default -> -Math.floorDiv(q - 2 * p, 2 * q);
      };
    }

    private void add(Span.Target target, long position) {
      target.add(position);
      if (position < 0 || position >= source.length()) {
        target.add(position < 0 ? 0 : source.length() - 1L); // beyond the edge, it is repeated
      }
    }
  }
}
