// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import java.util.Optional;
import java.util.function.Function;

/** An architecture that is given by a function. */
record Row(String name, Function<Keys, Optional<Candidate>> proposal) implements Architecture {

  @Override
  public Optional<Candidate> propose(Keys keys) {
    return proposal.apply(keys);
  }
}
