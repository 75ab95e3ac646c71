// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import io.github.sr4j.shared.util.VisibleText;
import java.io.PrintStream;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * The output of commands, which escapes control characters. A text that is printed with {@code
 * println} becomes one line; in others, line breaks, returns and tabs stay what they are.
 */
public final class TerminalWriter extends PrintWriter {

  /** Creates a writer to a stream of the terminal. */
  @SuppressWarnings("DefaultCharset") // that of the stream, before JDK 18 that of the platform
  public TerminalWriter(PrintStream stream) {
    super(stream, true);
  }

  @Override
  public void write(int c) {
    write(String.valueOf((char) c));
  }

  @Override
  public void write(char[] buffer, int offset, int length) {
    write(new String(buffer, offset, length));
  }

  @Override
  public void write(String text, int offset, int length) {
    String visible = VisibleText.ofLines(text.substring(offset, offset + length));
    super.write(visible, 0, visible.length());
  }

  @Override
  public void println(@Nullable String line) {
    super.println(visible(line));
  }

  @Override
  public void println(@Nullable Object line) {
    println(String.valueOf(line));
  }

  /** Returns a line with its indentation, which stack traces have by tabs. */
  private static String visible(@Nullable String line) {
    String text = String.valueOf(line);
    String rest = text.replaceFirst("^\t+", "");
    return "\t".repeat(text.length() - rest.length()) + VisibleText.of(rest);
  }

  /** Returns a stream for what libraries log, which escapes the same characters. */
  public static PrintStream logging(PrintStream stream) {
    return new LogStream(stream);
  }

  private static final class LogStream extends PrintStream {

    @SuppressWarnings("DefaultCharset") // that of the stream, before JDK 18 that of the platform
    LogStream(PrintStream stream) {
      super(stream, true);
    }

    @Override
    public void print(@Nullable String text) {
      super.print(VisibleText.ofLines(String.valueOf(text)));
    }

    @Override
    public void println(@Nullable String line) {
      super.println(visible(line));
    }

    @Override
    public void println(@Nullable Object line) {
      println(String.valueOf(line));
    }
  }
}
