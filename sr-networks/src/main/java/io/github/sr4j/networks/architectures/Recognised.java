// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.architectures.Candidate.Derived;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An architecture that was recognised, with every array accounted for. Immutable. */
public final class Recognised {

  private final String architecture;
  private final Candidate candidate;
  private final ImmutableList<Candidate> ofScales;

  /**
   * Creates the result of a recognition.
   *
   * @param ofScales the only candidate, or those of all scales whose arrays are the same
   */
  Recognised(String architecture, ImmutableList<Candidate> ofScales) {
    this.architecture = architecture;
    this.candidate = ofScales.get(0);
    this.ofScales = ofScales;
  }

  /**
   * Returns whether the weights are of one of the {@linkplain #scales scales}, but their arrays
   * would be the same at another.
   */
  public boolean isScaleUntold() {
    return ofScales.size() > 1;
  }

  /**
   * Returns the network at one of its scales.
   *
   * @param evidence the reason for this scale, for people to read
   */
  Recognised at(int scale, String evidence) {
    return new Recognised(
        architecture,
        ofScales.stream()
            .filter(each -> each.scales().contains(scale))
            .map(each -> each.because(evidence))
            .collect(toImmutableList()));
  }

  /** Returns the name that the authors of the architecture use. */
  public String architecture() {
    return architecture;
  }

  /** Returns the text of the network, with all arguments. */
  public String network() {
    return candidate.network();
  }

  /** Returns the scales of which the file has the weights; none if they serve every scale. */
  public List<Integer> scales() {
    return ofScales.stream().flatMap(each -> each.scales().stream()).toList();
  }

  /** Returns the evidence for each argument. */
  public List<String> evidence() {
    return candidate.evidence();
  }

  /**
   * Returns the weights of the network, by the names of its parameters.
   *
   * @param arrays those of the file
   * @throws IllegalArgumentException if arrays that weights are computed from do not fit together
   */
  public Map<String, Tensor> weights(Network network, Map<String, Tensor> arrays) {
    Map<String, Tensor> renamed = new HashMap<>();
    arrays.forEach((key, array) -> renamed.put(candidate.rename().apply(key), array));
    Map<String, Tensor> weights = new HashMap<>();
    Networks.parameters(network)
        .forEach(
            parameter -> {
              Derived derived = candidate.derived().get(parameter.name());
              Tensor array =
                  derived == null
                      ? renamed.get(parameter.name())
                      : derived.function().apply(of(arrays, derived.keys()));
              checkArgument(
                  requireNonNull(array, parameter.name()).shape().equals(parameter.shape()),
                  "%s must be of shape %s, but what it is computed from makes %s",
                  parameter.name(),
                  parameter.shape(),
                  array.shape());
              weights.put(parameter.name(), array);
            });
    return weights;
  }

  private static List<Tensor> of(Map<String, Tensor> arrays, List<String> keys) {
    return keys.stream().map(key -> requireNonNull(arrays.get(key), key)).toList();
  }
}
