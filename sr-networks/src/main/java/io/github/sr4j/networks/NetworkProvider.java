// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import io.github.sr4j.spi.Arguments;

/**
 * Makes a network available by name, so that {@code Trainer.network}, {@code sr4j train} and {@code
 * sr4j export} find it beside those of this module.
 *
 * <p>Found with {@link java.util.ServiceLoader}. An implementation needs a public no-argument
 * constructor, is stateless and safe for use by multiple threads. Extend {@code
 * TrainingProviderContract} of sr-testkit to check the networks it makes.
 */
public interface NetworkProvider {

  /** The name in texts such as {@code "tiny(features=16)"}: lower-case; unique. */
  String name();

  /**
   * Makes the network.
   *
   * @param arguments what stands in parentheses behind the name; those that are not read are
   *     refused by the caller
   * @param scale by how much the network enlarges, 1 to 8
   * @throws IllegalArgumentException if an argument is out of range, or the network has no such
   *     scale
   */
  Network create(Arguments arguments, int scale);
}
