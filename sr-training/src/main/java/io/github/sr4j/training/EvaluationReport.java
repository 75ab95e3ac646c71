// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * How a model did on each image of a folder, beside bicubic enlargement. Immutable.
 *
 * @param model what was measured; {@code bicubic} for bicubic enlargement itself
 * @param dataset the name of the folder
 * @param scale by how much images were enlarged
 * @param images the figures of each image, ordered by name, at least one
 */
public record EvaluationReport(String model, String dataset, int scale, List<Image> images) {

  /**
   * The figures of an image.
   *
   * @param name the path of the image from the folder on
   * @param psnr the peak signal-to-noise ratio of the luma in dB; infinite if nothing differs
   * @param ssim the structural similarity of the luma, at most 1
   * @param bicubicPsnr the same of bicubic enlargement
   * @param bicubicSsim the same of bicubic enlargement
   */
  public record Image(
      String name, double psnr, double ssim, double bicubicPsnr, double bicubicSsim) {}

  /** Copies the images. */
  public EvaluationReport {
    images = ImmutableList.copyOf(images);
  }

  /** Returns the mean PSNR of the images in dB. */
  public double psnr() {
    return mean(Image::psnr);
  }

  /** Returns the mean SSIM of the images. */
  public double ssim() {
    return mean(Image::ssim);
  }

  /** Returns the mean PSNR of bicubic enlargement in dB. */
  public double bicubicPsnr() {
    return mean(Image::bicubicPsnr);
  }

  /** Returns the mean SSIM of bicubic enlargement. */
  public double bicubicSsim() {
    return mean(Image::bicubicSsim);
  }

  private double mean(ToDoubleFunction<Image> figure) {
    return images.stream().mapToDouble(figure).average().orElseThrow();
  }

  /** Returns the figures as a table for a person to read, in lines that end with a line feed. */
  public String toText() {
    int width =
        Math.max(
            "image".length(), images.stream().mapToInt(i -> i.name().length()).max().orElse(0));
    StringBuilder text = new StringBuilder();
    text.append(String.format("%s on %s, x%d, luma\n", model, dataset, scale));
    String row = "%-" + width + "s  %9s  %6s  %12s  %12s\n";
    text.append(String.format(row, "image", "PSNR (dB)", "SSIM", "bicubic PSNR", "bicubic SSIM"));
    for (Image image : images) {
      append(text, row, image);
    }
    append(text, row, new Image("mean", psnr(), ssim(), bicubicPsnr(), bicubicSsim()));
    return text.toString();
  }

  private static void append(StringBuilder text, String row, Image image) {
    text.append(
        String.format(
            row,
            image.name(),
            String.format(Locale.ROOT, "%.3f", image.psnr()),
            String.format(Locale.ROOT, "%.4f", image.ssim()),
            String.format(Locale.ROOT, "%.3f", image.bicubicPsnr()),
            String.format(Locale.ROOT, "%.4f", image.bicubicSsim())));
  }

  /**
   * Writes the figures as JSON: {@code model}, {@code dataset}, {@code scale}, the means {@code
   * psnr}, {@code ssim}, {@code bicubic_psnr} and {@code bicubic_ssim}, and {@code images} with the
   * same of each and its {@code name}. The file appears when it is complete; an infinite figure is
   * the string {@code "Infinity"}.
   *
   * @throws IOException if the file cannot be written
   */
  public void writeJson(Path file) throws IOException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("model", model).put("dataset", dataset).put("scale", scale);
    put(root, psnr(), ssim(), bicubicPsnr(), bicubicSsim());
    ArrayNode array = root.putArray("images");
    for (Image i : images) {
      ObjectNode node = array.addObject().put("name", i.name());
      put(node, i.psnr(), i.ssim(), i.bicubicPsnr(), i.bicubicSsim());
    }
    WholeFile.writeJson(file, root);
  }

  private static void put(
      ObjectNode node, double psnr, double ssim, double bicubicPsnr, double bicubicSsim) {
    node.put("psnr", psnr)
        .put("ssim", ssim)
        .put("bicubic_psnr", bicubicPsnr)
        .put("bicubic_ssim", bicubicSsim);
  }
}
