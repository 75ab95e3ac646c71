// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import io.github.sr4j.BackendNotFoundException;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds networks that can be trained.
 *
 * <p>Providers are found with {@link java.util.ServiceLoader}. An implementation needs a public
 * no-argument constructor that is cheap and loads no native library.
 *
 * <p>Implementations are stateless and safe for use by multiple threads. Extend {@code
 * TrainingProviderContract} of sr-testkit to check that an implementation honours this interface.
 */
public interface TrainingProvider {

  /**
   * The name by which messages call this backend, such as {@code "dl4j"}; lower-case and unique.
   */
  String name();

  /** The names of the networks that this backend builds, ordered. */
  List<String> networks();

  /**
   * Builds a network with fresh weights drawn from a seed.
   *
   * @param setup the network, one of {@link #networks}, and how its weights are trained
   * @return a session, to be closed by the caller
   * @throws IllegalArgumentException if there is no such network, it has no such scale, argument or
   *     weights, it does not train several scales at once, or there is no such optimizer or
   *     clipping; the message lists what there is
   */
  TrainingSession open(TrainingSetup setup);

  /**
   * Describes a network, without drawing weights for it.
   *
   * @param network the name of a network, with arguments of its own in parentheses if it has any
   * @param scale by how much the network enlarges
   * @throws IllegalArgumentException if there is no such network, or it has no such scale or
   *     argument; the message lists what there is
   */
  NetworkDescription describe(String network, int scale);

  /**
   * Returns the backends on the class path, ordered by name.
   *
   * @throws IllegalStateException if two have the same name
   */
  static List<TrainingProvider> all() {
    return Providers.discover(TrainingProvider.class, TrainingProvider::name).all();
  }

  /**
   * Returns the backend on the class path that builds a network.
   *
   * @param network the name of a network, with or without arguments
   * @throws BackendNotFoundException if there is no training backend at all
   * @throws IllegalArgumentException if no backend builds the network; the message lists those that
   *     are built
   */
  static TrainingProvider forNetwork(String network) {
    String name = Arguments.parse(network).name();
    List<String> available = new ArrayList<>();
    for (TrainingProvider provider : all()) {
      if (provider.networks().contains(name)) {
        return provider;
      }
      available.addAll(provider.networks());
    }
    if (available.isEmpty()) {
      throw new BackendNotFoundException(
          "no training backend is on the class path. Add the artifact that contains one (for"
              + " example sr-dl4j). See docs/errors.md#no-training-backend",
          null);
    }
    throw new IllegalArgumentException(
        String.format(
            "network must be one of %s, but was \"%s\"", String.join(", ", available), name));
  }
}
