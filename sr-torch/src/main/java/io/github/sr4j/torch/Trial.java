// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import java.util.function.Consumer;

/** The choice of an execution by its speed. */
final class Trial {

  private static final long BUDGET = 250_000_000; // nanoseconds for each candidate
  private static final int MIN_RUNS = 2;
  private static final int MAX_RUNS = 20;

  private Trial() {}

  /**
   * Returns the candidate of which the fastest run was the fastest.
   *
   * @param run does the forward and the backward pass, without a lasting effect
   */
  static Execution fastest(Consumer<Execution> run) {
    Execution best = Execution.FLOAT;
    long shortest = Long.MAX_VALUE;
    for (Execution candidate : Execution.CANDIDATES) {
      run.accept(candidate); // kernels are chosen, memory is allocated
      long start = System.nanoTime();
      for (int i = 0; i < MAX_RUNS && (i < MIN_RUNS || System.nanoTime() - start < BUDGET); i++) {
        long before = System.nanoTime();
        run.accept(candidate);
        long duration = System.nanoTime() - before;
        if (duration < shortest) {
          shortest = duration;
          best = candidate;
        }
      }
    }
    return best;
  }
}
