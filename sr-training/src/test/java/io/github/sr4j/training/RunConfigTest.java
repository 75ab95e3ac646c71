// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
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

  private Trainer read(String text) throws IOException {
    return RunConfig.read(file(text)).build();
  }

  @Test
  void everySetting_isRead() throws IOException {
    Trainer run = read(EVERYTHING);

    assertThat(run.network()).isEqualTo("vdsr(layers=5)");
    assertThat(run.scale()).isEqualTo(3);
    assertThat(run.scales()).containsExactly(2, 3, 4);
    assertThat(run.loss().toString()).isEqualTo(Losses.parse("l1 + 0.1*mse").toString());
    assertThat(run.optimizer()).isEqualTo("sgd(momentum=0.9)");
    assertThat(run.learningRate()).isEqualTo(0.1);
    assertThat(run.schedule()).isEqualTo("step(every=25%, factor=0.1)");
    assertThat(run.clipping()).isEqualTo("adjustable(0.4)");
    assertThat(run.averaging()).isEqualTo(0.999);
    assertThat(run.frozen()).containsExactly("conv1.*", "conv2.bias");
    assertThat(run.initialFrom()).hasValue(Path.of("a b/x2.ckpt"));
    assertThat(run.steps()).isEqualTo(5_000_000_000L);
    assertThat(run.timeLimit()).hasValue(Duration.ofMinutes(90));
    assertThat(run.earlyStopping()).hasValue(4);
    assertThat(run.batchSize()).isEqualTo(64);
    assertThat(run.accumulate()).isEqualTo(2);
    assertThat(run.patchSize()).hasValue(41);
    assertThat(run.sampling()).isEqualTo("grid(stride=14)");
    assertThat(run.degradation()).isEqualTo("bicubic");
    assertThat(run.seed()).isEqualTo(-7);
    assertThat(run.validateEvery()).isEqualTo(500);
    assertThat(run.keep()).isEqualTo(3);
    assertThat(run.data()).hasValue(Path.of("DIV2K.zip"));
    assertThat(run.lowRes()).hasValue(Path.of("LR.zip"));
    assertThat(run.cacheMegabytes()).hasValue(100);
    assertThat(run.isSkippingUnreadable()).isTrue();
    assertThat(run.validation()).hasValue(Path.of("Set5"));
    assertThat(run.output()).isEqualTo(Path.of("runs/vdsr"));
  }

  @ParameterizedTest
  @ValueSource(strings = {EVERYTHING, "{data: a, out: b}", "{data: a, out: b, time-limit: 59s}"})
  void writtenRun_isReadAsTheSame(String text) throws IOException {
    Trainer run = read(text);
    Path written = directory.resolve("written.yaml");
    RunConfig.write(written, run, 41);
    Trainer again = RunConfig.read(written).build();

    assertThat(RunConfig.texts(again, 41)).isEqualTo(RunConfig.texts(run, 41));
    assertThat(again.patchSize()).hasValue(41);
    assertThat(written).content().startsWith("# Repeat this run with: sr4j train --config");
  }

  @Test
  void oneLine_isYamlToo_withoutTheFoldersOfTheMachine() throws IOException {
    Trainer run = read(EVERYTHING + "\n");
    String line = RunConfig.inOneLine(run, 41);

    assertThat(line).doesNotContain("\n", "a b/", "runs").contains("\"scales\":[2,3,4]");
    Trainer again = RunConfig.read(file(line)).output(Path.of("again")).build();
    assertThat(again.initialFrom()).hasValue(Path.of("x2.ckpt"));
    assertThat(again.schedule()).isEqualTo(run.schedule());
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
    assertThat(read("data: a\nout: b\n" + text).learningRate()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rate: 1 | there is no setting \"rate\"; there are network, engine, precision, scale,",
        "scale: two | scale must be a whole number within 1 to 16, but was \"two\"",
        "scale: 2.5 | scale must be a whole number within 1 to 16, but was 2.5",
        "scale: 99 | scale: scale must be within 1 to 16, but was 99",
        "scales: 2 | scales must be a list of whole numbers within 1 to 16, such as [2, 3, 4], but"
            + " was 2",
        "batch: 0 | batch: batchSize must be at least 1, but was 0",
        "batch: 5000000000 | batch must be a whole number of at least 1, but was 5000000000",
        "loss: l3 | loss: ",
        "learning-rate: fast | learning-rate must be a positive number, but was \"fast\"",
        "learning-rate: -1 | learning-rate: learningRate must be positive",
        "averaging: 1 | averaging: averaging must be at least 0 and less than 1",
        "time-limit: 90 | time-limit: a time must be such as 90m, 1h30m or 45s, but was \"90\"",
        "time-limit: 0m | time-limit: timeLimit must be positive",
        "skip-unreadable: sometimes | skip-unreadable must be true or false, but was \"sometimes\"",
        "network: [a] | network must be a name, with arguments if it has any, but was [\"a\"]",
        "network: | network must be a name, with arguments if it has any, but was \"\"",
        "frozen: conv1 | frozen must be a list of names of weights",
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
    assertThat(read("\ufeffscale: 3\ndata: a\nout: b\n").scale()).isEqualTo(3);
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

  @ParameterizedTest
  @CsvSource({"45s, 45", "2m, 120", "1h, 3600", "1h30m5s, 5405", "90m, 5400"})
  void durations_areHoursMinutesSeconds(String text, long seconds) {
    assertThat(RunConfig.duration(text)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1d", "90", "m", "1h 30m", "-1h"})
  void otherDurations_areRefused(String text) {
    assertThatThrownBy(() -> RunConfig.duration(text)).hasMessageContaining("90m, 1h30m or 45s");
  }

  @Test
  void fileWithoutSettings_isTheDefaults() throws IOException {
    assertThat(read("{data: a, out: b}").scales()).isEqualTo(List.of(2));
  }
}
