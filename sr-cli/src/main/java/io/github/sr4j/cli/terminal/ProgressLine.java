// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A line that tells how far something is: on a terminal one with a bar, which is drawn over and
 * over and goes when it is done; elsewhere a new one now and then. Not thread-safe.
 */
public final class ProgressLine {

  private static final int BAR = 10; // so that all of it fits
  private static final int WIDTH = 79; // of what can be drawn over: a longer line would wrap
  private static final Duration REDRAW = Duration.ofMillis(200);
  private static final Duration NEXT_LINE = Duration.ofSeconds(10);

  private final PrintWriter out;
  private final boolean isTerminal;
  private Duration shownAt = Duration.ZERO;
  private int drawn; // columns on the terminal that hold the bar

  /** Creates the line. */
  public ProgressLine(PrintWriter out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  /** Returns whether it is time to show how far it is. */
  public boolean isDue(Duration elapsed) {
    return elapsed.minus(shownAt).compareTo(isTerminal ? REDRAW : NEXT_LINE) >= 0;
  }

  /**
   * Shows how far it is.
   *
   * @param elapsed now, which {@link #isDue} counts from
   * @param fraction 1 for done
   * @param subject what a line begins with if it has no bar
   * @param parts what there is to tell; on a terminal, the last ones are left out if they do not
   *     fit
   */
  public void show(Duration elapsed, double fraction, String subject, List<String> parts) {
    shownAt = elapsed;
    if (isTerminal) {
      erase();
      int filled = (int) (BAR * fraction);
      String bar = "[" + "#".repeat(filled) + "-".repeat(BAR - filled) + "] ";
      String text =
          String.format(Locale.ROOT, "%3d%% %s", (int) (100 * fraction), String.join(" ", parts));
      String drawing = bar.length() + text.length() <= WIDTH ? bar + text : fitting(text, parts);
      out.print(drawing);
      out.flush();
      drawn = drawing.length();
    } else {
      out.println(subject + String.join(", ", parts));
    }
  }

  /** Returns a text without the last of the parts that it ends with, so that it fits. */
  private static String fitting(String text, List<String> parts) {
    String fitting = text;
    for (int last = parts.size() - 1; last > 0 && fitting.length() > WIDTH; last--) {
      fitting = fitting.substring(0, fitting.length() - parts.get(last).length() - 1);
    }
    return fitting;
  }

  /** Prints a line that stays. */
  public void print(String line) {
    erase();
    out.println(line);
  }

  /** Leaves the cursor at the beginning of an empty line. */
  public void erase() {
    if (drawn > 0) {
      out.print("\r" + " ".repeat(drawn) + "\r");
      out.flush();
      drawn = 0;
    }
  }

  /** Returns a duration as hours, minutes and seconds, such as {@code 1:02:03}. */
  public static String text(Duration duration) {
    long hours = duration.toHours();
    return hours > 0
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", hours, duration.toMinutesPart(), duration.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", duration.toMinutesPart(), duration.toSecondsPart());
  }
}
