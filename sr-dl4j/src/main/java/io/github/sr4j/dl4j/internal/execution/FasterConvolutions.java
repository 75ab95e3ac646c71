// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import java.util.List;
import java.util.function.Predicate;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * Convolutions of libnd4j made of other operations of it, where those are faster: {@link
 * FasterOperations} says which. They have stride 1 unless said, NCHW and weights [height, width,
 * in, out].
 */
public final class FasterConvolutions {

  // Samples, 64 MiB of them. A batch of patches has a few million; a whole image, on which SRCNN is
  // validated, may have hundreds of millions.
  private static final long MAX_UNFOLDED = 1 << 24;

  private final StepSequence steps;

  /** Creates the convolutions of a sequence, to which their steps are added. */
  public FasterConvolutions(StepSequence steps) {
    this.steps = steps;
  }

  /** Adds the steps of a convolution. */
  public void convolution(
      DifferentialFunction operation, List<INDArray> arguments, List<INDArray> results) {
    ConvolutionOptions options = ConvolutionOptions.of(operation);
    if (!options.isPlain() || arguments.size() != 3) {
      return;
    }
    if (isOneMatrix(options, arguments)) {
      steps.product(weights(arguments, 3), 1, columns(options, arguments), results.get(0));
      addBias(arguments, results.get(0));
    } else if (makesOneChannel(options, arguments)) {
      oneChannelOut(options, arguments, results);
    }
  }

  /** Adds the steps of the gradients of a convolution. */
  public void convolutionBackward(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      boolean first) {
    ConvolutionOptions options = ConvolutionOptions.of(operation);
    if (!options.isPlain() || arguments.size() != 4) {
      return;
    }
    if (isOneMatrix(options, arguments) && (first || options.hasOnePixel())) {
      oneMatrixBackward(options, arguments, results, first);
    } else if (first) {
      weightGradient(options, arguments, results);
    } else if (makesOneChannel(options, arguments)) {
      oneChannelOutBackward(options, arguments, results);
    }
  }

  /** Adds the steps of a transposed convolution. */
  public void transposedConvolution(
      DifferentialFunction operation, List<INDArray> arguments, INDArray result) {
    ConvolutionOptions options = ConvolutionOptions.of(operation);
    if (!options.isEvenlyCut()) {
      return;
    }
    INDArray input = arguments.get(0);
    INDArray weights = arguments.get(1);
    INDArray unused = steps.array(weights.shape());
    INDArray any = steps.array(result.shape()); // of which only the unused result depends
    addBackward(List.of(any, weights, input), List.of(result, unused), options);
    if (arguments.size() == 3) {
      addBias(arguments, result);
    }
  }

  /** Adds the steps of the gradients of a transposed convolution. */
  public void transposedConvolutionBackward(
      DifferentialFunction operation,
      List<INDArray> arguments,
      List<INDArray> results,
      Predicate<String> isNeeded) {
    ConvolutionOptions options = ConvolutionOptions.of(operation);
    if (!options.isEvenlyCut()) {
      return;
    }
    INDArray weights = arguments.get(1);
    INDArray gradient = arguments.get(arguments.size() - 1);
    if (isNeeded.test(operation.outputVariablesNames()[0])) {
      steps.add("conv2d", List.of(gradient, weights), results.get(0), options.forward().toArray());
    }
    INDArray unused = steps.array(gradient.shape());
    addBackward(
        List.of(gradient, weights, arguments.get(0)), List.of(unused, results.get(1)), options);
    if (results.size() == 3) {
      steps.sumRows(steps.sideBySide(gradient), results.get(2));
    }
  }

  private void addBackward(
      List<INDArray> inputs, List<INDArray> outputs, ConvolutionOptions options) {
    DynamicCustomOp operation =
        DynamicCustomOp.builder("conv2d_bp")
            .addInputs(inputs.toArray(INDArray[]::new))
            .addOutputs(outputs.toArray(INDArray[]::new))
            .build();
    operation.addIArgument(options.forward().toArray());
    steps.add(operation, inputs, outputs.toArray(INDArray[]::new));
  }

  /** Whether the convolution is the product of its weights and {@link #columns}. */
  private static boolean isOneMatrix(ConvolutionOptions options, List<INDArray> arguments) {
    return options.hasOnePixel()
        || (arguments.get(1).size(2) == 1 && isUnfoldable(options, arguments.get(0)));
  }

  private static boolean makesOneChannel(ConvolutionOptions options, List<INDArray> arguments) {
    return arguments.get(1).size(3) == 1 && isUnfoldable(options, arguments.get(0));
  }

  private static boolean isUnfoldable(ConvolutionOptions options, INDArray images) {
    long samples = images.size(0) * images.size(2) * images.size(3);
    return !options.isPadded() && samples * options.height() * options.width() <= MAX_UNFOLDED;
  }

  private void oneMatrixBackward(
      ConvolutionOptions options, List<INDArray> arguments, List<INDArray> results, boolean first) {
    INDArray weights = weights(arguments, 3);
    INDArray gradient = steps.sideBySide(arguments.get(3));
    if (!first) {
      steps.product(weights, 0, gradient, results.get(0));
    }
    INDArray weightGradient = results.get(1).reshape('c', weights.shape());
    steps.add("matmul", List.of(columns(options, arguments), gradient), weightGradient, 0, 1);
    steps.sumRows(gradient, results.get(2));
  }

