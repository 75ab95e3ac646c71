// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import java.io.Serializable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The options of calls in the form in which they travel to executors; null for what is not set.
 *
 * @param skipsExisting whether files whose target exists are skipped
 */
record CallForm(
    @Nullable Double factor,
    @Nullable Integer width,
    @Nullable Integer height,
    boolean skipsExisting,
    boolean stripsMetadata,
    boolean stripsLocation,
    @Nullable OutputForm output,
    @Nullable Duration timeout)
    implements Serializable {

  /**
   * The settings of a format.
   *
   * @param level of a PNG
   * @param quality of a JPEG
   * @param chroma of a JPEG
   * @param isDeflated whether a TIFF is
   */
  private record OutputForm(
      String format,
      @Nullable Integer level,
      @Nullable Double quality,
      @Nullable String chroma,
      boolean isDeflated)
      implements Serializable {

    static OutputForm of(Output output) {
      return new OutputForm(
          output.format(),
          output.level().isPresent() ? output.level().getAsInt() : null,
          output.quality().isPresent() ? output.quality().getAsDouble() : null,
          output.chroma().orElse(null),
          output.isDeflated());
    }

    Output output() {
      return switch (format) {
        case "png" -> level == null ? Output.png() : Output.png(level);
        case "jpeg" -> jpeg();
        case "tiff" -> isDeflated ? Output.tiff().deflated() : Output.tiff();
        case "bmp" -> Output.bmp();
        default -> throw new IllegalStateException("no format " + format);
      };
    }

    private Output jpeg() {
      Output jpeg = quality == null ? Output.jpeg() : Output.jpeg(quality);
      if ("4:4:4".equals(chroma)) {
        return jpeg.chroma444();
      }
      return "4:2:2".equals(chroma) ? jpeg.chroma422() : jpeg;
    }
  }

  /**
   * Takes options apart.
   *
   * @throws IllegalArgumentException if they have a listener, which stays on its machine
   */
  static CallForm of(UpscaleOptions options) {
    checkArgument(
        options.listener().isEmpty(),
        "options must have no listener: it could not follow the images to other machines");
    return new CallForm(
        options.factor().isPresent() ? options.factor().getAsDouble() : null,
        options.width().isPresent() ? options.width().getAsInt() : null,
        options.height().isPresent() ? options.height().getAsInt() : null,
        options.skipsExisting(),
        options.stripsMetadata(),
        options.stripsLocation(),
        options.output().map(OutputForm::of).orElse(null),
        options.timeout().orElse(null));
  }

  /** Puts the options together again, on the executor. */
  UpscaleOptions options() {
    UpscaleOptions options = UpscaleOptions.defaults();
    if (factor != null) {
      options = options.factor(factor);
    }
    if (width != null) {
      options = options.width(width);
    }
    if (height != null) {
      options = options.height(height);
    }
    if (skipsExisting) {
      options = options.skipExisting();
    }
    if (stripsMetadata) {
      options = options.stripMetadata();
    }
    if (stripsLocation) {
      options = options.stripLocation();
    }
    if (output != null) {
      options = options.output(output.output());
    }
    return timeout == null ? options : options.timeout(timeout);
  }
}
