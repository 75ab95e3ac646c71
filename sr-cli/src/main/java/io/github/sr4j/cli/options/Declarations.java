// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import static java.util.stream.Collectors.joining;

import io.github.sr4j.Model;
import io.github.sr4j.networks.weights.WeightFile;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The properties of a model that options declare, named as in docs/model-format.md. */
public final class Declarations {

  @Option(
      names = "--color",
      paramLabel = "NAME",
      description = "The channels of the model in a file: luma, rgb or bgr.")
  private @Nullable String color;

  @Option(
      names = "--range",
      paramLabel = "NAME",
      description =
          "The values that it takes and returns: 1 for 0 to 1, 255, or -1..1; two of them, such as"
              + " 1/-1..1, if they differ.")
  private @Nullable String range;

  @Option(
      names = "--layout",
      paramLabel = "NAME",
      description = "The order of its dimensions: nchw or nhwc.")
  private @Nullable String layout;

  @Option(
      names = "--preupscale",
      paramLabel = "NAME",
      description =
          "What is done to the image before the network: none, or bicubic for networks like SRCNN,"
              + " which take an enlarged image; --scale says by how much.")
  private @Nullable String preupscale;

  @Option(
      names = "--halo",
      paramLabel = "N",
      description = "How many pixels around a pixel of its input matter to it.")
  private @Nullable String halo;

  @Option(
      names = "--alignment",
      paramLabel = "N",
      description = "The number of which the sides of its input must be multiples.")
  private @Nullable String alignment;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * Returns a model with what is said of it.
   *
   * @param model null for the embedded default, of which nothing can be said
   * @param scale by how much images are to become larger; null if nothing is said. It is said of
   *     the model if it cannot be seen from it: where it returns what is as large as what it is
   *     given, which may have been enlarged before or not, or of weights, which may serve several
   *     scales. Elsewhere the file must agree with it.
   */
  public @Nullable Model on(@Nullable Model model, @Nullable Integer scale) {
    Map<String, String> all = texts();
    if (model == null || model.isEmbedded()) {
      if (!all.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(),
            all.keySet().stream()
                .map(key -> "--" + key)
                .collect(joining(" and ", "the model must be a file for ", "")));
      }
      return model;
    }
    boolean isWeights = model.file().map(WeightFile::isWeights).orElse(false);
    if (scale != null && (scale == 1 || preupscale != null || isWeights)) {
      all.put("scale", scale.toString());
    }
    Model.Declaration declaration = Model.Declaration.none();
    for (Map.Entry<String, String> option : all.entrySet()) {
      try {
        declaration = declaration.with(option.getKey(), option.getValue());
      } catch (IllegalArgumentException e) { // its message begins with the key
        throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
      }
    }
    return model.declared(declaration);
  }

  private Map<String, String> texts() {
    Map<String, String> all = new TreeMap<>();
    put(all, "color", color);
    put(all, "range", range);
    put(all, "layout", layout);
    put(all, "preupscale", preupscale);
    put(all, "halo", halo);
    put(all, "alignment", alignment);
    return all;
  }

  private static void put(Map<String, String> all, String key, @Nullable String value) {
    if (value != null) {
      all.put(key, value);
    }
  }
}
