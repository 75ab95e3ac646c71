// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link Upscaler} on networks in ONNX Runtime. */
final class OnnxUpscalerTest {

  private static Upscaler.Builder upscaler(OnnxFile file) {
    return Upscaler.builder().model(TestModels.model(file)).device(Device.cpu()).threads(2);
  }

  private static FloatImage noise(int channels, int width, int height) {
    Random random = new Random(width * 31L + height);
    float[] samples = new float[channels * height * width];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat();
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  private static float worst(FloatImage a, FloatImage b) {
    assertThat(a.toString()).isEqualTo(b.toString());
    float worst = 0;
    for (int i = 0; i < a.samples().length; i++) {
      worst = Math.max(worst, Math.abs(a.samples()[i] - b.samples()[i]));
    }
    return worst;
  }

  @ParameterizedTest(name = "{0} channels, x{1}, {2} layers, {3}x{4}, tiles of {5}")
  @CsvSource({
    "1, 2, 2, 97, 61, 16",
    "1, 3, 3, 31, 33, 32",
    "1, 2, 4, 16, 64, 16",
    "3, 2, 2, 61, 97, 24",
    "3, 4, 3, 33, 17, 16",
    "3, 2, 2, 1, 70, 16"
  })
  void tiled_equalsWhole(int channels, int scale, int layers, int width, int height, int tileSize) {
    OnnxFile file =
        TestModels.convolutions(channels, scale, 8, layers, 5).metadata("halo=" + layers);
    FloatImage image = noise(3, width, height);
    try (Upscaler whole = upscaler(file).build();
        Upscaler tiled = upscaler(file).tileSize(tileSize).build()) {
      assertThat(worst(tiled.upscale(image), whole.upscale(image))).isLessThan(1e-5f);
    }
  }

  @Test
  void greatestTileSize_ofPreupscaledNetwork_isThatOfTheWhole() {
    OnnxFile file = TestModels.plus(0, 1).metadata("scale=3", "preupscale=bicubic");
    FloatImage image = noise(1, 20, 20);
    try (Upscaler whole = upscaler(file).build();
        Upscaler tiled = upscaler(file).tileSize(Integer.MAX_VALUE).build()) {
      assertThat(tiled.upscale(image).samples()).isEqualTo(whole.upscale(image).samples());
    }
  }

  @Test
  void blockWhoseResultExceedsABuffer_isRefusedBeforeItRuns() {
    try (BlockUpscaler network =
        OnnxModelReader.open(TestModels.model(TestModels.nearest(1, 16)), Device.cpu(), 1)) {
      assertThatThrownBy(() -> network.upscale(noise(1, 1500, 1500)))
          .isInstanceOf(SuperResolutionException.class)
          .hasMessage(
              "test.onnx: a block of 1500x1500 (width x height) would make tensors of more than"
                  + " 536870911 samples; upscale in smaller tiles");
    }
  }

  @ParameterizedTest(name = "{0} channels, x{1}, {2}x{3}, tiles of {4}")
  @CsvSource({"1, 2, 53, 41, 16", "1, 4, 17, 33, 16", "3, 3, 33, 19, 16"})
  void preupscaled_tiledEqualsWhole(int channels, int scale, int width, int height, int tileSize) {
    OnnxFile file =
        TestModels.convolutions(channels, 1, 8, 3, 5)
            .metadata("scale=" + scale, "preupscale=bicubic", "halo=3");
    FloatImage image = noise(3, width, height);
    try (Upscaler whole = upscaler(file).build();
        Upscaler tiled = upscaler(file).tileSize(tileSize).build()) {
      assertThat(worst(tiled.upscale(image), whole.upscale(image))).isLessThan(1e-5f);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"1, true", "255, false"})
  void reusableArray_holdsTheResult_ofPlainTensors(String range, boolean isReused) {
    OnnxFile file = TestModels.convolutions(3, 2, 8, 2, 5).metadata("range=" + range);
    FloatImage image = noise(3, 19, 13);
    float[] reusable = new float[3 * 38 * 26];
    try (BlockUpscaler network = OnnxModelReader.open(TestModels.model(file), Device.cpu(), 1)) {
      FloatImage expected = network.upscale(image);
      for (int run = 0; run < 2; run++) {
        FloatImage actual = network.upscale(image, reusable);
        assertThat(actual.samples() == reusable).isEqualTo(isReused);
        assertThat(worst(actual, expected)).isZero();
      }
      assertThat(worst(network.upscale(image, new float[7]), expected)).isZero();
    }
  }

  @Test
  void tooSmallAHalo_makesSeams_soTheTestsAboveCanFail() {
    OnnxFile file = TestModels.convolutions(3, 2, 8, 4, 5);
    FloatImage image = noise(3, 64, 64);
    BlockUpscaler network = OnnxModelReader.open(TestModels.model(file), Device.cpu(), 1);
    try (Upscaler whole = upscaler(file).build();
        Upscaler tiled = Upscaler.of(new Shortsighted(network), 16)) {
      assertThat(worst(tiled.upscale(image), whole.upscale(image))).isGreaterThan(1e-3f);
    }
  }

  /** A network that declares a halo of 1, whatever it is. */
  private record Shortsighted(BlockUpscaler network) implements BlockUpscaler {

    @Override
    public ModelInfo info() {
      return ModelInfo.builder(network.info().name(), network.info().scale()).halo(1).build();
    }

    @Override
    public Device.Report device() {
      return network.device();
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      return network.upscale(block);
    }

    @Override
    public void close() {
      network.close();
    }
  }

  @Test
  void nearest_repeatsPixels() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    image.setRGB(2, 1, 0x123456);

    try (Upscaler upscaler = upscaler(TestModels.nearest(3, 3)).build()) {
      BufferedImage result = upscaler.upscale(image);
      assertThat(result.getWidth()).isEqualTo(9);
      assertThat(result.getHeight()).isEqualTo(6);
      assertThat(result.getRGB(6, 3)).isEqualTo(0xff123456);
      assertThat(result.getRGB(8, 5)).isEqualTo(0xff123456);
      assertThat(result.getRGB(5, 3)).isEqualTo(0xff000000);
    }
  }

