// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.cli.terminal.ProgressLine;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Report.Validation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TrainingProgressTest {

  private final StringWriter text = new StringWriter();

  @Test
  void withoutATerminal_aLineNowAndThen() {
    TrainingProgress progress = new TrainingProgress(new PrintWriter(text), false);
    for (int step = 1; step <= 100; step++) {
      progress.stepDone(step(step, 1000, Duration.ofMillis(250L * step)));
    }
    progress.close();

    assertThat(text.toString().lines())
        .containsExactly(
            "step 1/1000, loss 0.50000",
            "step 41/1000, 4.0 steps/s, 3:59 left, loss 0.50000",
            "step 81/1000, 4.0 steps/s, 3:49 left, loss 0.50000");
    assertThat(text.toString()).doesNotContain("\r");
  }

  @Test
  void parts_ofTheLoss_measures_andTooMuchWaiting_areTold() {
    TrainingProgress progress = new TrainingProgress(new PrintWriter(text), false);
    progress.stepDone(twoTerms(1, Duration.ofSeconds(1)));
    progress.stepDone(twoTerms(41, Duration.ofSeconds(11)));
    progress.validated(new Validation(41, 0.5, 31.25, 0.9));

    assertThat(text.toString().lines())
        .containsExactly(
            "step 1/100, loss 0.50000 (0.30000 + 0.20000), real 0.750",
            "step 41/100, 4.0 steps/s, 0:14 left, 10% waiting for data,"
                + " loss 0.50000 (0.30000 + 0.20000), real 0.750",
            "step 41: loss 0.50000 (0.30000 + 0.20000), PSNR 31.250 dB, SSIM 0.9000");
  }

  @Test
  void onATerminal_whatDoesNotFit_isLeftOut() {
    TrainingProgress progress = new TrainingProgress(new PrintWriter(text), true);
    progress.stepDone(twoTerms(1, Duration.ofSeconds(1)));
    assertThat(text.toString())
        .isEqualTo("[----------]   1% 1/100 loss 0.50000 (0.30000 + 0.20000) real 0.750");
    progress.stepDone(twoTerms(41, Duration.ofSeconds(11)));
    assertThat(text.toString())
        .endsWith("\r 41% 41/100 4.0 steps/s 0:14 left 10% waiting for data loss 0.50000");
  }

  /** A step, of whose time a tenth was waiting. */
  private static Trainer.Listener.Step twoTerms(long step, Duration elapsed) {
    return new Trainer.Listener.Step(
        step,
        100,
        0.5,
        List.of(0.3, 0.2),
        Map.of("real", 0.75),
        1e-3,
        elapsed,
        elapsed.dividedBy(10));
  }

  private static Trainer.Listener.Step step(long step, long steps, Duration elapsed) {
    return new Trainer.Listener.Step(
        step, steps, 0.5, List.of(), Map.of(), 1e-3, elapsed, Duration.ZERO);
  }

  @Test
  void onATerminal_aBarThatIsDrawnAgain() {
    TrainingProgress progress = new TrainingProgress(new PrintWriter(text), true);
    progress.stepDone(step(1, 4, Duration.ofSeconds(1)));
    progress.validated(new Validation(1, 0.5, 31.25, 0.9));
    progress.stepDone(step(2, 4, Duration.ofSeconds(2)));
    progress.close();

    assertThat(text.toString().split("\r *\r"))
        .containsExactly(
            "[##--------]  25% 1/4 loss 0.50000",
            "step 1: loss 0.50000, PSNR 31.250 dB, SSIM 0.9000"
                + System.lineSeparator()
                + "[#####-----]  50% 2/4 1.0 steps/s 0:02 left loss 0.50000 31.25 dB");
    assertThat(text.toString()).endsWith("\r"); // at the beginning of an empty line
  }

  @Test
  void barOfALongRun_fitsIntoATerminal() {
    TrainingProgress progress = new TrainingProgress(new PrintWriter(text), true);
    progress.stepDone(step(1, 200_000, Duration.ofSeconds(1)));
    progress.validated(new Validation(1, 0.5, 31.25, 0.9));
    text.getBuffer().setLength(0);
    progress.stepDone(step(100_001, 200_000, Duration.ofSeconds(10_001)));

    assertThat(text.toString()).contains("10.0 steps/s", "2:46:39 left").hasSizeLessThan(80);
  }

  @Test
  void resumedRun_isTimedFromWhereItResumed() {
    TrainingProgress progress = new TrainingProgress(new PrintWriter(text), false);
    progress.stepDone(step(501, 1000, Duration.ofSeconds(1)));
    progress.stepDone(step(521, 1000, Duration.ofSeconds(21)));

    assertThat(text.toString()).contains("step 521/1000, 1.0 steps/s, 7:59 left");
  }

  @Test
  void durations_areHoursMinutesSeconds() {
    assertThat(ProgressLine.text(Duration.ofSeconds(5))).isEqualTo("0:05");
    assertThat(ProgressLine.text(Duration.ofSeconds(3723))).isEqualTo("1:02:03");
    assertThat(ProgressLine.text(Duration.ofHours(25))).isEqualTo("25:00:00");
  }
}
