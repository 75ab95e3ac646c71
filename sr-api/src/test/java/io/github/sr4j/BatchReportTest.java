// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BatchReportTest {

  @Test
  void failures_areTheItemsThatFailed() {
    Upscaler.BatchReport.Item good = item(Optional.empty());
    Upscaler.BatchReport.Item bad = item(Optional.of(new IOException("disk full")));
    List<Upscaler.BatchReport.Item> items = new ArrayList<>(List.of(good, bad));
    Upscaler.BatchReport report = new Upscaler.BatchReport(items);
    items.clear();

    assertThat(report.items()).containsExactly(good, bad);
    assertThat(report.failures()).containsExactly(bad);
  }

  private static Upscaler.BatchReport.Item item(Optional<Exception> failure) {
    return new Upscaler.BatchReport.Item(
        Path.of("a"), Path.of("b"), false, failure, Duration.ZERO, List.of());
  }
}
