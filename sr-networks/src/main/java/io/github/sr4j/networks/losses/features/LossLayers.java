// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.networks.files.LossWeights;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.spi.Arguments;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;

/**
 * The layers of a loss network that a loss compares, as they are written: {@code weights=vgg19.npz,
 * layers=conv2_1+conv3_1} or, shorter, {@code vgg19.npz:conv2_1+conv3_1}.
 *
 * @param text the arguments in the longer form
 */
record LossLayers(LossNetwork network, ImmutableList<String> layers, String text) {

  private static final Pattern LAYER = Pattern.compile("(conv|relu)[1-5](_[1-4])?");

  /**
   * Reads the arguments and the file that they name.
   *
   * @throws IllegalArgumentException if an argument is missing or wrong, or the file cannot be read
   * @throws io.github.sr4j.ModelFormatException if the file does not hold such a network
   */
  static LossLayers of(Arguments arguments) {
    String loss = arguments.name();
    String file = arguments.text("weights", "");
    String joined = arguments.text("layers", "");
    if (file.isEmpty() && !arguments.unnamed().isEmpty()) {
      checkArgument(
          joined.isEmpty(),
          "layers of %s must not be given twice, but were in \"%s\"",
          loss,
          arguments);
      String all = String.join("+", arguments.unnamed());
      int colon = all.lastIndexOf(':'); // a drive of Windows has another
      file = all.substring(0, Math.max(colon, 0));
      joined = all.substring(colon + 1);
    }
    checkArgument(
        !file.isEmpty(),
        "weights of %s must be the file of a network, as in %s(weights=vgg19.npz, layers=relu2_2),"
            + " but was \"%s\"",
        loss,
        loss,
        arguments);
    List<String> layers = Splitter.on('+').trimResults().splitToList(joined);
    for (String layer : layers) {
      checkArgument(
          LAYER.matcher(layer).matches(),
          "layers of %s must be names such as conv3_1 or relu3_1, joined by +, but were \"%s\"",
          loss,
          joined);
    }
    String sha256 = arguments.text("sha256", "");
    String input = choice(arguments, "input", "caffe", "torch");
    String padding = choice(arguments, "padding", "zeros", "reflect");
    String text =
        "weights="
            + Arguments.quote(file)
            + ", layers="
            + String.join("+", layers)
            + option("sha256", sha256)
            + option("input", input)
            + option("padding", padding);
    LossNetwork network =
        LossNetwork.of(
            weights(arguments, file),
            layers,
            switch (input) {
              case "caffe" -> LossNetwork.Input.CAFFE;
              case "torch" -> LossNetwork.Input.TORCH;
              default -> null;
            },
            padding.isEmpty() ? null : padding.equals("reflect"));
    return new LossLayers(network, ImmutableList.copyOf(layers), text);
  }

  /**
   * Reads the file of weights that the arguments of a loss name.
   *
   * @throws IllegalArgumentException if it cannot be read
   * @throws io.github.sr4j.ModelFormatException if it is damaged, or not the one that {@code
   *     sha256} says
   */
  static LossWeights weights(Arguments arguments, String file) {
    String loss = arguments.name();
    String sha256 = arguments.text("sha256", "");
    try {
      return LossWeights.read(Path.of(file), sha256.isEmpty() ? null : sha256);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          String.format("weights of %s must be a file, but there is none at %s", loss, file), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          String.format("weights of %s cannot be read: %s", loss, e.getMessage()), e);
    }
  }

  /** Returns one of two words; none if the argument is absent. */
  private static String choice(Arguments arguments, String key, String one, String other) {
    String value = arguments.text(key, "");
    checkArgument(
        value.isEmpty() || value.equals(one) || value.equals(other),
        "%s of %s must be %s or %s, but was \"%s\"",
        key,
        arguments.name(),
        one,
        other,
        value);
    return value;
  }

  /** An argument as it is written behind others; nothing if it is absent. */
  static String option(String key, String value) {
    return value.isEmpty() ? "" : ", " + key + "=" + Arguments.quote(value);
  }

  /** Returns the sum of the distances in each layer. */
  Formula sum(Formula prediction, Formula target, BinaryOperator<Formula> distance) {
    return layers.stream()
        .map(
            layer ->
                distance.apply(
                    network.activation(prediction, layer), network.activation(target, layer)))
        .reduce(Formula::plus)
        .orElseThrow();
  }
}
