// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.LossProvider;

/**
 * Makes the style reconstruction loss, {@code gram(weights=vgg19.npz, layers=relu2_2)};
 * docs/losses.md lists the arguments.
 */
public final class GramLossProvider implements LossProvider {

  /** Creates the provider; {@link java.util.ServiceLoader} does this. */
  public GramLossProvider() {}

  @Override
  public String name() {
    return GramLoss.NAME;
  }

  /**
   * Makes the loss, and reads the weights.
   *
   * @throws IllegalArgumentException if an argument is missing or wrong, or the file cannot be read
   * @throws io.github.sr4j.ModelFormatException if the file does not hold the weights of the loss
   *     network
   */
  @Override
  public Loss create(Arguments arguments) {
    return GramLoss.of(arguments);
  }
}
