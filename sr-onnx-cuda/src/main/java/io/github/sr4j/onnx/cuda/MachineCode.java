// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The machine code in the CUDA execution provider of a version of ONNX Runtime, and the cards that
 * run it.
 *
 * @param capabilities the compute capabilities with machine code, as 10 x major + minor; a card
 *     runs that of its own major version and a minor version not newer than its own
 * @param intermediate the compute capability with PTX, which newer cards compile; empty for none
 */
record MachineCode(ImmutableSortedSet<Integer> capabilities, OptionalInt intermediate) {

  // As cuobjdump lists them in the provider's library.
  private static final ImmutableMap<String, MachineCode> KNOWN =
      ImmutableMap.of(
          "1.28.0 LINUX", of(OptionalInt.of(120), 60, 70, 75, 80, 86, 90, 120),
          "1.29.0 LINUX", of(OptionalInt.empty(), 60, 70, 75, 80, 86, 89, 90, 120),
          "1.28.0 WINDOWS", of(OptionalInt.empty(), 61, 75, 86, 89, 90, 120),
          "1.29.0 WINDOWS", of(OptionalInt.empty(), 61, 75, 86, 89, 90, 120));

  private static MachineCode of(OptionalInt intermediate, Integer... capabilities) {
    return new MachineCode(ImmutableSortedSet.copyOf(capabilities), intermediate);
  }

  /**
   * Returns the machine code of a version.
   *
   * @param version that of ONNX Runtime
   * @return empty if it is unknown
   */
  static Optional<MachineCode> of(String version, Platform platform) {
    return Optional.ofNullable(KNOWN.get(version + " " + platform));
  }

  /** Returns whether a card runs it. */
  boolean runsOn(Driver.Card card) {
    int own = card.capability();
    return capabilities.stream().anyMatch(code -> code / 10 == own / 10 && code <= own)
        || (intermediate.isPresent() && own >= intermediate.getAsInt());
  }

  /** Returns the compute capabilities as they are written: {@code 6.0, 7.0}. */
  @Override
  public String toString() {
    return capabilities.stream()
        .map(code -> code / 10 + "." + code % 10)
        .collect(Collectors.joining(", "));
  }
}
