// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.pixels.AwtPixels;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Images whose colour space is not sRGB. */
final class ColorConversionTest {

  private static final byte[] GAMMA_2_2 = IccProfiles.gamma(2.19921875);
  private static final byte[] SRGB_CURVE =
      IccProfiles.parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);

  static Stream<Arguments> spaces() {
    double[][] adobe = IccProfiles.ADOBE_RGB;
    return Stream.of(
        Arguments.of("linear RGB", ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB)),
        Arguments.of("Adobe RGB", IccProfiles.rgb(adobe, GAMMA_2_2)),
        Arguments.of("wide, sRGB's curve", IccProfiles.rgb(adobe, SRGB_CURVE)),
        Arguments.of("wide, linear", IccProfiles.rgb(adobe, IccProfiles.table(0, x -> x))),
        Arguments.of(
            "table", IccProfiles.rgb(IccProfiles.SRGB, IccProfiles.table(256, x -> x * x))),
        Arguments.of("type 0", IccProfiles.rgb(adobe, IccProfiles.parametric(0, 1.8))),
        Arguments.of(
            "type 1", IccProfiles.rgb(adobe, IccProfiles.parametric(1, 2, 1 / 1.1, 0.1 / 1.1))),
        Arguments.of(
            "type 2",
            IccProfiles.rgb(adobe, IccProfiles.parametric(2, 3, 0.99 / 1.16, 0.16 / 1.16, 0.003))),
        Arguments.of(
            "type 4",
            IccProfiles.rgb(
                adobe, IccProfiles.parametric(4, 2.2, 0.9, 0.1, 0.2, 0.04, 0, 0.00143))),
        Arguments.of("PhotoYCC", ColorSpace.getInstance(ColorSpace.CS_PYCC)));
  }

  /** Against the JDK's colour management, for colours that sRGB has. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("spaces")
  void toFloat_isTheSrgbOfTheProfile(String name, ColorSpace space) {
    BufferedImage image = ofSrgb(space, DataBuffer.TYPE_USHORT);

    FloatImage colors = AwtImages.toFloat(image);

    for (int x = 0; x < image.getWidth(); x++) {
      float[] components =
          image
              .getColorModel()
              .getNormalizedComponents(image.getRaster().getDataElements(x, 0, null), null, 0);
      float[] expected = space.toRGB(components);
      for (int c = 0; c < 3; c++) {
        assertThat(Math.max(0, Math.min(1, colors.sample(c, x, 0))))
            .as("channel %s at %s", c, x)
            .isCloseTo(expected[c], within(1f / 255));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("spaces")
  void toBuffered_ofToFloat_isTheSameColours(String name, ColorSpace space) {
    for (int type : new int[] {DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT}) {
      BufferedImage image = ofSrgb(space, type);

      BufferedImage back = AwtImages.toBuffered(AwtImages.toFloat(image), null, image);

      assertThat(back.getColorModel()).isEqualTo(image.getColorModel());
      int level = type == DataBuffer.TYPE_BYTE ? 1 : 257;
      int tolerance = name.equals("PhotoYCC") ? 4 * level : level; // its tables are coarse
      assertThat(ImageKinds.samples(back))
          .containsExactly(ImageKinds.samples(image), within((double) tolerance));
    }
  }

  @Test
  void colorsThatSrgbLacks_comeBackAsTheyWere() {
    assertGreenComesBack(IccProfiles.rgb(IccProfiles.ADOBE_RGB, GAMMA_2_2));
  }

  /** As of digital cinema: the last float before black is half a level of 8 bits. */
  @Test
  void steepCurve_doesNotClipWhatSrgbLacks() {
    assertGreenComesBack(IccProfiles.rgb(IccProfiles.DISPLAY_P3, IccProfiles.gamma(2.6)));
  }

  private static void assertGreenComesBack(ColorSpace space) {
    BufferedImage image = noise(space, DataBuffer.TYPE_BYTE);
    image.getRaster().setPixel(0, 0, new int[] {0, 255, 0});

    FloatImage colors = AwtImages.toFloat(image);

    assertThat(colors.sample(0, 0, 0)).isLessThan(-0.2f);
    assertThat(ImageKinds.samples(AwtImages.toBuffered(colors, null, image)))
        .containsExactly(ImageKinds.samples(image));
  }

  @Test
  void sixteenBits_comeBack() {
    BufferedImage image =
        noise(IccProfiles.rgb(IccProfiles.ADOBE_RGB, GAMMA_2_2), DataBuffer.TYPE_USHORT);

    assertThat(ImageKinds.samples(AwtImages.toBuffered(AwtImages.toFloat(image), null, image)))
        .containsExactly(ImageKinds.samples(image), within(32.0)); // next to 0: others are exact
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("spaces")
  void neutralColors_stayNeutral(String name, ColorSpace space) {
    if (space.getType() != ColorSpace.TYPE_RGB) {
      return;
    }
    BufferedImage image = image(space, 256, DataBuffer.TYPE_BYTE);
    for (int x = 0; x < 256; x++) {
      image.getRaster().setPixel(x, 0, new int[] {x, x, x});
    }

    FloatImage colors = AwtImages.toFloat(image);

    for (int x = 0; x < 256; x++) {
      assertThat(colors.sample(1, x, 0)).isEqualTo(colors.sample(0, x, 0));
      assertThat(colors.sample(2, x, 0)).isEqualTo(colors.sample(0, x, 0));
    }
    assertThat(ImageKinds.samples(AwtImages.toBuffered(colors, null, image)))
        .containsExactly(ImageKinds.samples(image));
  }

  @Test
  void otherProfileOfSrgb_changesNothing() {
    BufferedImage image =
        noise(IccProfiles.rgb(IccProfiles.SRGB, SRGB_CURVE), DataBuffer.TYPE_USHORT);

    FloatImage colors = AwtImages.toFloat(image);

    for (int x = 0; x < image.getWidth(); x++) {
      assertThat(colors.sample(1, x, 0)).isEqualTo(image.getRaster().getSample(x, 0, 1) / 65535f);
    }
    BufferedImage back = AwtImages.toBuffered(colors, null, image);
    assertThat(back.getColorModel().getColorSpace())
        .isSameAs(image.getColorModel().getColorSpace());
    assertThat(ImageKinds.samples(back)).containsExactly(ImageKinds.samples(image));
  }

  @Test
  void cmykWithProfile_isConvertedAndBack() {
    assertCmyk(IccProfiles.cmyk(true), 0.03); // interpolated in 17 steps
  }

  @Test
  void cmykWithoutProfile_isConvertedAndBack() {
    assertCmyk(new Inks(true), 1e-6);
  }

  /** As TwelveMonkeys' colour space of CMYK TIFFs has it (3.15): without it, up to 64 levels. */
  @Test
  void cmykWhoseSpaceDoesNotUndoItself_isConvertedAndBack() {
    assertCmyk(new Inks(false), 1e-6);
  }

  @Test
  void spaceThatDoesNotUndoItself_becomesSrgb() {
    ColorSpace space =
        new Inks(false) {
          private static final long serialVersionUID = 1L;

          @Override
          public float[] toRGB(float[] inks) {
            float[] rgb = super.toRGB(inks);
            rgb[0] *= rgb[0];
            return rgb;
          }
        };
    BufferedImage image = image(space, 500, DataBuffer.TYPE_BYTE);

    FloatImage colors = AwtImages.toFloat(image);

    assertThat(AwtImages.toBuffered(colors, null, image).getType())
        .isEqualTo(BufferedImage.TYPE_3BYTE_BGR);
  }

  private static void assertCmyk(ColorSpace space, double tolerance) {
    BufferedImage image = image(space, 500, DataBuffer.TYPE_BYTE);
    Random random = new Random(1);
    for (int x = 0; x < image.getWidth(); x++) {
      for (int band = 0; band < 4; band++) {
        image.getRaster().setSample(x, 0, band, random.nextInt(160)); // tables are coarse in shades
      }
    }

    FloatImage colors = AwtImages.toFloat(image);
    BufferedImage back = AwtImages.toBuffered(colors, null, image);

    for (int x = 0; x < image.getWidth(); x++) {
      float[] expected = mixed(image.getRaster().getPixel(x, 0, (int[]) null));
      float[] actual = mixed(back.getRaster().getPixel(x, 0, (int[]) null));
      for (int c = 0; c < 3; c++) {
        assertThat((double) colors.sample(c, x, 0)).isCloseTo(expected[c], within(tolerance));
        assertThat((double) actual[c]).isCloseTo(expected[c], within(tolerance + 1.0 / 255));
      }
    }
    assertThat(back.getColorModel()).isEqualTo(image.getColorModel());
  }

  private static float[] mixed(int[] inks) {
    float[] rgb = new float[3];
    for (int c = 0; c < 3; c++) {
      rgb[c] = (1 - inks[c] / 255f) * (1 - inks[3] / 255f);
    }
    return rgb;
  }

  @Test
  void profileOfOneWay_becomesSrgb() {
    BufferedImage image = noise(IccProfiles.cmyk(false), DataBuffer.TYPE_BYTE);

    FloatImage colors = AwtImages.toFloat(image);
    BufferedImage back = AwtImages.toBuffered(colors, null, image);

    assertThat(back.getType()).isEqualTo(BufferedImage.TYPE_3BYTE_BGR);
    assertThat(AwtImages.toFloat(back).samples())
        .containsExactly(colors.samples(), within(0.51f / 255));
  }

  @Test
  void damagedProfile_isRefused() {
    ColorSpace space =
        IccProfiles.rgb(
            IccProfiles.ADOBE_RGB, new byte[] {'c', 'u', 'r', 'v', 0, 0, 0, 0, 0, 0, 9, 9});

    assertThatThrownBy(() -> AwtImages.toFloat(image(space, 1, DataBuffer.TYPE_BYTE)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContainingAll("colour profile", "cut off after 12 bytes");
    assertThatThrownBy(
            () ->
                AwtImages.toFloat(
                    image(
                        IccProfiles.space("prtr", "CMYK", "Lab ", Map.of()),
                        1,
                        DataBuffer.TYPE_BYTE)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContainingAll("colour profile", "4 components");
  }

  /** A curve that is not one to one cannot be undone by itself: the JDK then does what it can. */
  @Test
  void curveWithoutInverse_isStillRead() {
    ColorSpace space =
        IccProfiles.rgb(IccProfiles.SRGB, IccProfiles.table(3, x -> x < 0.6 ? 0.25 : 1.0));
    BufferedImage image = image(space, 1, DataBuffer.TYPE_BYTE);
    image.getRaster().setPixel(0, 0, new int[] {255, 255, 255});

    assertThat(AwtImages.toFloat(image).samples())
        .containsExactly(new float[] {1, 1, 1}, within(0.01f));
  }

  /** Gray has its own transfer, which no network for gray images needs to know. */
  @Test
  void gray_keepsItsSamplesAndItsProfile() {
    ColorSpace space =
        IccProfiles.space("mntr", "GRAY", "XYZ ", Map.of("kTRC", IccProfiles.gamma(1.8)));
    BufferedImage image = noise(space, DataBuffer.TYPE_BYTE);

    FloatImage gray = AwtImages.toFloat(image);
    BufferedImage back = AwtImages.toBuffered(gray, null, image);

    assertThat(gray.channels()).isEqualTo(1);
    assertThat(gray.sample(0, 3, 0)).isEqualTo(image.getRaster().getSample(3, 0, 0) / 255f);
    assertThat(back.getColorModel().getColorSpace()).isSameAs(space);
    assertThat(ImageKinds.samples(back)).containsExactly(ImageKinds.samples(image));
  }

  /** Also with alpha, which is not a colour. */
  @Test
  void alpha_isNotConverted() {
    ColorSpace space = IccProfiles.rgb(IccProfiles.ADOBE_RGB, GAMMA_2_2);
    ColorModel model =
        new ComponentColorModel(space, true, true, Transparency.TRANSLUCENT, DataBuffer.TYPE_BYTE);
    BufferedImage image =
        new BufferedImage(model, model.createCompatibleWritableRaster(3, 1), true, null);
    image.getRaster().setPixel(0, 0, new int[] {10, 20, 60, 100});
    image.getRaster().setPixel(1, 0, new int[] {255, 0, 255, 255});

    BufferedImage back =
        AwtImages.toBuffered(AwtImages.toFloat(image), AwtImages.alpha(image).orElseThrow(), image);

    assertThat(back.getColorModel()).isEqualTo(model);
    assertThat(ImageKinds.samples(back)).containsExactly(ImageKinds.samples(image));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("spaces")
  void rows_areConvertedByManyThreads(String name, ColorSpace space) {
    int rows = 64;
    BufferedImage like = image(space, 1, DataBuffer.TYPE_USHORT);
    FloatImage image = Images.noise(3, 100, rows);
    BufferedImage expected = AwtImages.toBuffered(image, null, like);

    BufferedImage actual = AwtPixels.blank(3, 100, rows, false, like);
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            y ->
                AwtPixels.write(
                    image.crop(0, y, 100, 1).samples(), null, actual.getSubimage(0, y, 100, 1)));

    assertThat(ImageKinds.samples(actual)).containsExactly(ImageKinds.samples(expected));
  }

  private static BufferedImage image(ColorSpace space, int width, int type) {
    ColorModel model = new ComponentColorModel(space, false, false, Transparency.OPAQUE, type);
    return new BufferedImage(model, model.createCompatibleWritableRaster(width, 1), false, null);
  }

  private static BufferedImage noise(ColorSpace space, int type) {
    BufferedImage image = image(space, 500, type);
    Random random = new Random(1);
    for (int x = 0; x < image.getWidth(); x++) {
      for (int band = 0; band < space.getNumComponents(); band++) {
        image.getRaster().setSample(x, 0, band, random.nextInt(type == 0 ? 256 : 65536));
      }
    }
    return image;
  }

  /** Noise of colours that sRGB has. */
  private static BufferedImage ofSrgb(ColorSpace space, int type) {
    BufferedImage image = image(space, 500, type);
    Random random = new Random(1);
    for (int x = 0; x < image.getWidth(); x++) {
      float[] rgb = {random.nextFloat(), random.nextFloat(), random.nextFloat()};
      float[] components = space.fromRGB(rgb);
      for (int band = 0; band < components.length; band++) {
        float min = space.getMinValue(band);
        components[band] = (components[band] - min) / (space.getMaxValue(band) - min);
        image.getRaster().setSample(x, 0, band, components[band] * (type == 0 ? 255 : 65535));
      }
    }
    return image;
  }

  /** CMYK that mixes as in {@link IccProfiles#cmyk}, but without a profile. */
  private static class Inks extends ColorSpace {

    private static final long serialVersionUID = 1L;

    private final boolean undoesItself;

    Inks(boolean undoesItself) {
      super(ColorSpace.TYPE_CMYK, 4);
      this.undoesItself = undoesItself;
    }

    @Override
    public float[] toRGB(float[] inks) {
      float[] rgb = new float[3];
      for (int c = 0; c < 3; c++) {
        rgb[c] = (1 - inks[c]) * (1 - inks[3]);
      }
      return rgb;
    }

    @Override
    public float[] fromRGB(float[] rgb) {
      float black = undoesItself ? 0 : 1 - Math.max(rgb[0], Math.max(rgb[1], rgb[2]));
      return new float[] {1 - rgb[0] - black, 1 - rgb[1] - black, 1 - rgb[2] - black, black};
    }

    @Override
    public float[] toCIEXYZ(float[] colors) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] fromCIEXYZ(float[] colors) {
      throw new UnsupportedOperationException();
    }
  }
}
