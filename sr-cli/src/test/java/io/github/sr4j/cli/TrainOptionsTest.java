// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.train.TrainingSettings;
import io.github.sr4j.train.TrainingSettings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The options of {@code train}, and their table in the documentation: the declared settings. */
final class TrainOptionsTest {

  @Test
  void help_hasEverySetting_withItsDefault() {
    String help =
        Invocation.of("train", "--help")
            .succeeds()
            .out()
            .replaceAll("\\s+", ""); // lines break anywhere

    for (Setting<?> setting : TrainingSettings.all()) {
      String suffix =
          setting.defaultText().isEmpty() ? "" : " Default: " + setting.defaultText() + ".";
      assertThat(help).contains("--" + setting.name(), (setting.help() + suffix).replace(" ", ""));
    }
  }

  @Test
  void documentation_hasTheSettings_withTheirDefaultsAndHelp() throws IOException {
    Path page = Path.of("..", "docs", "command-line.md");
    List<String> rows =
        Files.readString(page)
            .replaceFirst("(?s).*\n## train\n", "")
            .replaceFirst("(?s)\n## .*", "")
            .lines()
            .filter(line -> line.startsWith("| `--"))
            .map(line -> line.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1").replace("`", ""))
            .toList();

    Stream<String> declared =
        TrainingSettings.all().stream()
            .map(s -> String.format("| --%s | %s | %s |", s.name(), s.defaultText(), s.help()));
    assertThat(rows.stream().filter(row -> !row.matches("[|] --(config|resume) .*")))
        .containsExactlyElementsOf(declared.map(row -> row.replace("|  |", "| |")).toList());
  }
}
