// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Noise and compression. Every result is clamped to [0, 1]. */
final class Filters {

  private static final int EXACT = 30; // from which mean on a Poisson law is taken for a normal one
  private static final float PHOTONS = 256; // counted in white

  private Filters() {}

  /**
   * Adds Gaussian noise.
   *
   * @param sigma its standard deviation in [0, 1]
   * @param isGray whether all channels get the same
   */
  static FloatImage gaussianNoise(
      FloatImage image, double sigma, boolean isGray, SplittableRandom random) {
    int plane = image.width() * image.height();
    float[] noise = new float[isGray ? plane : image.samples().length];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) (sigma * random.nextGaussian());
    }
    return plus(image, noise);
  }

  /**
   * Adds the noise of counting photons, as X. Wang et al., <i>Real-ESRGAN</i>, ICCVW 2021, do: of a
   * sample {@code v} in [0, 1] the variance is {@code strength^2 v / 256}. Their program replaces
   * 256 by the power of two above the number of different values that a patch happens to have.
   *
   * @param isGray whether all channels get the same, that of their luma
   */
  static FloatImage poissonNoise(
      FloatImage image, double strength, boolean isGray, SplittableRandom random) {
    int plane = image.width() * image.height();
    float[] noise = new float[isGray ? plane : image.samples().length];
    float[] samples = image.samples();
    for (int i = 0; i < noise.length; i++) {
      float value = samples[i];
      if (isGray && image.channels() == 3) { // ITU-R BT.601
        value = 0.299f * value + 0.587f * samples[plane + i] + 0.114f * samples[2 * plane + i];
      }
      value = Math.max(0, Math.min(1, value));
      noise[i] = (float) strength * (count(value * PHOTONS, random) / PHOTONS - value);
    }
    return plus(image, noise);
  }

  /** Draws from a Poisson law. */
  private static float count(float mean, SplittableRandom random) {
    if (mean >= EXACT) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean); // D. E. Knuth, The Art of Computer Programming 2, 3.4.1
    int count = 0;
    for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
      count++;
    }
    return count;
  }

  private static FloatImage plus(FloatImage image, float[] noise) {
    float[] result = new float[image.samples().length];
    for (int i = 0; i < result.length; i++) {
      float value =
          image.samples()[i] + noise[noise.length == result.length ? i : i % noise.length];
      result[i] = Math.max(0, Math.min(1, value));
    }
    return FloatImage.wrap(image.channels(), image.height(), image.width(), result);
  }

  /**
   * Compresses an image as JPEG, chroma at half the resolution, and decodes it.
   *
   * @param quality 1 to 100, as libjpeg counts
   */
  static FloatImage jpeg(FloatImage image, int quality) {
    try {
      byte[] file = compressed(image, quality);
      ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
      try (MemoryCacheImageInputStream input =
          new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
        reader.setInput(input, true, true);
        return AwtImages.toFloat(reader.read(0));
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory
    }
  }

  /** Returns the JPEG file. */
  static byte[] compressed(FloatImage image, int quality) throws IOException {
    int type = image.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    BufferedImage pixels = AwtImages.toBuffered(image, null, new BufferedImage(1, 1, type));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(output);
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(quality / 100f);
      writer.write(null, new IIOImage(pixels, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
