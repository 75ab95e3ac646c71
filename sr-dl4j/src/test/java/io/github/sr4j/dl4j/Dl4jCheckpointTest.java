// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of sessions, damaged and foreign ones. */
final class Dl4jCheckpointTest {

  private static final TrainingSetup SMALL =
      TrainingSetup.of("compact(features=4, layers=1)", 2, Losses.mse())
          .optimizer(Optimizer.parse("sgd(momentum=0)"));

  @TempDir private Path folder;

  private static TrainingSession open(TrainingSetup setup) {
    return new Dl4jTrainingProvider().open(setup);
  }

  @Test
  void weightsThatAreNotFinite_areTheFilesFault() throws IOException {
    Path file = folder.resolve("nan.ckpt");
    try (TrainingSession session = open(SMALL)) {
      session.save(file, Map.of());
      change(file, arrays -> arrays.get("conv1.weight").samples()[7] = Float.NEGATIVE_INFINITY);
      for (ThrowingCallable read :
          List.<ThrowingCallable>of(() -> session.restore(file), () -> session.initialize(file))) {
        assertThatThrownBy(read)
            .isInstanceOf(ModelFormatException.class)
            .hasMessage(
                file + ": weights must be finite, but \"conv1.weight\" has the value -Infinity");
      }
    }
  }

  private static void change(Path file, Consumer<Map<String, Tensor>> change) throws IOException {
    Map<String, String> texts = new HashMap<>();
    Map<String, Tensor> arrays = Npz.read(file, texts);
    change.accept(arrays);
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, texts);
    }
  }

  @Test
  void checkpointOfOtherLayers_saysWhichDiffer() throws IOException {
    Path file = folder.resolve("layers.ckpt");
    try (TrainingSession session = open(SMALL)) {
      session.save(file, Map.of());
      change(
          file, arrays -> arrays.put("conv1.expand", requireNonNull(arrays.remove("conv1.bias"))));
      assertThatThrownBy(() -> session.restore(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(
              "was written by a version of SR4J with other layers: the file lacks conv1.bias, and"
                  + " this version does not know conv1.expand");
    }
  }

  @Test
  void fileOfManyArrays_isRefusedInAShortSentence() throws IOException {
    Path file = folder.resolve("many.npz");
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    for (int i = 0; i < 20_000; i++) {
      arrays.put("layer" + i + ".weight", Tensor.of(Shape.of(1), new float[1]));
    }
    LossFiles.write(file, arrays);
    try (TrainingSession session = open(SMALL)) {
      for (ThrowingCallable read :
          List.<ThrowingCallable>of(() -> session.restore(file), () -> session.initialize(file))) {
        assertThatThrownBy(read)
            .isInstanceOf(ModelFormatException.class)
            .hasMessageContainingAll("many.npz", "layer0.weight", "and 19992 more")
            .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
      }
    }
  }

  @Test
  void checkpointOfALaterVersion_isRefused() throws IOException {
    Path file = folder.resolve("later.ckpt");
    try (TrainingSession session = open(SMALL)) {
      session.save(file, Map.of());
      Map<String, String> texts = new HashMap<>();
      Map<String, Tensor> arrays = Npz.read(file, texts);
      texts.replaceAll((name, text) -> text.replace("session.version=1", "session.version=2"));
      try (OutputStream out = Files.newOutputStream(file)) {
        Npz.write(out, arrays, texts);
      }
      assertThatThrownBy(() -> session.restore(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(
              "later.ckpt: must be a checkpoint of version 1, but is of version 2");
    }
  }

  /** A file cannot be read as another than was written, wherever one bit of it has changed. */
  @Test
  void anyChangedBit_isFound_orIsWithoutMeaning() throws IOException {
    Path file = folder.resolve("bits.ckpt");
    Path again = folder.resolve("again.ckpt");
    try (TrainingSession session = open(SMALL.optimizer(Optimizer.parse("adam")).averaging(0.5));
        TrainingSession other =
            open(SMALL.optimizer(Optimizer.parse("adam")).averaging(0.5).seed(2))) {
      session.step(Noise.batch(session, 1, 8), 1e-3);
      session.save(file, Map.of("step", "1"));
      byte[] good = Files.readAllBytes(file);
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 300; i++) {
        byte[] bad = good.clone();
        int position = random.nextInt(bad.length);
        bad[position] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bad);
        try {
          Map<String, String> properties = other.restore(file);
          other.save(again, properties);
          assertThat(again).as("byte %s", position).hasBinaryContent(good);
        } catch (ModelFormatException e) {
          assertThat(e).hasMessageContaining("bits.ckpt");
        }
      }
    }
  }
}
