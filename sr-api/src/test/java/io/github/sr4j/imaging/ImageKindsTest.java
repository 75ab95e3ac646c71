// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.pixels.AwtPixels;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link AwtImages} returns every kind of image unchanged. */
final class ImageKindsTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void toBuffered_ofToFloat_isTheSameImage(ImageKinds kind) {
    BufferedImage image = kind.random();

    BufferedImage back = roundTrip(image);

    assertThat(back.getColorModel()).isEqualTo(image.getColorModel());
    if (kind != ImageKinds.BGR_PADDED) { // without the padding, AWT has a type for it
      assertThat(back.getType()).isEqualTo(image.getType());
    }
    assertThat(back.isAlphaPremultiplied()).isEqualTo(image.isAlphaPremultiplied());
    double[] expected = ImageKinds.samples(image);
    double[] actual = ImageKinds.samples(back);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("sample %s", i).isCloseTo(expected[i], within(1e-7));
    }
  }

  /** The definition of components in [0, 1] is AWT's. */
  @ParameterizedTest
  @EnumSource
  void toFloat_isTheNormalizedComponents(ImageKinds kind) {
    BufferedImage image = kind.random();
    ColorModel model = image.getColorModel();

    FloatImage colors = AwtImages.toFloat(image);
    Optional<FloatImage> alpha = AwtImages.alpha(image);

    int count = model.getNumColorComponents();
    assertThat(colors.channels()).isEqualTo(count);
    assertThat(alpha.isPresent()).isEqualTo(model.hasAlpha());
    for (int i = 0; i < ImageKinds.WIDTH * ImageKinds.HEIGHT; i++) {
      int x = i % ImageKinds.WIDTH;
      int y = i / ImageKinds.WIDTH;
      Object pixel = image.getRaster().getDataElements(x, y, null);
      float[] expected = normalized(model, pixel);
      for (int c = 0; c < count; c++) {
        assertThat(colors.sample(c, x, y)).as("%s, %s", x, y).isCloseTo(expected[c], within(1e-6f));
      }
      if (alpha.isPresent()) {
        assertThat(alpha.get().sample(0, x, y)).isCloseTo(expected[count], within(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void subimage_isThatPartOfTheWhole(ImageKinds kind) {
    BufferedImage image = kind.random();
    BufferedImage part = image.getSubimage(3, 2, 5, 4).getSubimage(1, 1, 4, 2);

    assertThat(AwtImages.toFloat(part).samples())
        .containsExactly(AwtImages.toFloat(image).crop(4, 3, 4, 2).samples());
    assertThat(AwtImages.alpha(part).map(FloatImage::samples))
        .usingRecursiveComparison()
        .isEqualTo(
            AwtImages.alpha(image).map(alpha -> alpha.crop(4, 3, 4, 2)).map(FloatImage::samples));
    assertThat(ImageKinds.samples(roundTrip(part)))
        .containsExactly(ImageKinds.samples(part), within(1e-7));
  }

  @ParameterizedTest
  @EnumSource
  void rowsWrittenInBands_areThoseOfTheWhole(ImageKinds kind) {
    BufferedImage image = kind.random();
    FloatImage colors = AwtImages.toFloat(image);
    FloatImage alpha = AwtImages.alpha(image).orElse(null);

    BufferedImage banded =
        AwtPixels.blank(
            colors.channels(), ImageKinds.WIDTH, ImageKinds.HEIGHT, alpha != null, image);
    for (int[] band : new int[][] {{4, 3}, {0, 1}, {1, 3}}) {
      AwtPixels.write(
          colors.crop(0, band[0], ImageKinds.WIDTH, band[1]).samples(),
          alpha == null ? null : alpha.crop(0, band[0], ImageKinds.WIDTH, band[1]).samples(),
          banded.getSubimage(0, band[0], ImageKinds.WIDTH, band[1]));
    }

    assertThat(ImageKinds.samples(banded))
        .containsExactly(ImageKinds.samples(roundTrip(image)), within(0.0));
  }

  /** The overshoot of a network must not wrap around, nor exceed a premultiplied alpha. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"GRAY_FLOAT", "RGB_FLOAT", "RGBA_DOUBLE"})
  void overshoot_isClamped(ImageKinds kind) {
    BufferedImage like = kind.random();
    ColorModel model = like.getColorModel();
    int channels = AwtPixels.channels(like);
    FloatImage alpha = model.hasAlpha() ? Images.constant(1, 2, 2, 0.6f) : null;

    BufferedImage high = AwtImages.toBuffered(Images.constant(channels, 2, 2, 1.1f), alpha, like);
    BufferedImage low = AwtImages.toBuffered(Images.constant(channels, 2, 2, -1.1f), alpha, like);

    float[] ofHigh = normalized(model, high.getRaster().getDataElements(1, 1, null));
    float[] ofLow = normalized(model, low.getRaster().getDataElements(1, 1, null));
    for (int c = 0; c < model.getNumColorComponents(); c++) {
      assertThat(ofHigh[c]).isEqualTo(1);
      assertThat(ofLow[c]).isEqualTo(kind == ImageKinds.GRAY_SIGNED ? -32768f / 32767 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"GRAY_ALPHA_PRE", "GRAY_FLOAT", "RGB_FLOAT", "RGBA_DOUBLE"})
  void opaqueAndTransparent_areTheLimits(ImageKinds kind) {
    BufferedImage like = kind.random();
    ColorModel model = like.getColorModel();
    if (!model.hasAlpha()) {
      return;
    }
    FloatImage alpha = Images.row(-0.1f, 0, 1, 0.9999999f, 1.1f);

    BufferedImage image =
        AwtImages.toBuffered(Images.constant(AwtPixels.channels(like), 5, 1, 0.5f), alpha, like);

    int band = model.getNumColorComponents();
    int max = (1 << model.getComponentSize(band)) - 1;
    assertThat(image.getRaster().getSamples(0, 0, 5, 1, band, (int[]) null))
        .containsExactly(0, 0, max, max, max);
  }

  /** Where a format has 8 bits of what has more, or no alpha, the image is that over white. */
  @ParameterizedTest
  @EnumSource
  void file_showsTheImage(ImageKinds kind) throws IOException {
    BufferedImage image = kind.random();
    for (String extension : new String[] {"tif", "png", "bmp"}) {
      Path file = folder.resolve("image." + extension);

      ImageFiles.write(image, file);

      BufferedImage read = ImageFiles.read(file);
      boolean isDeep = read.getColorModel().getComponentSize(0) > 8 || extension.equals("tif");
      assertThat(overWhite(read))
          .as(extension)
          .containsExactly(overWhite(image), within(isDeep ? 1f / 65535 : 0.51f / 255));
      if (extension.equals("tif")) {
        assertThat(read.getColorModel().hasAlpha()).isEqualTo(image.getColorModel().hasAlpha());
      }
    }
  }

  private static float[] overWhite(BufferedImage image) {
    float[] samples = AwtImages.toFloat(image).samples().clone();
    float[] alpha = AwtImages.alpha(image).map(FloatImage::samples).orElse(null);
    for (int i = 0; i < samples.length; i++) {
      float part = alpha == null ? 1 : alpha[i % alpha.length];
      samples[i] = Math.max(0, Math.min(1, 1 + (samples[i] - 1) * part));
    }
    return samples;
  }

  private static float[] normalized(ColorModel model, Object pixel) {
    return model.getNormalizedComponents(pixel, null, 0);
  }

  private static BufferedImage roundTrip(BufferedImage image) {
    return AwtImages.toBuffered(
        AwtImages.toFloat(image), AwtImages.alpha(image).orElse(null), image);
  }
}
