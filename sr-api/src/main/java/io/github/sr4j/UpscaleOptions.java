// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The options of one call of an {@link Upscaler}: the size of the result, the listener, the
 * treatment of existing files and of metadata, and the settings of the files that are written, and
 * the time that it may take. Immutable; the methods return changed copies.
 *
 * <p>If the size is not that of the network's result, the result is resampled bicubically.
 */
public final class UpscaleOptions {

  private static final UpscaleOptions DEFAULTS =
      new UpscaleOptions(
          OptionalDouble.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          false,
          false,
          false,
          Optional.empty(),
          Optional.empty());

  private final OptionalDouble factor;
  private final OptionalInt width;
  private final OptionalInt height;
  private final Optional<ProgressListener> listener;
  private final boolean skipsExisting;
  private final boolean stripsMetadata;
  private final boolean stripsLocation;
  private final Optional<Output> output;
  private final Optional<Duration> timeout;

  private UpscaleOptions(
      OptionalDouble factor,
      OptionalInt width,
      OptionalInt height,
      Optional<ProgressListener> listener,
      boolean skipsExisting,
      boolean stripsMetadata,
      boolean stripsLocation,
      Optional<Output> output,
      Optional<Duration> timeout) {
    checkState(
        factor.isEmpty() || (width.isEmpty() && height.isEmpty()),
        "factor must not be set together with width or height");
    this.factor = factor;
    this.width = width;
    this.height = height;
    this.listener = listener;
    this.skipsExisting = skipsExisting;
    this.stripsMetadata = stripsMetadata;
    this.stripsLocation = stripsLocation;
    this.output = output;
    this.timeout = timeout;
  }

  /** Returns the default options: the size that the upscaler was built for, no listener. */
  public static UpscaleOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a copy with the given upscaling factor; the sides of the result are rounded to whole
   * pixels.
   *
   * @throws IllegalArgumentException if {@code factor} is not within 0.01 to 256
   * @throws IllegalStateException if a width or height is set
   */
  public UpscaleOptions factor(double factor) {
    checkFactor(factor);
    return new UpscaleOptions(
        OptionalDouble.of(factor),
        width,
        height,
        listener,
        skipsExisting,
        stripsMetadata,
        stripsLocation,
        output,
        timeout);
  }

  /**
   * Returns a copy with the given width of the result in pixels. If no height is set, the height
   * keeps the image's proportions.
   *
   * @throws IllegalArgumentException if {@code width} is less than 1
   * @throws IllegalStateException if a factor is set
   */
  public UpscaleOptions width(int width) {
    checkArgument(width >= 1, "width must be at least 1, but was %s", width);
    return new UpscaleOptions(
        factor,
        OptionalInt.of(width),
        height,
        listener,
        skipsExisting,
        stripsMetadata,
        stripsLocation,
        output,
        timeout);
  }

  /**
   * Returns a copy with the given height of the result in pixels. If no width is set, the width
   * keeps the image's proportions.
   *
   * @throws IllegalArgumentException if {@code height} is less than 1
   * @throws IllegalStateException if a factor is set
   */
  public UpscaleOptions height(int height) {
    checkArgument(height >= 1, "height must be at least 1, but was %s", height);
    return new UpscaleOptions(
        factor,
        width,
        OptionalInt.of(height),
        listener,
        skipsExisting,
        stripsMetadata,
        stripsLocation,
        output,
        timeout);
  }

  /** Returns a copy with a listener, which is told of progress. */
  public UpscaleOptions listener(ProgressListener listener) {
    return new UpscaleOptions(
        factor,
        width,
        height,
        Optional.of(requireNonNull(listener, "listener")),
        skipsExisting,
        stripsMetadata,
        stripsLocation,
        output,
        timeout);
  }

  /**
   * Returns a copy with which {@link Upscaler#upscaleAll} skips files whose target exists, so that
   * a stopped batch continues.
   */
  public UpscaleOptions skipExisting() {
    return new UpscaleOptions(
        factor, width, height, listener, true, stripsMetadata, stripsLocation, output, timeout);
  }

  /**
   * Returns a copy with which the target has no EXIF, XMP, IPTC or text of the source. It keeps the
   * resolution and the colour profile, without which the image would look different.
   */
  public UpscaleOptions stripMetadata() {
    return new UpscaleOptions(
        factor, width, height, listener, skipsExisting, true, stripsLocation, output, timeout);
  }

  /**
   * Returns a copy with which the target does not tell where the image was taken: no GPS tags of
   * EXIF and XMP, no city, region or country of XMP and IPTC, and no maker note, which may hold a
   * place. Other metadata are kept.
   */
  public UpscaleOptions stripLocation() {
    return new UpscaleOptions(
        factor, width, height, listener, skipsExisting, stripsMetadata, true, output, timeout);
  }

  /**
   * Returns a copy with the settings of the files that are written, such as {@code
   * Output.jpeg(0.8)}; a target whose name says another format is refused. By default, files have
   * the default settings of the format that their name says. For a stream, the output that the call
   * names counts instead.
   */
  public UpscaleOptions output(Output output) {
    return new UpscaleOptions(
        factor,
        width,
        height,
        listener,
        skipsExisting,
        stripsMetadata,
        stripsLocation,
        Optional.of(requireNonNull(output, "output")),
        timeout);
  }

  /**
   * Returns a copy with the longest time that a call may take, with its waiting for other calls. A
   * call that takes longer ends, within the time of a tile, with a {@link
   * java.util.concurrent.CancellationException} whose cause is a {@link
   * java.util.concurrent.TimeoutException}. In {@link Upscaler#upscaleAll} it is the time of each
   * file, and the failure of that file. By default there is no limit.
   *
   * @throws IllegalArgumentException if {@code timeout} is not positive
   */
  public UpscaleOptions timeout(Duration timeout) {
    checkArgument(
        requireNonNull(timeout, "timeout").compareTo(Duration.ZERO) > 0,
        "timeout must be positive, but was %s seconds",
        timeout.getSeconds() + timeout.getNano() / 1e9);
    return new UpscaleOptions(
        factor,
        width,
        height,
        listener,
        skipsExisting,
        stripsMetadata,
        stripsLocation,
        output,
        Optional.of(timeout));
  }

  /** Returns the upscaling factor, if it is set. */
  public OptionalDouble factor() {
    return factor;
  }

  /** Returns the width of the result in pixels, if it is set. */
  public OptionalInt width() {
    return width;
  }

  /** Returns the height of the result in pixels, if it is set. */
  public OptionalInt height() {
    return height;
  }

  /** Returns the listener, if one is set. */
  public Optional<ProgressListener> listener() {
    return listener;
  }

  /** Returns whether a batch skips files whose target exists. */
  public boolean skipsExisting() {
    return skipsExisting;
  }

  /** Returns whether EXIF, XMP, IPTC and texts of the source are left out. */
  public boolean stripsMetadata() {
    return stripsMetadata;
  }

  /** Returns whether the place where the image was taken is left out. */
  public boolean stripsLocation() {
    return stripsLocation;
  }

  /** Returns the settings of the files that are written, if they are set. */
  public Optional<Output> output() {
    return output;
  }

  /** Returns the longest time that a call may take, if it is set. */
  public Optional<Duration> timeout() {
    return timeout;
  }

  private static void checkFactor(double factor) {
    checkArgument(
        factor >= 0.01 && factor <= 256, "factor must be within 0.01 to 256, but was %s", factor);
  }
}
