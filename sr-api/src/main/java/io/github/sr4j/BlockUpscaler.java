// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

/**
 * A loaded network: a block of samples in, a block {@link ModelInfo#blockScale} times larger out.
 *
 * <p>{@link io.github.sr4j.Upscaler} does tiling, colour, alpha, enlarging before the network and
 * the edges of images, from the halo, alignment, fixed shape and lost edge in {@link ModelInfo}.
 * Samples are in [0, 1], whatever range the network itself works in.
 *
 * <p>Implementations are safe for use by multiple threads. They hold native memory and are closed
 * by whoever opened them.
 */
public interface BlockUpscaler extends AutoCloseable {

  /** Returns the properties of the network. */
  ModelInfo info();

  /** Returns the device in use and the reason for it. */
  Device.Report device();

  /**
   * Runs the network on a block.
   *
   * @param block an image with {@code info().channels()} channels whose sides are multiples of
   *     {@code info().alignment()} and, where they are fixed, {@code info().blockWidth()} and
   *     {@code info().blockHeight()}; it is not written to, and not used after the call, for the
   *     caller may then fill it again
   * @return a new image, {@code info().blockScale()} times as wide and high less {@code
   *     info().lostEdge()} along each edge, not clamped
   * @throws IllegalArgumentException if the block has another number of channels
   * @throws IllegalStateException if this network is closed
   * @throws java.util.concurrent.CancellationException if the calling thread is interrupted, whose
   *     status stays set. Implementations may take until the end of the block to notice, and may
   *     then return the result.
   * @throws io.github.sr4j.SuperResolutionException if the backend fails
   */
  FloatImage upscale(FloatImage block);

  /**
   * Runs the network on a block as {@link #upscale(FloatImage)} does, for a caller that runs many
   * blocks and no longer needs the result of an earlier one. Implementations may ignore the array.
   *
   * @param reusable an array that may become the samples of the result, if its length fits exactly
   */
  default FloatImage upscale(FloatImage block, float[] reusable) {
    return upscale(block);
  }

  /** Frees the native memory. A second call does nothing. */
  @Override
  void close();
}
