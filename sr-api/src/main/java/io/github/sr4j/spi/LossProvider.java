// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import io.github.sr4j.shared.util.Providers;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Makes a loss available by name, so that {@link io.github.sr4j.train.Losses#parse} and the command
 * line find it.
 *
 * <p>Found with {@link java.util.ServiceLoader}. An implementation needs a public no-argument
 * constructor, is stateless and safe for use by multiple threads. Extend {@code LossContract} of
 * sr-testkit to check the losses it makes.
 */
public interface LossProvider {

  /** The name in texts such as {@code "l1 + 0.1*focal(gamma=2)"}: lower-case; unique. */
  String name();

  /**
   * Makes the loss.
   *
   * @param arguments what stands in parentheses behind the name; those that are not read are
   *     refused by the caller
   * @throws IllegalArgumentException if an argument is missing or out of range
   * @throws io.github.sr4j.ModelFormatException if a file that an argument names is damaged or not
   *     what the loss needs
   */
  Loss create(Arguments arguments);

  /**
   * Returns the providers on the class path, ordered by name.
   *
   * @throws IllegalStateException if two have the same name
   */
  static List<LossProvider> all() {
    return Providers.discover(
        LossProvider.class,
        loader -> ServiceLoader.load(LossProvider.class, loader),
        LossProvider::name);
  }
}
