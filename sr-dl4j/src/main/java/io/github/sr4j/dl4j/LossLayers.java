// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.spi.Arguments;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The layers of a loss network that a loss compares, as they are written: {@code
 * (weights=vgg19.npz, layers=conv2_1+conv3_1)} or, shorter, {@code (vgg19.npz:conv2_1, conv3_1)}.
 *
 * @param text the arguments in the longer form
 */
record LossLayers(LossNetwork network, ImmutableList<String> layers, String text) {

  private static final Pattern LAYER = Pattern.compile("(conv|relu)[1-5]_[1-4]");

  /** What one layer contributes to a loss. */
  interface Distance {
    SDVariable of(SDVariable prediction, SDVariable target);
  }

  /**
   * Reads the arguments and the file that they name.
   *
   * @throws IllegalArgumentException if an argument is missing or wrong, or the file cannot be read
   * @throws io.github.sr4j.ModelFormatException if the file does not hold such a network
   */
  static LossLayers of(Arguments arguments) {
    String loss = arguments.name();
    List<String> layers = new ArrayList<>();
    String file = arguments.text("weights", "");
    Splitter.on('+').trimResults().split(arguments.text("layers", "")).forEach(layers::add);
    if (file.isEmpty() && !arguments.unnamed().isEmpty()) {
      checkArgument(
          arguments.text("layers", "").isEmpty(),
          "layers of %s must not be given twice, but were in \"%s\"",
          loss,
          arguments);
      String first = arguments.unnamed().get(0);
      int colon = first.lastIndexOf(':'); // a drive of Windows has another
      file = first.substring(0, Math.max(colon, 0));
      layers = new ArrayList<>(arguments.unnamed());
      layers.set(0, first.substring(colon + 1));
    }
    checkArgument(
        !file.isEmpty(),
        "weights of %s must be the file of a network, as in %s(weights=vgg19.npz, layers=relu2_2),"
            + " but was \"%s\"",
        loss,
        loss,
        arguments);
    for (String layer : layers) {
      checkArgument(
          LAYER.matcher(layer).matches(),
          "layers of %s must be names such as conv3_1 or relu3_1, joined by +, but were \"%s\"",
          loss,
          String.join("+", layers));
    }
    String sha256 = arguments.text("sha256", "");
    String input = choice(arguments, "input", "caffe", "torch");
    String padding = choice(arguments, "padding", "zeros", "reflect");
    String text =
        "(weights="
            + Arguments.quote(file)
            + ", layers="
            + String.join("+", layers)
            + option("sha256", sha256)
            + option("input", input)
            + option("padding", padding)
            + ")";
    return new LossLayers(
        read(loss, file, layers, sha256, input, padding), ImmutableList.copyOf(layers), text);
  }

  private static LossNetwork read(
      String loss, String file, List<String> layers, String sha256, String input, String padding) {
    try {
      return LossNetwork.read(
          Path.of(file),
          layers,
          sha256.isEmpty() ? null : sha256,
          switch (input) {
            case "caffe" -> LossNetwork.Input.CAFFE;
            case "torch" -> LossNetwork.Input.TORCH;
            default -> null;
          },
          padding.isEmpty() ? null : padding.equals("reflect"));
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

  private static String option(String key, String value) {
    return value.isEmpty() ? "" : ", " + key + "=" + Arguments.quote(value);
  }

  /** Adds the sum of the distances in each layer. */
  SDVariable sum(SameDiff graph, SDVariable prediction, SDVariable target, Distance distance) {
    return layers.stream()
        .map(
            layer ->
                distance.of(
                    network.activation(graph, prediction, layer),
                    network.activation(graph, target, layer)))
        .reduce(SDVariable::add)
        .orElseThrow();
  }

  @Override
  public String toString() {
    return text;
  }
}
