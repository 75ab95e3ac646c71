// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Weights of ours that are computed from the arrays of a file. */
final class Derivations {

  private static final double[] DIV2K_MEAN = {0.4488, 0.4371, 0.4040};

  private Derivations() {}

  /** Returns the product of an array and a number. */
  static Function<List<Tensor>, Tensor> times(double factor) {
    return arrays -> {
      Tensor array = arrays.get(0);
      float[] samples = array.samples().clone();
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (float) (samples[i] * factor);
      }
      return Tensor.of(array.shape(), samples);
    };
  }

  /** Returns one number for each kernel of an array: what a layer without them does. */
  static Function<List<Tensor>, Tensor> constant(double number) {
    return arrays -> filled(length(arrays.get(0), 0), (float) number);
  }

  /** Returns a zero for each channel that transposed kernels make: the bias of a layer without. */
  static Tensor zerosOfTransposed(List<Tensor> arrays) {
    return filled(length(arrays.get(0), 1), 0);
  }

  /**
   * Returns the product of an array, the first, and the range of the samples that a network works
   * with.
   *
   * @param power 1 or -1, for a quotient
   */
  static Function<List<Tensor>, Tensor> timesRange(int power) {
    return arrays -> times(Math.pow(rangeOf(arrays.get(1)), power)).apply(arrays);
  }

  /** Returns the range, 255 or 1, in which a layer subtracts the mean colour of DIV2K. */
  private static double rangeOf(Tensor bias) {
    checkShape(bias, Shape.of(DIV2K_MEAN.length));
    for (double range : new double[] {255, 1}) {
      boolean isIn = true;
      for (int c = 0; c < DIV2K_MEAN.length; c++) {
        isIn &= Math.abs(bias.samples()[c] / range + DIV2K_MEAN[c]) < 1e-3;
      }
      if (isIn) {
        return range;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            "sub_mean must subtract the mean colour of DIV2K, of samples to 255 or to 1, but adds"
                + " %s",
            Arrays.toString(bias.samples())));
  }

  /** Returns the only number of an array, so many times: a slope that all channels share. */
  static Function<List<Tensor>, Tensor> repeated(int channels) {
    return arrays -> {
      Tensor array = arrays.get(0);
      return array.samples().length == 1 ? filled(channels, array.samples()[0]) : array;
    };
  }

  private static Tensor filled(long channels, float number) {
    float[] samples = new float[Math.toIntExact(channels)];
    Arrays.fill(samples, number);
    return Tensor.of(Shape.of(channels), samples);
  }

  /**
   * Returns the running mean of a batch normalisation, the first array, without the bias of the
   * convolution before it, the second.
   */
  static Tensor unbiasedMean(List<Tensor> arrays) {
    checkShape(arrays.get(1), arrays.get(0).shape());
    float[] mean = arrays.get(0).samples().clone();
    float[] bias = arrays.get(1).samples();
    for (int i = 0; i < mean.length; i++) {
      mean[i] -= bias[i];
    }
    return Tensor.of(arrays.get(0).shape(), mean);
  }

  /** Returns square kernels with zeros at the right and the bottom, to a longer side. */
  static Function<List<Tensor>, Tensor> enlarged(int side) {
    return arrays -> {
      Shape shape = arrays.get(0).shape();
      int own = length(arrays.get(0), 2);
      checkShape(arrays.get(0), Shape.of(shape.length(0), shape.length(1), own, own));
      checkArgument(own <= side, "kernels must be up to %s pixels wide, but were %s", side, shape);
      float[] samples = arrays.get(0).samples();
      Shape larger = shape.with(2, side).with(3, side);
      float[] result = new float[Math.toIntExact(larger.size())];
      for (int row = 0; row < samples.length / own; row++) {
        int plane = row / own;
        int target = (plane * side + row % own) * side;
        System.arraycopy(samples, row * own, result, target, own);
      }
      return Tensor.of(larger, result);
    };
  }

  /**
   * Returns the kernels that three convolutions in a row, 1x1, 3x3 and 1x1, and a 1x1 convolution
   * beside them come to: of arrays {@code first, second, third, beside}.
   *
   * @param factor what all kernels are multiplied by
   */
  static Function<List<Tensor>, Tensor> mergedKernels(double factor) {
    return arrays -> {
      Tensor first = arrays.get(0); // [a, in, 1, 1]
      Tensor second = arrays.get(1); // [b, a, 3, 3]
      Tensor third = arrays.get(2); // [out, b, 1, 1]
      Tensor beside = arrays.get(3); // [out, in, 1, 1]
      int in = length(first, 1);
      int out = length(third, 0);
      checkShape(first, Shape.of(length(first, 0), in, 1, 1));
      checkShape(second, Shape.of(length(second, 0), length(first, 0), 3, 3));
      checkShape(third, Shape.of(out, length(second, 0), 1, 1));
      checkShape(beside, Shape.of(out, in, 1, 1));
      int pixels = length(second, 2) * length(second, 3);
      double[] inner = new double[length(second, 0) * in * pixels]; // [b, in, 3, 3]
      for (int b = 0; b < length(second, 0); b++) {
        for (int a = 0; a < length(first, 0); a++) {
          for (int i = 0; i < in; i++) {
            double weight = first.samples()[a * in + i];
            for (int p = 0; p < pixels; p++) {
              inner[(b * in + i) * pixels + p] +=
                  weight * second.samples()[(b * length(first, 0) + a) * pixels + p];
            }
          }
        }
      }
      float[] merged = new float[out * in * pixels];
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          for (int p = 0; p < pixels; p++) {
            double sum = p == pixels / 2 ? beside.samples()[o * in + i] : 0;
            for (int b = 0; b < length(second, 0); b++) {
              sum +=
                  (double) third.samples()[o * length(second, 0) + b]
                      * inner[(b * in + i) * pixels + p];
            }
            merged[(o * in + i) * pixels + p] = (float) (factor * sum);
          }
        }
      }
      return Tensor.of(Shape.of(out, in, length(second, 2), length(second, 3)), merged);
    };
  }

  /**
   * Returns the biases of {@link #mergedKernels}: of arrays {@code second, third} and the biases
   * {@code first, second, third, beside}.
   */
  static Tensor mergedBiases(List<Tensor> arrays) {
    Tensor second = arrays.get(0);
    Tensor third = arrays.get(1);
    checkShape(second, Shape.of(length(second, 0), length(arrays.get(2), 0), 3, 3));
    checkShape(third, Shape.of(length(third, 0), length(second, 0), 1, 1));
    checkShape(arrays.get(3), Shape.of(length(second, 0)));
    checkShape(arrays.get(4), Shape.of(length(third, 0)));
    checkShape(arrays.get(5), Shape.of(length(third, 0)));
    float[] first = arrays.get(2).samples();
    int perKernel = second.samples().length / length(second, 0);
    int pixels = perKernel / first.length;
    double[] inner = new double[length(second, 0)];
    for (int b = 0; b < inner.length; b++) {
      inner[b] = arrays.get(3).samples()[b];
      for (int j = 0; j < perKernel; j++) {
        inner[b] += (double) second.samples()[b * perKernel + j] * first[j / pixels];
      }
    }
    float[] merged = new float[length(third, 0)];
    for (int o = 0; o < merged.length; o++) {
      double sum = (double) arrays.get(4).samples()[o] + arrays.get(5).samples()[o];
      for (int b = 0; b < inner.length; b++) {
        sum += third.samples()[o * inner.length + b] * inner[b];
      }
      merged[o] = (float) sum;
    }
    return Tensor.of(Shape.of(merged.length), merged);
  }

  private static void checkShape(Tensor array, Shape expected) {
    checkArgument(
        array.shape().equals(expected),
        "an array that weights are computed from must be of shape %s, but was of %s",
        expected,
        array.shape());
  }

  private static int length(Tensor tensor, int axis) {
    checkArgument(
        axis < tensor.shape().rank(),
        "an array that weights are computed from must have at least %s axes, but was of shape %s",
        axis + 1,
        tensor.shape());
    return Math.toIntExact(tensor.shape().length(axis));
  }
}
