// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.testkit.graph.EngineProviderContract;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class Dl4jTrainingProviderTest extends EngineProviderContract {

  @Override
  protected TrainingProvider provider() {
    return new Dl4jTrainingProvider();
  }

  @Test
  void serviceLoader_findsTheProvider() {
    assertThat(TrainingProvider.forNetwork("srcnn")).isInstanceOf(Dl4jTrainingProvider.class);
  }

  @ParameterizedTest
  @CsvSource({"9-1-5, 6", "9-3-5, 7", "9-5-5, 8"})
  void srcnn_looksAsFarAsItsKernels(String kernels, int halo) {
    try (TrainingSession session = open("srcnn(kernels=" + kernels + ")", 2)) {
      assertThat(session.info().halo()).hasValue(halo);
      assertThat(session.info().isPreupscaled()).isTrue();
      assertThat(session.info().color()).isEqualTo(ModelInfo.Color.LUMA);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void compact_hasTheDocumentedShape(int scale) {
    try (TrainingSession session = open("compact", scale)) {
      int first = 9 * 32 + 32;
      int middle = 6 * (9 * 32 * 32 + 32);
      int last = 9 * 32 * scale * scale + scale * scale;
      assertThat(session.parameters()).isEqualTo(first + middle + last);
      assertThat(session.info().halo()).hasValue(8);
      assertThat(session.info().isPreupscaled()).isFalse();
    }
  }

  /** Deviations of 81, 64 and 800 weights for each output; he: the root of 2 / their number. */
  @ParameterizedTest
  @CsvSource({"small, 0.001, 0.001, 0.001", "he, 0.1571, 0.1768, 0.005"})
  void srcnn_beginsWithWeightsOfADeviation(
      String init, double conv1, double conv2, double conv3, @TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("first.ckpt");
    try (TrainingSession session = open("srcnn(init=" + init + ")", 2)) {
      session.save(file, Map.of());
    }
    Map<String, Tensor> arrays = Npz.read(file, new HashMap<>());
    assertThat(deviation(arrays.get("conv1.weight"))).isCloseTo(conv1, withinPercentage(5));
    assertThat(deviation(arrays.get("conv2.weight"))).isCloseTo(conv2, withinPercentage(5));
    assertThat(deviation(arrays.get("conv3.weight"))).isCloseTo(conv3, withinPercentage(10));
  }

  private static double deviation(Tensor weights) {
    double sum = 0;
    for (float weight : weights.samples()) {
      sum += weight * weight;
    }
    return Math.sqrt(sum / weights.samples().length);
  }

  /** An image without detail stays what it is up to its edges, whatever its size. */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 9", "40, 3"})
  void srcnn_extendsTheImageByItsOutermostPixels(int width, int height) {
    float[] gray = new float[width * height];
    Arrays.fill(gray, 0.5f);
    try (TrainingSession session = open("srcnn(kernels=9-5-5)", 2);
        BlockUpscaler snapshot = session.snapshot()) {
      float[] samples = snapshot.upscale(FloatImage.wrap(1, height, width, gray)).samples();
      for (float sample : samples) {
        assertThat(sample).isCloseTo(samples[0], within(1e-7f));
      }
    }
  }

  @Test
  void networkThatLooksAtTheWholeImage_namesWhatDoes() {
    try (TrainingSession session = open("imdn(blocks=1, features=16)", 2)) {
      assertThat(session.info().halo()).isEmpty();
      assertThat(session.info().globalOperator()).hasValue("reduce_mean");
    }
  }

  /** One set of weights serves all scales of a network that is given the enlarged image. */
  @Test
  void vdsr_readsACheckpointOfAnotherScale(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x2.ckpt");
    try (TrainingSession two = open("vdsr(layers=3, features=4)", 2);
        TrainingSession four = open("vdsr(layers=3, features=4)", 4)) {
      two.step(Noise.batch(two, 1), 1e-3);
      two.save(file, Map.of());
      four.restore(file);

      FloatImage image = TestImages.noise(1, 9, 7, 1);
      try (BlockUpscaler expected = two.snapshot();
          BlockUpscaler actual = four.snapshot()) {
        assertThat(actual.upscale(image).samples()).isEqualTo(expected.upscale(image).samples());
      }
    }
  }

  @Test
  void checkpointOfAnotherScale_isRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x2.ckpt");
    try (TrainingSession two = open("espcn", 2);
        TrainingSession four = open("espcn", 4)) {
      two.save(file, Map.of());

      assertThatThrownBy(() -> four.restore(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageEndingWith("must be a checkpoint of espcn x4, but is one of espcn x2");
    }
  }

  @Test
  void sgd_withMomentum_lowersTheLossToo() {
    try (TrainingSession session =
        provider()
            .open(
                TrainingSetup.of("compact(features=4, layers=1)", 2, Losses.mse())
                    .optimizer(Optimizer.parse("sgd")))) {
      var batch = Noise.batch(session, 1);
      double first = session.step(batch, 1e-2);
      for (int i = 0; i < 20; i++) {
        session.step(batch, 1e-2);
      }
      assertThat(session.step(batch, 1e-2)).isLessThan(first);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "srcnn(kernels=7-1-5) | kernels of srcnn must be one of 9-1-5, 9-3-5, 9-5-5, but was"
            + " \"7-1-5\"",
        "srcnn(init=zero)     | init of srcnn must be one of small, he, but was \"zero\"",
        "srcnn(color=cmyk)    | color of srcnn must be luma or rgb, but was \"cmyk\"",
        "compact(features=0)  | features of compact must be a whole number within 1 to 512, but was"
            + " 0",
        "espcn(features=8)    | espcn has no argument \"features\"; it has activation, layers",
        "imdn(features=24)    | features of imdn must be a multiple of 16, but was 24",
        "johnson(norm=layer)  | norm of johnson must be batch or instance, but was \"layer\"",
        "mdsr(scales=3-4)     | scale of mdsr must be one of its scales, 3-4, but was 2",
        "mdsr(scales=2-2)     | scales of mdsr must be different numbers within 2 to 8 such as"
            + " 2-3-4, but was \"2-2\"",
        "mdsr(scales=1-2)     | scales of mdsr must be different numbers within 2 to 8 such as"
            + " 2-3-4, but was \"1-2\"",
        "rcan(reduction=24)   | features of rcan must be a multiple of 24, but was 64",
        "compact(depth=3)     | compact has no argument \"depth\"; it has expansion, features,"
            + " layers",
      })
  void wrongArguments_areRefused(String network, String message) {
    assertThatThrownBy(() -> open(network, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network: " + message);
  }

  @Test
  void bf16_isRefused_withTheEngineThatHasIt_andAutoIsFp32() {
    TrainingSetup setup = TrainingSetup.of("espcn", 2, Losses.l1());
    assertThatThrownBy(() -> provider().open(setup.precision("bf16")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("precision of the engine dl4j must be fp32 or auto")
        .hasMessageContaining("torch");
    try (TrainingSession session = provider().open(setup.precision("auto"))) {
      assertThat(session.execution()).isEmpty();
    }
  }

  @Test
  void scaleThatNoNetworkHas_isRefused() {
    assertThatThrownBy(() -> open("compact", 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network: scale of compact must be within 1 to 8, but was 9");
  }

  @Test
  void patchSmallerThanAnUnpaddedNetworkLoses_isRefused() {
    try (TrainingSession session = open("srcnn", 2)) {
      assertThatThrownBy(() -> session.step(Noise.batch(session, 1, 12), 1e-3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "patches must be larger than 12x12 pixels for a network that trains without padding,"
                  + " but were 12x12 (width x height)");
    }
  }

  @Test
  void scaleThatHalvesDoNotReach_isRefused() {
    assertThatThrownBy(() -> open("johnson", 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network: scale of johnson must be 1, 2, 4 or 8, but was 3");
  }

  @Test
  void batchesOfChangingSizes_trainAsOneWould() {
    try (TrainingSession session = open("compact(features=4, layers=1)", 2)) {
      for (int size : new int[] {16, 9, 16, 24}) {
        assertThat(session.step(Noise.batch(session, 2, size), 1e-3)).isFinite();
      }
    }
  }

  private TrainingSession open(String network, int scale) {
    return provider().open(TrainingSetup.of(network, scale, Losses.mse()));
  }
}
