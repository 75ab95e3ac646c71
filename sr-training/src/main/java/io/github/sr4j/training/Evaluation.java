// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.MetricProtocol;
import io.github.sr4j.imaging.MetricProtocol.Score;
import io.github.sr4j.imaging.Resampling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The measuring of a model on a folder of high-resolution images, by the papers' protocol.
 *
 * <p>Each image is trimmed to a multiple of the scale, made smaller by MATLAB's antialiased
 * bicubic, enlarged by the model, rounded to 8 bits and compared on Y of BT.601, without a border
 * of {@code scale} pixels; figures are means over images. See docs/numerics.md.
 *
 * <p>For a luma network this happens to Y alone, as the authors of such networks do; for an RGB
 * network to the three channels, rounded to 8 bits when they are small. The bicubic figures beside
 * them are always those of the three channels, as the tables of papers have them; the two ways
 * differ by about 0.02 dB. A file of one channel is taken as Y, unscaled.
 */
public final class Evaluation {

  private static final int SSIM_WINDOW = 11;

  private Evaluation() {}

  /**
   * Measures a model.
   *
   * @param upscaler the model, which is not closed
   * @param folder the folder of images; folders in it are searched too
   * @throws IOException if there is no such folder, it holds no images, or one cannot be read
   * @throws ImageFormatException if a file is damaged, not an image, or too small to be measured
   * @throws SuperResolutionException if the model returns values that are not finite
   */
  public static EvaluationReport of(Upscaler upscaler, Path folder) throws IOException {
    ModelInfo info = upscaler.info();
    return evaluate(info.name(), info.scale(), folder, upscaler);
  }

  /**
   * Measures bicubic enlargement alone.
   *
   * @param scale by how much images are enlarged
   * @param folder the folder of images; folders in it are searched too
   * @throws IOException if there is no such folder, it holds no images, or one cannot be read
   * @throws ImageFormatException if a file is damaged, not an image, or too small to be measured
   */
  public static EvaluationReport bicubic(int scale, Path folder) throws IOException {
    return evaluate("bicubic", scale, folder, null);
  }

  private static EvaluationReport evaluate(
      String model, int scale, Path folder, @Nullable Upscaler upscaler) throws IOException {
    ImageFolder images = ImageFolder.of(folder);
    List<EvaluationReport.Image> figures = new ArrayList<>();
    for (Path file : images.files()) {
      FloatImage image = read(file, scale);
      Score bicubic = bicubic(image, scale);
      Score score = upscaler == null ? bicubic : score(upscaler, image, file);
      figures.add(
          new EvaluationReport.Image(
              images.nameOf(file), score.psnr(), score.ssim(), bicubic.psnr(), bicubic.ssim()));
    }
    return new EvaluationReport(model, images.name(), scale, figures);
  }

  /** Returns the mean figures of a model, without those of bicubic enlargement. */
  static Score mean(Upscaler upscaler, ImageFolder images) throws IOException {
    double psnr = 0;
    double ssim = 0;
    for (Path file : images.files()) {
      Score score = score(upscaler, read(file, upscaler.info().scale()), file);
      psnr += score.psnr();
      ssim += score.ssim();
    }
    return new Score(psnr / images.files().size(), ssim / images.files().size());
  }

  private static FloatImage read(Path file, int scale) throws IOException {
    FloatImage image = ImageFolder.read(file).rounded(); // a file of 16 bits, too, counts as 8
    int least = SSIM_WINDOW + 2 * scale;
    int side = Math.min(image.width(), image.height());
    if (side - side % scale < least) {
      throw new ImageFormatException(
          String.format(
              "%s: an image must be at least %dx%d to be measured at scale %d, but is %dx%d (width x"
                  + " height)",
              file, least, least, scale, image.width(), image.height()),
          null);
    }
    return image;
  }

  private static Score bicubic(FloatImage image, int scale) {
    MetricProtocol protocol = MetricProtocol.luma(scale);
    FloatImage highRes = protocol.highRes(image);
    FloatImage lowRes = protocol.lowRes(highRes);
    return protocol.score(Resampling.bicubic(lowRes, highRes.width(), highRes.height()), highRes);
  }

  private static Score score(Upscaler upscaler, FloatImage image, Path file) {
    ModelInfo info = upscaler.info();
    MetricProtocol protocol = MetricProtocol.luma(info.scale());
    FloatImage highRes =
        protocol.highRes(info.color() == ModelInfo.Color.LUMA ? Luma.of(image).rounded() : image);
    FloatImage superRes = upscaler.upscale(protocol.lowRes(highRes));
    for (float sample : superRes.samples()) {
      if (!Float.isFinite(sample)) { // rounding to 8 bits would hide it
        throw new SuperResolutionException(
            String.format("%s returns %s for %s", info.name(), sample, file), null);
      }
    }
    return protocol.score(superRes, highRes);
  }
}
