// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import static io.github.sr4j.internal.testing.TestImages.assertClose;
import static io.github.sr4j.internal.testing.TestImages.noise;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.ModelInfo.Edges;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.FilterNetwork;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiles make what the network makes of the whole image, for networks and sizes drawn at random. */
final class TilesPropertyTest {

  private static final double TOLERANCE = 1e-5; // sums of some hundred products, in another order

  private final RowExecutor executor = new RowExecutor(2);

  @AfterEach
  void close() {
    executor.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void tiled_equalsWhole(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 25; i++) {
      check(random);
    }
  }

  private void check(Random random) {
    int scale = 1 + random.nextInt(3);
    int radius = random.nextInt(5);
    int alignment = random.nextBoolean() ? 1 : 1 + random.nextInt(5);
    int halo = radius + alignment - 1;
    ModelInfo.Builder info =
        ModelInfo.builder("filter", scale)
            .color(random.nextBoolean() ? Color.LUMA : Color.RGB)
            .halo(halo)
            .alignment(alignment);
    // Up to a lost edge of all of the radius: some convolutions are padded, others are not.
    int lostEdge = random.nextBoolean() ? 0 : random.nextInt(scale * radius + 1);
    info.lostEdge(lostEdge);
    boolean hasWidth = random.nextInt(3) == 0;
    boolean hasHeight = random.nextInt(3) == 0;
    int block = (2 * (halo + alignment) + 2 + random.nextInt(20)) / alignment * alignment;
    ModelInfo free = info.build();
    if (hasWidth) {
      info.blockWidth(block + alignment);
    }
    if (hasHeight) {
      info.blockHeight(block + 2 * alignment);
    }
    OptionalInt tileSize =
        hasWidth && hasHeight ? OptionalInt.empty() : OptionalInt.of(16 + random.nextInt(20));
    Edges edges = List.of(Edges.values()).get(random.nextInt(3));
    FilterNetwork network = FilterNetwork.of(info, radius);
    FloatImage image = noise(free.channels(), 1 + random.nextInt(60), 1 + random.nextInt(60));

    FloatImage tiled =
        new TiledNetwork(
                network,
                new NetworkSettings(
                    tileSize,
                    OptionalInt.empty(),
                    OptionalLong.empty(),
                    false,
                    1,
                    OptionalDouble.empty(),
                    edges),
                executor)
            .upscale(image, new UpscaleCall(1, Optional.empty()));

    assertClose(
        tiled,
        whole(
            image,
            radius,
            free,
            edges != Edges.REPLICATE,
            hasWidth || lostEdge > 0 || edges != Edges.NETWORK,
            hasHeight || lostEdge > 0 || edges != Edges.NETWORK),
        TOLERANCE);
  }

  /**
   * Returns the network's result for the whole image, extended where it must be: by its mirror
   * image, or by the samples of its edges.
   */
  private static FloatImage whole(
      FloatImage image,
      int radius,
      ModelInfo info,
      boolean mirrors,
      boolean extendsX,
      boolean extendsY) {
    int context = info.halo().getAsInt();
    int alignment = info.alignment();
    int before = (context + alignment - 1) / alignment * alignment;
    int left = extendsX ? before : 0;
    int top = extendsY ? before : 0;
    int width = up(left + image.width() + (extendsX ? context : 0), alignment);
    int height = up(top + image.height() + (extendsY ? context : 0), alignment);
    float[] samples = new float[image.channels() * height * width];
    for (int i = 0; i < samples.length; i++) {
      samples[i] =
          image.sample(
              i / width / height,
              seen(i % width - left, image.width(), mirrors && extendsX),
              seen(i / width % height - top, image.height(), mirrors && extendsY));
    }
    FloatImage extended = FloatImage.wrap(image.channels(), height, width, samples);
    ModelInfo.Builder free =
        ModelInfo.builder("filter", info.scale())
            .color(info.color())
            .alignment(alignment)
            .halo(context);
    int scale = info.scale();
    return FilterNetwork.of(free, radius)
        .upscale(extended)
        .crop(left * scale, top * scale, image.width() * scale, image.height() * scale);
  }

  private static int seen(int place, int length, boolean isMirrored) {
    if (!isMirrored || length == 1) {
      return Math.min(place, length - 1) < 0 ? 0 : Math.min(place, length - 1);
    }
    int folded = place;
    while (folded < 0 || folded >= length) {
      folded = folded < 0 ? -folded : 2 * (length - 1) - folded;
    }
    return folded;
  }

  private static int up(int length, int alignment) {
    return (length + alignment - 1) / alignment * alignment;
  }
}
