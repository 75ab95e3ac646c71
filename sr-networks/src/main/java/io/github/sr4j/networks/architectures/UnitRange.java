// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.networks.graph.Tensor;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The scaling of the weights of a network for samples in [0, 255] to samples in [0, 1].
 * Convolutions, ReLUs and maxima of scaled samples give scaled results if biases are scaled, too.
 * Not so a sigmoid: the convolution before it undoes the scaling of its input, and keeps its bias.
 */
final class UnitRange {

  static final double RANGE = 255;

  private UnitRange() {}

  /**
   * Scales the biases of a candidate.
   *
   * @param gate matches the names of the convolutions that undo the scaling
   */
  static Candidate of(Keys keys, Candidate candidate, String gate) {
    return of(keys, candidate, gate, "");
  }

  /**
   * Scales the biases of a candidate.
   *
   * @param gate matches the names of the convolutions that undo the scaling
   * @param behind matches the names of those behind, which stay what they are
   */
  static Candidate of(Keys keys, Candidate candidate, String gate, String behind) {
    Function<List<Tensor>, Tensor> times = Derivations.times(RANGE);
    Function<List<Tensor>, Tensor> over = Derivations.times(1 / RANGE);
    return of(keys, candidate, gate, behind, List.of(), times, over);
  }

  /**
   * Scales the biases of a candidate by the range in which a layer subtracts the mean colour.
   *
   * @param mean the key of the bias of that layer
   */
  static Candidate ofMean(Keys keys, Candidate candidate, String gate, String behind, String mean) {
    Function<List<Tensor>, Tensor> times = Derivations.timesRange(1);
    Function<List<Tensor>, Tensor> over = Derivations.timesRange(-1);
    return of(keys, candidate, gate, behind, List.of(mean), times, over);
  }

  private static Candidate of(
      Keys keys,
      Candidate candidate,
      String gate,
      String behind,
      List<String> range,
      Function<List<Tensor>, Tensor> times,
      Function<List<Tensor>, Tensor> over) {
    Pattern undoing = Pattern.compile(gate);
    Pattern staying = Pattern.compile(behind);
    Candidate scaled = candidate;
    for (String key : keys.shapes().keySet()) {
      String name = candidate.rename().apply(key);
      String layer = name.replaceFirst("\\.(weight|bias)$", "");
      boolean isGate = undoing.matcher(layer).matches();
      boolean isWeight = name.endsWith(".weight");
      boolean isIgnored = candidate.ignored().test(key);
      if (isWeight && isGate) {
        scaled = scaled.deriving(name, with(key, range), times);
      } else if (!isWeight && !isGate && !isIgnored && !staying.matcher(layer).matches()) {
        scaled = scaled.deriving(name, with(key, range), over);
      }
    }
    return scaled;
  }

  private static List<String> with(String key, List<String> range) {
    return ImmutableList.<String>builder().add(key).addAll(range).build();
  }
}
