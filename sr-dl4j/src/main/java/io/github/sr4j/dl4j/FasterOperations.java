// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.dl4j.GraphPlan.OperationStep;
import io.github.sr4j.dl4j.GraphPlan.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMax;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Operations that libnd4j does slowly, made of other operations of it. The convolutions have stride
 * 1 unless said, NCHW and weights [height, width, in, out].
 *
 * <p>Many become one product of matrices. For that, the images of a batch lie side by side: a
 * matrix has a row for each channel, which holds that channel of all images, and one product serves
 * the whole batch. The product of many matrices, an image each, takes four to ten times as long.
 *
 * <ul>
 *   <li>Kernels of one pixel, both passes.
 *   <li>Larger kernels on one channel, unpadded: SRCNN's first layer on luma. The image is unfolded
 *       into a matrix with a row for each position in the kernel.
 *   <li>Larger kernels that make one channel, unpadded: SRCNN's last layer on luma. A product makes
 *       a plane for each position in the kernel, and the planes are added, each shifted by its
 *       position. The backward pass unfolds the gradient.
 *   <li>The backward pass of any other first layer. Nobody needs the gradient of the image, which
 *       is most of the work of {@code conv2d_bp} there. That of the weights is a convolution
 *       itself: of the input with the gradient, images and channels swapped.
 *   <li>Transposed convolutions, both passes. Each pass of one is a pass of a convolution in the
 *       other direction, which oneDNN does; with the part of {@code conv2d_bp} that is computed and
 *       not used, they take a tenth of the time.
 *   <li>The backward pass of a rectifier, leaky or not, which branches on every sample: passes
 *       without branches take less than half the time.
 *   <li>The backward pass of the product of images with one number for each channel, or for each
 *       channel of each image, as learnt slopes and attention are: libnd4j's sums take thirty times
 *       as long as a product with a column of ones.
 *   <li>Pixel shuffles, both ways, which libnd4j makes sample by sample: as many copies as there
 *       are pixels in a block, between strided views, take a quarter of the time.
 * </ul>
 */
final class FasterOperations {

  // Samples, 64 MiB of them. A batch of patches has a few million; a whole image, on which SRCNN is
  // validated, may have hundreds of millions.
  private static final long MOST_UNFOLDED = 1 << 24;

  private static final int LARGEST_BLOCK = 4; // of pixel shuffles: a copy for each of its pixels

  private final List<GraphPlan.Step> steps = new ArrayList<>();
  private final Scratch scratch;

  private FasterOperations(Scratch scratch) {
    this.scratch = scratch;
  }

  /** Steps that are one. */
  private record Sequence(List<GraphPlan.Step> steps) implements GraphPlan.Step {

    @Override
    public void run() {
      steps.forEach(GraphPlan.Step::run);
    }

    @Override
    public void close() {
      steps.forEach(GraphPlan.Step::close);
    }
  }

  /**
   * Returns what does the same as an operation, into the same arrays; empty if there is nothing
   * faster.
   *
   * @param isNeeded whether anything uses a result; one that is not is not computed
   */
  static Optional<GraphPlan.Step> replace(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      Predicate<String> isNeeded,
      Scratch scratch) {
    FasterOperations faster = new FasterOperations(scratch);
    switch (operation.opName()) {
      case "thresholdedrelu_bp" -> faster.rectifierBackward(operation, arguments, results);
      case "lrelu_bp" -> faster.leakyRectifierBackward(operation, arguments, results);
      case "multiply_bp" -> faster.multiplyBackward(operation, arguments, results, isNeeded);
      case "depth_to_space" -> faster.shuffle(operation, arguments.get(0), results.get(0));
      case "space_to_depth" -> faster.shuffle(operation, results.get(0), arguments.get(0));
      case "conv2d" -> faster.convolution(operation, arguments, results);
      case "conv2d_bp" -> {
        boolean first = !isNeeded.test(operation.outputVariablesNames()[0]);
        faster.convolutionBackward(operation, arguments, results, first);
      }
      case "deconv2d" -> faster.transposedConvolution(operation, arguments, results.get(0));
      case "deconv2d_bp" ->
          faster.transposedConvolutionBackward(operation, arguments, results, isNeeded);
      default -> {
        // Taken as it is.
      }
    }
    return faster.steps.isEmpty() ? Optional.empty() : Optional.of(new Sequence(faster.steps));
  }

