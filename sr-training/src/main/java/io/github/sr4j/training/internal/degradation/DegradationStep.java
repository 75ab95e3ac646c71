// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import io.github.sr4j.FloatImage;
import io.github.sr4j.training.Degradation;
import java.util.SplittableRandom;

/**
 * One step of a {@link Degradation}. Immutable and safe for use by multiple threads; prints as the
 * text that it was made of.
 */
public interface DegradationStep {

  /** The size of an image on its way to low resolution. */
  enum Stage {
    /** That of the original. */
    ORIGINAL,
    /** Any other, as after a resize by a factor that is drawn. */
    ANY,
    /** That of the low-resolution image. */
    REDUCED
  }

  /**
   * The size of the low-resolution image.
   *
   * @param width in pixels
   * @param height in pixels
   */
  record Size(int width, int height) {}

  /** Returns the image after this step; what is drawn is drawn from {@code random} alone. */
  FloatImage apply(FloatImage image, Size lowRes, SplittableRandom random);

  /** Returns the stage at which this step can be done. */
  default Stage needs() {
    return Stage.ANY;
  }

  /** Returns the stage of the image after this step. */
  default Stage leaves(Stage stage) {
    return stage;
  }

  /** Returns whether something is drawn. */
  default boolean isRandom() {
    return true;
  }

  /** Returns whether a result in luma needs an original in colour. */
  default boolean isOfColors() {
    return false;
  }
}
