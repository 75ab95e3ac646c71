// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.stream.Collectors.joining;

import com.google.common.primitives.Doubles;
import io.github.sr4j.cli.terminal.ProgressLine;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Report.Validation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The progress of a training run in text. Validations and messages stay. */
final class TrainingProgress implements Trainer.Listener, AutoCloseable {

  private static final double MAX_WAITING = 0.05; // beyond, loading holds training up

  private final ProgressLine line;
  private final boolean isTerminal;
  private @Nullable Step first; // a resumed run does not begin at 1
  private double smoothLoss;
  private double[] smoothTerms = {};
  private double[] termSums = {}; // since the last validation
  private long termCount;
  private @Nullable Validation validation;

  TrainingProgress(PrintWriter out, boolean isTerminal) {
    this.line = new ProgressLine(out, isTerminal);
    this.isTerminal = isTerminal;
  }

  @Override
  public void stepDone(Step step) {
    Step begin = first;
    if (begin == null) {
      begin = step;
      first = step;
      smoothLoss = step.loss();
    }
    if (smoothTerms.length != step.terms().size()) {
      smoothTerms = Doubles.toArray(step.terms());
      termSums = new double[smoothTerms.length];
      termCount = 0;
    }
    termCount++;
    double weight = 1.0 / Math.min(100, step.step() - begin.step() + 1);
    smoothLoss += (step.loss() - smoothLoss) * weight;
    for (int i = 0; i < smoothTerms.length; i++) {
      smoothTerms[i] += (step.terms().get(i) - smoothTerms[i]) * weight;
      termSums[i] += step.terms().get(i);
    }
    if (step.equals(begin) || step.step() == step.steps() || line.isDue(step.elapsed())) {
      show(step, begin);
    }
  }

  private void show(Step step, Step begin) {
    List<String> parts = new ArrayList<>();
    parts.add(step.step() + "/" + step.steps());
    if (step.step() > begin.step()) { // the first step, which also warms up, is no measure
      double seconds = seconds(step.elapsed().minus(begin.elapsed()));
      double rate = (step.step() - begin.step()) / seconds;
      parts.add(String.format(Locale.ROOT, "%.1f steps/s", rate));
      Duration left = Duration.ofMillis((long) (1000 * (step.steps() - step.step()) / rate));
      parts.add(ProgressLine.text(left) + " left");
      double waiting = seconds(step.waited().minus(begin.waited())) / seconds;
      if (waiting >= MAX_WAITING) {
        parts.add(String.format(Locale.ROOT, "%.0f%% waiting for data", 100 * waiting));
      }
    }
    String loss = String.format(Locale.ROOT, "loss %.5f", smoothLoss);
    String terms = text(smoothTerms);
    parts.add(isTerminal || terms.isEmpty() ? loss : loss + " " + terms);
    if (validation != null) {
      parts.add(String.format(Locale.ROOT, "%.2f dB", validation.psnr()));
    }
    if (isTerminal && !terms.isEmpty()) {
      parts.add(terms); // last, where they are left out if they do not fit
    }
    step.measures()
        .forEach((name, value) -> parts.add(String.format(Locale.ROOT, "%s %.3f", name, value)));
    line.show(step.elapsed(), (double) step.step() / step.steps(), "step ", parts);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /**
   * Returns the contributions of the loss's terms, in their order; empty if there is only one term.
   */
  private static String text(double[] terms) {
    return terms.length < 2
        ? ""
        : Arrays.stream(terms)
            .mapToObj(term -> String.format(Locale.ROOT, "%.5f", term))
            .collect(joining(" + ", "(", ")"));
  }

  @Override
  public void validated(Validation validation) {
    this.validation = validation;
    long count = Math.max(1, termCount);
    String terms = text(Arrays.stream(termSums).map(sum -> sum / count).toArray());
    Arrays.fill(termSums, 0);
    termCount = 0;
    line.print(
        String.format(
            Locale.ROOT,
            "step %d: loss %.5f%s, PSNR %.3f dB, SSIM %.4f",
            validation.step(),
            validation.loss(),
            terms.isEmpty() ? "" : " " + terms,
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
