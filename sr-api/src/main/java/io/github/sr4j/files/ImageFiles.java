// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.Output;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.ImageInput;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads and writes image files and streams, whole: an image is never half read and a file never
 * half written.
 *
 * <p>Safe for use by multiple threads as long as nobody draws on the images passed.
 */
public final class ImageFiles {

  private static final long DEFAULT_MAX_PIXELS = 1L << 28;

  private ImageFiles() {}

  /**
   * Reads an image from a file of any format that {@link javax.imageio.ImageIO} has a reader for.
   * Of several images in a file, the first is read; of an animation, the first frame on its canvas,
   * or the still image that an animated PNG may hold besides. The image is turned as the file says
   * that it is to be looked at (the EXIF or TIFF orientation). It may have at most 2^28 pixels, and
   * as many for each byte of the file as its format can hold.
   *
   * @throws ImageFormatException if the file is not an image, has more pixels, or is damaged or cut
   *     off; the message names the file and says what was found
   * @throws SuperResolutionException if there is too little memory for the image
   * @throws IOException if the file does not exist or cannot be read
   * @throws java.util.concurrent.CancellationException if the thread is interrupted while reading
   */
  public static BufferedImage read(Path file) throws IOException {
    return read(file, DEFAULT_MAX_PIXELS);
  }

  /**
   * Reads an image as {@link #read(Path)} does, with another limit. The size is that which the
   * file's header declares, and nothing is decoded of an image that is too large.
   *
   * @param maxPixels the most pixels that the image may have
   * @throws IllegalArgumentException if {@code maxPixels} is less than 1
   */
  public static BufferedImage read(Path file, long maxPixels) throws IOException {
    checkArgument(maxPixels >= 1, "maxPixels must be at least 1, but was %s", maxPixels);
    return read(ImageInput.of(file), maxPixels);
  }

  /**
   * Reads an image from a stream as {@link #read(Path)} does from a file. The format is found from
   * the bytes. The stream is read to its end and not closed; meanwhile, its bytes are in a
   * temporary file, which is deleted in every case.
   */
  public static BufferedImage read(InputStream stream) throws IOException {
    return read(stream, DEFAULT_MAX_PIXELS);
  }

  /**
   * Reads an image from a stream as {@link #read(InputStream)} does, with another limit on its
   * pixels, as {@link #read(Path, long)} has.
   *
   * @param maxPixels the most pixels that the image may have
   * @throws IllegalArgumentException if {@code maxPixels} is less than 1
   */
  public static BufferedImage read(InputStream stream, long maxPixels) throws IOException {
    requireNonNull(stream, "stream");
    checkArgument(maxPixels >= 1, "maxPixels must be at least 1, but was %s", maxPixels);
    try (ImageInput input = ImageInput.of(stream)) {
      return read(input, maxPixels);
    }
  }

  private static BufferedImage read(ImageInput input, long maxPixels) throws IOException {
    try (ImageSource source = ImageSource.open(input, maxPixels)) {
      return source.readFirst();
    }
  }

  /**
   * Returns the width and height in pixels of the image that {@link #read(Path)} would return,
   * however large it is; nothing is decoded.
   *
   * @throws ImageFormatException if the file is not an image, or damaged as far as that shows
   *     without decoding it
   * @throws IOException if the file does not exist or cannot be read
   */
  public static Dimension size(Path file) throws IOException {
    return size(ImageInput.of(file));
  }

  /**
   * Returns the width and height in pixels of the image that {@link #read(InputStream)} would
   * return, as {@link #size(Path)} does for a file. The stream is read to its end and not closed.
   */
  public static Dimension size(InputStream stream) throws IOException {
    try (ImageInput input = ImageInput.of(requireNonNull(stream, "stream"))) {
      return size(input);
    }
  }

  private static Dimension size(ImageInput input) throws IOException {
    try (ImageSource source = ImageSource.open(input, Long.MAX_VALUE)) {
      return source.firstSize();
    }
  }

  /**
   * Writes an image to a file, in the format that the file name's extension says. The image appears
   * under its name, replacing a file that was there, once it is complete; on failure nothing is
   * left.
   *
   * <p>A format that cannot hold the image as it is gets it with 8 bits per sample and without
   * alpha, over white; JPEG always does, at quality 0.95.
   *
   * @throws IllegalArgumentException if the extension is not one of bmp, jpg, jpeg, png, tif and
   *     tiff; GIF could not keep the colours
   * @throws IOException if the folder does not exist or cannot be written to
   */
  public static void write(BufferedImage image, Path file) throws IOException {
    write(image, ImageTarget.of(file));
  }

  /**
   * Writes an image to a stream, which gets it once it is complete in a temporary file, is flushed,
   * and is not closed.
   *
   * @throws IOException if the image or the stream cannot be written; only in the latter case may
   *     the stream hold a part of the image
   * @throws java.util.concurrent.CancellationException if the thread is interrupted before the
   *     stream is written
   */
  public static void write(BufferedImage image, OutputStream stream, Output output)
      throws IOException {
    requireNonNull(stream, "stream");
    requireNonNull(output, "output");
    write(image, ImageTarget.of(stream, output));
  }

  private static void write(BufferedImage image, ImageTarget target) throws IOException {
    target.write(List.of(Picture.of(image, FileMetadata.NONE)).iterator());
  }
}
