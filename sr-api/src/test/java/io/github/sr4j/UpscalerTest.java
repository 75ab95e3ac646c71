// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static io.github.sr4j.internal.testing.TestImages.assertClose;
import static io.github.sr4j.internal.testing.TestImages.noise;
import static io.github.sr4j.internal.testing.TestImages.photo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UpscalerTest {

  private static final float ROUNDING = 1e-6f; // a few float32 roundings of values about 1

  @Test
  void lumaNetwork_getsLuma_andChromaIsBicubic() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);
    FloatImage rgb = noise(3, 13, 9);
    FloatImage ycbcr = Luma.toYcbcr(rgb);
    FloatImage expected = Resampling.bicubic(ycbcr, 26, 18);
    System.arraycopy(
        network.upscale(ycbcr.channel(0)).samples(), 0, expected.samples(), 0, 26 * 18);

    try (Upscaler upscaler = Upscaler.of(network)) {
      assertClose(upscaler.upscale(rgb), Luma.toRgb(expected), ROUNDING);
    }
  }

  @Test
  void lumaNetwork_getsOneChannelAsItIs() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 3, 1);
    FloatImage luma = noise(1, 7, 9);

    try (Upscaler upscaler = Upscaler.of(network)) {
      assertClose(upscaler.upscale(luma), network.upscale(luma), 0);
    }
  }

  @Test
  void rgbNetwork_getsThreeChannelsAsTheyAre() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 3, 1);
    FloatImage rgb = noise(3, 7, 9);

    try (Upscaler upscaler = Upscaler.of(network)) {
      assertClose(upscaler.upscale(rgb), network.upscale(rgb), 0);
    }
  }

  @Test
  void rgbNetwork_getsOneChannelAsGray_andItsLumaIsReturned() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 1);
    FloatImage gray = noise(1, 7, 9);
    float[] luma = new float[63];
    float[] rgb = new float[3 * 63];
    for (int i = 0; i < 63; i++) {
      luma[i] = (16 + 219 * gray.samples()[i]) / 255;
      rgb[i] = rgb[63 + i] = rgb[126 + i] = gray.samples()[i];
    }

    try (Upscaler upscaler = Upscaler.of(network)) {
      assertClose(
          upscaler.upscale(FloatImage.wrap(1, 9, 7, luma)),
          Luma.of(network.upscale(FloatImage.wrap(3, 9, 7, rgb))),
          ROUNDING);
    }
  }

  @ParameterizedTest
  @EnumSource(Color.class)
  void preupscaledNetwork_getsTheBicubicEnlargement(Color color) {
    FilterNetwork network = FilterNetwork.preupscaled(color, 3, 2);
    FloatImage image = noise(network.info().channels(), 11, 5);

    try (Upscaler upscaler = Upscaler.of(network)) {
      assertClose(
          upscaler.upscale(image), network.upscale(Resampling.bicubic(image, 33, 15)), ROUNDING);
    }
  }

  @ParameterizedTest(name = "{0}, {1}x{2}")
  @CsvSource({
    "LUMA, 1, 1", "LUMA, 1, 50", "LUMA, 47, 33", "LUMA, 16, 17",
    "RGB, 1, 1", "RGB, 50, 1", "RGB, 47, 33", "RGB, 16, 17"
  })
  void tiled_equalsWhole(Color color, int width, int height) {
    for (FilterNetwork network :
        List.of(FilterNetwork.of(color, 3, 4), FilterNetwork.preupscaled(color, 2, 5))) {
      try (Upscaler whole = Upscaler.of(network);
          Upscaler tiled = Upscaler.of(network, 16)) {
        FloatImage rgb = noise(3, width, height);
        assertClose(tiled.upscale(rgb), whole.upscale(rgb), ROUNDING);
        FloatImage luma = noise(1, width, height);
        assertClose(tiled.upscale(luma), whole.upscale(luma), ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_USHORT_GRAY,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_4BYTE_ABGR
      })
  void bufferedImage_keepsItsKind_andIsScaleTimesAsLarge(int type) {
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.LUMA, 3, 1))) {
      BufferedImage result = upscaler.upscale(photo(type, 11, 7));

      assertThat(result.getType()).isEqualTo(type);
      assertThat(result.getWidth()).isEqualTo(33);
      assertThat(result.getHeight()).isEqualTo(21);
    }
  }

  @ParameterizedTest
  @EnumSource(Color.class)
  void bufferedImage_equalsFloatImage_rounded(Color color) {
    BufferedImage image = photo(BufferedImage.TYPE_INT_RGB, 300, 290); // of several bands

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(color, 2, 1))) {
      BufferedImage expected =
          AwtImages.toBuffered(upscaler.upscale(AwtImages.toFloat(image)), null, image);
      assertThat(pixels(upscaler.upscale(image))).isEqualTo(pixels(expected));
    }
  }

  @ParameterizedTest
  @EnumSource(Color.class)
  void grayImage_givesWhatTheSameImageInColorGives(Color color) {
    BufferedImage gray = photo(BufferedImage.TYPE_BYTE_GRAY, 19, 23);
    FloatImage samples = AwtImages.toFloat(gray);
    float[] rgb = new float[3 * samples.samples().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = samples.samples()[i % samples.samples().length];
    }
    BufferedImage colored =
        AwtImages.toBuffered(
            FloatImage.wrap(3, 23, 19, rgb),
            null,
            new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR));

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(color, 2, 1))) {
      FloatImage expected = Luma.of(AwtImages.toFloat(upscaler.upscale(colored)));
      FloatImage actual = AwtImages.toFloat(upscaler.upscale(gray));
      float[] luma = new float[actual.samples().length];
      for (int i = 0; i < luma.length; i++) {
        luma[i] = (16 + 219 * actual.samples()[i]) / 255;
      }
      // Each is rounded to 8 bits once, the coloured one in three channels.
      assertClose(FloatImage.wrap(1, 46, 38, luma), expected, 1.01 / 255);
    }
  }

  @Test
  void alpha_isEnlargedBicubically() {
    BufferedImage image = photo(BufferedImage.TYPE_INT_ARGB, 9, 5);
    FloatImage alpha = AwtImages.alpha(image).orElseThrow();
    BufferedImage expected =
        AwtImages.toBuffered(
            Resampling.bicubic(alpha, 18, 10),
            null,
            new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY));

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1))) {
      BufferedImage result = upscaler.upscale(image);
      assertClose(AwtImages.alpha(result).orElseThrow(), AwtImages.toFloat(expected), ROUNDING);
    }
  }

  /** The overshoot of bicubic enlargement is no transparency, though floats could hold it. */
  @ParameterizedTest
  @ValueSource(ints = {DataBuffer.TYPE_SHORT, DataBuffer.TYPE_FLOAT})
  void alpha_ofSignedSamples_isClamped(int type) {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            /* hasAlpha= */ true,
            /* isAlphaPremultiplied= */ false,
            Transparency.TRANSLUCENT,
            type);
    BufferedImage image =
        new BufferedImage(model, model.createCompatibleWritableRaster(8, 1), false, null);
    for (int x = 4; x < 8; x++) {
      image.getRaster().setSample(x, 0, 3, type == DataBuffer.TYPE_FLOAT ? 1 : Short.MAX_VALUE);
    }

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1))) {
      FloatImage alpha = AwtImages.alpha(upscaler.upscale(image)).orElseThrow();
      for (float sample : alpha.samples()) {
        assertThat(sample).isBetween(0f, 1f);
      }
      assertThat(alpha.sample(0, 0, 0)).isEqualTo(0);
      assertThat(alpha.sample(0, 15, 0)).isEqualTo(1);
    }
  }

  @Test
  void colorsOfTransparentPixels_doNotReachVisibleOnes() {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        image.setRGB(x, y, x < 4 ? 0xff_20_40_60 : 0x00_ff_ff_ff);
      }
    }

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.preupscaled(Color.RGB, 2, 0))) {
      FloatImage colors = AwtImages.toFloat(upscaler.upscale(image));
      for (int x = 1; x < 8; x++) {
        assertThat(colors.sample(0, x, 8)).isEqualTo(colors.sample(0, 0, 8));
      }
    }
  }

  @ParameterizedTest(name = "{0}x{1}")
  @CsvSource({"1, 1", "10000, 1", "1, 10000"})
  void extremeSizes_work(int width, int height) {
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.LUMA, 4, 3))) {
      BufferedImage result = upscaler.upscale(photo(BufferedImage.TYPE_INT_RGB, width, height));
      assertThat(result.getWidth()).isEqualTo(4 * width);
      assertThat(result.getHeight()).isEqualTo(4 * height);
    }
  }

  @Test
  void resultThatFitsInNoArray_isRefused() {
    FloatImage image = FloatImage.wrap(1, 10000, 5000, new float[50_000_000]);

    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.LUMA, 4, 0))) {
      assertThatThrownBy(() -> upscaler.upscale(image))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(
              "an image of 5000x10000 (width x height) enlarged x4 would have 2400000000 samples,"
                  + " more than fit in an array");
    }
  }

  @Test
  void sharedInstance_givesEveryThreadTheSameResult() throws Exception {
    FloatImage image = noise(3, 150, 140);
    ExecutorService callers = Executors.newFixedThreadPool(4);
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.LUMA, 2, 2), 64)) {
      float[] expected = upscaler.upscale(image).samples();
      List<Future<FloatImage>> results = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        results.add(callers.submit(() -> upscaler.upscale(image)));
      }
      for (Future<FloatImage> result : results) {
        assertThat(result.get().samples()).isEqualTo(expected);
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void close_closesTheNetworkOnce() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 1);
    Upscaler upscaler = Upscaler.of(network);

    upscaler.close();
    upscaler.close();

    assertThat(network.closings).hasValue(1);
  }

  @Test
  void upscale_afterClose_isRefused() {
    Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1));
    upscaler.close();

    assertThatThrownBy(() -> upscaler.upscale(noise(3, 4, 4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the upscaler of filter is closed");
    assertThatThrownBy(() -> upscaler.upscale(photo(BufferedImage.TYPE_INT_RGB, 4, 4)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_waitsForCallsInProgress() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch proceed = new CountDownLatch(1);
    FilterNetwork filter = FilterNetwork.of(Color.RGB, 2, 1);
    Upscaler upscaler =
        Upscaler.of(
            new DelegatingNetwork(filter) {
              @Override
              public FloatImage upscale(FloatImage block) {
                running.countDown();
                try {
                  proceed.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                assertThat(filter.closings).hasValue(0);
                return filter.upscale(block);
              }
            });
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<FloatImage> call = threads.submit(() -> upscaler.upscale(noise(3, 40, 40)));
      assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
      Future<?> closing = threads.submit(upscaler::close);
      assertThat(closing.isDone()).isFalse();
      proceed.countDown();
      assertThat(call.get(10, TimeUnit.SECONDS).width()).isEqualTo(80);
      closing.get(10, TimeUnit.SECONDS);
      assertThat(filter.closings).hasValue(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void over_withTileSizeBelowMinimum_isRefused() {
    assertThatThrownBy(() -> Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1), 15))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tileSize must be at least 16 pixels, but was 15");
  }

  @Test
  void null_isRefusedByName() {
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1))) {
      assertThatThrownBy(() -> upscaler.upscale((FloatImage) null))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("image");
    }
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
