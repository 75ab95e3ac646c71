// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;

/**
 * The static metadata of a film of high dynamic range: the display that it was mastered on (SMPTE
 * ST 2086) and its light levels (CTA-861.3).
 *
 * @param display primaries, white point and luminances, each as a fraction; empty if not known
 * @param lightLevels the maximum of a pixel and of a frame's mean, in candela per square metre
 */
public record HdrMetadata(Optional<Display> display, Optional<String> lightLevels) {

  /** Nothing. */
  public static final HdrMetadata NONE = new HdrMetadata(Optional.empty(), Optional.empty());

  private static final double CHROMATICITY = 50_000; // units in 1
  private static final double LUMINANCE = 10_000; // units in a candela per square metre

  /** A place in the chromaticity diagram of CIE 1931. */
  public record Chromaticity(double x, double y) {}

  /**
   * A mastering display.
   *
   * @param max the luminance of white in candela per square metre
   * @param min that of black
   */
  public record Display(
      Chromaticity green,
      Chromaticity blue,
      Chromaticity red,
      Chromaticity white,
      double max,
      double min) {

    /** Returns it as x264 and x265 read it, in whole units. */
    public String inUnits() {
      return String.format(
          Locale.ROOT,
          "G(%s)B(%s)R(%s)WP(%s)L(%d,%d)",
          units(green),
          units(blue),
          units(red),
          units(white),
          Math.round(max * LUMINANCE),
          Math.round(min * LUMINANCE));
    }

    /** Returns it as SVT-AV1 reads it, in numbers. */
    public String inNumbers() {
      return String.format(
          Locale.ROOT,
          "G(%s)B(%s)R(%s)WP(%s)L(%.4f,%.4f)",
          numbers(green),
          numbers(blue),
          numbers(red),
          numbers(white),
          max,
          min);
    }

    private static String units(Chromaticity point) {
      return String.format(
          Locale.ROOT,
          "%d,%d",
          Math.round(point.x * CHROMATICITY),
          Math.round(point.y * CHROMATICITY));
    }

    private static String numbers(Chromaticity point) {
      return String.format(Locale.ROOT, "%.5f,%.5f", point.x, point.y);
    }
  }

  /** Reads the side data of a stream or a frame, as ffprobe prints them. */
  static HdrMetadata of(JsonNode sideData) {
    Optional<Display> display = Optional.empty();
    Optional<String> lightLevels = Optional.empty();
    for (JsonNode each : sideData) {
      String type = each.path("side_data_type").asText();
      if (type.startsWith("Mastering display") && each.has("red_x") && each.has("max_luminance")) {
        display =
            Optional.of(
                new Display(
                    point(each, "green"),
                    point(each, "blue"),
                    point(each, "red"),
                    point(each, "white_point"),
                    number(each, "max_luminance"),
                    number(each, "min_luminance")));
      } else if (type.startsWith("Content light level")) {
        lightLevels =
            Optional.of(each.path("max_content").asInt() + "," + each.path("max_average").asInt());
      }
    }
    return new HdrMetadata(display, lightLevels);
  }

  private static Chromaticity point(JsonNode node, String name) {
    return new Chromaticity(number(node, name + "_x"), number(node, name + "_y"));
  }

  private static double number(JsonNode node, String name) {
    Ratio ratio = Ratio.parse(node.path(name).asText());
    return ratio.isKnown() ? ratio.toDouble() : 0;
  }

  /** Returns this, with that of another where this has nothing. */
  HdrMetadata or(HdrMetadata other) {
    return new HdrMetadata(display.or(other::display), lightLevels.or(other::lightLevels));
  }

  /** Returns whether there is anything. */
  public boolean isPresent() {
    return display.isPresent() || lightLevels.isPresent();
  }
}
