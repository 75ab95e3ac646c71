// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.pixels.ImageKind;
import java.awt.image.BufferedImage;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;

/** Images that a program hands over one by one. Not thread-safe. */
final class IteratedImages implements FrameSource {

  private final Iterator<BufferedImage> images;
  private final ImageKind kind;
  private final Format format;
  private Optional<BufferedImage> first;
  private long count;

  IteratedImages(Iterator<BufferedImage> images, Ratio rate) {
    checkArgument(images.hasNext(), "images must be at least one, but there was none");
    this.images = images;
    BufferedImage image = images.next();
    this.first = Optional.of(image);
    this.kind = ImageKind.of(image.getColorModel());
    this.format =
        new Format(
            kind.pixels().name(),
            image.getWidth(),
            image.getHeight(),
            rate.denominator(),
            rate.numerator());
  }

  @Override
  public Format format() {
    return format;
  }

  @Override
  public Optional<Frame> next() {
    BufferedImage image;
    if (first.isPresent()) {
      image = first.get();
      first = Optional.empty();
    } else if (images.hasNext()) {
      image = images.next();
    } else {
      return Optional.empty();
    }
    long time = count;
    count++;
    String name = String.format(Locale.ROOT, "image %d", count);
    return Optional.of(new Frame(time, frame(image, kind, format, name)));
  }

  /**
   * Returns an image as a frame.
   *
   * @param name of the image in messages
   * @throws ImageFormatException if it has another size, or more than the kind
   */
  static byte[] frame(BufferedImage image, ImageKind kind, Format format, String name) {
    ImageKind own = ImageKind.of(image.getColorModel());
    if (!kind.holds(own)
        || image.getWidth() != format.width()
        || image.getHeight() != format.height()) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: must be %dx%d (width x height), %s, as the first one, but is %dx%d, %s",
              name,
              format.width(),
              format.height(),
              kind,
              image.getWidth(),
              image.getHeight(),
              own),
          null);
    }
    return kind.frame(image);
  }
}
