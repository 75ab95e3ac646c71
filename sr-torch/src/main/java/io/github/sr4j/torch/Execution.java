// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * How a network is computed.
 *
 * @param isBfloat16 whether convolutions and matrix products are, as autocast decides
 * @param isChannelsLast whether images are held as [N, H, W, C] in memory
 */
record Execution(boolean isBfloat16, boolean isChannelsLast) {

  static final Execution FLOAT = new Execution(false, false);
  static final Execution BFLOAT16 = new Execution(true, true);

  /** Those that trial steps compare. */
  static final List<Execution> CANDIDATES =
      ImmutableList.of(FLOAT, new Execution(false, true), BFLOAT16);

  /**
   * Reads an execution.
   *
   * @throws IllegalArgumentException if the text is not that of one
   */
  static Execution parse(String text) {
    return CANDIDATES.stream()
        .filter(candidate -> candidate.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "execution must be one of %s, but was \"%s\"", CANDIDATES, text)));
  }

  /** Returns the text of messages and checkpoints, such as {@code bf16 channels-last}. */
  @Override
  public String toString() {
    return (isBfloat16 ? "bf16" : "fp32") + (isChannelsLast ? " channels-last" : "");
  }
}
