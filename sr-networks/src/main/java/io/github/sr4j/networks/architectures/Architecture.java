// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import java.util.List;
import java.util.Optional;

/**
 * A published architecture, as the files of weights of one program hold it. Implementations are
 * stateless.
 *
 * <p>An implementation proposes the network that the weights would be of; {@link Architectures}
 * checks the proposal against every array. It is therefore to propose generously, from the keys
 * that tell its arguments: where the proposal fails, it is named as the nearest architecture along
 * with what differs.
 */
interface Architecture {

  /** Returns the name that its authors use, such as {@code SRVGGNetCompact}. */
  String name();

  /**
   * Proposes a network.
   *
   * @return empty if the keys have nothing of this architecture
   */
  Optional<Candidate> propose(Keys keys);

  /**
   * Proposes the network at each scale at which it has the same arrays, if keys and shapes do not
   * tell of which the weights are.
   *
   * @return the proposals of one scale each; empty if the keys tell the scale
   */
  default List<Candidate> proposeScales(Keys keys) {
    return List.of();
  }
}
