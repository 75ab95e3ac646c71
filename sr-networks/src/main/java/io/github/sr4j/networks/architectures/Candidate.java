// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import io.github.sr4j.networks.graph.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The network that an architecture proposes for the keys of a file, and how its weights follow from
 * the file's arrays. Immutable.
 *
 * @param network a text of {@code Networks}, such as {@code srvgg(features=64, layers=16)}
 * @param scales those of which the file has the weights; none if they serve every scale
 * @param evidence what told each argument, as in {@code "features=64 from body.0.weight [64, 3, 3,
 *     3]"}
 * @param rename turns a key of the file into the name of our parameter
 * @param derived the parameters that are computed, by name
 * @param ignored the keys that are not needed
 * @param unsupported why the architecture cannot be run, if it is known but not supported
 */
record Candidate(
    String network,
    ImmutableList<Integer> scales,
    ImmutableList<String> evidence,
    UnaryOperator<String> rename,
    ImmutableMap<String, Derived> derived,
    Predicate<String> ignored,
    Optional<String> unsupported) {

  /**
   * A parameter that is computed from arrays of the file.
   *
   * @param keys of the file
   * @param function computes the weights from the arrays of these keys
   */
  record Derived(ImmutableList<String> keys, Function<List<Tensor>, Tensor> function) {}

  /**
   * Proposes a network whose parameters are named as the file's keys.
   *
   * @param scales those of which the file has the weights; none if they serve every scale, as those
   *     of VDSR
   */
  static Candidate of(String network, int... scales) {
    return new Candidate(
        network,
        ImmutableList.copyOf(Ints.asList(scales)),
        ImmutableList.of(),
        UnaryOperator.identity(),
        ImmutableMap.of(),
        Candidate::isCounter,
        Optional.empty());
  }

  /**
   * Names an architecture that is known and cannot be run.
   *
   * @param reason completes the sentence "is SwinIR, which is known but not supported: "
   */
  static Candidate unsupported(String reason) {
    return new Candidate(
        "",
        ImmutableList.of(),
        ImmutableList.of(),
        UnaryOperator.identity(),
        ImmutableMap.of(),
        Candidate::isCounter,
        Optional.of(reason));
  }

  /** Adds what told an argument. */
  Candidate because(String evidence) {
    ImmutableList<String> all =
        ImmutableList.<String>builder().addAll(this.evidence).add(evidence).build();
    return new Candidate(network, scales, all, rename, derived, ignored, unsupported);
  }

  /** Sets the only scale. */
  Candidate atScale(int scale) {
    return new Candidate(
        network, ImmutableList.of(scale), evidence, rename, derived, ignored, unsupported);
  }

  /** Adds a renaming, applied to the results of those before it. */
  Candidate renaming(UnaryOperator<String> next) {
    UnaryOperator<String> both = key -> next.apply(rename.apply(key));
    return new Candidate(network, scales, evidence, both, derived, ignored, unsupported);
  }

  /** Adds a renaming of the keys in which a pattern is found: {@link String#replaceAll}. */
  Candidate renaming(String pattern, String replacement) {
    Pattern compiled = Pattern.compile(pattern);
    return renaming(key -> compiled.matcher(key).replaceAll(replacement));
  }

  /** Adds a parameter that is computed from arrays of the file. */
  Candidate deriving(String parameter, List<String> keys, Function<List<Tensor>, Tensor> function) {
    ImmutableMap<String, Derived> all =
        ImmutableMap.<String, Derived>builder()
            .putAll(derived)
            .put(parameter, new Derived(ImmutableList.copyOf(keys), function))
            .buildOrThrow();
    return new Candidate(network, scales, evidence, rename, all, ignored, unsupported);
  }

  /** Adds keys that are not needed, by a pattern that matches them as a whole. */
  Candidate ignoring(String pattern) {
    Predicate<String> all = ignored.or(Pattern.compile(pattern).asMatchPredicate());
    return new Candidate(network, scales, evidence, rename, derived, all, unsupported);
  }

  /** Returns whether a key is a counter of PyTorch's batch normalisation, which nothing reads. */
  private static boolean isCounter(String key) {
    return key.endsWith(".num_batches_tracked");
  }
}
