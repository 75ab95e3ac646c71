// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A pixel format of FFmpeg whose samples lie in planes, as raw frames hold them: one plane after
 * the other, rows without gaps, samples of more than 8 bits in two bytes, the lower one first.
 *
 * @param name by which FFmpeg knows it
 * @param kind the colours of the planes
 * @param depth the bits of a sample, 8 to 16
 * @param chromaShiftX the binary logarithm of the columns of luma for each of chroma
 * @param chromaShiftY the binary logarithm of the rows of luma for each of chroma
 * @param hasAlpha whether the last plane is alpha
 * @param isFullRange whether the name says that luma takes all codes, as the formats of JPEG do
 */
public record PixelFormat(
    String name,
    Kind kind,
    int depth,
    int chromaShiftX,
    int chromaShiftY,
    boolean hasAlpha,
    boolean isFullRange) {

  /** The colours of a frame's planes. */
  public enum Kind {
    /** One plane of luma. */
    GRAY,
    /** Luma and two planes of chroma. */
    YUV,
    /** Green, blue and red. */
    RGB
  }

  private static final Pattern GRAY = Pattern.compile("gray(?:(8|9|10|12|14|16)(?:le)?)?");
  private static final Pattern YUV =
      Pattern.compile("yuv(j?)(a?)(420|422|444|440|411|410)p(?:(9|10|12|14|16)(?:le)?)?");
  private static final Pattern RGB = Pattern.compile("gbr(a?)p(?:(9|10|12|14|16)(?:le)?)?");

  private static final ImmutableMap<String, int[]> CHROMA_SHIFTS =
      ImmutableMap.<String, int[]>builder()
          .put("420", new int[] {1, 1})
          .put("422", new int[] {1, 0})
          .put("444", new int[] {0, 0})
          .put("440", new int[] {0, 1})
          .put("411", new int[] {2, 0})
          .put("410", new int[] {2, 2})
          .buildOrThrow();

  /** Formats with the same samples in another order, and where these samples are in planes. */
  private static final ImmutableMap<String, String> PLANAR =
      ImmutableMap.<String, String>builder()
          .put("nv12", "yuv420p")
          .put("nv21", "yuv420p")
          .put("nv16", "yuv422p")
          .put("nv24", "yuv444p")
          .put("nv42", "yuv444p")
          .put("nv20le", "yuv422p10le")
          .put("p010le", "yuv420p10le")
          .put("p012le", "yuv420p12le")
          .put("p016le", "yuv420p16le")
          .put("p210le", "yuv422p10le")
          .put("p212le", "yuv422p12le")
          .put("p216le", "yuv422p16le")
          .put("p410le", "yuv444p10le")
          .put("p412le", "yuv444p12le")
          .put("p416le", "yuv444p16le")
          .put("yuyv422", "yuv422p")
          .put("uyvy422", "yuv422p")
          .put("yvyu422", "yuv422p")
          .put("uyyvyy411", "yuv411p")
          .put("y210le", "yuv422p10le")
          .put("y212le", "yuv422p12le")
          .put("xv30le", "yuv444p10le")
          .put("xv36le", "yuv444p12le")
          .put("vuyx", "yuv444p")
          .put("vuya", "yuva444p")
          .put("ayuv64le", "yuva444p16le")
          .put("monow", "gray")
          .put("monob", "gray")
          .put("pal8", "gbrap")
          .put("rgb24", "gbrp")
          .put("bgr24", "gbrp")
          .put("0rgb", "gbrp")
          .put("rgb0", "gbrp")
          .put("0bgr", "gbrp")
          .put("bgr0", "gbrp")
          .put("rgba", "gbrap")
          .put("bgra", "gbrap")
          .put("argb", "gbrap")
          .put("abgr", "gbrap")
          .put("rgb48le", "gbrp16le")
          .put("bgr48le", "gbrp16le")
          .put("rgba64le", "gbrap16le")
          .put("bgra64le", "gbrap16le")
          .put("x2rgb10le", "gbrp10le")
          .put("x2bgr10le", "gbrp10le")
          .buildOrThrow();

  /** Returns the format of a name, if its samples lie in planes. */
  public static Optional<PixelFormat> of(String name) {
    Matcher gray = GRAY.matcher(name);
    if (gray.matches()) {
      return Optional.of(
          new PixelFormat(name, Kind.GRAY, depth(gray.group(1)), 0, 0, false, false));
    }
    Matcher rgb = RGB.matcher(name);
    if (rgb.matches()) {
      boolean hasAlpha = !rgb.group(1).isEmpty();
      return Optional.of(
          new PixelFormat(name, Kind.RGB, depth(rgb.group(2)), 0, 0, hasAlpha, false));
    }
    Matcher yuv = YUV.matcher(name);
    int[] shifts = yuv.matches() ? CHROMA_SHIFTS.get(yuv.group(3)) : null;
    if (shifts == null) {
      return Optional.empty();
    }
    return Optional.of(
        new PixelFormat(
            name,
            Kind.YUV,
            depth(yuv.group(4)),
            shifts[0],
            shifts[1],
            !yuv.group(2).isEmpty(),
            !yuv.group(1).isEmpty()));
  }

  /**
   * Returns the format with planes that holds all samples of a format unchanged: the format itself,
   * or one with its samples in another order.
   *
   * @param name of a format of FFmpeg
   * @return empty if there is none, as for floating-point numbers or frames of graphics cards
   */
  public static Optional<PixelFormat> planar(String name) {
    String littleEndian = name.endsWith("be") ? name.substring(0, name.length() - 2) + "le" : name;
    return of(PLANAR.getOrDefault(littleEndian, littleEndian));
  }

  private static int depth(@Nullable String digits) {
    return digits == null ? 8 : Integer.parseInt(digits);
  }

  /** Returns the format without alpha. */
  public PixelFormat withoutAlpha() {
    return hasAlpha
        ? of(name.replaceFirst("^yuva", "yuv").replaceFirst("^gbrap", "gbrp")).orElseThrow()
        : this;
  }

  /** Returns the number of planes. */
  public int planes() {
    return (kind == Kind.GRAY ? 1 : 3) + (hasAlpha ? 1 : 0);
  }

  /** Returns whether a plane is chroma, which may have fewer samples than the frame has pixels. */
  public boolean isChroma(int plane) {
    return kind == Kind.YUV && (plane == 1 || plane == 2);
  }

  /** Returns the columns of a plane of a frame. */
  public int width(int plane, int frameWidth) {
    return isChroma(plane) ? ceilShift(frameWidth, chromaShiftX) : frameWidth;
  }

  /** Returns the rows of a plane of a frame. */
  public int height(int plane, int frameHeight) {
    return isChroma(plane) ? ceilShift(frameHeight, chromaShiftY) : frameHeight;
  }

  private static int ceilShift(int length, int shift) {
    return (length + (1 << shift) - 1) >> shift;
  }

  /** Returns the bytes of a sample. */
  public int sampleBytes() {
    return depth > 8 ? 2 : 1;
  }

  /** Returns the bytes that a frame has before a plane; for the number of planes, all bytes. */
  public long offset(int plane, int frameWidth, int frameHeight) {
    long offset = 0;
    for (int i = 0; i < plane; i++) {
      offset += (long) width(i, frameWidth) * height(i, frameHeight) * sampleBytes();
    }
    return offset;
  }

  /** Returns the bytes of a frame. */
  public long frameBytes(int frameWidth, int frameHeight) {
    return offset(planes(), frameWidth, frameHeight);
  }

  /** Returns the largest code of a sample. */
  public int maxCode() {
    return (1 << depth) - 1;
  }

  @Override
  public String toString() {
    return name;
  }
}
