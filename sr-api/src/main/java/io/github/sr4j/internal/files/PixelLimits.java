// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.internal.tiff.TiffCompression;
import java.util.OptionalLong;

/**
 * The number of pixels that an image may declare.
 *
 * @param max of any image
 * @param maxPerByte of an image for each byte of its file; empty for what its format can compress
 *     to
 */
public record PixelLimits(long max, OptionalLong maxPerByte) {

  /** The bytes at the beginning of a file that tell its strongest compression. */
  static final int START_BYTES = 32;

  /** Limits the number of pixels, and those for each byte by the format. */
  public static PixelLimits of(long max) {
    return new PixelLimits(max, OptionalLong.empty());
  }

  /** Of images of which a byte can stand for any number of pixels. */
  private static final double UNLIMITED = Double.POSITIVE_INFINITY;

  // What each format's entropy coding can compress to, so that no complete file is refused. How the
  // figures are derived stands in docs/images.md.
  private static final double DEFLATE = 1032; // bytes for each byte
  private static final double LZW = 4096 / 1.5; // bytes for each byte
  private static final double JPEG = 512;
  private static final double LOSSY_WEBP = 1024;
  private static final double RUN_LENGTHS = 128; // bytes for each byte
  private static final double FEW_BYTES = 64; // PackBits: bytes for each byte, 128 for 2
  private static final double FAX_RUN = 2560 / 12.0 * 8; // the longest code word
  private static final double SPARSE = 8 * 32_768; // of segments that are not in the file
  private static final int BITS = 8; // pixels in a byte of one bit each

  /**
   * Returns the most pixels that a byte can stand for in the file of a format.
   *
   * @param format lower-case, as ImageIO calls it, other than TIFF
   * @param start of the file, at least {@link #START_BYTES} or zeros
   */
  double perByte(String format, byte[] start, int width) {
    if (maxPerByte.isPresent()) {
      return maxPerByte.getAsLong();
    }
    return switch (format) {
      case "jpeg", "jpg" -> JPEG;
      case "png" -> DEFLATE * BITS / pngBits(start);
      case "gif" -> LZW;
      case "bmp" -> Math.max(RUN_LENGTHS, width); // a row can end at its first pixel
      case "psd" -> DEFLATE * BITS;
      case "webp" -> isLossyWebp(start) ? LOSSY_WEBP : UNLIMITED;
      default -> UNLIMITED;
    };
  }

  /**
   * Returns the most pixels that a byte can stand for in an image of a TIFF.
   *
   * @param compression its number, of one that is read
   * @param bits of a pixel
   * @param isSparse whether some of its strips or tiles are not in the file, and all of one value
   */
  double perByteOfTiff(long compression, int bits, int width, boolean isSparse) {
    if (maxPerByte.isPresent()) {
      return maxPerByte.getAsLong();
    }
    double pixels = (double) BITS / Math.max(1, bits); // in a byte of what is decompressed
    double perByte =
        switch ((int) compression) {
          case TiffCompression.NONE -> pixels;
          case TiffCompression.LZW -> LZW * pixels;
          case TiffCompression.DEFLATE, TiffCompression.OLD_DEFLATE -> DEFLATE * pixels;
          case TiffCompression.PACK_BITS -> FEW_BYTES * pixels;
          case TiffCompression.JPEG, TiffCompression.OLD_JPEG -> JPEG;
          case TiffCompression.FAX_ROWS, TiffCompression.FAX_WORDS -> Math.min(FAX_RUN, width);
          default -> Math.max(FAX_RUN, (double) BITS * width); // fax: a row like the last is a bit
        };
    return isSparse ? Math.max(SPARSE, perByte) : perByte;
  }

  /** The bits of a pixel by IHDR. */
  private static int pngBits(byte[] start) {
    int samples =
        switch (start[25]) {
          case 2 -> 3;
          case 4 -> 2;
          case 6 -> 4;
          default -> 1;
        };
    return Math.max(1, start[24]) * samples;
  }

  /** Whether it is of one lossy image: the canvas of others may be larger than what is coded. */
  private static boolean isLossyWebp(byte[] start) {
    return new String(start, 12, 4, ISO_8859_1).equals("VP8 ");
  }
}
