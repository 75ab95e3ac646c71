// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.internal.util.Providers;
import java.io.IOException;
import java.util.ServiceLoader;

/**
 * Does the run that a {@link Trainer} describes: data, steps, validation, checkpoints and export.
 *
 * <p>Found with {@link java.util.ServiceLoader}; sr-training contains the one of this library.
 * Implementations are stateless and safe for use by multiple threads.
 */
public interface TrainingRunner {

  /** The name by which messages call this runner; lower-case and unique. */
  String name();

  /**
   * Refuses settings that no run can have, without reading images.
   *
   * @throws BackendNotFoundException if there is no training engine, or not the one that is asked
   *     for
   * @throws IllegalArgumentException if a setting is not allowed; the message lists what there is
   */
  void check(TrainingSettings settings);

  /**
   * Does a run to its end.
   *
   * @throws IOException if the data cannot be read or the results cannot be written
   */
  TrainingReport run(TrainingSettings settings) throws IOException;

  /**
   * Returns the runner on the class path, the first by name if there are several.
   *
   * @throws BackendNotFoundException if there is none
   */
  static TrainingRunner get() {
    return Providers.discover(
            TrainingRunner.class,
            loader -> ServiceLoader.load(TrainingRunner.class, loader),
            TrainingRunner::name)
        .stream()
        .findFirst()
        .orElseThrow(
            () ->
                new BackendNotFoundException(
                    "no training runner is on the class path; add the artifact sr-training", null));
  }
}
