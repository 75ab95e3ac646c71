// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.train.TrainingListener;
import io.github.sr4j.train.TrainingReport.Validation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a training run in text: on a terminal as a bar that is drawn over and over,
 * elsewhere as a line now and then. Validations and messages stay in either case.
 */
final class TrainingProgress implements TrainingListener, AutoCloseable {

  private static final int BAR = 10; // so that all of it fits into 80 columns
  private static final Duration REDRAW = Duration.ofMillis(200);
  private static final Duration NEXT_LINE = Duration.ofSeconds(10);

  private final PrintWriter out;
  private final boolean isTerminal;
  private long firstStep = -1; // a resumed run does not begin at 1
  private Duration firstElapsed = Duration.ZERO;
  private @Nullable Duration shownAt;
  private double smoothLoss;
  private @Nullable Validation validation;
  private int drawn; // columns on the terminal that hold the bar

  TrainingProgress(PrintWriter out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  @Override
  public void stepDone(long step, long steps, double loss, double learningRate, Duration elapsed) {
    if (firstStep < 0) {
      firstStep = step;
      firstElapsed = elapsed;
      smoothLoss = loss;
    }
    smoothLoss += (loss - smoothLoss) / Math.min(100, step - firstStep + 1);
    Duration interval = isTerminal ? REDRAW : NEXT_LINE;
    if (shownAt == null || elapsed.minus(shownAt).compareTo(interval) >= 0 || step == steps) {
      shownAt = elapsed;
      show(step, steps, elapsed);
    }
  }

  private void show(long step, long steps, Duration elapsed) {
    List<String> parts = new ArrayList<>();
    parts.add(step + "/" + steps);
    if (step > firstStep) { // the first step, which also warms up, is no measure
      double seconds = elapsed.minus(firstElapsed).toNanos() / 1e9;
      double rate = (step - firstStep) / seconds;
      parts.add(String.format(Locale.ROOT, "%.1f steps/s", rate));
      parts.add(text(Duration.ofMillis((long) (1000 * (steps - step) / rate))) + " left");
    }
    parts.add(String.format(Locale.ROOT, "loss %.5f", smoothLoss));
    if (validation != null) {
      parts.add(String.format(Locale.ROOT, "%.2f dB", validation.psnr()));
    }
    if (isTerminal) {
      erase();
      int filled = (int) (BAR * step / steps);
      String bar =
          String.format(
              "[%s%s] %3d%% %s",
              "#".repeat(filled),
              "-".repeat(BAR - filled),
              100 * step / steps,
              String.join(" ", parts));
      out.print(bar);
      out.flush();
      drawn = bar.length();
    } else {
      out.println("step " + String.join(", ", parts));
    }
  }

  /** Leaves the cursor at the beginning of an empty line. */
  private void erase() {
    if (drawn > 0) {
      out.print("\r" + " ".repeat(drawn) + "\r");
      out.flush();
      drawn = 0;
    }
  }

  @Override
  public void validated(Validation validation) {
    this.validation = validation;
    erase();
    out.printf(
        Locale.ROOT,
        "step %d: loss %.5f, PSNR %.3f dB, SSIM %.4f%n",
        validation.step(),
        validation.loss(),
        validation.psnr(),
        validation.ssim());
  }

  @Override
  public void message(String message) {
    erase();
    out.println(message);
  }

  @Override
  public void close() {
    erase();
  }

  /** Returns a duration as hours, minutes and seconds, such as {@code 1:02:03}. */
  static String text(Duration duration) {
    long hours = duration.toHours();
    return hours > 0
        ? String.format("%d:%02d:%02d", hours, duration.toMinutesPart(), duration.toSecondsPart())
        : String.format("%d:%02d", duration.toMinutesPart(), duration.toSecondsPart());
  }
}
