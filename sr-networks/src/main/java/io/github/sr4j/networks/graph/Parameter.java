// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The weights of a name: their shape, what they are before training, and whether training changes
 * them.
 *
 * @param name unique within a network, such as {@code conv1.weight}
 * @param shape in the order of PyTorch and ONNX, without free lengths
 * @param initial how their first values are drawn
 * @param role whether they are trained
 * @param shuffle the block of the pixel shuffle that rearranges the channels which these weights
 *     make; 1 if there is none. It matters to the order in which values are drawn, and to nothing
 *     else
 */
public record Parameter(String name, Shape shape, Initial initial, Role role, int shuffle) {

  /** The part that weights have in training. */
  public enum Role {
    /** They are trained. */
    TRAINED,
    /** They are running statistics, which move towards those of each batch. */
    STATISTIC
  }

  /** The distribution of initial weights. */
  public sealed interface Initial {

    /** Draws one value. */
    float draw(SplittableRandom random);

    /** One value. */
    record Constant(double value) implements Initial {
      @Override
      public float draw(SplittableRandom random) {
        return (float) value;
      }
    }

    /** Uniform from {@code -bound} to {@code bound}. */
    record Uniform(double bound) implements Initial {
      @Override
      public float draw(SplittableRandom random) {
        return (float) ((2 * random.nextDouble() - 1) * bound);
      }
    }

    /** A Gaussian around 0. */
    record Normal(double deviation) implements Initial {
      @Override
      public float draw(SplittableRandom random) {
        return (float) (random.nextGaussian() * deviation);
      }
    }
  }

  /** Checks the shape. */
  public Parameter {
    checkArgument(shape.isKnown(), "weights must have a known shape, but had %s", shape);
    checkArgument(shuffle >= 1, "shuffle must be at least 1, but was %s", shuffle);
  }

  /** Returns whether these weights are trained. */
  public boolean isTrained() {
    return role == Role.TRAINED;
  }

  /** Draws the initial weights. */
  public Tensor draw(SplittableRandom random) {
    float[] samples = new float[Math.toIntExact(shape.size())];
    for (int position : drawingOrder()) {
      samples[position] = initial.draw(random);
    }
    return Tensor.of(shape, samples);
  }

  /**
   * Returns the places of the samples in the order in which their values are drawn: kernel
   * positions, then the second axis, then the first, in which the channels before a pixel shuffle
   * come as TensorFlow orders them: the upper left pixel of every channel, then the next pixel of
   * every channel. The weights of a seed are defined by it.
   */
  public int[] drawingOrder() {
    boolean isKernel = shape.rank() == 4;
    int size = Math.toIntExact(shape.size());
    if (!isKernel && shape.rank() != 1) {
      return IntStream.range(0, size).toArray();
    }
    int first = (int) shape.length(0);
    int second = isKernel ? (int) shape.length(1) : 1;
    int pixels = size / first / second;
    int[] places = new int[first * second * pixels];
    int next = 0;
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int i = 0; i < second; i++) {
        for (int o = 0; o < first; o++) {
          places[next++] = (shuffled(o, first) * second + i) * pixels + pixel;
        }
      }
    }
    return places;
  }

  private int shuffled(int channel, int channels) {
    int block = shuffle * shuffle;
    int after = channels / block;
    return channel % after * block + channel / after;
  }
}
