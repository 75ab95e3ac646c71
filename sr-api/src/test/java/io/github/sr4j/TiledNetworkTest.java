// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static io.github.sr4j.TestImages.assertClose;
import static io.github.sr4j.TestImages.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TiledNetworkTest {

  private final Bands bands = new Bands(2);

  @AfterEach
  void close() {
    bands.close();
  }

  @ParameterizedTest(name = "{0}x{1}, tiles of {2}, radius {3}")
  @CsvSource({
    "1, 1, 16, 2",
    "1, 40, 16, 2",
    "40, 1, 16, 2",
    "16, 16, 16, 1",
    "17, 15, 16, 1",
    "47, 33, 16, 3",
    "33, 20, 16, 20",
    "61, 59, 32, 2"
  })
  void tiled_equalsWhole(int width, int height, int tileSize, int radius) {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, radius);
    FloatImage image = noise(3, width, height);

    assertClose(tiled(network, tileSize).upscale(image, work()), network.upscale(image), 0);
  }

  @ParameterizedTest(name = "{0}x{1}, alignment {2}")
  @CsvSource({"1, 1, 8", "37, 29, 4", "40, 32, 8", "5, 70, 3"})
  void aligned_tiledEqualsWhole(int width, int height, int alignment) {
    FilterNetwork network = FilterNetwork.aligned(3, 2, alignment);
    FloatImage image = noise(3, width, height);

    assertClose(
        tiled(network, 16).upscale(image, work()), whole(network).upscale(image, work()), 0);
  }

  @Test
  void preupscaled_isTiledByLowResolutionPixels() {
    FilterNetwork network = FilterNetwork.preupscaled(Color.LUMA, 4, 2);
    FloatImage image = noise(1, 128, 64); // of the network's input: 32x16 in low resolution

    FloatImage result = tiled(network, 16).upscale(image, work());

    assertThat(network.blocks).hasValue(2);
    assertClose(result, network.upscale(image), 0);
  }

  @Test
  void smallImage_isNotCutByDefault() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 1, 0);

    whole(network).upscale(noise(1, 1024, 1024), work());

    assertThat(network.blocks).hasValue(1);
  }

  @Test
  void largeImage_isCutByDefault() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 1, 0);

    whole(network).upscale(noise(1, 1025, 1024), work());

    assertThat(network.blocks).hasValue(3 * 2);
  }

  @Test
  void networkWithoutHalo_alwaysSeesTheWholeImage() {
    FilterNetwork network = FilterNetwork.withoutHalo(1);

    whole(network).upscale(noise(3, 1025, 1024), work());

    assertThat(network.blocks).hasValue(1);
  }

  @Test
  void tileSize_ofNetworkWithoutHalo_isRefused() {
    assertThatThrownBy(() -> tiled(FilterNetwork.withoutHalo(2), 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tileSize must not be set for filter, but was 64: the model declares no halo, so tiles"
                + " could not equal the whole image. See docs/errors.md#no-halo");
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "-Infinity"})
  void outputThatIsNotFinite_isRefused_withItsTile(float value) {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 0);
    FloatImage image = noise(3, 40, 20);
    image.samples()[20 * 40 + 5 * 40 + 35] = value; // channel 1, column 35, row 5

    assertThatThrownBy(() -> tiled(network, 16).upscale(image, work()))
        .isExactlyInstanceOf(SuperResolutionException.class)
        .hasMessage(
            "filter: the network's output is NaN or infinite in the tile of 12x10 (width x height)"
                + " at column 28, row 0");
    assertThatThrownBy(() -> whole(network).upscale(image, work()))
        .isExactlyInstanceOf(SuperResolutionException.class)
        .hasMessageContaining("in the tile of 40x20 (width x height) at column 0, row 0");
  }

  @Test
  void blockOfWrongSize_isReported() {
    BlockUpscaler network =
        new DelegatingNetwork(FilterNetwork.of(Color.LUMA, 2, 0)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            return block;
          }
        };

    assertThatThrownBy(() -> whole(network).upscale(noise(1, 7, 5), work()))
        .isExactlyInstanceOf(SuperResolutionException.class)
        .hasMessage(
            "filter: a block of 7x5 must become 1 x 10 x 14 (channels x height x width), but became"
                + " 1 x 5 x 7");
  }

  private TiledNetwork tiled(BlockUpscaler network, int tileSize) {
    return new TiledNetwork(network, settings(OptionalInt.of(tileSize)), bands);
  }

  private TiledNetwork whole(BlockUpscaler network) {
    return new TiledNetwork(network, settings(OptionalInt.empty()), bands);
  }

  private static Pipeline.Settings settings(OptionalInt tileSize) {
    return new Pipeline.Settings(tileSize, OptionalInt.empty(), false, 1, OptionalDouble.empty());
  }

  private static Work work() {
    return new Work(1, Optional.empty());
  }
}
