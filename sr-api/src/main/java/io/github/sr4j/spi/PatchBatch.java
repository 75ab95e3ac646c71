// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Pairs of patches to train on: what the network is given, and what it should return.
 *
 * <p>Safe for use by multiple threads as long as nobody writes to the arrays.
 */
public final class PatchBatch {

  /**
   * The shape of a batch of images in NCHW order.
   *
   * @param batch the number of images
   * @param channels the channels of each
   * @param height the height in pixels
   * @param width the width in pixels
   */
  public record Shape(int batch, int channels, int height, int width) {

    /**
     * Checks the sides.
     *
     * @throws IllegalArgumentException if one is less than 1
     */
    public Shape {
      checkArgument(
          batch > 0 && channels > 0 && height > 0 && width > 0,
          "sides must be at least 1, but were %s x %s x %s x %s (batch x channels x height x"
              + " width)",
          batch,
          channels,
          height,
          width);
    }

    /** Returns the number of samples. */
    public int size() {
      return Math.multiplyExact(
          Math.multiplyExact(batch, channels), Math.multiplyExact(height, width));
    }

    @Override
    public String toString() {
      return batch + " x " + channels + " x " + height + " x " + width;
    }
  }

  private final Shape inputShape;
  private final float[] input; // NCHW, nominally [0, 1]
  private final Shape targetShape;
  private final float[] target; // NCHW, [0, 1]

  /**
   * Views two arrays as a batch, without copying them.
   *
   * @param input NCHW samples in [0, 1]: low-resolution patches, enlarged already if the network
   *     wants that; bicubic enlargement overshoots the range at edges
   * @param target NCHW samples in [0, 1]: the same patches in high resolution
   * @throws IllegalArgumentException if an array is not as long as its shape demands, or the shapes
   *     differ in images or channels
   */
  public PatchBatch(Shape inputShape, float[] input, Shape targetShape, float[] target) {
    requireNonNull(input, "input");
    requireNonNull(target, "target");
    checkArgument(
        inputShape.size() == input.length,
        "input must hold %s values for %s (batch x channels x height x width), but held %s",
        inputShape.size(),
        inputShape,
        input.length);
    checkArgument(
        targetShape.size() == target.length,
        "target must hold %s values for %s (batch x channels x height x width), but held %s",
        targetShape.size(),
        targetShape,
        target.length);
    checkArgument(
        inputShape.batch() == targetShape.batch()
            && inputShape.channels() == targetShape.channels(),
        "input and target must have the same images and channels, but were %s and %s (batch x"
            + " channels x height x width)",
        inputShape,
        targetShape);
    this.inputShape = inputShape;
    this.input = input;
    this.targetShape = targetShape;
    this.target = target;
  }

  /** Returns the shape of {@link #input}. */
  public Shape inputShape() {
    return inputShape;
  }

  /** Returns the samples that the network is given; the array is not copied. */
  public float[] input() {
    return input;
  }

  /** Returns the shape of {@link #target}. */
  public Shape targetShape() {
    return targetShape;
  }

  /** Returns the samples that the network should return; the array is not copied. */
  public float[] target() {
    return target;
  }

  /**
   * The batches that a run trains on, by number.
   *
   * <p>A batch is a function of its number and of the seed that the source was made with, and of
   * nothing else: batches can be made ahead, by several threads, and a run that is resumed at step
   * <i>n</i> sees what it would have seen. Implementations are safe for use by multiple threads.
   * Extend {@code ImagePatchSourceContract} of sr-testkit to check one.
   */
  @FunctionalInterface
  public interface Source {

    /**
     * Returns a batch.
     *
     * @param number the number of the batch, from 0; there is no last one
     */
    PatchBatch batch(long number);
  }
}
