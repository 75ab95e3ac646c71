// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * An architecture that is given by functions.
 *
 * @param ofScales the proposals at each scale that has the same arrays
 */
record Row(
    String name,
    Function<Keys, Optional<Candidate>> proposal,
    ImmutableList<Function<Keys, Optional<Candidate>>> ofScales)
    implements Architecture {

  /** Creates an architecture whose arrays tell the scale. */
  Row(String name, Function<Keys, Optional<Candidate>> proposal) {
    this(name, proposal, ImmutableList.of());
  }

  /** Creates an architecture that has the same arrays at some scales. */
  static Row ofScales(
      String name, BiFunction<Keys, Integer, Optional<Candidate>> proposal, int... scales) {
    ImmutableList.Builder<Function<Keys, Optional<Candidate>>> all = ImmutableList.builder();
    for (int scale : scales) {
      all.add(keys -> proposal.apply(keys, scale));
    }
    return new Row(name, keys -> proposal.apply(keys, scales[0]), all.build());
  }

  @Override
  public Optional<Candidate> propose(Keys keys) {
    return proposal.apply(keys);
  }

  @Override
  public List<Candidate> proposeScales(Keys keys) {
    return ofScales.stream().flatMap(each -> each.apply(keys).stream()).toList();
  }
}
