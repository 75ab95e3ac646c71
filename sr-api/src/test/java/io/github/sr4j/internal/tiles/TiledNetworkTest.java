// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import static io.github.sr4j.internal.testing.TestImages.assertClose;
import static io.github.sr4j.internal.testing.TestImages.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.ModelInfo.Edges;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.testing.TestImages;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TiledNetworkTest {

  private final RowExecutor executor = new RowExecutor(2);

  @AfterEach
  void close() {
    executor.close();
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

    assertClose(tiled(network, tileSize).upscale(image, call()), network.upscale(image), 0);
  }

  @ParameterizedTest(name = "{0}x{1}, alignment {2}")
  @CsvSource({"1, 1, 8", "37, 29, 4", "40, 32, 8", "5, 70, 3"})
  void aligned_tiledEqualsWhole(int width, int height, int alignment) {
    FilterNetwork network = FilterNetwork.aligned(3, 2, alignment);
    FloatImage image = noise(3, width, height);

    assertClose(
        tiled(network, 16).upscale(image, call()), whole(network).upscale(image, call()), 0);
  }

  @Test
  void preupscaled_isTiledByLowResolutionPixels() {
    FilterNetwork network = FilterNetwork.preupscaled(Color.LUMA, 4, 2);
    FloatImage image = noise(1, 128, 64); // of the network's input: 32x16 in low resolution

    FloatImage result = tiled(network, 16).upscale(image, call());

    assertThat(network.blocks).hasValue(2);
    assertClose(result, network.upscale(image), 0);
  }

  @Test
  void smallImage_isNotCutByDefault() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 1, 0);

    whole(network).upscale(noise(1, 1000, 393), call());

    assertThat(network.blocks).hasValue(1);
  }

  @Test
  void largeImage_isCutByDefault() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 1, 0);

    whole(network).upscale(noise(1, 1025, 1024), call());

    assertThat(network.blocks).hasValue(3 * 2);
  }

  @Test
  void tilesOfLargeHalo_areLargerByDefault() {
    TiledNetwork network = whole(FilterNetwork.of(Color.LUMA, 1, 20));

    assertThat(network.tiles(new Size(2048, 2048))).isEqualTo(3 * 3);
    assertThat(whole(FilterNetwork.of(Color.LUMA, 1, 500)).tiles(new Size(2048, 2048)))
        .isEqualTo(2 * 2);
  }

  @Test
  void networkWithoutHalo_alwaysSeesTheWholeImage() {
    FilterNetwork network = FilterNetwork.withoutHalo(1);

    whole(network).upscale(noise(3, 1025, 1024), call());

    assertThat(network.blocks).hasValue(1);
  }

  @Test
  void tileSize_ofNetworkWithoutHalo_isRefused() {
    assertThatThrownBy(() -> tiled(FilterNetwork.withoutHalo(2), 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tileSize must not be set for filter, but was 64: the model declares no halo, so tiles"
                + " could not equal the whole image; approximateTiles allows tiles that are"
                + " blended");
  }

  @Test
  void tileSize_ofNetworkWithGlobalOperator_isRefusedWithItsName() {
    FilterNetwork network =
        FilterNetwork.of(
            ModelInfo.builder("filter", 2).globalOperator("InstanceNormalization in_1"), 1);

    assertThatThrownBy(() -> tiled(network, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "it has no halo because of InstanceNormalization in_1, so tiles could not equal the"
                + " whole image; approximateTiles");
  }

  @Test
  void tileSize_ofFixedShape_isRefused() {
    FilterNetwork network =
        FilterNetwork.of(ModelInfo.builder("filter", 2).halo(1).blockWidth(32).blockHeight(24), 1);

    assertThatThrownBy(() -> tiled(network, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tileSize must not be set for filter, but was 64: its blocks are always of 32x24 (width"
                + " x height)");
  }

  @Test
  void fixedShape_withoutRoomForTheHalo_isRefused() {
    FilterNetwork network =
        FilterNetwork.of(ModelInfo.builder("filter", 2).halo(16).blockWidth(32), 16);

    assertThatThrownBy(() -> whole(network))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "filter: blocks of 32xany (width x height) must be larger than a halo of 16 on each"
                + " side, so that something is left of them; export the model with larger blocks");
  }

  @Test
  void fixedShape_withoutRoomForTheHaloInStepsOfTheAlignment_isRefused() {
    FilterNetwork network =
        FilterNetwork.of(
            ModelInfo.builder("filter", 2).halo(5).blockWidth(224).blockHeight(224).alignment(128),
            5);

    assertThatThrownBy(() -> whole(network))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("a halo of 5 on each side, in steps of their alignment of 128, so");
  }

  @Test
  void fixedShape_withoutHalo_takesWhatFitsIntoIt_andRefusesMore() {
    FilterNetwork network =
        FilterNetwork.of(ModelInfo.builder("filter", 1).blockWidth(20).blockHeight(12), 1);

    assertThat(whole(network).upscale(noise(3, 20, 12), call()).width()).isEqualTo(20);
    assertThat(whole(network).upscale(noise(3, 1, 1), call()).width()).isEqualTo(1);
    assertThatThrownBy(() -> whole(network).upscale(noise(3, 21, 12), call()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the image must fit into a block of filter, 20x12 (width x height), but was 21x12: the"
                + " model declares no halo, so tiles could not equal the whole image;"
                + " approximateTiles allows tiles that are blended");
  }

  @ParameterizedTest(name = "{0}x{1}, tiles of {2}, overlap {3}, fixed {4}, alignment {5}")
  @CsvSource({
    "70, 50, 16, 4, 0, 1",
    "70, 50, 16, 40, 0, 1",
    "33, 100, 16, 1, 0, 8",
    "65, 44, 0, 8, 24, 1",
    "65, 44, 0, 8, 24, 4",
    "24, 25, 0, 8, 24, 1"
  })
  void approximateTiles_ofNetworkThatLooksNowhere_areExact(
      int width, int height, int tileSize, int overlap, int fixed, int alignment) {
    ModelInfo.Builder info = ModelInfo.builder("filter", 3).alignment(alignment);
    if (fixed > 0) {
      info.blockWidth(fixed).blockHeight(fixed);
    }
    BlockUpscaler network = nearest(info.build());
    TiledNetwork tiled =
        new TiledNetwork(
            network,
            new NetworkSettings(
                tileSize > 0 ? OptionalInt.of(tileSize) : OptionalInt.empty(),
                OptionalInt.of(overlap),
                OptionalLong.empty(),
                false,
                1,
                OptionalDouble.empty()),
            executor);
    FloatImage image = noise(3, width, height);

    assertThat(tiled.tiles(new Size(width, height))).isGreaterThan(1);
    assertClose(tiled.upscale(image, call()), TestImages.nearest(image, 3), 0);
  }

  @Test
  void approximateTiles_areBlendedLinearly() {
    AtomicInteger runs = new AtomicInteger();
    BlockUpscaler network =
        new DelegatingNetwork(FilterNetwork.withoutHalo(1)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            float[] samples = new float[3 * block.height() * block.width()];
            Arrays.fill(samples, runs.getAndIncrement());
            return FloatImage.wrap(3, block.height(), block.width(), samples);
          }
        };
    TiledNetwork tiled =
        new TiledNetwork(
            network,
            new NetworkSettings(
                OptionalInt.of(16),
                OptionalInt.of(4),
                OptionalLong.empty(),
                false,
                1,
                OptionalDouble.empty()),
            executor);

    FloatImage result = tiled.upscale(noise(3, 36, 1), call()); // tiles at 0..19 and 16..35

    float[] row = Arrays.copyOf(result.samples(), 36);
    assertThat(Arrays.copyOf(row, 16)).containsOnly(0);
    assertThat(Arrays.copyOfRange(row, 16, 20)).containsExactly(0.125f, 0.375f, 0.625f, 0.875f);
    assertThat(Arrays.copyOfRange(row, 20, 36)).containsOnly(1);
  }

  @Test
  void overlap_tooLargeForTheBlock_isRefused() {
    FilterNetwork network =
        FilterNetwork.of(ModelInfo.builder("filter", 2).blockWidth(32).blockHeight(32), 1);

    assertThatThrownBy(
            () ->
                new TiledNetwork(
                    network,
                    new NetworkSettings(
                        OptionalInt.empty(),
                        OptionalInt.of(32),
                        OptionalLong.empty(),
                        false,
                        1,
                        OptionalDouble.empty()),
                    executor))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "approximateTiles must be less than what a block of filter makes, 32 pixels of 32x32 (width x"
                + " height), but was 32");
  }

  @Test
  void selfEnsemble_isTheMeanOfTheEightTurns() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 2);
    FloatImage image = noise(3, 17, 11);
    float[] mean = new float[3 * 34 * 22];
    for (int turn = 0; turn < 8; turn++) {
      FloatImage turned = network.upscale(FlipsAndRotations.turned(image, turn));
      FloatImage back = FlipsAndRotations.turned(turned, FlipsAndRotations.inverse(turn));
      for (int i = 0; i < mean.length; i++) {
        mean[i] += back.samples()[i] / 8;
      }
    }

    FloatImage result = ensemble(network, OptionalInt.of(16)).upscale(image, call());

    assertClose(result, FloatImage.wrap(3, 22, 34, mean), 1e-6);
  }

  @Test
  void selfEnsemble_ofNetworkThatTurningDoesNotChange_isTheNetwork() {
    BlockUpscaler network = nearest(ModelInfo.builder("nearest", 2).halo(0).build());
    FloatImage image = noise(3, 37, 21);

    assertClose(
        ensemble(network, OptionalInt.of(16)).upscale(image, call()),
        TestImages.nearest(image, 2),
        1e-6);
  }

  @Test
  void selfEnsemble_ofBlocksThatCannotBeTurned_isRefused() {
    FilterNetwork network =
        FilterNetwork.of(ModelInfo.builder("filter", 2).halo(1).blockWidth(32).blockHeight(24), 1);

    assertThatThrownBy(() -> ensemble(network, OptionalInt.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "selfEnsemble must not be set for filter: its blocks are of 32x24 (width x height),"
                + " which cannot be turned");
  }

  private TiledNetwork ensemble(BlockUpscaler network, OptionalInt tileSize) {
    return new TiledNetwork(
        network,
        new NetworkSettings(
            tileSize, OptionalInt.empty(), OptionalLong.empty(), true, 1, OptionalDouble.empty()),
        executor);
  }

  private static BlockUpscaler nearest(ModelInfo info) {
    return new DelegatingNetwork(FilterNetwork.withoutHalo(1)) {
      @Override
      public ModelInfo info() {
        return info;
      }

      @Override
      public FloatImage upscale(FloatImage block) {
        return TestImages.nearest(block, info.scale());
      }
    };
  }

  @Test
  void memoryOfTiles_isUsedAgain() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);

    tiled(network, 16).upscale(noise(1, 160, 160), call());

    assertThat(network.blocks).hasValue(100);
    assertThat(network.reused).hasSize(3); // by how many edges are those of the image
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "-Infinity"})
  void outputThatIsNotFinite_isRefused_withItsTile(float value) {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 0);
    FloatImage image = noise(3, 40, 20);
    image.samples()[20 * 40 + 5 * 40 + 35] = value; // channel 1, column 35, row 5

    assertThatThrownBy(() -> tiled(network, 16).upscale(image, call()))
        .isExactlyInstanceOf(SuperResolutionException.class)
        .hasMessage(
            "filter: the network's output is NaN or infinite in the tile of 12x10 (width x height)"
                + " at column 28, row 0");
    assertThatThrownBy(() -> whole(network).upscale(image, call()))
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

    assertThatThrownBy(() -> whole(network).upscale(noise(1, 7, 5), call()))
        .isExactlyInstanceOf(SuperResolutionException.class)
        .hasMessage(
            "filter: a block of 7x5 must become 1 x 10 x 14 (channels x height x width), but became"
                + " 1 x 5 x 7");
  }

  /** A network that takes 1000 bytes for each pixel. */
  private static ModelInfo.Builder hungry(int halo) {
    return ModelInfo.builder("filter", 2).halo(halo).bytesPerPixel(1000);
  }

  private TiledNetwork within(
      BlockUpscaler network, OptionalInt tileSize, OptionalInt overlap, long maxMemory) {
    return new TiledNetwork(
        network,
        new NetworkSettings(
            tileSize, overlap, OptionalLong.of(maxMemory), false, 1, OptionalDouble.empty()),
        executor);
  }

  /** Of what the network is given, with the most pixels that it was given at a time. */
  private static BlockUpscaler measured(BlockUpscaler network, AtomicInteger maxPixels) {
    return new DelegatingNetwork(network) {
      @Override
      public FloatImage upscale(FloatImage block) {
        maxPixels.accumulateAndGet(block.width() * block.height(), Math::max);
        return network.upscale(block);
      }
    };
  }

  @ParameterizedTest
  @CsvSource({"1, 200, 150", "10, 200, 150", "16, 90, 300", "3, 1200, 9"})
  void tiles_fitIntoTheMemory_withTheResultOfTheWhole(int halo, int width, int height) {
    FilterNetwork network = FilterNetwork.of(hungry(halo), 1);
    AtomicInteger maxPixels = new AtomicInteger();
    long memory = 8_000_000;
    FloatImage image = noise(3, width, height);

    FloatImage tiled =
        within(measured(network, maxPixels), OptionalInt.empty(), OptionalInt.empty(), memory)
            .upscale(image, call());

    assertThat(maxPixels.get()).isLessThanOrEqualTo((int) (memory / 1000)).isGreaterThan(500);
    assertClose(tiled, network.upscale(image), 1e-5);
  }

  @Test
  void memoryThatIsEnough_leavesTilesAsTheyAre() {
    FilterNetwork network = FilterNetwork.of(hungry(1), 1);
    TiledNetwork bounded = within(network, OptionalInt.empty(), OptionalInt.empty(), 1_000_000_000);

    assertThat(bounded.tiles(new Size(1000, 300)))
        .isEqualTo(whole(network).tiles(new Size(1000, 300)))
        .isEqualTo(1);
    assertThat(bounded.tiles(new Size(5000, 3000)))
        .isEqualTo(whole(network).tiles(new Size(5000, 3000)));
  }

  @Test
  void haloThatDoesNotFit_isRefusedWithWhatToDo_unlessTheImageFitsWhole() {
    FilterNetwork network = FilterNetwork.of(hungry(100), 1);
    TiledNetwork bounded =
        within(network, OptionalInt.empty(), OptionalInt.empty(), 10L << 20); // 10,485 pixels

    assertThatThrownBy(() -> bounded.upscale(noise(3, 200, 100), call()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "maxMemory must be at least 0.05 GB for tiles of filter, but was 0.01 GB: a tile of"
                + " 25x25 (width x height) is read with a halo of 100 pixels on each side;"
                + " approximateTiles allows tiles without it that are blended");
    FloatImage small = noise(3, 100, 100);
    assertClose(bounded.upscale(small, call()), network.upscale(small), 0);
    assertThatThrownBy(() -> within(network, OptionalInt.of(64), OptionalInt.empty(), 10L << 20))
        .hasMessageContaining("a tile of 64x64");
  }

  @Test
  void haloThatDoesNotFit_isLeftOut_ifTilesMayBeApproximate() {
    FilterNetwork network = FilterNetwork.of(hungry(100), 1);
    AtomicInteger maxPixels = new AtomicInteger();
    TiledNetwork bounded =
        within(measured(network, maxPixels), OptionalInt.empty(), OptionalInt.of(8), 10L << 20);
    FloatImage image = noise(3, 300, 200);

    // The filter looks one pixel far, and sees the edges of tiles only where they fade out.
    assertClose(bounded.upscale(image, call()), network.upscale(image), 0.2);
    assertThat(maxPixels.get()).isLessThanOrEqualTo(10_485);
    assertThat(bounded.reach().margin()).isEmpty();
  }

  @Test
  void approximateTiles_areExact_whereTheHaloFits() {
    TiledNetwork bounded =
        within(FilterNetwork.of(hungry(10), 1), OptionalInt.empty(), OptionalInt.of(8), 10L << 20);

    assertThat(bounded.reach().margin()).hasValue(10);
  }

  @Test
  void wholeImageThatDoesNotFit_isRefused() {
    FilterNetwork network = FilterNetwork.of(ModelInfo.builder("filter", 2).bytesPerPixel(1000), 1);
    TiledNetwork bounded = within(network, OptionalInt.empty(), OptionalInt.empty(), 10L << 20);

    bounded.upscale(noise(3, 100, 100), call());
    assertThatThrownBy(() -> bounded.upscale(noise(3, 200, 100), call()))
        .hasMessageStartingWith(
            "maxMemory must be at least 0.02 GB for an image of 200x100 (width x height), but was"
                + " 0.01 GB: the model declares no halo");
    FilterNetwork fixed = FilterNetwork.of(hungry(1).blockWidth(200).blockHeight(100), 1);
    assertThatThrownBy(() -> within(fixed, OptionalInt.empty(), OptionalInt.empty(), 10L << 20))
        .hasMessageStartingWith(
            "maxMemory must be at least 0.02 GB for filter, whose blocks are always of 200x100");
  }

  private TiledNetwork extended(BlockUpscaler network, Edges edges, OptionalLong maxMemory) {
    return new TiledNetwork(
        network,
        new NetworkSettings(
            OptionalInt.empty(),
            OptionalInt.of(8),
            maxMemory,
            false,
            1,
            OptionalDouble.empty(),
            edges),
        executor);
  }

  @ParameterizedTest
  @CsvSource({"REPLICATE, 1", "MIRROR, 1", "REPLICATE, 4", "MIRROR, 5"})
  void edges_extendSmallImages_withoutCuttingThem(Edges edges, int alignment) {
    FilterNetwork network =
        FilterNetwork.of(ModelInfo.builder("filter", 1).halo(9).alignment(alignment), 2);
    float[] ones = new float[3 * 23 * 37];
    Arrays.fill(ones, 1);
    FloatImage flat = FloatImage.wrap(3, 23, 37, ones);

    FloatImage result = extended(network, edges, OptionalLong.empty()).upscale(flat, call());

    assertThat(network.blocks).hasValue(1);
    for (int i = 0; i < ones.length; i++) { // the network's own padding is zero
      assertThat(result.samples()[i]).isEqualTo(result.sample(i / (23 * 37), 18, 11));
    }
  }

  @Test
  void edges_countForTheMemory() {
    FilterNetwork network = FilterNetwork.of(hungry(10), 1);
    AtomicInteger maxPixels = new AtomicInteger();
    OptionalLong memory = OptionalLong.of(10L << 20); // 10,485 pixels

    extended(measured(network, maxPixels), Edges.MIRROR, memory)
        .upscale(noise(3, 100, 100), call());

    assertThat(network.blocks.get()).isGreaterThan(1);
    assertThat(maxPixels.get()).isLessThanOrEqualTo(10_485);
  }

  @Test
  void edges_ofNetworkWithoutHalo_areRefused() {
    assertThatThrownBy(
            () -> extended(FilterNetwork.withoutHalo(2), Edges.MIRROR, OptionalLong.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "edges must be those of the network for filter, but was mirror: the model declares no"
                + " halo, by which images are extended");
    assertThatThrownBy(
            () ->
                extended(
                    FilterNetwork.of(hungry(100), 1), Edges.REPLICATE, OptionalLong.of(10L << 20)))
        .hasMessage(
            "edges must be those of the network for filter, but was replicate: its tiles are"
                + " blended, without a halo, by which images are extended");
  }

  private TiledNetwork tiled(BlockUpscaler network, int tileSize) {
    return new TiledNetwork(network, settings(OptionalInt.of(tileSize)), executor);
  }

  private TiledNetwork whole(BlockUpscaler network) {
    return new TiledNetwork(network, settings(OptionalInt.empty()), executor);
  }

  private static NetworkSettings settings(OptionalInt tileSize) {
    return new NetworkSettings(
        tileSize, OptionalInt.empty(), OptionalLong.empty(), false, 1, OptionalDouble.empty());
  }

  private static UpscaleCall call() {
    return new UpscaleCall(1, Optional.empty());
  }
}
