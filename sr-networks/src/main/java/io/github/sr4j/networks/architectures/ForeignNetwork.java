// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The network whose weights another program has stored: recognised, and built with these weights.
 * Immutable.
 */
public final class ForeignNetwork {

  private static final SettingName SCALE = new SettingName("scale");

  /** Before the names of the generator's weights, in files that hold more than one network. */
  private static final ImmutableList<String> PREFIXES =
      ImmutableList.of("generator.", "netG.", "net_g.", "model.", "net.", "network.");

  private final WeightFile file;
  private final Recognised recognised;
  private final StoredNetwork network;

  private ForeignNetwork(WeightFile file, Recognised recognised, StoredNetwork network) {
    this.file = file;
    this.recognised = recognised;
    this.network = network;
  }

  /**
   * Recognises the network of a file and builds it.
   *
   * @param scale by how much the network is to enlarge; needed if the file's weights are of several
   *     scales
   * @throws ModelFormatException if no architecture has these weights, or not of that scale
   */
  public static ForeignNetwork of(WeightFile file, OptionalInt scale) {
    WeightFile part = part(file);
    Recognised recognised = recognise(file.name(), part, scale);
    Network network = Networks.of(recognised.network(), scale(file.name(), recognised, scale));
    Map<String, String> provenance =
        Map.of(
            "network", network.text(),
            "architecture", recognised.architecture(),
            "source", file.name().replaceFirst(".*[/\\\\]", ""),
            "source.sha256", file.sha256());
    Map<String, Tensor> weights;
    try {
      weights = recognised.weights(network, part.tensors());
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          String.format(
              "%s: is %s, but %s", file.name(), recognised.architecture(), e.getMessage()),
          e);
    }
    return new ForeignNetwork(part, recognised, StoredNetwork.of(network, weights, provenance));
  }

  /**
   * Recognises the network of a file. Where its arrays do not tell the scale, a trial does, if it
   * can.
   *
   * @param scale by how much the network is to enlarge, if that is known
   * @throws ModelFormatException if no architecture has these weights
   */
  public static Recognised recognise(WeightFile file, OptionalInt scale) {
    return recognise(file.name(), part(file), scale);
  }

  private static Recognised recognise(String file, WeightFile part, OptionalInt scale) {
    Recognised recognised = Architectures.recognise(file, part.shapes());
    if (!recognised.isScaleUntold()) {
      return recognised;
    }
    if (scale.isEmpty()) {
      return ScaleTrial.of(recognised, part.tensors()).orElse(recognised);
    }
    return recognised.scales().contains(scale.getAsInt())
        ? recognised.at(scale.getAsInt(), "scale=" + scale.getAsInt() + " as declared")
        : recognised;
  }

  /** Returns the part of a file that is a network: all of it, unless a prefix leads to one. */
  private static WeightFile part(WeightFile file) {
    if (Architectures.isRecognised(file.shapes())) {
      return file;
    }
    return PREFIXES.stream()
        .flatMap(prefix -> file.below(prefix).stream())
        .filter(part -> Architectures.isRecognised(part.shapes()))
        .findFirst()
        .orElse(file);
  }

  private static int scale(String file, Recognised recognised, OptionalInt wanted) {
    List<Integer> scales = recognised.scales();
    if (wanted.isEmpty() && scales.size() == 1) {
      return scales.get(0);
    }
    if (wanted.isEmpty()) {
      throw new SettingException(
              "%s: has weights %s, of which one must be declared: %s N",
              file,
              scales.isEmpty()
                  ? "that serve every scale"
                  : (recognised.isScaleUntold() ? "of one of the scales " : "of the scales ")
                      + Joiner.on(", ").join(scales),
              SCALE)
          .ofModel();
    }
    if (!scales.isEmpty() && !scales.contains(wanted.getAsInt())) {
      throw new SettingException(
              "%s: the declared %s must be %s, which its weights are of, but is %s",
              file, SCALE, Joiner.on(" or ").join(scales), wanted.getAsInt())
          .ofModel();
    }
    return wanted.getAsInt();
  }

  /** Returns the file. */
  public WeightFile file() {
    return file;
  }

  /** Returns the architecture with its arguments, and the evidence for them. */
  public Recognised recognised() {
    return recognised;
  }

  /** Returns the network with its weights. */
  public StoredNetwork network() {
    return network;
  }
}
