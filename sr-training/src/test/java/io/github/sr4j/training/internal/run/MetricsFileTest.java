// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("metrics.csv");
  }

  private static Map<String, Double> row(double step, double loss, double psnr) {
    return ImmutableMap.of("step", step, "loss", loss, "psnr", psnr);
  }

  private void addRows(int from, int to) throws IOException {
    try (MetricsFile metrics = MetricsFile.open(file, from - 1)) {
      for (int step = from; step <= to; step++) {
        metrics.add(row(step, 0.1 * step, Double.NaN));
      }
    }
  }

  @Test
  void rows_areThereAtOnce_withEmptyCellsForWhatIsNot() throws IOException {
    try (MetricsFile metrics = MetricsFile.open(file, 0)) {
      metrics.add(row(1, 0.5, Double.NaN));
      assertThat(file).hasContent("step,loss,psnr\n1,0.5,");
      metrics.add(row(2, 0.25, Double.NaN));
      metrics.replaceLast(row(2, 0.25, 31.5));
      metrics.add(row(3, 1e-9, Double.NaN));
    }
    assertThat(file).hasContent("step,loss,psnr\n1,0.5,\n2,0.25,31.5\n3,1.0E-9,");
  }

  @Test
  void names_withCommasAndQuotes_areQuoted() throws IOException {
    String name = "0.5*gram(\"a, b\", c)";
    try (MetricsFile metrics = MetricsFile.open(file, 0)) {
      metrics.add(ImmutableMap.of("step", 1.0, name, 2.0));
    }
    assertThat(Files.readString(file)).startsWith("step,\"0.5*gram(\"\"a, b\"\", c)\"\n");
    MetricsFile.Table table = MetricsFile.read(file);
    assertThat(table.columns()).containsExactly("step", name);
    assertThat(table.column(name)).containsExactly(2);
  }

  @Test
  void newName_getsAColumn_whereItStandsInTheRow() throws IOException {
    try (MetricsFile metrics = MetricsFile.open(file, 0)) {
      metrics.add(row(1, 0.5, 30));
      metrics.add(ImmutableMap.of("step", 2.0, "loss", 0.25, "real", 0.75, "psnr", 31.0));
      metrics.add(row(3, 0.125, 32));
    }
    assertThat(file)
        .hasContent("step,loss,real,psnr\n1,0.5,,30.0\n2,0.25,0.75,31.0\n3,0.125,,32.0");
  }

  /** Killed at any byte after step 5, resumed at step 5: the file of a run left alone. */
  @Test
  void resumed_equalsLeftAlone_whereverTheFileWasCutOff() throws IOException {
    addRows(1, 12);
    byte[] alone = Files.readAllBytes(file);
    String text = Files.readString(file);
    for (int end = text.indexOf("\n6,"); end <= alone.length; end++) {
      Files.writeString(file, text.substring(0, Math.max(end, text.indexOf("\n6,") + 1)));
      addRows(6, 12);
      assertThat(file).hasBinaryContent(alone);
    }
  }

  @Test
  void open_atStep0_beginsAnew() throws IOException {
    addRows(1, 3);
    addRows(1, 1);
    assertThat(file).hasContent("step,loss,psnr\n1,0.1,");
  }

  @Test
  void damagedFile_isNamed_withTheLine() throws IOException {
    addRows(1, 3);
    Files.writeString(file, "4,abc,\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> MetricsFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("metrics.csv: line 5")
        .hasMessageContaining("\"abc\"");

    Files.writeString(file, "step,loss\n1\n");
    assertThatThrownBy(() -> MetricsFile.open(file, 4))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 2 must have 2 cells, but has 1");
  }

  @Test
  void columns_areReadByName() throws IOException {
    addRows(1, 3);
    MetricsFile.Table table = MetricsFile.read(file);
    assertThat(table.columns()).isEqualTo(List.of("step", "loss", "psnr"));
    assertThat(table.column("step")).containsExactly(1, 2, 3);
    assertThat(table.column("psnr")).containsExactly(Double.NaN, Double.NaN, Double.NaN);
  }
}
