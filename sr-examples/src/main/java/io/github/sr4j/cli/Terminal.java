// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import java.io.Console;

/** Whether a person watches. */
final class Terminal {

  private Terminal() {}

  @SuppressWarnings("SystemConsoleNull") // it is null before JDK 22; what comes after is handled
  static boolean isPresent() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // Since JDK 22 there is a console also where there is no terminal, and a method that tells.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
