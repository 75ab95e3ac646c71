// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.train.Losses;
import io.github.sr4j.train.TrainingSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunConfigTest {

  private static final String EVERYTHING =
      """
      network: vdsr(layers=5)
      engine: dl4j
      precision: auto
      scale: 3
      scales: [2, 3, 4]
      loss: l1 + 0.1*mse
      optimizer: sgd(momentum=0.9)
      learning-rate: 0.1
      schedule: step(every=25%, factor=0.1)
      clipping: adjustable(0.4)
      averaging: 0.999
      frozen: [conv1.*, conv2.bias]
      initial-from: a b/x2.ckpt
      steps: 5000000000
      time-limit: 1h30m
      early-stopping: 4
      batch: 64
      accumulate: 2
      patch: 41
      sampling: grid(stride=14)
      degradation: bicubic
      seed: -7
      validate-every: 500
      keep: 3
      data: DIV2K.zip
      low-res: LR.zip
      cache-megabytes: 100
      skip-unreadable: true
      validate: Set5
      out: runs/vdsr
      """;

  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("run.yaml"), text);
  }

  private TrainingSettings read(String text) throws IOException {
    return RunConfig.read(file(text)).settings();
  }

  @Test
  void everySetting_isRead() throws IOException {
    assertThat(EVERYTHING.lines().map(line -> line.replaceAll(":.*", "")))
        .containsExactlyInAnyOrderElementsOf(RunConfig.keys());
    TrainingSettings run = read(EVERYTHING);

    TrainingSettings.all()
        .forEach(setting -> assertThat(run.isSet(setting)).as("" + setting).isTrue());
    assertThat(run.plain())
        .hasSize(TrainingSettings.all().size())
        .containsEntry("network", "vdsr(layers=5)")
        .containsEntry("scales", List.of(2, 3, 4))
        .containsEntry("loss", Losses.parse("l1 + 0.1*mse").toString())
        .containsEntry("learning-rate", 0.1)
        .containsEntry("frozen", List.of("conv1.*", "conv2.bias"))
        .containsEntry("initial-from", Path.of("a b/x2.ckpt"))
        .containsEntry("steps", 5_000_000_000L)
        .containsEntry("time-limit", "1h30m")
        .containsEntry("early-stopping", 4)
        .containsEntry("seed", -7L)
        .containsEntry("skip-unreadable", true)
        .containsEntry("out", Path.of("runs/vdsr"));
    assertThat(run.get(TrainingSettings.TIME_LIMIT)).isEqualTo(Duration.ofMinutes(90));
  }

  @ParameterizedTest
  @ValueSource(strings = {EVERYTHING, "{data: a, out: b}", "{data: a, out: b, time-limit: 59s}"})
  void writtenRun_isReadAsTheSame(String text) throws IOException {
    TrainingSettings run = read(text);
    Path written = directory.resolve("written.yaml");
    RunConfig.write(written, run, 41);
    TrainingSettings again = RunConfig.read(written).settings();

    assertThat(RunConfig.texts(again, 41)).isEqualTo(RunConfig.texts(run, 41));
    assertThat(again.find(TrainingSettings.PATCH)).hasValue(41);
  }

  @Test
  void oneLine_isYamlToo_withoutTheFoldersOfTheMachine() throws IOException {
    TrainingSettings run = read(EVERYTHING + "\n");
    String line = RunConfig.inOneLine(run, 41);

    assertThat(line).doesNotContain("\n", "a b/", "runs").contains("\"scales\":[2,3,4]");
    TrainingSettings again = read(line);
    assertThat(again.find(TrainingSettings.INITIAL_FROM)).hasValue(Path.of("x2.ckpt"));
    assertThat(again.get(TrainingSettings.SCHEDULE)).isEqualTo(run.get(TrainingSettings.SCHEDULE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learning-rate: 1e-4 | 0.0001",
        "learning-rate: 1.5e-4 | 0.00015",
        "learning-rate: 2 | 2",
      })
  void rates_areNumbersInEveryForm(String text, double expected) throws IOException {
    assertThat(read("data: a\nout: b\n" + text).get(TrainingSettings.LEARNING_RATE))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimiser: adam | there is no setting \"optimiser\"; the nearest is optimizer",
        "batch_size: 1 | there is no setting \"batch_size\"; the nearest is batch",
        "validateEvery: 1 | there is no setting \"validateEvery\"; the nearest is validate-every",
        "verbosity-of-log: 1 | there is no setting \"verbosity-of-log\"; there are network,"
            + " engine,",
        "scale: two | scale must be a whole number within 1 to 16, but was \"two\"",
        "scale: 2.5 | scale must be a whole number within 1 to 16, but was \"2.5\"",
        "scale: 99 | scale must be a whole number within 1 to 16, but was 99",
        "scales: [1, 99] | scales must be a list of whole numbers within 1 to 16, such as [2, 3,"
            + " 4], but was [1, 99]",
        "scales: [] | scales must be a list of whole numbers within 1 to 16",
        "batch: 5000000000 | batch must be a whole number of at least 1, but was \"5000000000\"",
        "loss: l3 | loss: no loss named \"l3\"",
        "learning-rate: fast | learning-rate must be a positive number, but was \"fast\"",
        "learning-rate: -1 | learning-rate must be a positive number, but was -1",
        "time-limit: 90 | time-limit must be a positive time such as 90m or 1h30m, but was \"90\"",
        "skip-unreadable: sometimes | skip-unreadable must be true or false, but was \"sometimes\"",
        "network: [a] | network must be a name, with arguments if it has any, but was [\"a\"]",
        "network: '' | network must be a name, with arguments if it has any, but was \"\"",
        "network: | network must be a name, with arguments if it has any, but was \"\"",
        "data: {a: b} | data must be a folder, a .zip file or a .txt file, but was {\"a\":\"b\"}",
        "frozen: [[a]] | frozen must be a list of names of weights",
        "- scale | must be settings, each as key: value",
        "'scale: [' | must be YAML, but is not in line",
      })
  void wrongSettings_areRefused_byFileKeyAndWhatIsAllowed(String text, String message)
      throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> RunConfig.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scale: 2~seed: 1~scale: 3 | not in line 3: Duplicate field 'scale'",
        "scale: 2~---~scale: 3 | must be one YAML document, but a second one begins in line",
        "data: &x a~out: *x | line 2, but has the alias *x",
        "frozen: [&a b, *a] | has the alias *a",
        "'<<: {scale: 2}' | there is no setting \"<<\"",
      })
  void whatYamlWouldPassOver_isRefused(String text, String message) throws IOException {
    Path file = file(text.replace('~', '\n'));
    assertThatThrownBy(() -> RunConfig.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void fileThatIsNotUtf8_isNamed_withTheLine() throws IOException {
    Path file = directory.resolve("run.yaml");
    Files.write(file, "scale: 2\n# caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> RunConfig.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file + ": must be text in UTF-8, but has the byte 0xe9 in line 2; save it as UTF-8");
    Files.write(file, "\ufeffscale: 2\n".getBytes(StandardCharsets.UTF_16LE));
    assertThatThrownBy(() -> RunConfig.read(file)).hasMessageContaining("is UTF-16");
    Files.write(file, new byte[2 << 20]);
    assertThatThrownBy(() -> RunConfig.read(file)).hasMessageContaining("1048576 bytes");
    Files.write(file, new byte[] {'a', 0});
    assertThatThrownBy(() -> RunConfig.read(file)).hasMessageContaining("0x00 in line 1");
  }

  @Test
  void byteOrderMark_isNoPartOfTheFirstKey() throws IOException {
    assertThat(read("\ufeffscale: 3\n").get(TrainingSettings.SCALE)).isEqualTo(3);
  }

  @Test
  void longValues_areShortenedInMessages() throws IOException {
    for (String text :
        List.of("scale: " + "x".repeat(9999), "x".repeat(9999) + ": 1", "- a\n".repeat(9999))) {
      Path file = file(text);
      assertThatThrownBy(() -> RunConfig.read(file))
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000));
    }
  }

  @Test
  void missingFile_isNamed() {
    assertThatThrownBy(() -> RunConfig.read(directory.resolve("nothing.yaml")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nothing.yaml");
  }

  @Test
  void fileWithoutSettings_isTheDefaults() throws IOException {
    assertThat(read("{data: a, out: b}").get(TrainingSettings.SCALES)).isEqualTo(List.of(2));
  }
}
