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

/** The progress of a training run in text. Validations and messages stay. */
final class TrainingProgress implements TrainingListener, AutoCloseable {

  private final ProgressLine line;
  private long firstStep = -1; // a resumed run does not begin at 1
  private Duration firstElapsed = Duration.ZERO;
  private double smoothLoss;
  private @Nullable Validation validation;

  TrainingProgress(PrintWriter out, boolean isTerminal) {
    line = new ProgressLine(out, isTerminal);
  }

  @Override
  public void stepDone(Step done) {
    long step = done.step();
    if (firstStep < 0) {
      firstStep = step;
      firstElapsed = done.elapsed();
      smoothLoss = done.loss();
    }
    smoothLoss += (done.loss() - smoothLoss) / Math.min(100, step - firstStep + 1);
    if (step == firstStep || step == done.steps() || line.isDue(done.elapsed())) {
      show(step, done.steps(), done.elapsed());
    }
  }

  private void show(long step, long steps, Duration elapsed) {
    List<String> parts = new ArrayList<>();
    parts.add(step + "/" + steps);
    if (step > firstStep) { // the first step, which also warms up, is no measure
      double seconds = elapsed.minus(firstElapsed).toNanos() / 1e9;
      double rate = (step - firstStep) / seconds;
      parts.add(String.format(Locale.ROOT, "%.1f steps/s", rate));
      Duration left = Duration.ofMillis((long) (1000 * (steps - step) / rate));
      parts.add(ProgressLine.text(left) + " left");
    }
    parts.add(String.format(Locale.ROOT, "loss %.5f", smoothLoss));
    if (validation != null) {
      parts.add(String.format(Locale.ROOT, "%.2f dB", validation.psnr()));
    }
    line.show(elapsed, (double) step / steps, "step ", parts);
  }

  @Override
  public void validated(Validation validation) {
    this.validation = validation;
    line.print(
        String.format(
            Locale.ROOT,
            "step %d: loss %.5f, PSNR %.3f dB, SSIM %.4f",
            validation.step(),
            validation.loss(),
            validation.psnr(),
            validation.ssim()));
  }

  @Override
  public void message(String message) {
    line.print(message);
  }

  @Override
  public void close() {
    line.erase();
  }
}