  @Test
  void outputThatIsNotFinite_isRefused() {
    OnnxFile file =
        TestModels.plus(Float.NaN, 3).metadata("range=1", "scale=1", "preupscale=none", "halo=0");

    try (Upscaler upscaler = upscaler(file).build()) {
      assertThatThrownBy(() -> upscaler.upscale(noise(3, 5, 4)))
          .hasMessageStartingWith("test.onnx: the network's output is NaN or infinite in the tile");
    }
  }

  @Test
  void sharedInstance_givesEveryThreadTheSameResult() throws Exception {
    OnnxFile file = TestModels.convolutions(1, 2, 8, 3, 5).metadata("halo=3");
    List<FloatImage> images = List.of(noise(3, 50, 40), noise(3, 31, 70), noise(3, 80, 80));
    ExecutorService callers = Executors.newFixedThreadPool(4);
    try (Upscaler upscaler = upscaler(file).tileSize(32).build()) {
      List<FloatImage> expected = images.stream().map(upscaler::upscale).toList();
      List<Future<FloatImage>> results = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        FloatImage image = images.get(i % images.size());
        results.add(callers.submit(() -> upscaler.upscale(image)));
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get().samples())
            .isEqualTo(expected.get(i % images.size()).samples());
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void close_whileOthersRun_neverCrashes() throws Exception {
    FloatImage block = noise(1, 64, 64);
    ExecutorService callers = Executors.newFixedThreadPool(3);
    try {
      for (int round = 0; round < 10; round++) {
        BlockUpscaler network =
            OnnxModelReader.open(
                TestModels.model(TestModels.convolutions(1, 2, 16, 3, 5)), Device.cpu(), 1);
        List<Future<Integer>> runs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          runs.add(
              callers.submit(
                  () -> {
                    for (int count = 0; ; count++) {
                      try {
                        network.upscale(block);
                      } catch (IllegalStateException e) {
                        assertThat(e).hasMessage("test.onnx is closed");
                        return count;
                      }
                    }
                  }));
        }
        network.upscale(block);
        network.close();
        network.close();
        for (Future<Integer> run : runs) {
          assertThat(run.get()).isNotNegative();
        }
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void blockOfOtherChannels_isRefused() {
    try (BlockUpscaler network =
        OnnxModelReader.open(TestModels.model(TestModels.nearest(3, 2)), Device.cpu(), 1)) {
      assertThatThrownBy(() -> network.upscale(noise(1, 4, 4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("block must have 3 channels for test.onnx, but had 1");
    }
  }
}
