// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.shared.util.VisibleText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/**
 * How a model did on each image of a set. Immutable.
 *
 * @param model what was measured; {@code bicubic} for bicubic enlargement
 * @param dataset the name of the set
 * @param scale by how much images were enlarged
 * @param protocol what was compared, such as {@code luma, border of the scale}
 * @param parameters the number of values in the weights of the model, if it is known
 * @param multiplyAccumulates those of one run of the model for an enlarged image of 1280x720
 *     pixels, if they are known
 * @param images the figures of each image, ordered by name, at least one
 */
public record EvaluationReport(
    String model,
    String dataset,
    int scale,
    String protocol,
    OptionalLong parameters,
    OptionalLong multiplyAccumulates,
    List<Image> images) {

  /**
   * The figures of an image.
   *
   * @param name the path of the image from the folder on
   * @param psnr the peak signal-to-noise ratio in dB; infinite if nothing differs
   * @param ssim the structural similarity, at most 1
   * @param measures what else was measured, by the text of the loss
   * @param elapsed how long the enlarging took
   * @param isFlat whether what is compared of the original has one colour everywhere, so that its
   *     PSNR tells nothing
   */
  public record Image(
      String name,
      double psnr,
      double ssim,
      Map<String, Double> measures,
      Duration elapsed,
      boolean isFlat) {

    /** Copies the measures. */
    public Image {
      measures = ImmutableMap.copyOf(measures);
    }

    /** Creates the figures of an image that is not flat. */
    public Image(
        String name, double psnr, double ssim, Map<String, Double> measures, Duration elapsed) {
      this(name, psnr, ssim, measures, elapsed, false);
    }

    private boolean counts() {
      return !isFlat && Double.isFinite(psnr);
    }
  }

  /**
   * Copies the images.
   *
   * @throws IllegalArgumentException if there are none
   */
  public EvaluationReport {
    images = ImmutableList.copyOf(images);
    checkArgument(!images.isEmpty(), "images must be at least 1, but were 0");
  }

  /**
   * Returns the mean PSNR in dB of the images but those of {@link #leftOut}; infinite if none of
   * the images is left in and one is equal to the original.
   */
  public double psnr() {
    boolean isOfSome = images.stream().anyMatch(Image::counts);
    return images.stream()
        .filter(image -> !isOfSome || image.counts())
        .mapToDouble(Image::psnr)
        .average()
        .orElseThrow();
  }

  /**
   * Returns the names of the images that do not count for the mean PSNR, as one of them would
   * decide it: those that are flat, and those that are equal to the original, whose PSNR is
   * infinite. Empty if these are all images: all count then.
   */
  public List<String> leftOut() {
    boolean isOfSome = images.stream().anyMatch(Image::counts);
    return images.stream().filter(image -> isOfSome && !image.counts()).map(Image::name).toList();
  }

  /** Returns the mean SSIM of the images. */
  public double ssim() {
    return mean(Image::ssim);
  }

  /** Returns the means of what else was measured. */
  public Map<String, Double> measures() {
    Map<String, Double> means = new LinkedHashMap<>();
    for (String name : images.get(0).measures().keySet()) {
      means.put(name, mean(image -> image.measures().getOrDefault(name, Double.NaN)));
    }
    return means;
  }

  /** Returns the mean time that an image took. */
  public Duration elapsed() {
    return Duration.ofNanos((long) mean(image -> image.elapsed().toNanos()));
  }

  private double mean(ToDoubleFunction<Image> figure) {
    return images.stream().mapToDouble(figure).average().orElseThrow();
  }

  /** Returns a table of the images for a person to read, in lines that end with a line feed. */
  public String toText() {
    List<List<String>> rows = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("image", "PSNR (dB)", "SSIM"));
    names.addAll(EvaluationTable.shortNames(measures().keySet()));
    names.add("seconds");
    rows.add(names);
    for (Image image : images) {
      rows.add(cells(image));
    }
    rows.add(cells(new Image("mean", psnr(), ssim(), measures(), elapsed())));
    String heading = String.format("%s on %s, x%s, %s", model, dataset, scale, protocol);
    return VisibleText.of(heading)
        + "\n"
        + EvaluationTable.aligned(rows)
        + (leftOut().isEmpty() ? "" : EvaluationTable.remark("the mean PSNR", leftOut()) + "\n");
  }

  private static List<String> cells(Image image) {
    List<String> cells = new ArrayList<>();
    cells.add(image.name());
    cells.add(String.format(Locale.ROOT, "%.3f", image.psnr()));
    cells.add(String.format(Locale.ROOT, "%.4f", image.ssim()));
    image.measures().values().forEach(v -> cells.add(String.format(Locale.ROOT, "%.4f", v)));
    cells.add(EvaluationTable.seconds(image.elapsed()));
    return cells;
  }
}
