// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AwtImagesTest {

  static IntStream types() {
    return IntStream.rangeClosed(BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_INDEXED);
  }

  static IntStream colourTypes() {
    return types()
        .filter(
            type ->
                type != BufferedImage.TYPE_BYTE_GRAY
                    && type != BufferedImage.TYPE_USHORT_GRAY
                    && type != BufferedImage.TYPE_BYTE_BINARY);
  }

  @ParameterizedTest
  @MethodSource("colourTypes")
  void toFloat_ofEveryColourType_isItsRgb(int type) {
    BufferedImage image = random(new BufferedImage(9, 5, type));

    FloatImage colours = AwtImages.toFloat(image);

    assertThat(colours.toString()).isEqualTo("9x5 (width x height), 3 channels");
    // getRGB rounds what it divides by a premultiplied alpha, and what has fewer bits.
    boolean rounds = image.isAlphaPremultiplied() || image.getColorModel().getComponentSize(2) == 5;
    float tolerance = rounds ? 0.51f / 255 : 0;
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 9; x++) {
        int rgb = image.getRGB(x, y);
        assertThat(colours.sample(0, x, y)).isCloseTo((rgb >> 16 & 0xff) / 255f, within(tolerance));
        assertThat(colours.sample(1, x, y)).isCloseTo((rgb >> 8 & 0xff) / 255f, within(tolerance));
        assertThat(colours.sample(2, x, y)).isCloseTo((rgb & 0xff) / 255f, within(tolerance));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void alpha_ofEveryType_isItsAlpha(int type) {
    BufferedImage image = random(new BufferedImage(9, 5, type));

    if (!image.getColorModel().hasAlpha()) {
      assertThat(AwtImages.alpha(image)).isEmpty();
      return;
    }
    FloatImage alpha = AwtImages.alpha(image).orElseThrow();
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 9; x++) {
        assertThat(alpha.sample(0, x, y)).isEqualTo((image.getRGB(x, y) >>> 24) / 255f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void toBuffered_ofToFloat_isTheSamePicture(int type) {
    BufferedImage image = random(new BufferedImage(9, 5, type));

    BufferedImage back = roundTrip(image);

    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 9; x++) {
        int rgb = image.getRGB(x, y);
        assertThat(back.getRGB(x, y)).as("at (%s, %s)", x, y).isEqualTo(rgb);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    BufferedImage.TYPE_INT_RGB + ", " + BufferedImage.TYPE_INT_RGB,
    BufferedImage.TYPE_INT_ARGB + ", " + BufferedImage.TYPE_INT_ARGB,
    BufferedImage.TYPE_INT_ARGB_PRE + ", " + BufferedImage.TYPE_INT_ARGB_PRE,
    BufferedImage.TYPE_INT_BGR + ", " + BufferedImage.TYPE_INT_BGR,
    BufferedImage.TYPE_3BYTE_BGR + ", " + BufferedImage.TYPE_3BYTE_BGR,
    BufferedImage.TYPE_4BYTE_ABGR + ", " + BufferedImage.TYPE_4BYTE_ABGR,
    BufferedImage.TYPE_4BYTE_ABGR_PRE + ", " + BufferedImage.TYPE_4BYTE_ABGR_PRE,
    BufferedImage.TYPE_USHORT_565_RGB + ", " + BufferedImage.TYPE_3BYTE_BGR,
    BufferedImage.TYPE_USHORT_555_RGB + ", " + BufferedImage.TYPE_3BYTE_BGR,
    BufferedImage.TYPE_BYTE_GRAY + ", " + BufferedImage.TYPE_BYTE_GRAY,
    BufferedImage.TYPE_USHORT_GRAY + ", " + BufferedImage.TYPE_USHORT_GRAY,
    BufferedImage.TYPE_BYTE_BINARY + ", " + BufferedImage.TYPE_BYTE_GRAY,
    BufferedImage.TYPE_BYTE_INDEXED + ", " + BufferedImage.TYPE_3BYTE_BGR
  })
  void toBuffered_isOfTheKindOfTheOther(int type, int expected) {
    assertThat(roundTrip(new BufferedImage(2, 2, type)).getType()).isEqualTo(expected);
  }

  @Test
  void gray_isNotLinearised() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(1, 0, 0, 100);

    assertThat(AwtImages.toFloat(image).samples()).containsExactly(0, 100 / 255f);
    assertThat(roundTrip(image).getRaster().getSample(1, 0, 0)).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void paletteOfGrays_isGray(int bits) {
    byte[] levels = new byte[1 << bits];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) (i * 255 / (levels.length - 1));
    }
    IndexColorModel palette = new IndexColorModel(bits, levels.length, levels, levels, levels);
    BufferedImage image =
        new BufferedImage(
            2,
            1,
            bits < 8 ? BufferedImage.TYPE_BYTE_BINARY : BufferedImage.TYPE_BYTE_INDEXED,
            palette);
    image.getRaster().setSample(1, 0, 0, levels.length - 2);
    int expected = levels[levels.length - 2] & 0xff;

    assertThat(AwtImages.toFloat(image).samples()).containsExactly(0, expected / 255f);
    BufferedImage back = roundTrip(image);
    assertThat(back.getType()).isEqualTo(BufferedImage.TYPE_BYTE_GRAY);
    assertThat(back.getRaster().getSample(1, 0, 0)).isEqualTo(expected);
  }

  @Test
  void paletteOfGraysWithTransparency_orOneColor_isNotGray() {
    byte[] levels = {0, 100, (byte) 200};
    byte[] others = {0, 100, (byte) 201};

    for (IndexColorModel palette :
        new IndexColorModel[] {
          new IndexColorModel(2, 3, levels, levels, levels, 1),
          new IndexColorModel(2, 3, levels, levels, others)
        }) {
      BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
      assertThat(AwtImages.toFloat(image).channels()).isEqualTo(3);
    }
  }

  @Test
  void gray16_keepsSixteenBits() {
    BufferedImage image = new BufferedImage(256, 256, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < 65536; i++) {
      image.getRaster().setSample(i % 256, i / 256, 0, i);
    }

    BufferedImage back = roundTrip(image);

    for (int i = 0; i < 65536; i++) {
      assertThat(back.getRaster().getSample(i % 256, i / 256, 0)).isEqualTo(i);
    }
  }

  @Test
  void premultiplied16_isDividedOut() {
    BufferedImage image = component(2, 1, 3, true, true, DataBuffer.TYPE_USHORT);
    image.getRaster().setPixel(0, 0, new int[] {10000, 20000, 40000, 40000});

    FloatImage colours = AwtImages.toFloat(image);

    assertThat(colours.samples())
        .containsExactly(new float[] {0.25f, 0, 0.5f, 0, 1, 0}, within(1e-6f));
    assertThat(AwtImages.alpha(image).orElseThrow().samples()).containsExactly(40000 / 65535f, 0);
  }

  /** Samples brighter than white, or outside of sRGB, keep their values under alpha. */
  @ParameterizedTest
  @ValueSource(ints = {DataBuffer.TYPE_FLOAT, DataBuffer.TYPE_DOUBLE})
  void premultipliedFloats_areNotClamped(int type) {
    BufferedImage image = component(2, 1, 3, true, true, type);
    image.getRaster().setPixel(0, 0, new float[] {0.75f, -0.125f, 0.25f, 0.5f});

    assertThat(AwtImages.toFloat(image).samples())
        .containsExactly(new float[] {1.5f, 0, -0.25f, 0, 0.5f, 0}, within(1e-6f));
    assertThat(ImageKinds.samples(roundTrip(image)))
        .containsExactly(ImageKinds.samples(image), within(1e-6));
  }

  @Test
  void componentWithoutBits_isZero() {
    DirectColorModel model = new DirectColorModel(24, 0xff0000, 0, 0xff);
    BufferedImage image =
        new BufferedImage(model, model.createCompatibleWritableRaster(1, 1), false, null);
    image.getRaster().setPixel(0, 0, new int[] {51, 0, 255});

    assertThat(AwtImages.toFloat(image).samples()).containsExactly(0.2f, 0, 1);
    assertThat(roundTrip(image).getRGB(0, 0)).isEqualTo(0xff_33_00_ff);
  }

  @Test
  void indexedWithTransparency_becomesRgbWithAlpha() {
    byte[] palette = {(byte) 200, 10, 20, 30};
    IndexColorModel model = new IndexColorModel(8, 4, palette, palette, palette, 2);
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_INDEXED, model);
    for (int x = 0; x < 4; x++) {
      image.getRaster().setSample(x, 0, 0, x);
    }

    BufferedImage back = roundTrip(image);

    assertThat(AwtImages.alpha(image).orElseThrow().samples()).containsExactly(1, 1, 0, 1);
    assertThat(back.getType()).isEqualTo(BufferedImage.TYPE_4BYTE_ABGR);
    assertThat(back.getRGB(0, 0)).isEqualTo(0xffc8c8c8);
    assertThat(back.getRGB(2, 0) >>> 24).isEqualTo(0);
  }

  @ParameterizedTest
  @MethodSource("types")
  void subimage_isThatPartOfTheWhole(int type) {
    BufferedImage image = random(new BufferedImage(9, 7, type));
    BufferedImage part = image.getSubimage(3, 2, 5, 4);

    assertThat(AwtImages.toFloat(part).samples())
        .containsExactly(AwtImages.toFloat(image).crop(3, 2, 5, 4).samples());
    AwtImages.alpha(image)
        .ifPresent(
            alpha ->
                assertThat(AwtImages.alpha(part).orElseThrow().samples())
                    .containsExactly(alpha.crop(3, 2, 5, 4).samples()));
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_3BYTE_BGR})
  void toBuffered_clampsAndRoundsHalfUp(int type) {
    FloatImage image =
        FloatImage.wrap(
            3, 1, 2, new float[] {-0.5f, 1.5f, 10.5f / 255, 10.4f / 255, 254.6f / 255, 0.002f});

    BufferedImage pixels = AwtImages.toBuffered(image, null, new BufferedImage(1, 1, type));

    assertThat(pixels.getRGB(0, 0)).isEqualTo(0xff000bff);
    assertThat(pixels.getRGB(1, 0)).isEqualTo(0xffff0a01);
  }

  @Test
  void toBuffered_takesAlphaEvenIfTheOtherHasNone() {
    BufferedImage like = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);

    BufferedImage pixels =
        AwtImages.toBuffered(Images.constant(3, 2, 2, 1), Images.constant(1, 2, 2, 0.5f), like);

    assertThat(pixels.getRGB(1, 1)).isEqualTo(0x80ffffff);
  }

  @Test
  void toBuffered_alphaOfAnotherShape_isRefused() {
    BufferedImage like = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);

    assertThatThrownBy(
            () -> AwtImages.toBuffered(Images.noise(3, 5, 4), Images.noise(1, 4, 5), like))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("alpha must have one channel", "5x4", "4x5");
  }

  private static BufferedImage roundTrip(BufferedImage image) {
    return AwtImages.toBuffered(
        AwtImages.toFloat(image), AwtImages.alpha(image).orElse(null), image);
  }

  private static BufferedImage component(
      int width, int height, int channels, boolean alpha, boolean premultiplied, int type) {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
            alpha,
            premultiplied,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            type);
    return new BufferedImage(
        model, model.createCompatibleWritableRaster(width, height), premultiplied, null);
  }

  /** Random samples, such as the image's kind can have; some pixels are fully transparent. */
  private static BufferedImage random(BufferedImage image) {
    Random random = new Random(7);
    WritableRaster raster = image.getRaster();
    if (image.isAlphaPremultiplied()
        || image.getType() == BufferedImage.TYPE_BYTE_INDEXED
        || image.getType() == BufferedImage.TYPE_BYTE_BINARY) {
      for (int i = 0; i < image.getWidth() * image.getHeight(); i++) {
        int alpha = i % 5 == 0 ? 0 : 0xff; // what can be multiplied and divided without a loss
        image.setRGB(
            i % image.getWidth(),
            i / image.getWidth(),
            alpha << 24 | (alpha == 0 ? 0 : random.nextInt(1 << 24)));
      }
      return image;
    }
    for (int band = 0; band < raster.getNumBands(); band++) {
      int levels = 1 << image.getSampleModel().getSampleSize(band);
      for (int y = 0; y < raster.getHeight(); y++) {
        for (int x = 0; x < raster.getWidth(); x++) {
          raster.setSample(x, y, band, random.nextInt(levels));
        }
      }
    }
    return image;
  }
}