  private void rectifierBackward(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    INDArray isPositive = scratch.array(arguments.get(0).shape());
    double threshold = ((DynamicCustomOp) operation).tArgs()[0];
    addScalar(new Step(arguments.get(0), isPositive, threshold), arguments.get(0), isPositive);
    add("multiply", List.of(isPositive, arguments.get(1)), results.get(0));
  }

  private void leakyRectifierBackward(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    double slope = ((DynamicCustomOp) operation).tArgs()[0];
    if (slope < 0 || slope > 1) {
      return;
    }
    INDArray factor = scratch.array(arguments.get(0).shape());
    addScalar(new Step(arguments.get(0), factor, 0), arguments.get(0), factor); // 0 or 1
    addScalar(new ScalarMax(factor, null, factor, slope), factor, factor);
    add("multiply", List.of(factor, arguments.get(1)), results.get(0));
  }

  private void multiplyBackward(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      Predicate<String> isNeeded) {
    int large =
        arguments.get(0).rank() == 4 && isFactor(arguments.get(1), arguments.get(0)) ? 0 : 1;
    INDArray images = arguments.get(large);
    INDArray factors = arguments.get(1 - large);
    INDArray gradient = arguments.get(2);
    if (images.rank() != 4 || !isFactor(factors, images) || !gradient.equalShapes(images)) {
      return;
    }
    String[] names = operation.outputVariablesNames();
    if (isNeeded.test(names[large])) {
      add("multiply", List.of(gradient, factors), results.get(large));
    }
    if (isNeeded.test(names[1 - large])) {
      INDArray product = scratch.array(images.shape());
      add("multiply", List.of(gradient, images), product);
      long number = images.size(0);
      long channels = images.size(1);
      INDArray planes = product.reshape('c', number * channels, images.size(2) * images.size(3));
      INDArray sums = results.get(1 - large);
      if (factors.length() == number * channels) {
        sumRows(planes, sums);
      } else {
        INDArray ofImages = scratch.array(number, channels);
        sumRows(planes, ofImages);
        INDArray ones = scratch.array(1, number);
        add("ones_as", List.of(ones), ones);
        add("matmul", List.of(ones, ofImages), sums.reshape('c', 1, channels), 0, 0);
      }
    }
  }

  /** Whether an array has one number for each channel, or for each channel of each image. */
  private static boolean isFactor(INDArray array, INDArray images) {
    long[] shape = array.shape();
    int rank = shape.length;
    return images.size(2) * images.size(3) > 1
        && (rank == 3 || rank == 4)
        && shape[rank - 1] == 1
        && shape[rank - 2] == 1
        && shape[rank - 3] == images.size(1)
        && (rank == 3 || shape[0] == 1 || shape[0] == images.size(0));
  }