  private void oneChannelOut(
      ConvolutionOptions options, List<INDArray> arguments, List<INDArray> results) {
    long[] in = arguments.get(0).shape();
    long[] out = results.get(0).shape();
    INDArray images = steps.sideBySide(arguments.get(0));
    INDArray planes = steps.array(options.height() * options.width(), in[0] * in[2] * in[3]);
    steps.add("matmul", List.of(weights(arguments, 2), images), planes, 0, 0);
    INDArray shifted = shifted(planes, options, in, out);
    steps.add(
        "reduce_sum", List.of(shifted), results.get(0).reshape('c', out[0], out[2], out[3]), 0, 1);
    addBias(arguments, results.get(0));
  }

  private void oneChannelOutBackward(
      ConvolutionOptions options, List<INDArray> arguments, List<INDArray> results) {
    // A sample of the input meets the kernel's first position in the last of the results that it
    // contributes to. Positions are therefore in reverse here: in the weights too, and in their
    // gradient.
    INDArray gradient = arguments.get(3);
    INDArray columns = unfolded(padded(gradient, options), options);
    INDArray weights = weights(arguments, 2);
    INDArray reversed = steps.array(weights.shape());
    steps.add("reverse", List.of(weights), reversed, 0);
    steps.product(reversed, 1, columns, results.get(0));
    INDArray reversedGradient = steps.array(weights.shape());
    INDArray images = steps.sideBySide(arguments.get(0));
    steps.add("matmul", List.of(columns, images), reversedGradient, 0, 1);
    steps.add(
        "reverse", List.of(reversedGradient), results.get(1).reshape('c', weights.shape()), 0);
    steps.sumRows(steps.sideBySide(gradient), results.get(2));
  }

  private void weightGradient(
      ConvolutionOptions options, List<INDArray> arguments, List<INDArray> results) {
    INDArray input = arguments.get(0); // [N, in, height, width]
    INDArray gradient = arguments.get(3); // [N, out, height, width], of the result
    long[] in = input.shape();
    long[] out = gradient.shape();
    INDArray swappedInput = steps.sideBySide(input);
    INDArray swappedGradient = steps.sideBySide(gradient);
    INDArray swappedResult = steps.array(in[1], out[1], options.height(), options.width());
    steps.add(
        "conv2d",
        List.of(
            swappedInput.reshape('c', in[1], in[0], in[2], in[3]),
            swappedGradient.reshape('c', out[1], out[0], out[2], out[3])),
        swappedResult,
        ConvolutionOptions.of(
                out[2],
                out[3],
                1,
                options.keepsSize() ? (options.height() - 1) / 2 : options.top(),
                options.keepsSize() ? (options.width() - 1) / 2 : options.left(),
                ConvolutionOptions.OIYX)
            .toArray());
    steps.add("permute", List.of(swappedResult), results.get(1), 2, 3, 0, 1);
    steps.sumRows(swappedGradient, results.get(2));
  }

  /**
   * The weights [height, width, in, out] as a matrix, one dimension of theirs being its columns.
   */
  private static INDArray weights(List<INDArray> arguments, int dimension) {
    INDArray weights = arguments.get(1);
    long columns = weights.size(dimension);
    return weights.reshape('c', weights.length() / columns, columns);
  }

  /** Returns the factor of the weights: [height * width * in, N * height out * width out]. */
  private INDArray columns(ConvolutionOptions options, List<INDArray> arguments) {
    INDArray images = arguments.get(0);
    return options.hasOnePixel() ? steps.sideBySide(images) : unfolded(images, options);
  }

  /**
   * Turns images of one channel into a row for each position in a kernel, which holds the samples
   * that this position meets.
   */
  private INDArray unfolded(INDArray images, ConvolutionOptions options) {
    long number = images.size(0);
    long height = images.size(2);
    long width = images.size(3);
    long[] shape = {
      options.height(),
      options.width(),
      number,
      height - options.height() + 1,
      width - options.width() + 1
    };
    INDArray windows = StepSequence.view(images, shape, 0, width, 1, height * width, width, 1);
    INDArray unfolded = steps.array(shape);
    steps.add("identity", List.of(windows), unfolded);
    return unfolded.reshape('c', shape[0] * shape[1], shape[2] * shape[3] * shape[4]);
  }

  /** The part of each plane that a position in the kernel contributes: [height, width, N, ...]. */
  private static INDArray shifted(
      INDArray planes, ConvolutionOptions options, long[] in, long[] out) {
    long[] shape = {options.height(), options.width(), out[0], out[2], out[3]};
    long image = in[2] * in[3];
    long plane = in[0] * image;
    return StepSequence.view(
        planes, shape, 0, options.width() * plane + in[3], plane + 1, image, in[3], 1);
  }

  /** Surrounds images of one channel by zeros, a kernel's size less one on each side. */
  private INDArray padded(INDArray images, ConvolutionOptions options) {
    long[] shape = images.shape();
    long top = options.height() - 1;
    long left = options.width() - 1;
    long height = shape[2] + 2 * top;
    long width = shape[3] + 2 * left;
    INDArray padded = steps.array(shape[0], 1, height, width);
    steps.add("zeros_as", List.of(padded), padded);
    INDArray inside =
        StepSequence.view(padded, shape, top * width + left, height * width, 1, width, 1);
    steps.add("identity", List.of(images), inside);
    return padded;
  }

  private void addBias(List<INDArray> arguments, INDArray result) {
    DynamicCustomOp bias =
        DynamicCustomOp.builder("biasadd")
            .addInputs(result, arguments.get(2))
            .addOutputs(result)
            .addBooleanArguments(true) // NCHW
            .build();
    steps.add(bias, List.of(result, arguments.get(2)), result);
  }
}
