// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import io.github.sr4j.spi.PatchBatch;

/**
 * The batches that a run trains on, by number.
 *
 * <p>A batch is a function of its number and of the seed that the source was made with, and of
 * nothing else: batches can be made ahead, by several threads, and a run that is resumed at step
 * <i>n</i> sees what it would have seen. Implementations are safe for use by multiple threads.
 * Extend {@code ImagePatchSourceContract} of sr-testkit to check one.
 */
@FunctionalInterface
public interface ImagePatchSource {

  /**
   * Returns a batch.
   *
   * @param number the number of the batch, from 0; there is no last one
   */
  PatchBatch batch(long number);
}
