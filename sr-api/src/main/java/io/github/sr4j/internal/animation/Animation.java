// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import io.github.sr4j.internal.util.SplicedChannel;
import java.util.List;
import java.util.Optional;

/**
 * The frames of an animated GIF, PNG or WebP on their canvas, and how they are shown. Immutable.
 *
 * @param width of the canvas in pixels
 * @param height of the canvas in pixels
 * @param plays how often the animation is shown; 0 for ever
 * @param still another picture before the frames, as large as the canvas, which programs show that
 *     know no animations
 * @param frames at least one
 */
public record Animation(
    int width, int height, int plays, Optional<Frame> still, List<Frame> frames) {

  /** The most frames of an animation. */
  static final int MAX_FRAMES = 1 << 16;

  /** The disposal of a frame: its part of the canvas before the next frame is drawn. */
  enum Disposal {
    /** It stays. */
    NONE,
    /** It becomes transparent. */
    CLEAR,
    /** It becomes what it was before the frame. */
    RESTORE
  }

  /**
   * The time that a frame is shown, as an animated PNG has it.
   *
   * @param numerator of seconds, 0 to 65535
   * @param denominator of seconds, 1 to 65535
   */
  public record Delay(int numerator, int denominator) {

    private static final int MAX = 0xffff;

    /** Returns a number of milliseconds, in coarser units where these are too many. */
    static Delay ofMillis(int millis) {
      for (int unit = 1; ; unit *= 10) {
        int count = (int) Math.round((double) millis / unit);
        if (count <= MAX) {
          return new Delay(count, 1000 / unit);
        }
      }
    }

    /** Returns the delay in seconds. */
    public double seconds() {
      return (double) numerator / denominator;
    }
  }

  /**
   * A frame, where it goes, and a file that holds nothing but its pixels.
   *
   * @param isBlended whether it is drawn over the canvas, or else instead of what is there
   * @param hasAlpha whether some of it may be transparent
   */
  public record Frame(
      int x,
      int y,
      int width,
      int height,
      Delay delay,
      Disposal disposal,
      boolean isBlended,
      boolean hasAlpha,
      SplicedChannel.Parts file) {

    /** Returns whether the frame covers a canvas of a size. */
    public boolean covers(int canvasWidth, int canvasHeight) {
      return x <= 0 && y <= 0 && x + width >= canvasWidth && y + height >= canvasHeight;
    }
  }

  /** Returns the pictures that the file holds. */
  public int pictures() {
    return frames.size() + (hasStill() ? 1 : 0);
  }

  /** Returns whether there is a picture before the frames. */
  public boolean hasStill() {
    return still.isPresent();
  }

  /** Returns the delay of a frame. */
  public Delay delay(int frame) {
    return frames.get(frame).delay();
  }

  /** Returns whether every pixel of the canvas is opaque in every frame. */
  public boolean isOpaque() {
    if (still.isPresent() && still.get().hasAlpha()) {
      return false;
    }
    for (int i = 0; i < frames.size(); i++) {
      Frame frame = frames.get(i);
      boolean isDrawnOpaquely = !frame.hasAlpha() || (i > 0 && frame.isBlended());
      boolean uncovers =
          frame.disposal() == Disposal.CLEAR || (i == 0 && frame.disposal() == Disposal.RESTORE);
      if (!isDrawnOpaquely || uncovers || (i == 0 && !frame.covers(width, height))) {
        return false;
      }
    }
    return true;
  }
}
