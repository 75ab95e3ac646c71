// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static java.util.Objects.requireNonNull;

import com.google.common.html.HtmlEscapers;
import com.google.common.io.Resources;
import com.google.common.math.IntMath;
import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.shared.util.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A page on which an enlarged image can be compared with the bicubic enlargement of its source: one
 * file, which needs nothing else and shows them with a slider between them.
 */
public final class ComparePage {

  /** The most pixels of an image, which {@link ImageFiles#read} sets: as of 8000x8000 at x2. */
  public static final int MAX_PIXELS = 1 << 28;

  /** Browsers show images of more than about this side badly, if at all. */
  private static final int MAX_SIDE = 4096;

  /** Up to as many pixels are kept exactly, as PNG; two images of it make a page of 10 MB. */
  private static final int MAX_PNG_PIXELS = 1 << 20;

  private static final float JPEG_QUALITY = 0.95f;
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)\\}\\}");

  private ComparePage() {}

  /**
   * The facts about the images that the page states.
   *
   * @param source the name of the low-resolution image
   * @param target the name of the enlarged one
   * @param model the model that enlarged it
   * @param device the device it ran on
   * @param seconds how long that took
   */
  public record Facts(String source, String target, String model, String device, double seconds) {}

  /**
   * Writes a page, which appears under its name when it is complete.
   *
   * @param before the low-resolution image
   * @param after the enlarged one; if it is very large, the page gets a smaller one
   */
  public static void write(Path page, BufferedImage before, BufferedImage after, Facts facts)
      throws IOException {
    int side = Math.max(after.getWidth(), after.getHeight());
    int reduction = IntMath.divide(side, MAX_SIDE, RoundingMode.CEILING);
    int width = IntMath.divide(after.getWidth(), reduction, RoundingMode.CEILING);
    int height = IntMath.divide(after.getHeight(), reduction, RoundingMode.CEILING);
    Map<String, String> values = new HashMap<>();
    values.put("source", facts.source);
    values.put("target", facts.target);
    values.put("model", facts.model);
    values.put("device", facts.device);
    values.put("seconds", String.format(Locale.ROOT, "%.1f", facts.seconds));
    values.put("sourceSize", size(before.getWidth(), before.getHeight()));
    values.put("targetSize", size(after.getWidth(), after.getHeight()));
    values.put(
        "shown",
        reduction == 1
            ? "at their full size"
            : String.format(
                Locale.ROOT, "reduced %d times, to %s", reduction, size(width, height)));
    values.replaceAll((key, value) -> HtmlEscapers.htmlEscaper().escape(value));
    values.put("before", dataUri(resized(before, width, height)));
    values.put("after", dataUri(resized(after, width, height)));
    String text = filledIn(values);
    AtomicFile.write(page, file -> Files.writeString(file, text));
  }

  private static String size(int width, int height) {
    return String.format(Locale.ROOT, "%d × %d pixels", width, height);
  }

  /** Returns an image of 8 bits per sample in sRGB, or gray, as browsers show them. */
  private static BufferedImage resized(BufferedImage image, int width, int height) {
    int times = Math.min(image.getWidth() / width, image.getHeight() / height);
    BufferedImage plain = new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR);
    if (times > 1) {
      return resized(reduced(image, times, plain), width, height);
    }
    FloatImage colors = AwtImages.toFloat(image);
    Optional<FloatImage> alpha = AwtImages.alpha(image);
    if (image.getWidth() != width || image.getHeight() != height) {
      if (alpha.isPresent()) {
        colors = AwtImages.bleed(colors, alpha.get());
      }
      colors = Resampling.bicubic(colors, width, height);
      alpha = alpha.map(a -> Resampling.bicubic(a, width, height));
    }
    return AwtImages.toBuffered(colors, alpha.orElse(null), plain);
  }

  /**
   * Returns the means of squares of pixels, without what remains at the right and at the bottom.
   * Row by row: all of a large image in floats would need more memory than the image.
   */
  private static BufferedImage reduced(BufferedImage image, int times, BufferedImage like) {
    int width = image.getWidth() / times;
    int height = image.getHeight() / times;
    BufferedImage result = null;
    for (int y = 0; y < height; y++) {
      BufferedImage rows = image.getSubimage(0, y * times, width * times, times);
      FloatImage colors = AwtImages.toFloat(rows);
      FloatImage alpha = AwtImages.alpha(rows).orElse(null);
      float[] sums = new float[colors.channels() * width];
      float[] alphas = new float[width];
      for (int i = 0; i < times * width * times; i++) {
        int x = i % (width * times) / times;
        float weight = alpha == null ? 1 : alpha.samples()[i];
        alphas[x] += weight;
        for (int c = 0; c < colors.channels(); c++) {
          sums[c * width + x] += weight * colors.samples()[c * times * width * times + i];
        }
      }
      for (int i = 0; i < sums.length; i++) {
        sums[i] /= Math.max(alphas[i % width], Float.MIN_NORMAL); // 0 where all is transparent
      }
      for (int x = 0; x < width; x++) {
        alphas[x] /= times * times;
      }
      BufferedImage row =
          AwtImages.toBuffered(
              FloatImage.wrap(colors.channels(), 1, width, sums),
              alpha == null ? null : FloatImage.wrap(1, 1, width, alphas),
              like);
      if (result == null) {
        result =
            new BufferedImage(
                row.getColorModel(),
                row.getRaster().createCompatibleWritableRaster(width, height),
                row.isAlphaPremultiplied(),
                null);
      }
      result.getRaster().setDataElements(0, y, row.getRaster());
    }
    return requireNonNull(result);
  }

  private static String dataUri(BufferedImage image) throws IOException {
    boolean isExact =
        image.getColorModel().hasAlpha()
            || (long) image.getWidth() * image.getHeight() <= MAX_PNG_PIXELS;
    String format = isExact ? "png" : "jpeg";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (!isExact) {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(JPEG_QUALITY);
      }
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return String.format(
        "data:image/%s;base64,%s", format, Base64.getEncoder().encodeToString(bytes.toByteArray()));
  }

  private static String filledIn(Map<String, String> values) throws IOException {
    String template =
        Resources.toString(
            Resources.getResource(ComparePage.class, "compare.html"), StandardCharsets.UTF_8);
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(placeholder -> Matcher.quoteReplacement(value(values, placeholder.group(1))));
  }

  private static String value(Map<String, String> values, String key) {
    @Nullable String value = values.get(key);
    if (value == null) {
      throw new IllegalStateException("compare.html wants " + key + ", which nothing provides");
    }
    return value;
  }
}
