// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_PIXELS;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_PIXELS_PER_BYTE;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.tiff.TiffCompression;
import io.github.sr4j.internal.tiff.TiffDirectory;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The refusal of an image file by the sizes that it declares, before anything is allocated for
 * them. Immutable.
 */
final class SizeChecks {

  // At 8 bits and with alpha: the canvas, what a frame hides of it, and the frame.
  private static final int CANVAS_BYTES_PER_PIXEL = 12;

  private static final int SLACK_BYTES = 16; // what rounding to whole blocks and bytes can take

  private static final int MAX_SMALL_TILE = 1 << 24; // pixels, of an image of any size
  private static final int MAX_SAMPLES = 1024; // per pixel: the limit of the JDK's TIFF reader

  private final ImageInput file; // whose text is its name
  private final String format;
  private final ReadingGuard guard;
  private final PixelLimits limits;
  private final byte[] start; // of the file, with zeros behind a shorter one
  private final long length; // of the file, in bytes
  private final @Nullable JpegScan jpeg;

  SizeChecks(
      ImageInput file,
      String format,
      ReadingGuard guard,
      PixelLimits limits,
      byte[] start,
      long length,
      @Nullable JpegScan jpeg) {
    this.file = file;
    this.format = format;
    this.guard = guard;
    this.limits = limits;
    this.start = start;
    this.length = length;
    this.jpeg = jpeg;
  }

  /** Refuses an image of a TIFF that its bytes cannot hold. */
  void checkBytes(int width, int height, TiffDirectory directory) throws IOException {
    long compression = directory.compression();
    int bits = directory.bitsPerPixel();
    long[] counts = directory.byteCounts();
    boolean isSparse = Arrays.stream(counts).anyMatch(count -> count == 0);
    long bytes = length;
    double wanted = (double) width * height * bits / Byte.SIZE;
    if (compression == TiffCompression.NONE && !isSparse && limits.maxPerByte().isEmpty()) {
      if (wanted > bytes) {
        throw guard.damaged(
            String.format(
                Locale.ROOT,
                "%s: its pixels take %.0f bytes, but it has %s",
                Reasons.CUT_OFF,
                wanted,
                bytes),
            null);
      }
      return;
    }
    double stored = 0;
    for (long count : counts) { // of which some may be of the same bytes
      stored += Math.max(0, count);
    }
    boolean isKnown = compression != TiffCompression.OLD_JPEG && !isSparse && stored > 0;
    bytes = isKnown && stored < bytes ? (long) stored : bytes;
    checkBytes(width, height, limits.perByteOfTiff(compression, bits, width, isSparse), bytes);
  }

  /** Refuses an image that its bytes cannot hold, or that takes too much to be decoded at all. */
  void checkBytes(int width, int height) {
    long pixels = (long) width * height;
    checkBytes(
        width,
        height,
        limits.perByte(format, start, width),
        jpeg == null ? length : jpeg.dataBytes());
    if (jpeg != null && jpeg.coefficientBytes(pixels) > maxCoefficientBytes()) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: the jpeg image of %sx%s (width x height) comes in several scans, for which %s MB"
                  + " outside of the heap are needed, but at most %s MB may be; allow Java more"
                  + " with -Xmx, or save it as a baseline JPEG",
              file,
              width,
              height,
              jpeg.coefficientBytes(pixels) >> 20,
              maxCoefficientBytes() >> 20),
          null);
    }
  }

  private void checkBytes(int width, int height, double perByte, long bytes) {
    long pixels = (long) width * height;
    if (pixels > perByte * (bytes + SLACK_BYTES)) {
      throw refusal(
          new SettingException(
              "%s: %s is %s, but the %s image declares %s pixels, %sx%s (width x height), in %s"
                  + " bytes; it may be cut off",
              file,
              MAX_PIXELS_PER_BYTE,
              String.format(Locale.ROOT, perByte < 10 ? "%.2f" : "%.0f", perByte),
              format,
              pixels,
              width,
              height,
              bytes));
    }
  }

  private static ImageFormatException refusal(SettingException setting) {
    return new ImageFormatException(setting.getMessage(), setting);
  }

  /** As much as Java may use besides, or what photographs of 100 megapixels need. */
  private static long maxCoefficientBytes() {
    return Math.max(1 << 30, Runtime.getRuntime().maxMemory());
  }

  /** Refuses an image of no pixels, or of too many. */
  void checkSize(int width, int height) {
    if (width <= 0 || height <= 0) {
      throw guard.damaged(
          String.format(Locale.ROOT, "it is %sx%s pixels (width x height)", width, height), null);
    }
    long pixels = (long) width * height;
    if (pixels > limits.max()) {
      throw refusal(
          new SettingException(
              "%s: %s is %s, but the %s image has %s pixels, %sx%s (width x height)",
              file, MAX_PIXELS, limits.max(), format, pixels, width, height));
    }
  }

  /** Refuses tiles far larger than their image, for which readers would make room. */
  void checkTiles(int width, int height, TiffDirectory directory) throws IOException {
    long tileWidth = directory.wholeNumber(TiffDirectory.TILE_WIDTH, 1);
    long tileHeight = directory.wholeNumber(TiffDirectory.TILE_HEIGHT, 1);
    double pixels = (double) tileWidth * tileHeight;
    if (pixels > Math.max(MAX_SMALL_TILE, (double) width * height)) {
      throw guard.damaged(
          String.format(
              Locale.ROOT,
              "its tiles are of %sx%s pixels (width x height), but it is of %sx%s",
              tileWidth,
              tileHeight,
              width,
              height),
          null);
    }
  }

  /** Refuses a row whose bits readers cannot count, which they do in 32 bits. */
  void checkRow(int width, long bits) {
    if (bits * width > Integer.MAX_VALUE) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: the %s image has rows of %s pixels of %s bits, but a row must be of less than"
                  + " 2^31 bits",
              file,
              format,
              width,
              bits),
          null);
    }
  }

  /**
   * Refuses too many samples in a pixel: readers allocate something for each, of which a TIFF may
   * declare 2^31.
   */
  void checkSamples(long samples) {
    if (samples > MAX_SAMPLES) {
      throw guard.damaged(
          String.format(Locale.ROOT, "it must have at most %s samples per pixel", MAX_SAMPLES),
          null);
    }
  }

  /**
   * Refuses frames of too many pixels, and a canvas too large for the memory, which has it whole.
   */
  void checkCanvas(Animation animation) {
    checkSize(animation.width(), animation.height());
    for (Animation.Frame frame : animation.frames()) {
      checkSize(frame.width(), frame.height());
    }
    long pixels = (long) animation.width() * animation.height();
    long bytes = pixels * CANVAS_BYTES_PER_PIXEL;
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap / 2) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: the canvas of the animation is %sx%s (width x height) and would take about %s"
                  + " MB, more than half of Java's heap of %s MB; -Xmx sets a larger one",
              file,
              animation.width(),
              animation.height(),
              bytes >> 20,
              heap >> 20),
          null);
    }
  }
}
