// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.Names;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.zoo.Networks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The architectures that are recognised in files of weights. */
public final class Architectures {

  /** All of them; of those that fit, the first is taken. */
  private static final ImmutableList<Architecture> ALL =
      ImmutableList.<Architecture>builder()
          .add(new SrvggNetCompact())
          .addAll(EsrganRows.ALL)
          .addAll(LightweightRows.ALL)
          .addAll(ResidualRows.ALL)
          .addAll(RestorationRows.ALL)
          .addAll(ClassicRows.ALL)
          .build();

  private Architectures() {}

  /** A proposal that does not fit. */
  private record Miss(String name, String network, int matches, String difference) {}

  /** Returns the names of all architectures, in the order in which they are tried. */
  public static List<String> names() {
    return ALL.stream().map(Architecture::name).distinct().toList();
  }

  /**
   * Recognises the network that weights are of.
   *
   * @param file what messages call the file
   * @param shapes of the arrays, by name and in the order of the file, without the prefixes of
   *     wrappers
   * @throws ModelFormatException if no architecture has these arrays; the message names the nearest
   *     one and what differs
   */
  public static Recognised recognise(String file, Map<String, Shape> shapes) {
    return recognise(file, new Keys(shapes), ALL);
  }

  /** Returns whether an architecture, supported or not, has these arrays. */
  static boolean isRecognised(Map<String, Shape> shapes) {
    Keys keys = new Keys(shapes);
    return ALL.stream()
        .anyMatch(
            architecture ->
                architecture
                    .propose(keys)
                    .filter(
                        candidate ->
                            candidate.unsupported().isPresent()
                                || check(architecture.name(), candidate, keys).isEmpty())
                    .isPresent());
  }

  static Recognised recognise(String file, Keys keys, List<Architecture> architectures) {
    List<Miss> misses = new ArrayList<>();
    for (Architecture architecture : architectures) {
      Optional<Candidate> candidate = architecture.propose(keys);
      if (candidate.isPresent()) {
        if (candidate.get().unsupported().isPresent()) {
          throw new ModelFormatException(
              String.format(
                  "%s: is %s, which is known but not supported: %s",
                  file, architecture.name(), candidate.get().unsupported().get()),
              null);
        }
        Optional<Miss> miss = check(architecture.name(), candidate.get(), keys);
        if (miss.isEmpty()) {
          List<Candidate> ofScales =
              architecture.proposeScales(keys).stream()
                  .filter(other -> check(architecture.name(), other, keys).isEmpty())
                  .toList();
          return new Recognised(
              architecture.name(),
              ofScales.size() > 1
                  ? ImmutableList.copyOf(ofScales)
                  : ImmutableList.of(candidate.get()));
        }
        misses.add(miss.get());
      }
    }
    throw notRecognised(file, keys, misses);
  }

  private static ModelFormatException notRecognised(String file, Keys keys, List<Miss> misses) {
    Optional<Miss> nearest =
        misses.stream().reduce((best, miss) -> miss.matches > best.matches ? miss : best);
    return new ModelFormatException(
        String.format(
            "%s: must have the weights of a known architecture (%s) or be exported to ONNX, but %s;"
                + " its arrays are %s",
            file,
            String.join(", ", names()),
            nearest
                .map(
                    miss ->
                        String.format(
                            "the nearest, %s as %s, differs: %s",
                            miss.name, miss.network, miss.difference))
                .orElse("they resemble none"),
            Names.of(keys.shapes().keySet())),
        null);
  }

  /** Compares a proposal with the arrays; empty if every array is accounted for. */
  private static Optional<Miss> check(String name, Candidate candidate, Keys keys) {
    Map<String, Shape> expected = new HashMap<>();
    List<Parameter> parameters;
    try {
      int scale = candidate.scales().isEmpty() ? 2 : candidate.scales().get(0);
      parameters = Networks.parameters(Networks.of(candidate.network(), scale));
    } catch (IllegalArgumentException e) {
      return Optional.of(new Miss(name, candidate.network(), 0, String.valueOf(e.getMessage())));
    }
    parameters.forEach(parameter -> expected.put(parameter.name(), parameter.shape()));
    Set<String> sources = new HashSet<>();
    candidate.derived().values().forEach(derived -> sources.addAll(derived.keys()));
    Set<String> found = new HashSet<>();
    Set<String> misshapen = new HashSet<>();
    List<String> differences = new ArrayList<>();
    keys.shapes()
        .forEach(
            (key, shape) -> {
              String parameter = candidate.rename().apply(key);
              Shape wanted = expected.get(parameter);
              boolean isDerived = candidate.derived().containsKey(parameter);
              if (wanted != null && !isDerived) {
                if (wanted.equals(shape)) {
                  found.add(parameter);
                } else {
                  misshapen.add(parameter);
                  differences.add(
                      String.format("%s is %s, not %s", Names.shortened(key), shape, wanted));
                }
              } else if (!sources.contains(key) && !candidate.ignored().test(key)) {
                differences.add(Names.shortened(key) + " has no place in it");
              }
            });
    candidate
        .derived()
        .forEach(
            (parameter, derived) -> {
              if (derived.keys().stream().allMatch(keys::has)) {
                found.add(parameter);
              }
            });
    parameters.stream()
        .map(Parameter::name)
        .filter(parameter -> !found.contains(parameter) && !misshapen.contains(parameter))
        .forEach(parameter -> differences.add("there is no " + parameter));
    return differences.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Miss(
                name, candidate.network(), found.size() - differences.size(), first(differences)));
  }

  private static String first(List<String> differences) {
    int others = differences.size() - 1;
    return differences.get(0) + (others == 0 ? "" : " (and " + others + " more)");
  }
}
