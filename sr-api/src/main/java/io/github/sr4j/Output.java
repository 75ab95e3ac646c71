// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The format of an image to be written, with its settings. Immutable; the methods return changed
 * copies.
 *
 * <p>docs/images.md has what each format can hold.
 */
public final class Output {

  private static final double DEFAULT_QUALITY = 0.95;
  private static final String HALF_BOTH_WAYS = "4:2:0";

  private final String format;
  private final OptionalInt level;
  private final OptionalDouble quality;
  private final Optional<String> chroma;
  private final boolean isDeflated;

  private Output(
      String format,
      OptionalInt level,
      OptionalDouble quality,
      Optional<String> chroma,
      boolean isDeflated) {
    this.format = format;
    this.level = level;
    this.quality = quality;
    this.chroma = chroma;
    this.isDeflated = isDeflated;
  }

  private static Output of(String format) {
    return new Output(format, OptionalInt.empty(), OptionalDouble.empty(), Optional.empty(), false);
  }

  /** Returns the format PNG, compressed as its writer does by default. An animation is animated. */
  public static Output png() {
    return of("png");
  }

  /**
   * Returns the format PNG with a level of compression, which changes no pixel.
   *
   * @param level from 0, not compressed, to 9, the smallest and slowest
   * @throws IllegalArgumentException if {@code level} is not within 0 to 9
   */
  public static Output png(int level) {
    checkArgument(level >= 0 && level <= 9, "level must be within 0 to 9, but was %s", level);
    return new Output(
        "png", OptionalInt.of(level), OptionalDouble.empty(), Optional.empty(), false);
  }

  /** Returns the format JPEG of quality 0.95, with chroma of half the width and height. */
  public static Output jpeg() {
    return jpeg(DEFAULT_QUALITY);
  }

  /**
   * Returns the format JPEG, with chroma of half the width and height (4:2:0).
   *
   * @param quality from 0, the smallest, to 1, the most like the image; that of libjpeg, divided by
   *     100
   * @throws IllegalArgumentException if {@code quality} is not within 0 to 1
   */
  public static Output jpeg(double quality) {
    checkArgument(
        quality >= 0 && quality <= 1, "quality must be within 0 to 1, but was %s", quality);
    return new Output(
        "jpeg",
        OptionalInt.empty(),
        OptionalDouble.of(quality),
        Optional.of(HALF_BOTH_WAYS),
        false);
  }

  /** Returns the format TIFF, not compressed. */
  public static Output tiff() {
    return of("tiff");
  }

  /** Returns the format BMP. */
  public static Output bmp() {
    return of("bmp");
  }

  /**
   * Returns a copy with chroma of the full width and height.
   *
   * @throws IllegalStateException if this is not JPEG
   */
  public Output chroma444() {
    return withChroma("4:4:4");
  }

  /**
   * Returns a copy with chroma of half the width and the full height.
   *
   * @throws IllegalStateException if this is not JPEG
   */
  public Output chroma422() {
    return withChroma("4:2:2");
  }

  /**
   * Returns a copy with chroma of half the width and height, the default.
   *
   * @throws IllegalStateException if this is not JPEG
   */
  public Output chroma420() {
    return withChroma(HALF_BOTH_WAYS);
  }

  private Output withChroma(String sampling) {
    checkState(chroma.isPresent(), "chroma sampling is of jpeg, but the output is %s", this);
    return new Output(format, level, quality, Optional.of(sampling), isDeflated);
  }

  /**
   * Returns a copy with strips compressed by Deflate, of the differences of neighbouring samples if
   * these have 8 bits. No pixel changes.
   *
   * @throws IllegalStateException if this is not TIFF
   */
  public Output deflated() {
    checkState(format.equals("tiff"), "deflated is of tiff, but the output is %s", this);
    return new Output(format, level, quality, chroma, true);
  }

  /** Returns the name of the format: bmp, jpeg, png or tiff. */
  public String format() {
    return format;
  }

  /** Returns the media type, such as {@code image/png}. */
  public String mediaType() {
    return "image/" + format;
  }

  /** Returns the level of a PNG's compression, if it is set. */
  public OptionalInt level() {
    return level;
  }

  /** Returns the quality of a JPEG. */
  public OptionalDouble quality() {
    return quality;
  }

  /** Returns the chroma sampling of a JPEG: 4:4:4, 4:2:2 or 4:2:0. */
  public Optional<String> chroma() {
    return chroma;
  }

  /** Returns whether a TIFF is compressed by Deflate. */
  public boolean isDeflated() {
    return isDeflated;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Output output
        && format.equals(output.format)
        && level.equals(output.level)
        && quality.equals(output.quality)
        && chroma.equals(output.chroma)
        && isDeflated == output.isDeflated;
  }

  @Override
  public int hashCode() {
    return Objects.hash(format, level, quality, chroma, isDeflated);
  }

  /** Returns the format and its settings, such as {@code jpeg(quality=0.9, chroma=4:2:0)}. */
  @Override
  public String toString() {
    if (level.isPresent()) {
      return format + "(level=" + level.getAsInt() + ")";
    }
    if (quality.isPresent()) {
      return format
          + "(quality="
          + quality.getAsDouble()
          + ", chroma="
          + chroma.orElseThrow()
          + ")";
    }
    return isDeflated ? format + "(deflated)" : format;
  }
}
