// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import java.io.PrintStream;

/**
 * The standard output of a command: the process's own, or that of the caller that runs it. The user
 * object at the root of all commands is one.
 */
public interface StandardOutput {

  /** Returns where the bytes of an image go that is written to the standard output. */
  PrintStream stream();

  /** Returns whether the standard output is a terminal. */
  boolean isTerminal();
}
