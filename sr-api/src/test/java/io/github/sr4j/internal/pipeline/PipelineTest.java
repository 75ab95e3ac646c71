// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static io.github.sr4j.internal.testing.TestImages.assertClose;
import static io.github.sr4j.internal.testing.TestImages.noise;
import static io.github.sr4j.internal.testing.TestImages.photo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.ModelInfo.Edges;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.Coloring;
import io.github.sr4j.internal.rows.PixelKind;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.tiles.NetworkSettings;
import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PipelineTest {

  private static final float ROUNDING = 2e-6f; // a few float32 roundings of values about 1

  private final RowExecutor executor = new RowExecutor(2);

  @AfterEach
  void close() {
    executor.close();
  }

  private Pipeline pipeline(BlockUpscaler network, int passes) {
    return new Pipeline(
        network,
        new NetworkSettings(
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            false,
            passes,
            OptionalDouble.empty()),
        executor);
  }

  private static Reach reach(Pipeline pipeline) {
    Size size = new Size(8, 8);
    return pipeline.reach(size, size.scaledBy(pipeline.scale()), false, false);
  }

  private static boolean isGray(BufferedImage image) {
    return PixelKind.of(image).coloring() == Coloring.EQUAL_CHANNELS;
  }

  private static Upscaler.Builder builder() {
    return Upscaler.builder().threads(2);
  }

  @Test
  void passes_applyTheNetworkToItsOwnResult_inFloats() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 2);
    FloatImage image = noise(3, 13, 9);
    FloatImage expected = network.upscale(network.upscale(network.upscale(image)));

    try (Upscaler upscaler = builder().passes(3).build(network)) {
      assertThat(upscaler.scale()).isEqualTo(8);
      assertClose(upscaler.upscale(image), expected, ROUNDING);
    }
  }

  @ParameterizedTest
  @EnumSource(Edges.class)
  void edges_ofEachPass_areExtended_andStated(Edges edges) {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 3);
    FloatImage image = noise(3, 13, 9);
    FloatImage expected = extended(network, extended(network, image, edges), edges);

    try (Upscaler upscaler = builder().edges(edges).passes(2).build(network)) {
      assertThat(upscaler.info().edges()).isEqualTo(edges);
      assertThat(upscaler.info().halo()).hasValue(3);
      assertClose(upscaler.upscale(image), expected, ROUNDING);
    }
  }

  /** Returns the result of a network of halo 3 and scale 2 for an extended image, cropped. */
  private static FloatImage extended(FilterNetwork network, FloatImage image, Edges edges) {
    if (edges == Edges.NETWORK) {
      return network.upscale(image);
    }
    int width = image.width() + 6;
    int height = image.height() + 6;
    float[] samples = new float[3 * height * width];
    for (int i = 0; i < samples.length; i++) {
      int x = seen(i % width - 3, image.width(), edges);
      int y = seen(i / width % height - 3, image.height(), edges);
      samples[i] = image.sample(i / width / height, x, y);
    }
    return network
        .upscale(FloatImage.wrap(3, height, width, samples))
        .crop(6, 6, 2 * image.width(), 2 * image.height());
  }

  private static int seen(int place, int length, Edges edges) {
    int beyond = edges == Edges.REPLICATE ? 0 : Math.max(-place, place - (length - 1));
    return place < 0 ? beyond : place < length ? place : length - 1 - beyond;
  }

  @Test
  void edges_areSetOnce_andAreNotOfTheModelsFile() {
    assertThatThrownBy(() -> builder().edges(Edges.MIRROR).edges(Edges.MIRROR))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("edges was already set to MIRROR");
    try (Upscaler upscaler = builder().build(FilterNetwork.of(Color.RGB, 2, 3))) {
      assertThat(upscaler.info().edges()).isEqualTo(Edges.NETWORK);
    }
  }

  @Test
  void passes_ofPreupscaledNetwork_enlargeBeforeEach() {
    FilterNetwork network = FilterNetwork.preupscaled(Color.LUMA, 3, 1);
    FloatImage image = noise(1, 7, 5);
    FloatImage once = network.upscale(Resampling.bicubic(image, 21, 15));
    FloatImage twice = network.upscale(Resampling.bicubic(once, 63, 45));

    try (Upscaler upscaler = builder().passes(2).build(network)) {
      assertClose(upscaler.upscale(image), twice, ROUNDING);
    }
  }

  @Test
  void passes_ofLumaNetwork_enlargeChromaOnce() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);
    FloatImage rgb = noise(3, 11, 8);
    FloatImage ycbcr = Luma.toYcbcr(rgb);
    FloatImage expected = Resampling.bicubic(ycbcr, 44, 32);
    FloatImage luma = network.upscale(network.upscale(ycbcr.channel(0)));
    System.arraycopy(luma.samples(), 0, expected.samples(), 0, 44 * 32);

    try (Upscaler upscaler = builder().passes(2).build(network)) {
      assertClose(upscaler.upscale(rgb), Luma.toRgb(expected), ROUNDING);
    }
  }

  @ParameterizedTest
  @CsvSource({"1.5, 20, 11", "2.7, 35, 19", "0.4, 5, 3", "0.01, 1, 1", "2, 26, 14"})
  void factor_resamplesTheResultOfAnRgbNetwork(double factor, int width, int height) {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 1);
    FloatImage image = noise(3, 13, 7);
    FloatImage expected =
        factor == 2
            ? network.upscale(image)
            : Resampling.bicubic(network.upscale(image), width, height);

    try (Upscaler upscaler = builder().factor(factor).build(network)) {
      assertClose(upscaler.upscale(image), expected, ROUNDING);
    }
  }

  @Test
  void factor_resamplesLuma_andChromaFromTheOriginal() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);
    FloatImage rgb = noise(3, 13, 7);
    FloatImage ycbcr = Luma.toYcbcr(rgb);
    FloatImage expected = Resampling.bicubic(ycbcr, 20, 11);
    FloatImage luma = Resampling.bicubic(network.upscale(ycbcr.channel(0)), 20, 11);
    System.arraycopy(luma.samples(), 0, expected.samples(), 0, 20 * 11);

    try (Upscaler upscaler = builder().factor(1.5).build(network)) {
      assertClose(upscaler.upscale(rgb), Luma.toRgb(expected), ROUNDING);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_USHORT_GRAY,
        BufferedImage.TYPE_4BYTE_ABGR
      })
  void sizes_ofEveryKindOfImage(int type) {
    BufferedImage image = photo(type, 30, 20);
    UpscaleOptions options = UpscaleOptions.defaults();
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.LUMA, 2, 1))) {
      assertSize(upscaler.upscale(image), 60, 40, type);
      assertSize(upscaler.upscale(image, options.factor(2.7)), 81, 54, type);
      assertSize(upscaler.upscale(image, options.width(77)), 77, 51, type);
      assertSize(upscaler.upscale(image, options.height(7)), 11, 7, type);
      assertSize(upscaler.upscale(image, options.width(9).height(50)), 9, 50, type);
    }
  }

  private static void assertSize(BufferedImage image, int width, int height, int type) {
    assertThat(image.getWidth()).isEqualTo(width);
    assertThat(image.getHeight()).isEqualTo(height);
    assertThat(image.getType()).isEqualTo(type);
  }

  @Test
  void options_precedeTheFactorOfTheBuilder() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);
    BufferedImage image = photo(BufferedImage.TYPE_INT_RGB, 10, 10);
    try (Upscaler upscaler = builder().factor(1.5).build(network)) {
      assertThat(upscaler.upscale(image).getWidth()).isEqualTo(15);
      assertThat(upscaler.upscale(image, UpscaleOptions.defaults().factor(3)).getWidth())
          .isEqualTo(30);
    }
  }

  @Test
  void alpha_isResampledFromTheOriginal() {
    BufferedImage image = photo(BufferedImage.TYPE_4BYTE_ABGR, 13, 7);
    FloatImage expected =
        Resampling.bicubic(AwtImages.alpha(image).orElseThrow(), 20, 11).rounded();

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1))) {
      BufferedImage result = upscaler.upscale(image, UpscaleOptions.defaults().factor(1.5));
      assertClose(AwtImages.alpha(result).orElseThrow(), expected, ROUNDING);
    }
  }

  @ParameterizedTest
  @EnumSource(Color.class)
  void equalChannels_stayEqual(Color color) {
    for (int type :
        new int[] {
          BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_3BYTE_BGR
        }) {
      BufferedImage image = photo(type, 37, 29);
      for (int y = 0; y < 29; y++) {
        for (int x = 0; x < 37; x++) {
          int gray = image.getRGB(x, y) & 0xff;
          image.setRGB(x, y, 0xff << 24 | gray << 16 | gray << 8 | gray);
        }
      }
      assertThat(isGray(image)).isTrue();
      try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(color, 3, 1))) {
        for (double factor : new double[] {3, 1.7}) {
          BufferedImage result = upscaler.upscale(image, UpscaleOptions.defaults().factor(factor));
          assertThat(isGray(result)).isTrue();
          assertThat(result.getType()).isEqualTo(type);
        }
      }
    }
  }

  @Test
  void oneColoredPixel_isNotGray() {
    BufferedImage image = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
    assertThat(isGray(image)).isTrue();
    image.setRGB(299, 199, 0x00_00_01);
    assertThat(isGray(image)).isFalse();
    assertThat(isGray(new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY))).isFalse();

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.LUMA, 1, 0))) {
      assertThat(isGray(upscaler.upscale(image))).isTrue(); // blue 1 of 255 is lost in Y
      image.setRGB(299, 199, 0x00_00_ff);
      assertThat(isGray(upscaler.upscale(image))).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void partWithItsMargin_equalsThePartOfTheWhole(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 8; i++) {
      checkPart(random);
    }
  }

  private void checkPart(Random random) {
    int scale = 1 + random.nextInt(3);
    int radius = random.nextInt(3);
    int alignment = 1 + random.nextInt(3);
    FilterNetwork network =
        FilterNetwork.of(
            ModelInfo.builder("filter", scale)
                .color(random.nextBoolean() ? Color.LUMA : Color.RGB)
                .preupscaled(random.nextBoolean())
                .alignment(alignment)
                .halo(radius + alignment - 1),
            radius);
    Pipeline pipeline = pipeline(network, 1 + random.nextInt(2));
    int margin = reach(pipeline).margin().orElseThrow();
    int width = 1 + random.nextInt(20);
    int height = 2 * margin + 10 + random.nextInt(30);
    BufferedImage image = photo(BufferedImage.TYPE_INT_RGB, width, height);
    int top = random.nextInt(height);
    int bottom = top + 1 + random.nextInt(height - top);
    int from = Math.max(0, top - margin) / alignment * alignment;
    int to = Math.min(height, (bottom + margin + alignment - 1) / alignment * alignment);
    int by = pipeline.scale();

    BufferedImage part =
        pipeline.upscale(
            image.getSubimage(0, from, width, to - from),
            new PixelKind(Optional.empty(), Coloring.COLORS),
            new RegionPair(
                new Part(new Region(0, from, width, to - from), new Size(width, height)),
                new Part(
                    new Region(0, top * by, width * by, (bottom - top) * by),
                    new Size(width * by, height * by))),
            new UpscaleCall(1, Optional.empty()));

    BufferedImage whole =
        pipeline.upscale(
            image,
            new PixelKind(Optional.empty(), Coloring.COLORS),
            RegionPair.whole(new Size(width, height), new Size(width * by, height * by)),
            new UpscaleCall(1, Optional.empty()));
    assertThat(pixels(part))
        .isEqualTo(pixels(whole.getSubimage(0, top * by, width * by, (bottom - top) * by)));
  }

  @Test
  void margin_ofNetworkWithoutHalo_isUnbounded() {
    assertThat(reach(pipeline(FilterNetwork.withoutHalo(2), 1)).margin()).isEmpty();
  }

  @Test
  void resultThatFitsInNoArray_isRefused() {
    UpscaleOptions options = UpscaleOptions.defaults();
    Pipeline pipeline = pipeline(FilterNetwork.of(Color.RGB, 2, 0), 1);

    assertThatThrownBy(
            () -> pipeline.sizes().inMemory(10, 20, options.factor(256 * 9.0 / 10).width(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> pipeline.sizes().inMemory(1000, 1000, options.factor(100)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(
            "an image of 1000x1000 (width x height) made 100000x100000 would have 30000000000"
                + " samples, more than fit in an array");
    assertThatThrownBy(() -> pipeline.sizes().inMemory(1, 1000, options.width(Integer.MAX_VALUE)))
        .isInstanceOf(ImageFormatException.class);
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
