// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.onnx.graph.Printable;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The declared properties of a network: by its file, in the entries of {@code metadata_props} that
 * docs/model-format.md describes, or by the program, in {@link Model#declarations}, which replace
 * those of the file.
 *
 * @param scale {@code sr4j.scale}
 * @param color {@code sr4j.color}
 * @param range {@code sr4j.range}
 * @param layout {@code sr4j.layout}
 * @param preupscaled {@code sr4j.preupscale}
 * @param halo {@code sr4j.halo}
 * @param alignment {@code sr4j.alignment}
 * @param provenance all other entries under the prefix, without it
 * @param origins what messages call each key that is declared
 */
record OnnxMetadata(
    OptionalInt scale,
    Optional<Channels> color,
    Optional<SampleRanges> range,
    Optional<Layout> layout,
    Optional<Boolean> preupscaled,
    OptionalInt halo,
    OptionalInt alignment,
    ImmutableMap<String, String> provenance,
    ImmutableMap<String, String> origins) {

  /** The channels of a network. */
  enum Channels {
    LUMA,
    RGB,
    BGR;

    int count() {
      return this == LUMA ? 1 : 3;
    }
  }

  /** The order of dimensions. */
  enum Layout {
    NCHW,
    NHWC
  }

  private static final String PREFIX = "sr4j.";

  private static final ImmutableSet<String> INTERPRETED =
      ImmutableSet.of("scale", "color", "range", "layout", "preupscale", "halo", "alignment");

  /**
   * Reads what is declared.
   *
   * @param entries those of the file
   * @throws ModelFormatException if a value is not one of those its key can have
   */
  static OnnxMetadata parse(Model model, Map<String, String> entries) {
    ImmutableMap.Builder<String, String> provenance = ImmutableMap.builder();
    ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
    ImmutableMap.Builder<String, String> origins = ImmutableMap.builder();
    entries.forEach(
        (entry, value) -> {
          if (entry.startsWith(PREFIX)) {
            String key = entry.substring(PREFIX.length());
            if (!INTERPRETED.contains(key)) {
              provenance.put(key, value);
            } else if (!model.declarations().containsKey(key)) {
              values.put(key, value);
              origins.put(key, "metadata " + entry);
            }
          }
        });
    model
        .declarations()
        .forEach(
            (key, value) -> {
              values.put(key, value);
              origins.put(key, "the declared " + key);
            });
    ImmutableMap<String, String> names = origins.buildOrThrow();
    Parser parser = new Parser(model.name(), values.buildOrThrow(), names);
    return new OnnxMetadata(
        parser.integer("scale", 1, 16),
        parser.choice(
            "color",
            ImmutableMap.of("luma", Channels.LUMA, "rgb", Channels.RGB, "bgr", Channels.BGR)),
        parser.ranges(),
        parser.choice("layout", ImmutableMap.of("nchw", Layout.NCHW, "nhwc", Layout.NHWC)),
        parser.choice("preupscale", ImmutableMap.of("none", false, "bicubic", true)),
        parser.integer("halo", 0, 1 << 16),
        parser.integer("alignment", 1, ReceptiveField.MAX_ALIGNMENT),
        provenance.buildOrThrow(),
        names);
  }

  /** Returns whether the file or the program declares a key. */
  boolean isDeclared(String key) {
    return origins.containsKey(key);
  }

  /** Returns the name of a key in messages: the place where it is declared, or could be. */
  String origin(String key) {
    return origins.getOrDefault(key, "metadata " + PREFIX + key);
  }

  private record Parser(
      String model, Map<String, String> values, ImmutableMap<String, String> origins) {

    OptionalInt integer(String key, int min, int max) {
      String text = values.get(key);
      if (text == null) {
        return OptionalInt.empty();
      }
      if (text.matches("\\d{1,6}")) {
        int value = Integer.parseInt(text);
        if (value >= min && value <= max) {
          return OptionalInt.of(value);
        }
      }
      throw wrong(key, "a whole number within " + min + " to " + max, text);
    }

    <T> Optional<T> choice(String key, ImmutableMap<String, T> choices) {
      String text = values.get(key);
      if (text == null) {
        return Optional.empty();
      }
      T value = choices.get(text);
      if (value == null) {
        String all = String.join(", ", choices.keySet());
        int last = all.lastIndexOf(", ");
        throw wrong(key, all.substring(0, last) + " or " + all.substring(last + 2), text);
      }
      return Optional.of(value);
    }

    Optional<SampleRanges> ranges() {
      String text = values.get("range");
      if (text == null) {
        return Optional.empty();
      }
      Optional<SampleRanges> ranges = SampleRanges.parse(text);
      if (ranges.isEmpty()) {
        throw wrong("range", "1, 255 or -1..1, or two of them as input/output", text);
      }
      return ranges;
    }

    private ModelFormatException wrong(String key, String expected, String text) {
      return new ModelFormatException(
          String.format(
              "%s: %s must be %s, but is \"%s\"",
              model, origins.get(key), expected, Printable.name(text)),
          null);
    }
  }
}
