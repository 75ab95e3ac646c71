// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Precision and layout: how networks are computed, and that a resumed session repeats it. */
final class ExecutionTest {

  private static final String SMALL = "srresnet(blocks=1, features=8)";
  private static final double RATE = 1e-3;

  @TempDir private Path folder;

  private static TrainingSession open(String network, String precision) {
    return new TorchTrainingProvider()
        .open(TrainingSetup.of(network, 2, Losses.l1()).precision(precision));
  }

  private static PatchBatch batch(TrainingSession session) {
    int channels = session.info().channels();
    int scale = session.info().blockScale();
    return new PatchBatch(
        new PatchBatch.Shape(1, channels, 16, 16),
        TestImages.scene(channels, 16, 16, 1).samples(),
        new PatchBatch.Shape(1, channels, 16 * scale, 16 * scale),
        TestImages.scene(channels, 16 * scale, 16 * scale, 1).samples());
  }

  private static double train(TrainingSession session, int steps) {
    double loss = Double.NaN;
    for (int step = 0; step < steps; step++) {
      loss = session.step(batch(session), RATE);
    }
    return loss;
  }

  private Map<String, Tensor> arrays(TrainingSession session) throws IOException {
    Path file = folder.resolve("arrays.ckpt");
    session.save(file, Map.of());
    return Npz.read(file, new HashMap<>());
  }

  /** Rewrites the execution that a checkpoint names. */
  private static void setExecution(Path file, String execution) throws IOException {
    Map<String, String> texts = new HashMap<>();
    Map<String, Tensor> arrays = Npz.read(file, texts);
    texts.replaceAll(
        (name, text) ->
            text.replaceAll("(?m)^session[.]execution=.*\n", "")
                + "session.execution="
                + execution
                + "\n");
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, texts);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compact(features=8, layers=2, expansion=2)",
        "edsr(blocks=1, features=8)",
        "fsrcnn(features=12, shrunk=4, layers=1)",
        "imdn(blocks=1, features=16)",
        "johnson(blocks=1, features=4, norm=instance)",
        "rcan(groups=1, blocks=1, features=8, reduction=4)",
        "srcnn(init=he)",
        "srresnet(blocks=1, features=8)",
        "vdsr(layers=4, features=8)"
      })
  void bf16_rounds_andTrainsAsFp32Does(String network) {
    try (TrainingSession fp32 = open(network, "fp32");
        TrainingSession bf16 = open(network, "bf16")) {
      double expected = train(fp32, 1);
      double first = train(bf16, 1);

      assertThat(first).isCloseTo(expected, withinPercentage(3)).isNotEqualTo(expected);
      assertThat(train(bf16, 20)).isLessThan(first);
      assertThat(bf16.execution()).hasValue("bf16 channels-last");
      assertThat(fp32.execution()).hasValue("fp32");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "bf16", "auto"})
  void restoredSession_repeatsTheExecution_bitForBit(String precision) throws IOException {
    Path file = folder.resolve("session.ckpt");
    try (TrainingSession session = open(SMALL, precision);
        TrainingSession restored = open(SMALL, precision)) {
      train(session, 2);
      session.save(file, Map.of());
      restored.restore(file);

      assertThat(restored.execution()).isPresent().isEqualTo(session.execution());
      assertThat(train(restored, 3)).isEqualTo(train(session, 3));
      assertThat(arrays(restored)).isEqualTo(arrays(session));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "fp32 channels-last", "bf16 channels-last"})
  void auto_repeatsWhatACheckpointNames(String execution) throws IOException {
    Path file = folder.resolve("session.ckpt");
    try (TrainingSession session = open(SMALL, "auto");
        TrainingSession again = open(SMALL, "auto")) {
      session.save(file, Map.of());
      setExecution(file, execution);
      session.restore(file);
      again.restore(file);

      assertThat(train(session, 2)).isEqualTo(train(again, 2));
      assertThat(session.execution()).hasValue(execution);
    }
  }

  /** Statistics, weights and the count of steps are those of a session that tries nothing. */
  @Test
  void trialSteps_changeNothing() throws IOException {
    Path file = folder.resolve("begin.ckpt");
    try (TrainingSession session = open(SMALL, "auto");
        TrainingSession other = open(SMALL, "auto")) {
      assertThat(session.execution()).isEmpty();
      session.save(file, Map.of());
      train(session, 1);
      setExecution(file, session.execution().orElseThrow());
      other.restore(file);
      train(other, 1);

      assertThat(arrays(other)).isEqualTo(arrays(session));
    }
  }

  @Test
  void unknownNames_areRefused_andKnownOnesListed() throws IOException {
    assertThatThrownBy(() -> open(SMALL, "half"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("precision must be one of fp32, bf16, auto, but was \"half\"");

    Path file = folder.resolve("session.ckpt");
    try (TrainingSession session = open(SMALL, "auto")) {
      session.save(file, Map.of());
      setExecution(file, "int8");
      assertThatThrownBy(() -> session.restore(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(
              file
                  + ": execution must be one of [fp32, fp32 channels-last, bf16 channels-last], but"
                  + " was \"int8\"");
    }
  }
}
