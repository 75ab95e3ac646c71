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
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Operations that libnd4j does slowly, made of other operations of it. The convolutions have stride
 * 1, NCHW and weights [height, width, in, out].
 *
 * <ul>
 *   <li>The backward pass of a network's first layer. Nobody needs the gradient of the image, which
 *       is most of the work of {@code conv2d_bp} there. That of the weights is a convolution
 *       itself: of the input with the gradient, images and channels swapped.
 *   <li>Kernels of one pixel, both passes: products of matrices, an image each.
 *   <li>The backward pass of a rectifier, which branches on every sample: two passes without
 *       branches take less than half the time.
 * </ul>
 */
final class FasterOperations {

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
      case "conv2d" -> faster.convolution(operation, arguments, results);
      case "conv2d_bp" -> {
        boolean first = !isNeeded.test(operation.outputVariablesNames()[0]);
        faster.convolutionBackward(operation, arguments, results, first);
      }
      default -> {
        // Taken as it is.
      }
    }
    return faster.steps.isEmpty() ? Optional.empty() : Optional.of(new Sequence(faster.steps));
  }

  private void rectifierBackward(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    INDArray input = arguments.get(0);
    INDArray isPositive = scratch.array(input.shape());
    double threshold = ((DynamicCustomOp) operation).tArgs()[0];
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setInputArray(0, input);
    context.setOutputArray(0, isPositive);
    steps.add(new OperationStep(new Step(input, isPositive, threshold), context));
    add("multiply", List.of(isPositive, arguments.get(1)), results.get(0));
  }

  private void convolution(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    if (isPlain(options) && hasOnePixel(options) && arguments.size() == 3) {
      onePixel(arguments, results);
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
    if (first) {
      weightGradient(options, arguments, results);
    } else if (hasOnePixel(options)) {
      onePixelBackward(arguments, results);
    }
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

  private void weightGradient(long[] options, List<INDArray> arguments, List<INDArray> results) {
    INDArray input = arguments.get(0); // [N, in, height, width]
    INDArray gradient = arguments.get(3); // [N, out, height, width], of the result
    long[] in = input.shape();
    long[] out = gradient.shape();
    INDArray swappedInput;
    if (in[1] == 1) {
      swappedInput = input.reshape('c', 1, in[0], in[2], in[3]);
    } else {
      swappedInput = scratch.array(in[1], in[0], in[2], in[3]);
      add("permute", List.of(input), swappedInput, 1, 0, 2, 3);
    }
    INDArray swappedGradient = scratch.array(out[1], out[0], out[2], out[3]);
    add("permute", List.of(gradient), swappedGradient, 1, 0, 2, 3);
    INDArray swappedResult = scratch.array(in[1], out[1], options[0], options[1]);
    boolean keepsSize = options[8] == 1;
    add(
        "conv2d",
        List.of(swappedInput, swappedGradient),
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
    add("reduce_sum", List.of(gradient), results.get(2), 0, 2, 3);
  }

  private void onePixel(List<INDArray> arguments, List<INDArray> results) {
    INDArray result = results.get(0);
    add("matmul", List.of(weights(arguments), images(arguments.get(0))), images(result), 1, 0);
    DynamicCustomOp bias =
        DynamicCustomOp.builder("biasadd")
            .addInputs(result, arguments.get(2))
            .addOutputs(result)
            .addBooleanArguments(true) // NCHW
            .build();
    steps.add(primitive(bias, List.of(result, arguments.get(2)), result));
  }

  private void onePixelBackward(List<INDArray> arguments, List<INDArray> results) {
    INDArray gradient = arguments.get(3);
    INDArray images = images(arguments.get(0));
    INDArray gradients = images(gradient);
    add("matmul", List.of(weights(arguments), gradients), images(results.get(0)), 0, 0);
    long[] in = arguments.get(0).shape();
    long out = gradient.size(1);
    INDArray each = scratch.array(in[0], in[1], out);
    add("matmul", List.of(images, gradients), each, 0, 1);
    add("reduce_sum", List.of(each), results.get(1).reshape('c', in[1], out), 0);
    add("reduce_sum", List.of(gradient), results.get(2), 0, 2, 3);
  }

  /** The weights [in, out], once for each image: the product of many matrices takes pairs. */
  private INDArray weights(List<INDArray> arguments) {
    INDArray weights = arguments.get(1);
    long images = arguments.get(0).size(0);
    long in = weights.size(2);
    long out = weights.size(3);
    INDArray repeated = scratch.array(images, in, out);
    INDArray ones = scratch.array(images, 1);
    add("ones_as", List.of(ones), ones);
    // The product with a column of ones; the operation made for this, tile, takes fifty times as
    // long.
    add(
        "matmul",
        List.of(ones, weights.reshape('c', 1, in * out)),
        repeated.reshape('c', images, in * out),
        0,
        0);
    return repeated;
  }

  private static INDArray images(INDArray array) {
    return array.reshape('c', array.size(0), array.size(1), array.size(2) * array.size(3));
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
      DynamicCustomOp operation, List<INDArray> inputs, INDArray output) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setArgs(
        inputs.toArray(INDArray[]::new),
        operation.iArgs(),
        operation.dArgs(),
        operation.tArgs(),
        operation.bArgs());
    context.setOutputArray(0, output);
    return new OperationStep(operation, context);
  }
}
