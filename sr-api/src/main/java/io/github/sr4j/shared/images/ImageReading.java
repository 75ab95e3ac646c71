// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.images;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.files.ImageInput;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.Picture;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The reading of an image file whose kind is known before its pixels are decoded: an image, or the
 * frames of an animation on their canvas. Not thread-safe.
 */
public final class ImageReading implements AutoCloseable {

  private static final long MAX_PIXELS = 1L << 28;

  private final ImageSource source;
  private final Optional<Animation> animation;
  private final List<Picture> pictures;

  private ImageReading(ImageSource source) {
    this.source = source;
    this.animation = source.animation();
    this.pictures = source.pictures();
  }

  /**
   * Opens a file; nothing is decoded.
   *
   * @throws ImageFormatException if it is not an image, has more than 2^28 pixels, or is damaged as
   *     far as that shows without decoding it
   * @throws IOException if it does not exist or cannot be read
   */
  public static ImageReading open(Path file) throws IOException {
    ImageSource source = ImageSource.open(ImageInput.of(file), MAX_PIXELS);
    try {
      return new ImageReading(source);
    } catch (RuntimeException | Error e) {
      try (source) {
        throw e;
      }
    }
  }

  /** Returns the width in pixels, upright. */
  public int width() {
    return pictures.get(0).width();
  }

  /** Returns the height in pixels, upright. */
  public int height() {
    return pictures.get(0).height();
  }

  /** Returns the colour model of the first image. */
  public ColorModel model() throws IOException {
    return pictures.get(0).model();
  }

  /** Returns the frames of an animation, without its still image; 0 for any other file. */
  public int frames() {
    return animation.map(a -> a.frames().size()).orElse(0);
  }

  /** Returns for how many seconds a frame of the animation is shown. */
  public double seconds(int frame) {
    return animation.orElseThrow().delay(frame).seconds();
  }

  /** Decodes the only image, or the first of several, upright. */
  public BufferedImage read() {
    return source.readFirst();
  }

  /**
   * Decodes a frame of the animation. It is good until the next call. Frames are cheap to go
   * through in their order only.
   */
  public BufferedImage read(int frame) throws IOException {
    int first = animation.orElseThrow().hasStill() ? 1 : 0;
    return pictures.get(first + frame).band(0).rows();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
