// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The two training engines in one process: equal weights, equal losses, one format of checkpoints.
 */
final class EnginesIT {

  private static final double RATE = 1e-3;

  @TempDir private Path folder;

  @BeforeAll
  static void bothEngines() {
    assumeTrue(
        TrainingProvider.all().stream().anyMatch(provider -> provider.name().equals("torch")),
        "LibTorch is built with -Ptorch only");
  }

  private static TrainingSession open(String engine, TrainingSetup setup) {
    return TrainingProvider.all().stream()
        .filter(provider -> provider.name().equals(engine))
        .findFirst()
        .orElseThrow()
        .open(setup);
  }

  private static TrainingSetup setup(String network, String optimizer) {
    return TrainingSetup.of(network, 2, Losses.parse("l1 + 0.1*ssim"))
        .optimizer(Optimizer.parse(optimizer))
        .averaging(0.9)
        .seed(5);
  }

  private static PatchBatch batch(TrainingSession session, int number) {
    int channels = session.info().channels();
    int scale = session.info().blockScale();
    PatchBatch.Shape input = new PatchBatch.Shape(2, channels, 24, 24);
    PatchBatch.Shape target = new PatchBatch.Shape(2, channels, 24 * scale, 24 * scale);
    float[] low = new float[input.size()];
    float[] high = new float[target.size()];
    for (int i = 0; i < 2; i++) {
      float[] scene =
          TestImages.scene(channels, target.width(), target.height(), 2L * number + i).samples();
      System.arraycopy(scene, 0, high, i * scene.length, scene.length);
      for (int s = 0; s < low.length / 2; s++) {
        int row = s / 24;
        low[i * low.length / 2 + s] = scene[row * scale * 24 * scale + s % 24 * scale];
      }
    }
    return new PatchBatch(input, low, target, high);
  }

  private static FloatImage output(TrainingSession session) {
    try (BlockUpscaler snapshot = session.snapshot()) {
      return snapshot.upscale(TestImages.noise(session.info().channels(), 12, 16, 1));
    }
  }

  private static double difference(FloatImage a, FloatImage b) {
    double max = 0;
    for (int i = 0; i < a.samples().length; i++) {
      max = Math.max(max, Math.abs(a.samples()[i] - b.samples()[i]));
    }
    return max;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compact(features=8, layers=2, expansion=2) | adam",
        "edsr(blocks=1, features=8) | adamw",
        "espcn | sgd",
        "fsrcnn(features=12, shrunk=4, layers=1) | adam",
        "imdn(blocks=1, features=16) | adam",
        "rcan(groups=1, blocks=1, features=8, reduction=4) | adam",
        "srcnn | adam",
        "srresnet(blocks=1, features=4) | adam",
        "vdsr(layers=4, features=8) | sgd(weight_decay=1e-4)",
      })
  void firstLosses_areEqual(String network, String optimizer) {
    TrainingSetup setup = setup(network, optimizer);
    try (TrainingSession dl4j = open("dl4j", setup);
        TrainingSession torch = open("torch", setup)) {
      assertThat(difference(output(torch), output(dl4j))).isLessThan(1e-5);
      for (int step = 0; step < 5; step++) {
        double expected = dl4j.step(batch(dl4j, step), RATE);
        assertThat(torch.step(batch(torch, step), RATE))
            .as("loss of step %s", step)
            .isCloseTo(expected, withinPercentage(0.01));
      }
      assertThat(difference(output(torch), output(dl4j))).isLessThan(1e-4);
    }
  }

  /** Weights, average, statistics and the state of the optimizer, in both directions. */
  @ParameterizedTest
  @CsvSource({"dl4j, torch, adam", "torch, dl4j, adam", "dl4j, torch, sgd", "torch, dl4j, sgd"})
  void checkpointOfOneEngine_isContinuedByTheOther(String first, String second, String optimizer)
      throws IOException {
    Path file = folder.resolve("session.ckpt");
    Path again = folder.resolve("again.ckpt");
    TrainingSetup setup = setup("srresnet(blocks=1, features=4)", optimizer);
    try (TrainingSession one = open(first, setup);
        TrainingSession other = open(second, setup.seed(6));
        TrainingSession back = open(first, setup.seed(7))) {
      for (int step = 0; step < 3; step++) {
        one.step(batch(one, step), RATE);
      }
      one.save(file, Map.of("step", "3"));
      assertThat(other.restore(file)).isEqualTo(Map.of("step", "3"));
      other.save(again, Map.of("step", "3"));
      assertThat(again).as("saved by %s", second).hasSameBinaryContentAs(file);
      back.restore(again);

      assertThat(difference(output(other), output(one))).isLessThan(1e-5);
      double expected = one.step(batch(one, 3), RATE);
      assertThat(back.step(batch(one, 3), RATE)).isEqualTo(expected);
      for (int step = 3; step < 6; step++) {
        assertThat(other.step(batch(other, step), RATE))
            .isCloseTo(
                step == 3 ? expected : one.step(batch(one, step), RATE), withinPercentage(0.01));
      }
    }
  }
}
