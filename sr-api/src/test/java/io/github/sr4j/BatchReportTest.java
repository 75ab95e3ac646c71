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
    BatchReport.Item good = item(Optional.empty());
    BatchReport.Item bad = item(Optional.of(new IOException("disk full")));
    List<BatchReport.Item> items = new ArrayList<>(List.of(good, bad));
    BatchReport report = new BatchReport(items);
    items.clear();

    assertThat(report.items()).containsExactly(good, bad);
    assertThat(report.failures()).containsExactly(bad);
  }

  private static BatchReport.Item item(Optional<Exception> failure) {
    return new BatchReport.Item(
        Path.of("a"), Path.of("b"), false, failure, Duration.ZERO, List.of());
  }
}
