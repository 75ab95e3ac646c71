// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo.Color;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What an ONNX file declares about itself, in the entries of {@code metadata_props} that docs/
 * model-format.md describes.
 *
 * @param scale {@code sr4j.scale}
 * @param color {@code sr4j.color}
 * @param range {@code sr4j.range}: the value of white in the network's samples
 * @param preupscaled {@code sr4j.preupscale}
 * @param halo {@code sr4j.halo}
 * @param alignment {@code sr4j.alignment}
 * @param provenance all other entries under the prefix, without it
 */
record OnnxMetadata(
    OptionalInt scale,
    Optional<Color> color,
    int range,
    Optional<Boolean> preupscaled,
    OptionalInt halo,
    int alignment,
    ImmutableMap<String, String> provenance) {

  private static final String PREFIX = "sr4j.";

  private static final Set<String> INTERPRETED =
      Set.of("scale", "color", "range", "preupscale", "halo", "alignment");

  /**
   * Reads the entries of a file.
   *
   * @param model what messages call the file
   * @throws ModelFormatException if a value is not one of those its key can have
   */
  static OnnxMetadata parse(String model, Map<String, String> entries) {
    ImmutableMap.Builder<String, String> provenance = ImmutableMap.builder();
    entries.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX) && !INTERPRETED.contains(key.substring(PREFIX.length()))) {
            provenance.put(key.substring(PREFIX.length()), value);
          }
        });
    Values values = new Values(model, entries);
    return new OnnxMetadata(
        values.integer("scale", 1, 16),
        values.choice("color", Map.of("luma", Color.LUMA, "rgb", Color.RGB), "luma or rgb"),
        values.choice("range", Map.of("1", 1, "255", 255), "1 or 255").orElse(1),
        values.choice("preupscale", Map.of("none", false, "bicubic", true), "none or bicubic"),
        values.integer("halo", 0, 1 << 16),
        values.integer("alignment", 1, 1 << 10).orElse(1),
        provenance.buildOrThrow());
  }

  private record Values(String model, Map<String, String> entries) {

    OptionalInt integer(String key, int least, int most) {
      String text = entries.get(PREFIX + key);
      if (text == null) {
        return OptionalInt.empty();
      }
      if (text.matches("\\d{1,6}")) {
        int value = Integer.parseInt(text);
        if (value >= least && value <= most) {
          return OptionalInt.of(value);
        }
      }
      throw wrong(key, "a whole number within " + least + " to " + most, text);
    }

    <T> Optional<T> choice(String key, Map<String, T> choices, String expected) {
      String text = entries.get(PREFIX + key);
      if (text == null) {
        return Optional.empty();
      }
      T value = choices.get(text);
      if (value == null) {
        throw wrong(key, expected, text);
      }
      return Optional.of(value);
    }

    private ModelFormatException wrong(String key, String expected, String text) {
      return new ModelFormatException(
          String.format(
              "%s: metadata %s%s must be %s, but is \"%s\"", model, PREFIX, key, expected, text),
          null);
    }
  }
}
