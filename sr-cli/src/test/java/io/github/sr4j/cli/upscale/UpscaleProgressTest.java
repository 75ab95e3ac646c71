// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.ProgressListener.Progress;
import io.github.sr4j.Upscaler;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class UpscaleProgressTest {

  private final StringWriter text = new StringWriter();
  private Duration now = Duration.ZERO;

  @Test
  void quickImage_hasNoProgress() {
    try (UpscaleProgress progress = progress(true, 1)) {
      now = Duration.ofMillis(100);
      progress.progressed(at(1, 1, now));
    }

    assertThat(text.toString()).isEmpty();
  }

  @Test
  void onATerminal_aBarThatIsDrawnAgain_andGoes() {
    try (UpscaleProgress progress = progress(true, 1)) {
      now = Duration.ofSeconds(1);
      progress.progressed(at(1, 4, Duration.ofSeconds(1)));
      now = Duration.ofSeconds(2);
      progress.progressed(at(2, 4, Duration.ofSeconds(2)));
      progress.print("done");
    }

    assertThat(text.toString().split("\r *\r"))
        .containsExactly(
            "[##--------]  25% tile 1/4 0:03 left",
            "[#####-----]  50% tile 2/4 0:02 left", "done" + System.lineSeparator());
  }

  @Test
  void filesInWork_countAsFarAsTheyAre() throws InterruptedException {
    try (UpscaleProgress progress = progress(true, 4)) {
      progress.finished(item());
      Thread other = new Thread(() -> progress.progressed(at(3, 4, Duration.ZERO)));
      other.start();
      other.join();
      progress.progressed(at(1, 8, Duration.ZERO));
      now = Duration.ofSeconds(30);
      progress.progressed(at(2, 8, Duration.ofSeconds(1)));
    }

    // Half of the work took 30 s.
    assertThat(text.toString()).startsWith("[#####-----]  50% 1/4 files tile 2/8 0:30 left");
  }

  @Test
  void withoutATerminal_aLineEveryTenSeconds() {
    try (UpscaleProgress progress = progress(false, 1)) {
      for (int tile = 1; tile <= 30; tile++) {
        now = Duration.ofSeconds(tile);
        progress.progressed(at(tile, 100, now));
      }
    }

    assertThat(text.toString().lines())
        .containsExactly(
            "tile 10/100, 1:30 left", "tile 20/100, 1:20 left", "tile 30/100, 1:10 left");
  }

  private UpscaleProgress progress(boolean isTerminal, int files) {
    return new UpscaleProgress(new PrintWriter(text), isTerminal, files, () -> now.toNanos());
  }

  private static Upscaler.BatchReport.Item item() {
    return new Upscaler.BatchReport.Item(
        Path.of("in.png"), Path.of("out.png"), false, Optional.empty(), Duration.ZERO, List.of());
  }

  private static Progress at(int tilesDone, int tiles, Duration elapsed) {
    return new Progress(tilesDone, tiles, elapsed, Optional.empty());
  }
}