  /** Copies between channels and the pixels of a block, in TensorFlow's order, either way. */
  private void shuffle(DifferentialFunction operation, INDArray channels, INDArray pixels) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    int block = Math.toIntExact(options[0]);
    if (options[1] != 0 || block > LARGEST_BLOCK) {
      return;
    }
    boolean isToPixels = operation.opName().equals("depth_to_space");
    long[] shape = {
      pixels.size(0), pixels.size(1), channels.size(2), channels.size(3)
    }; // of what one pixel of each block has
    long plane = shape[2] * shape[3];
    long image = channels.size(1) * plane;
    for (long y = 0; y < block; y++) {
      for (long x = 0; x < block; x++) {
        long first = (y * block + x) * shape[1] * plane;
        INDArray part = view(channels, shape, first, image, plane, shape[3], 1);
        long width = shape[3] * block;
        INDArray spread =
            view(pixels, shape, y * width + x, image, plane * block * block, width * block, block);
        add("identity", List.of(isToPixels ? part : spread), isToPixels ? spread : part);
      }
    }
  }

  private void addScalar(Op operation, INDArray input, INDArray result) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setInputArray(0, input);
    context.setOutputArray(0, result);
    steps.add(new OperationStep((DifferentialFunction) operation, context));
  }

  private void convolution(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    if (!isPlain(options) || arguments.size() != 3) {
      return;
    }
    if (isOneMatrix(options, arguments)) {
      product(weights(arguments, 3), 1, columns(options, arguments), results.get(0));
      addBias(arguments, results.get(0));
    } else if (makesOneChannel(options, arguments)) {
      oneChannelOut(options, arguments, results);
    }
  }

  private void convolutionBackward(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      boolean first) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    if (!isPlain(options) || arguments.size() != 4) {
      return;
    }
    if (isOneMatrix(options, arguments) && (first || hasOnePixel(options))) {
      oneMatrixBackward(options, arguments, results, first);
    } else if (first) {
      weightGradient(options, arguments, results);
    } else if (makesOneChannel(options, arguments)) {
      oneChannelOutBackward(options, arguments, results);
    }
  }

  private void transposedConvolution(
      DifferentialFunction operation, List<INDArray> arguments, INDArray result) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    if (!isEvenlyCut(options)) {
      return;
    }
    INDArray input = arguments.get(0);
    INDArray weights = arguments.get(1);
    INDArray unused = scratch.array(weights.shape());
    INDArray any = scratch.array(result.shape()); // of which only the unused result depends
    addBackward(List.of(any, weights, input), List.of(result, unused), options);
    if (arguments.size() == 3) {
      addBias(arguments, result);
    }
  }

  private void transposedConvolutionBackward(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      Predicate<String> isNeeded) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    if (!isEvenlyCut(options)) {
      return;
    }
    INDArray weights = arguments.get(1);
    INDArray gradient = arguments.get(arguments.size() - 1);
    if (isNeeded.test(operation.outputVariablesNames()[0])) {
      add("conv2d", List.of(gradient, weights), results.get(0), forward(options));
    }
    INDArray unused = scratch.array(gradient.shape());
    addBackward(
        List.of(gradient, weights, arguments.get(0)), List.of(unused, results.get(1)), options);
    if (results.size() == 3) {
      sumRows(sideBySide(gradient), results.get(2));
    }
  }

  /** Whether a transposed convolution enlarges by its stride; weights are [..., out, in]. */
  private static boolean isEvenlyCut(long[] options) {
    return options[6] == 1
        && options[7] == 1
        && options[8] == 1
        && options[9] == 0
        && (options.length == 10 || options[10] == 0)
        && options[0] >= options[2]
        && options[1] >= options[3];
  }

  /** The convolution that a transposed one is the transposition of. */
  private static long[] forward(long[] options) {
    return new long[] {options[0], options[1], options[2], options[3], 0, 0, 1, 1, 1, 0, 0};
  }

  private void addBackward(List<INDArray> inputs, List<INDArray> outputs, long[] options) {
    DynamicCustomOp operation =
        DynamicCustomOp.builder("conv2d_bp")
            .addInputs(inputs.toArray(INDArray[]::new))
            .addOutputs(outputs.toArray(INDArray[]::new))
            .build();
    operation.addIArgument(forward(options));
    steps.add(primitive(operation, inputs, outputs.toArray(INDArray[]::new)));
  }

  /**
   * Reads libnd4j's options of a convolution: kernel, stride, padding, dilation (each height,
   * width), whether padding keeps the size, whether NHWC, order of the weights.
   */
  private static boolean isPlain(long[] options) {
    return options[2] == 1
        && options[3] == 1
        && options[6] == 1
        && options[7] == 1
        && options[9] == 0
        && options[10] == 0;
  }

  private static boolean hasOnePixel(long[] options) {
    return options[0] == 1 && options[1] == 1 && options[4] == 0 && options[5] == 0;
  }

  /** Whether the convolution is the product of its weights and {@link #columns}. */
  private static boolean isOneMatrix(long[] options, List<INDArray> arguments) {
    return hasOnePixel(options)
        || (arguments.get(1).size(2) == 1 && isUnfoldable(options, arguments.get(0)));
  }

  private static boolean makesOneChannel(long[] options, List<INDArray> arguments) {
    return arguments.get(1).size(3) == 1 && isUnfoldable(options, arguments.get(0));
  }

  private static boolean isUnfoldable(long[] options, INDArray images) {
    boolean isPadded = options[4] != 0 || options[5] != 0 || options[8] == 1;
    long samples = images.size(0) * images.size(2) * images.size(3);
    return !isPadded && samples * options[0] * options[1] <= MOST_UNFOLDED;
  }

  private void oneMatrixBackward(
      long[] options, List<INDArray> arguments, List<INDArray> results, boolean first) {
    INDArray weights = weights(arguments, 3);
    INDArray gradient = sideBySide(arguments.get(3));
    if (!first) {
      product(weights, 0, gradient, results.get(0));
    }
    INDArray weightGradient = results.get(1).reshape('c', weights.shape());
    add("matmul", List.of(columns(options, arguments), gradient), weightGradient, 0, 1);
    sumRows(gradient, results.get(2));
  }

  private void oneChannelOut(long[] options, List<INDArray> arguments, List<INDArray> results) {
    long[] in = arguments.get(0).shape();
    long[] out = results.get(0).shape();
    INDArray images = sideBySide(arguments.get(0));
    INDArray planes = scratch.array(options[0] * options[1], in[0] * in[2] * in[3]);
    add("matmul", List.of(weights(arguments, 2), images), planes, 0, 0);
    INDArray shifted = shifted(planes, options, in, out);
    add("reduce_sum", List.of(shifted), results.get(0).reshape('c', out[0], out[2], out[3]), 0, 1);
    addBias(arguments, results.get(0));
  }

  private void oneChannelOutBackward(
      long[] options, List<INDArray> arguments, List<INDArray> results) {
    // A sample of the input meets the kernel's first position in the last of the results that it
    // contributes to. Positions are therefore in reverse here: in the weights too, and in their
    // gradient.
    INDArray gradient = arguments.get(3);
    INDArray columns = unfolded(padded(gradient, options), options);
    INDArray weights = weights(arguments, 2);
    INDArray reversed = scratch.array(weights.shape());
    add("reverse", List.of(weights), reversed, 0);
    product(reversed, 1, columns, results.get(0));
    INDArray reversedGradient = scratch.array(weights.shape());
    INDArray images = sideBySide(arguments.get(0));
    add("matmul", List.of(columns, images), reversedGradient, 0, 1);
    add("reverse", List.of(reversedGradient), results.get(1).reshape('c', weights.shape()), 0);
    sumRows(sideBySide(gradient), results.get(2));
  }

  private void weightGradient(long[] options, List<INDArray> arguments, List<INDArray> results) {
    INDArray input = arguments.get(0); // [N, in, height, width]
    INDArray gradient = arguments.get(3); // [N, out, height, width], of the result
    long[] in = input.shape();
    long[] out = gradient.shape();
    INDArray swappedInput = sideBySide(input);
    INDArray swappedGradient = sideBySide(gradient);
    INDArray swappedResult = scratch.array(in[1], out[1], options[0], options[1]);
    boolean keepsSize = options[8] == 1;
    add(
        "conv2d",
        List.of(
            swappedInput.reshape('c', in[1], in[0], in[2], in[3]),
            swappedGradient.reshape('c', out[1], out[0], out[2], out[3])),
        swappedResult,
        out[2],
        out[3],
        1,
        1,
        keepsSize ? (options[0] - 1) / 2 : options[4],
        keepsSize ? (options[1] - 1) / 2 : options[5],
        1,
        1,
        0,
        0,
        1); // weights [out, in, height, width]
    add("permute", List.of(swappedResult), results.get(1), 2, 3, 0, 1);
    sumRows(swappedGradient, results.get(2));
  }

  /**
   * The weights [height, width, in, out] as a matrix, one dimension of theirs being its columns.
   */
  private static INDArray weights(List<INDArray> arguments, int dimension) {
    INDArray weights = arguments.get(1);
    long columns = weights.size(dimension);
    return weights.reshape('c', weights.length() / columns, columns);
  }

  /** What the weights are multiplied by: [height * width * in, N * height out * width out]. */
  private INDArray columns(long[] options, List<INDArray> arguments) {
    INDArray images = arguments.get(0);
    return hasOnePixel(options) ? sideBySide(images) : unfolded(images, options);
  }

  /** Turns [N, C, height, width] into [C, N * height * width]. */
  private INDArray sideBySide(INDArray images) {
    long[] shape = images.shape();
    if (shape[0] == 1 || shape[1] == 1) {
      return images.reshape('c', shape[1], images.length() / shape[1]);
    }
    INDArray swapped = scratch.array(shape[1], shape[0], shape[2] * shape[3]);
    add("permute", List.of(planes(images)), swapped, 1, 0, 2);
    return swapped.reshape('c', shape[1], images.length() / shape[1]);
  }

  /** Multiplies matrices into images: the way back from {@link #sideBySide}. */
  private void product(INDArray left, int transposed, INDArray right, INDArray images) {
    long[] shape = images.shape();
    if (shape[0] == 1 || shape[1] == 1) {
      INDArray flat = images.reshape('c', shape[1], images.length() / shape[1]);
      add("matmul", List.of(left, right), flat, transposed, 0);
      return;
    }
    INDArray product = scratch.array(shape[1], images.length() / shape[1]);
    add("matmul", List.of(left, right), product, transposed, 0);
    INDArray swapped = product.reshape('c', shape[1], shape[0], shape[2] * shape[3]);
    add("permute", List.of(swapped), planes(images), 1, 0, 2);
  }

  private static INDArray planes(INDArray images) {
    return images.reshape('c', images.size(0), images.size(1), images.size(2) * images.size(3));
  }

  /**
   * Turns images of one channel into a row for each position in a kernel, which holds the samples
   * that this position meets.
   */
  private INDArray unfolded(INDArray images, long[] options) {
    long number = images.size(0);
    long height = images.size(2);
    long width = images.size(3);
    long[] shape = {
      options[0], options[1], number, height - options[0] + 1, width - options[1] + 1
    };
    INDArray windows = view(images, shape, 0, width, 1, height * width, width, 1);
    INDArray unfolded = scratch.array(shape);
    add("identity", List.of(windows), unfolded);
    return unfolded.reshape('c', shape[0] * shape[1], shape[2] * shape[3] * shape[4]);
  }

  /** The part of each plane that a position in the kernel contributes: [height, width, N, ...]. */
  private static INDArray shifted(INDArray planes, long[] options, long[] in, long[] out) {
    long[] shape = {options[0], options[1], out[0], out[2], out[3]};
    long image = in[2] * in[3];
    long plane = in[0] * image;
    return view(planes, shape, 0, options[1] * plane + in[3], plane + 1, image, in[3], 1);
  }

  /** Surrounds images of one channel by zeros, a kernel's size less one on each side. */
  private INDArray padded(INDArray images, long[] options) {
    long[] shape = images.shape();
    long top = options[0] - 1;
    long left = options[1] - 1;
    long height = shape[2] + 2 * top;
    long width = shape[3] + 2 * left;
    INDArray padded = scratch.array(shape[0], 1, height, width);
    add("zeros_as", List.of(padded), padded);
    INDArray inside = view(padded, shape, top * width + left, height * width, 1, width, 1);
    add("identity", List.of(images), inside);
    return padded;
  }

  /** Other samples of an array, or the same more than once. */
  private static INDArray view(INDArray array, long[] shape, long offset, long... strides) {
    return Nd4j.create(array.data(), shape, strides, array.offset() + offset, 'c');
  }

  /**
   * Sums rows, by the product with a column of ones: {@code reduce_sum} takes ten times as long.
   */
  private void sumRows(INDArray matrix, INDArray sums) {
    INDArray ones = scratch.array(matrix.size(1), 1);
    add("ones_as", List.of(ones), ones);
    add("matmul", List.of(matrix, ones), sums.reshape('c', matrix.size(0), 1), 0, 0);
  }

  private void addBias(List<INDArray> arguments, INDArray result) {
    DynamicCustomOp bias =
        DynamicCustomOp.builder("biasadd")
            .addInputs(result, arguments.get(2))
            .addOutputs(result)
            .addBooleanArguments(true) // NCHW
            .build();
    steps.add(primitive(bias, List.of(result, arguments.get(2)), result));
  }

  private void add(String name, List<INDArray> inputs, INDArray output, long... options) {
    DynamicCustomOp operation =
        DynamicCustomOp.builder(name)
            .addInputs(inputs.toArray(INDArray[]::new))
            .addOutputs(output)
            .build();
    operation.addIArgument(options);
    steps.add(primitive(operation, inputs, output));
  }

  private static GraphPlan.Step primitive(
      DynamicCustomOp operation, List<INDArray> inputs, INDArray... outputs) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setArgs(
        inputs.toArray(INDArray[]::new),
        operation.iArgs(),
        operation.dArgs(),
        operation.tArgs(),
        operation.bArgs());
    for (int i = 0; i < outputs.length; i++) {
      context.setOutputArray(i, outputs[i]);
    }
    return new OperationStep(operation, context);
  }
}
