// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import io.github.sr4j.Model;
import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.serve.Problem.Refusal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The parameters in the query of a request, each at most once.
 *
 * @param values the texts by name
 */
record UpscaleParameters(Map<String, String> values) {

  /** All names, in the order of the OpenAPI document. */
  static final List<String> NAMES =
      List.of("scale", "model", "factor", "width", "height", "format", "jpeg_quality", "strip");

  private static final int MAX_SCALE = 16;

  /** Copies the map. */
  UpscaleParameters {
    values = Map.copyOf(values);
  }

  /**
   * Reads the parameters of a query.
   *
   * @throws Refusal if one is unknown, or there twice
   */
  static UpscaleParameters of(Iterable<Map.Entry<String, String>> query) throws Refusal {
    Map<String, String> values = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : query) {
      String name = entry.getKey();
      if (!NAMES.contains(name)) {
        throw wrong("no parameter \"%s\"; there are %s", name, String.join(", ", NAMES));
      }
      if (values.put(name, entry.getValue()) != null) {
        throw wrong("%s is there twice", name);
      }
    }
    return new UpscaleParameters(values);
  }

  /**
   * Returns the upscaler that the parameters ask for, which is opened if need be.
   *
   * @param defaultScale the scale if none is asked for
   * @throws Refusal if there is no such model
   */
  Upscaler upscaler(Upscaler.Service upscalers, int defaultScale) throws Refusal {
    Optional<Integer> scale = whole("scale", MAX_SCALE);
    String name = values.get("model");
    if (name != null) {
      if (scale.isPresent()) {
        throw wrong("scale and model exclude each other");
      }
      List<String> names = Upscaler.models().stream().map(Model.Card::name).toList();
      if (!names.contains(name)) {
        throw wrong("no model \"%s\"; there are %s", name, String.join(", ", names));
      }
      return upscalers.forModel(Model.embedded(name));
    }
    return upscalers.forScale(scale.orElseGet(() -> scaleOfFactor().orElse(defaultScale)));
  }

  /** Returns the smallest scale of an embedded model that reaches the factor, or the largest. */
  private Optional<Integer> scaleOfFactor() {
    String factor = values.get("factor");
    if (factor == null) {
      return Optional.empty();
    }
    double wanted = Double.parseDouble(factor); // checked by options()
    List<Integer> scales =
        Upscaler.models().stream().map(Model.Card::scale).distinct().sorted().toList();
    return scales.stream()
        .filter(scale -> scale >= wanted)
        .findFirst()
        .or(() -> scales.isEmpty() ? Optional.empty() : Optional.of(scales.get(scales.size() - 1)));
  }

  /**
   * Returns the options that the parameters ask for.
   *
   * @throws Refusal if one is no number or out of its range
   */
  UpscaleOptions options() throws Refusal {
    UpscaleOptions options = UpscaleOptions.defaults();
    String factor = values.get("factor");
    if (factor != null) {
      if (values.containsKey("width") || values.containsKey("height")) {
        throw wrong(
            "factor and %s exclude each other", values.containsKey("width") ? "width" : "height");
      }
      double number = number("factor", factor);
      if (!(number > 0 && number <= MAX_SCALE * MAX_SCALE)) {
        throw wrong("factor must be above 0 and at most 256, but was %s", factor);
      }
      options = options.factor(number);
    }
    Optional<Integer> width = whole("width", Integer.MAX_VALUE);
    if (width.isPresent()) {
      options = options.width(width.get());
    }
    Optional<Integer> height = whole("height", Integer.MAX_VALUE);
    if (height.isPresent()) {
      options = options.height(height.get());
    }
    String strip = values.getOrDefault("strip", "none");
    return switch (strip) {
      case "none" -> options;
      case "location" -> options.stripLocation();
      case "all" -> options.stripMetadata();
      default -> throw wrong("strip must be none, location or all, but was \"%s\"", strip);
    };
  }

  /**
   * Returns the format that the parameters ask for: by default that of the image, or PNG for one
   * that is not written.
   */
  Output output(byte[] image) throws Refusal {
    String format = values.getOrDefault("format", "auto");
    if (format.equals("auto")) {
      format = format(image);
    }
    String quality = values.get("jpeg_quality");
    if (quality != null && !format.equals("jpeg")) {
      throw wrong("jpeg_quality is for JPEG, but the format is %s", format);
    }
    return switch (format) {
      case "png" -> Output.png();
      case "jpeg" -> quality == null ? Output.jpeg() : jpeg(quality);
      case "tiff" -> Output.tiff();
      case "bmp" -> Output.bmp();
      default -> throw wrong("format must be auto, png, jpeg, tiff or bmp, but was \"%s\"", format);
    };
  }

  private static Output jpeg(String quality) throws Refusal {
    double number = number("jpeg_quality", quality);
    if (!(number >= 0 && number <= 1)) {
      throw wrong("jpeg_quality must be within 0 to 1, but was %s", quality);
    }
    return Output.jpeg(number);
  }

  private static String format(byte[] image) {
    if (startsWith(image, 0xFF, 0xD8)) {
      return "jpeg";
    }
    if (startsWith(image, 'I', 'I', 42, 0) || startsWith(image, 'M', 'M', 0, 42)) {
      return "tiff";
    }
    return startsWith(image, 'B', 'M') ? "bmp" : "png";
  }

  private static boolean startsWith(byte[] image, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (i >= image.length || (image[i] & 0xFF) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private Optional<Integer> whole(String name, int most) throws Refusal {
    @Nullable String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    double number = number(name, text);
    if (number != Math.rint(number) || number < 1 || number > most) {
      throw wrong("%s must be a whole number within 1 to %s, but was %s", name, most, text);
    }
    return Optional.of((int) number);
  }

  private static double number(String name, String text) throws Refusal {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw wrong("%s must be a number, but was \"%s\"", name, text);
    }
  }

  private static Refusal wrong(String format, Object... arguments) {
    return new Refusal(400, String.format(Locale.ROOT, format, arguments));
  }
}
