// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.base.Joiner;
import java.util.ArrayList;
import java.util.List;

/** The text of a network as it is put together, with what told each argument. Not thread-safe. */
final class Proposal {

  private final String name;
  private final List<String> arguments = new ArrayList<>();
  private final List<String> evidence = new ArrayList<>();

  private Proposal(String name) {
    this.name = name;
  }

  /** Begins the text of a network. */
  static Proposal of(String name) {
    return new Proposal(name);
  }

  /**
   * Adds an argument.
   *
   * @param source the key, or the kind of keys, that told it
   */
  Proposal with(String argument, Object value, String source) {
    arguments.add(argument + "=" + value);
    evidence.add(argument + "=" + value + " from " + source);
    return this;
  }

  /** Returns the proposal of the network at its only scale. */
  Candidate at(int scale, String source) {
    return at(new int[] {scale}, source);
  }

  /** Returns the proposal of the network at one of several scales whose arrays are the same. */
  Candidate atUntold(int scale) {
    return at(new int[0], "").atScale(scale);
  }

  /** Returns the proposal of the network at some scales; none if its weights serve every scale. */
  Candidate at(int[] scales, String source) {
    String text = arguments.isEmpty() ? name : name + "(" + Joiner.on(", ").join(arguments) + ")";
    Candidate candidate = Candidate.of(text, scales);
    for (String each : evidence) {
      candidate = candidate.because(each);
    }
    for (int scale : scales) {
      candidate = candidate.because("scale=" + scale + " from " + source);
    }
    return candidate;
  }

  // What shapes tell.

  /** Returns the number of what a pattern numbers from 0; see {@link Keys#numbers}. */
  static int count(Keys keys, String pattern) {
    return keys.numbers(pattern).isEmpty() ? 0 : keys.numbers(pattern).last() + 1;
  }

  /** Returns the factor of a pixel shuffle, which makes some channels of others. */
  static int factor(int before, int after) {
    return after == 0 ? 0 : (int) Math.round(Math.sqrt((double) before / after));
  }
}
