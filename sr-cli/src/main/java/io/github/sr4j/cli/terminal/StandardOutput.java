// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;

/** The standard output of a command: the process's own, or that of the caller that runs it. */
public interface StandardOutput {

  /** Returns the standard output of a command, which the command at the root of all has. */
  static StandardOutput of(CommandSpec command) {
    return (StandardOutput) command.root().userObject();
  }

  /** Returns where the bytes of an image go that is written to the standard output. */
  PrintStream stream();

  /** Returns whether the standard output is a terminal. */
  boolean isTerminal();
}
