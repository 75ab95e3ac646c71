// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import io.github.sr4j.dl4j.internal.execution.GraphPlan.Scratch;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMax;
import org.nd4j.linalg.api.ops.impl.scalar.Step;

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
 *   <li>The backward pass of a ReLU, leaky or not, which branches on every sample: passes without
 *       branches take less than half the time.
 *   <li>The backward pass of the product of images with one number for each channel, or for each
 *       channel of each image, as learnt slopes and attention are: libnd4j's sums take thirty times
 *       as long as a product with a column of ones.
 *   <li>Pixel shuffles, both ways, which libnd4j makes sample by sample: as many copies as there
 *       are pixels in a block, between strided views, take a quarter of the time.
 * </ul>
 */
public final class FasterOperations {

  private static final int MAX_BLOCK = 4; // of pixel shuffles: a copy for each of its pixels

  private final StepSequence steps;

  private FasterOperations(StepSequence steps) {
    this.steps = steps;
  }

  /**
   * Returns a faster step that does the same as an operation, into the same arrays; empty if there
   * is none.
   *
   * @param isNeeded whether anything uses a result; one that is not is not computed
   */
  public static Optional<GraphPlan.Step> replace(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      Predicate<String> isNeeded,
      Scratch scratch) {
    StepSequence steps = new StepSequence(scratch);
    FasterOperations faster = new FasterOperations(steps);
    FasterConvolutions convolutions = new FasterConvolutions(steps);
    switch (operation.opName()) {
      case "thresholdedrelu_bp" -> faster.reluBackward(operation, arguments, results);
      case "lrelu_bp" -> faster.leakyReluBackward(operation, arguments, results);
      case "multiply_bp" -> faster.multiplyBackward(operation, arguments, results, isNeeded);
      case "depth_to_space" -> faster.shuffle(operation, arguments.get(0), results.get(0));
      case "space_to_depth" -> faster.shuffle(operation, results.get(0), arguments.get(0));
      case "conv2d" -> convolutions.convolution(operation, arguments, results);
      case "conv2d_bp" -> {
        boolean first = !isNeeded.test(operation.outputVariablesNames()[0]);
        convolutions.convolutionBackward(operation, arguments, results, first);
      }
      case "deconv2d" -> convolutions.transposedConvolution(operation, arguments, results.get(0));
      case "deconv2d_bp" ->
          convolutions.transposedConvolutionBackward(operation, arguments, results, isNeeded);
      default -> {
        // Taken as it is.
      }
    }
    return steps.isEmpty() ? Optional.empty() : Optional.of(steps.toStep());
  }

  private void reluBackward(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    INDArray isPositive = steps.array(arguments.get(0).shape());
    double threshold = ((DynamicCustomOp) operation).tArgs()[0];
    steps.addScalar(
        new Step(arguments.get(0), isPositive, threshold), arguments.get(0), isPositive);
    steps.add("multiply", List.of(isPositive, arguments.get(1)), results.get(0));
  }

  private void leakyReluBackward(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    double slope = ((DynamicCustomOp) operation).tArgs()[0];
    if (slope < 0 || slope > 1) {
      return;
    }
    INDArray factor = steps.array(arguments.get(0).shape());
    steps.addScalar(new Step(arguments.get(0), factor, 0), arguments.get(0), factor); // 0 or 1
    steps.addScalar(new ScalarMax(factor, null, factor, slope), factor, factor);
    steps.add("multiply", List.of(factor, arguments.get(1)), results.get(0));
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
      steps.add("multiply", List.of(gradient, factors), results.get(large));
    }
    if (isNeeded.test(names[1 - large])) {
      INDArray product = steps.array(images.shape());
      steps.add("multiply", List.of(gradient, images), product);
      long number = images.size(0);
      long channels = images.size(1);
      INDArray planes = product.reshape('c', number * channels, images.size(2) * images.size(3));
      INDArray sums = results.get(1 - large);
      if (factors.length() == number * channels) {
        steps.sumRows(planes, sums);
      } else {
        INDArray ofImages = steps.array(number, channels);
        steps.sumRows(planes, ofImages);
        INDArray ones = steps.array(1, number);
        steps.add("ones_as", List.of(ones), ones);
        steps.add("matmul", List.of(ones, ofImages), sums.reshape('c', 1, channels), 0, 0);
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
    if (options[1] != 0 || block > MAX_BLOCK) {
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
        INDArray part = StepSequence.view(channels, shape, first, image, plane, shape[3], 1);
        long width = shape[3] * block;
        INDArray spread =
            StepSequence.view(
                pixels, shape, y * width + x, image, plane * block * block, width * block, block);
        steps.add("identity", List.of(isToPixels ? part : spread), isToPixels ? spread : part);
      }
    }
  }
}
