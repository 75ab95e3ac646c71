// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.train.TrainingListener;
import io.github.sr4j.train.TrainingReport.Validation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a training run in text: on a terminal as a bar that is drawn over and over,
 * elsewhere as a line now and then. Validations and messages stay in either case.
 */
final class TrainingProgress implements TrainingListener, AutoCloseable {

  private static final int BAR = 24;
  private static final Duration REDRAW = Duration.ofMillis(200);
  private static final Duration NEXT_LINE = Duration.ofSeconds(10);
  private static final String ERASE_LINE = "\r\033[K";

  private final PrintWriter out;
  private final boolean isTerminal;
  private final String erase;
  private long firstStep = -1; // a resumed run does not begin at 1
  private Duration firstElapsed = Duration.ZERO;
  private @Nullable Duration shownAt;
  private double smoothLoss;
  private @Nullable Validation validation;

  TrainingProgress(PrintWriter out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
    this.erase = isTerminal ? ERASE_LINE : "";
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
    StringBuilder text = new StringBuilder();
    if (isTerminal) {
      int filled = (int) (BAR * step / steps);
      text.append(erase).append('[').append("#".repeat(filled)).append("-".repeat(BAR - filled));
      text.append(String.format(Locale.ROOT, "] %3d%%  ", 100 * step / steps));
    } else {
      text.append("step ");
    }
    text.append(step).append('/').append(steps);
    if (step > firstStep) { // the first step, which also warms up, is no measure
      double seconds = elapsed.minus(firstElapsed).toNanos() / 1e9;
      double rate = (step - firstStep) / seconds;
      text.append(String.format(Locale.ROOT, "  %.1f steps/s  ", rate));
      text.append(text(Duration.ofMillis((long) (1000 * (steps - step) / rate)))).append(" left");
    }
    text.append(String.format(Locale.ROOT, "  loss %.5f", smoothLoss));
    if (validation != null) {
      text.append(String.format(Locale.ROOT, "  PSNR %.2f dB", validation.psnr()));
    }
    out.print(isTerminal ? text.toString() : text.append(System.lineSeparator()).toString());
    out.flush();
  }

  @Override
  public void validated(Validation validation) {
    this.validation = validation;
    out.printf(
        Locale.ROOT,
        "%sstep %d: loss %.5f, PSNR %.3f dB, SSIM %.4f%n",
        erase,
        validation.step(),
        validation.loss(),
        validation.psnr(),
        validation.ssim());
  }

  @Override
  public void message(String message) {
    out.println(erase + message);
  }

  /** Leaves the cursor at the beginning of an empty line. */
  @Override
  public void close() {
    out.print(erase);
    out.flush();
  }

  /** Returns a duration as hours, minutes and seconds, such as {@code 1:02:03}. */
  static String text(Duration duration) {
    long hours = duration.toHours();
    return hours > 0
        ? String.format("%d:%02d:%02d", hours, duration.toMinutesPart(), duration.toSecondsPart())
        : String.format("%d:%02d", duration.toMinutesPart(), duration.toSecondsPart());
  }
}
