// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.LossProvider;

/**
 * Makes the adversarial loss, {@code adversarial(kind=relativistic)}; docs/losses.md lists the
 * arguments.
 */
public final class AdversarialLossProvider implements LossProvider {

  /** Creates the provider; {@link java.util.ServiceLoader} does this. */
  public AdversarialLossProvider() {}

  @Override
  public String name() {
    return AdversarialLoss.NAME;
  }

  /**
   * Makes the loss. It has a value only inside a training session of this module; {@link
   * Loss#evaluate} throws {@link IllegalStateException}.
   *
   * @throws IllegalArgumentException if an argument is out of range
   */
  @Override
  public Loss create(Arguments arguments) {
    return AdversarialLoss.of(arguments);
  }
}
