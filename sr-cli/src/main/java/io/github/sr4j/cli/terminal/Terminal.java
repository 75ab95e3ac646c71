// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;

/** Whether a person watches. */
public final class Terminal {

  private Terminal() {}

  /** Returns whether a person watches the standard streams. */
  @SuppressWarnings("SystemConsoleNull") // it is null before JDK 22; what comes after is handled
  public static boolean isPresent() {
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

  /**
   * Returns whether the standard output is one, whatever the standard input is, which Java does not
   * tell. Where there are no names for it, only if a person watches.
   */
  public static boolean isStandardOutput() {
    try {
      String device = Path.of("/dev/stdout").toRealPath().toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException e) { // Windows, or a pipe, which has no path
      return isPresent();
    }
  }
}
