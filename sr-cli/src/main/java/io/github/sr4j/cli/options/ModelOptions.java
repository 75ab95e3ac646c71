// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import static java.util.stream.Collectors.joining;

import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo.Edges;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.spi.UpscalerProvider;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that run a model. */
public final class ModelOptions {

  @Option(
      names = "--scale",
      paramLabel = "N",
      description =
          "How many times as wide and high images become. Default: 2, or what the model does.")
  public @Nullable Integer scale;

  @Mixin private RunOptions runOptions;

  @Option(
      names = "--approximate-tiles",
      paramLabel = "N",
      description =
          "Allow tiles for a model of which each pixel depends on the whole image, or on more of it"
              + " than fits in memory, blended where they overlap by N pixels. The result is not"
              + " the same.")
  private @Nullable Integer approximateTiles;

  @Option(
      names = "--edges",
      paramLabel = "NAME",
      description =
          "What the model sees beyond the edges of an image: network for its own padding, replicate"
              + " for the samples of the edge, or mirror. Default: network.")
  private @Nullable Edges edges;

  @Option(
      names = "--self-ensemble",
      description =
          "Run the image and its flips and rotations through the model, and take the mean: eight"
              + " times the time, for a little more quality.")
  private boolean selfEnsemble;

  @Mixin private Declarations declarations;

  /**
   * Opens a model.
   *
   * @param model the name of an embedded model or a file; null for the embedded default of the
   *     scale
   */
  public Upscaler open(@Nullable String model) throws Failure {
    return builder(model).build();
  }

  /** Returns a builder for a model, so that the caller can set more. */
  public Upscaler.Builder builder(@Nullable String model) throws Failure {
    Upscaler.Builder builder = runOptions.applyTo(Upscaler.builder());
    Model declared = declarations.on(model == null ? null : model(model), scale);
    if (declared != null) {
      builder.model(declared);
    }
    if (scale != null) {
      builder.scale(scale);
    }
    if (approximateTiles != null) {
      builder.approximateTiles(approximateTiles);
    }
    if (edges != null) {
      builder.edges(edges);
    }
    if (selfEnsemble) {
      builder.selfEnsemble();
    }
    return builder;
  }

  /** Returns the embedded model of a name, or the model in a file. */
  public static Model model(String text) throws Failure {
    if (Upscaler.models().stream().anyMatch(card -> isNameOf(card, text))) {
      return Model.embedded(text);
    }
    if (isFile(text)) {
      return Model.file(Path.of(text));
    }
    throw new Failure(
        String.format(
            "no model \"%s\": it is neither an embedded model (%s) nor a file",
            text, Upscaler.models().stream().map(Model.Card::name).collect(joining(", "))));
  }

  private static boolean isNameOf(Model.Card card, String text) {
    return card.name().equals(text)
        || card.int8().filter(form -> form.name().equals(text)).isPresent();
  }

  /** Returns whether a text must mean a file: there is one, or it ends like a model file. */
  private static boolean isFile(String text) {
    try {
      if (!text.isEmpty() && Files.exists(Path.of(text))) { // an empty one is the working directory
        return true;
      }
    } catch (InvalidPathException e) {
      return false;
    }
    List<UpscalerProvider> providers = UpscalerProvider.all();
    return providers.stream()
        .flatMap(provider -> provider.modelExtensions().stream())
        .anyMatch(extension -> text.toLowerCase(Locale.ROOT).endsWith("." + extension));
  }
}
