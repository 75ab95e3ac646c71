// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Metrics.Protocol.Score;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.training.internal.data.ImageRef;
import io.github.sr4j.training.internal.data.ImageRefs;
import io.github.sr4j.training.internal.files.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The measuring of models on sets of high-resolution images, by the papers' protocol. Immutable and
 * safe for use by multiple threads.
 *
 * <pre>{@code
 * EvaluationReport report = Evaluation.luma().of(upscaler, Path.of("Set5"));
 * }</pre>
 *
 * <p>Each image is trimmed to a multiple of the scale, made smaller by MATLAB's antialiased
 * bicubic, enlarged by the model, rounded to 8 bits and compared, without a border; figures are
 * means over images, of which {@link EvaluationReport#leftOut} do not count for the PSNR. See
 * docs/numerics.md.
 *
 * <p>If {@linkplain #luma luma} is compared, then for a luma network this happens to Y alone, as
 * the authors of such networks do; for an RGB network to the three channels, rounded to 8 bits when
 * they are small. {@link #lumaOfRgb} gives luma networks the three channels, too. The figures of
 * {@link #bicubic} are always those of the three channels; the two ways differ by about 0.02 dB. A
 * file of one channel is taken as Y, unscaled.
 */
public final class Evaluation {

  private static final int SSIM_WINDOW = 11;

  /** In dB; beyond a difference of one level in one of 150,000 samples. */
  private static final double MAX_PSNR_OF_VALIDATION = 100;

  /** The channels that are reduced, and those that are compared. */
  private enum Space {
    LUMA("luma"),
    LUMA_OF_RGB("luma of rgb"),
    RGB("rgb");

    private final String text;

    Space(String text) {
      this.text = text;
    }
  }

  private final Space space;
  private final OptionalInt border; // empty for the scale
  private final ImmutableList<Loss> measures;
  private final Optional<Path> lowRes;

  private Evaluation(
      Space space, OptionalInt border, ImmutableList<Loss> measures, Optional<Path> lowRes) {
    this.space = space;
    this.border = border;
    this.measures = measures;
    this.lowRes = lowRes;
  }

  /**
   * Returns the measuring on Y of BT.601, without a border of {@code scale} pixels: what most
   * papers report.
   */
  public static Evaluation luma() {
    return new Evaluation(Space.LUMA, OptionalInt.empty(), ImmutableList.of(), Optional.empty());
  }

  /**
   * Returns the measuring on Y of BT.601 in which luma networks, too, enlarge a colour image whose
   * three channels were reduced and rounded to 8 bits, and Y of its 8-bit result is compared: what
   * papers report since RGB networks, such as IMDN's. An RGB network has the same figures by it as
   * by {@link #luma}, a luma network others.
   */
  public static Evaluation lumaOfRgb() {
    return new Evaluation(
        Space.LUMA_OF_RGB, OptionalInt.empty(), ImmutableList.of(), Optional.empty());
  }

  /**
   * Returns the measuring on red, green and blue, without a border of {@code scale} pixels. A gray
   * image has three equal channels then, and luma networks get their luma, with chroma enlarged
   * bicubically.
   */
  public static Evaluation rgb() {
    return new Evaluation(Space.RGB, OptionalInt.empty(), ImmutableList.of(), Optional.empty());
  }

  /**
   * Returns a measuring without a border of so many pixels, whatever the scale; 4 is SRGAN's.
   *
   * @throws IllegalArgumentException if {@code border} is negative
   */
  public Evaluation border(int border) {
    Metrics.Protocol.luma(1).withBorder(border);
    return new Evaluation(space, OptionalInt.of(border), measures, lowRes);
  }

  /**
   * Returns a measuring of something else besides, such as {@code Losses.parse("lpips(...)")}: the
   * value of a loss on red, green and blue of the result, rounded to 8 bits, without the border. If
   * the network was measured on Y alone, it enlarges the image in colour for it.
   */
  public Evaluation measure(Loss loss) {
    ImmutableList<Loss> more = ImmutableList.<Loss>builder().addAll(measures).add(loss).build();
    return new Evaluation(space, border, more, lowRes);
  }

  /**
   * Returns a measuring on low-resolution images that are given, such as degraded ones, and not
   * made by bicubic reduction. Names are compared as in the training on pairs.
   *
   * @param source a folder, a {@code .zip} file or a {@code .txt} list of files
   */
  public Evaluation lowRes(Path source) {
    return new Evaluation(space, border, measures, Optional.of(source));
  }

  /**
   * Measures a model.
   *
   * @param upscaler the model, which is not closed
   * @param images the high-resolution images: a folder, with those in it, a {@code .zip} file or a
   *     {@code .txt} list of files
   * @throws IOException if there are no images, or one cannot be read or has no low-resolution
   *     image
   * @throws ImageFormatException if a file is damaged, not an image, too small to be measured, or
   *     not of the size of its low-resolution image
   * @throws SuperResolutionException if the model returns values that are not finite
   */
  public EvaluationReport of(Upscaler upscaler, Path images) throws IOException {
    ModelInfo info = upscaler.info();
    upscaler.warmUp(); // or the first image would take longer
    return evaluate(
        new Method(
            info.name(),
            upscaler.scale(),
            info.color() == ModelInfo.Color.LUMA,
            (lowRes, width, height) -> upscaler.upscale(lowRes)),
        images,
        info.parameters(),
        info.multiplyAccumulates());
  }

  /**
   * Measures bicubic enlargement.
   *
   * @param scale by how much images are enlarged
   * @param images as for {@link #of}
   * @throws IOException as for {@link #of}
   * @throws ImageFormatException as for {@link #of}
   */
  public EvaluationReport bicubic(int scale, Path images) throws IOException {
    return evaluate(
        new Method("bicubic", scale, false, Resampling::bicubic),
        images,
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  /** Returns the compared channels and the border, such as {@code luma, border 4}. */
  @Override
  public String toString() {
    return space.text
        + ", border "
        + (border.isPresent() ? Integer.toString(border.getAsInt()) : "of the scale");
  }

  /**
   * Returns the mean figures of a network in training by the papers' protocol, always finite.
   *
   * <p>The means of a run must be over the same images, whatever the network makes of them, or none
   * of them tells which network is best: {@linkplain #isFlat flat} images never count for the PSNR,
   * and all others always do, each with at most 100 dB. If all are flat, all count.
   *
   * @param exact is told the name of each image that is not flat and differs nowhere
   */
  static Score mean(Upscaler upscaler, ImageFolder images, Consumer<String> exact)
      throws IOException {
    Evaluation evaluation = luma();
    Method method =
        new Method(
            upscaler.info().name(),
            upscaler.scale(),
            upscaler.info().color() == ModelInfo.Color.LUMA,
            (lowRes, width, height) -> upscaler.upscale(lowRes));
    List<EvaluationReport.Image> all = new ArrayList<>();
    for (Path file : images.files()) {
      FloatImage image = ImageFolder.read(file).rounded(); // a file of 16 bits, too, counts as 8
      EvaluationReport.Image figures =
          evaluation.measure(method, new Sample(file.toString(), image, Optional.empty()));
      if (Double.isInfinite(figures.psnr()) && !figures.isFlat()) {
        exact.accept(images.nameOf(file));
      }
      all.add(figures);
    }
    boolean areAllFlat = all.stream().allMatch(EvaluationReport.Image::isFlat);
    double psnr =
        all.stream()
            .filter(image -> areAllFlat || !image.isFlat())
            .mapToDouble(image -> Math.min(image.psnr(), MAX_PSNR_OF_VALIDATION))
            .average()
            .orElseThrow();
    double ssim = all.stream().mapToDouble(EvaluationReport.Image::ssim).average().orElseThrow();
    return new Score(psnr, ssim);
  }

  /**
   * Returns whether what is compared of an image on luma is flat, and it can be validated on.
   *
   * @param name what messages call it
   * @throws ImageFormatException if it is too small to be measured
   */
  static boolean isFlatLuma(FloatImage image, int scale, String name) {
    Metrics.Protocol protocol = Metrics.Protocol.luma(scale);
    checkSize(new Sample(name, image, Optional.empty()), protocol);
    return isFlat(Luma.of(protocol.highRes(image)).shave(protocol.border()));
  }

  /**
   * Returns whether each channel has one value everywhere. Nearly every method enlarges such an
   * image without a difference or with one that rounding decides on, so that its PSNR, infinite or
   * about 50 dB, says nothing about the method.
   */
  private static boolean isFlat(FloatImage image) {
    float[] samples = image.samples();
    int plane = image.width() * image.height();
    for (int i = 0; i < samples.length; i++) {
      if (samples[i] != samples[i - i % plane]) {
        return false;
      }
    }
    return true;
  }

  /** Enlarges an image to a size that is a multiple of its own. */
  private interface Enlargement {
    FloatImage of(FloatImage lowRes, int width, int height);
  }

  /** A measure; if {@code isLuma}, it is given Y alone where luma is compared. */
  private record Method(String name, int scale, boolean isLuma, Enlargement enlargement) {}

  /** An image, and the small one if it is given. */
  private record Sample(String name, FloatImage highRes, Optional<FloatImage> lowRes) {

    /** Returns both in other samples. */
    Sample inLuma() {
      return new Sample(
          name, Luma.of(highRes).rounded(), lowRes.map(image -> Luma.of(image).rounded()));
    }

    Sample inRgb() {
      return new Sample(name, ImageFolder.rgb(highRes), lowRes.map(ImageFolder::rgb));
    }
  }

  private EvaluationReport evaluate(
      Method method, Path images, OptionalLong parameters, OptionalLong multiplyAccumulates)
      throws IOException {
    List<EvaluationReport.Image> figures = new ArrayList<>();
    if (lowRes.isPresent()) {
      List<Integer> scales = List.of(method.scale);
      for (ImageRefs.Pair pair : ImageRefs.paired(images, lowRes.get(), scales)) {
        FloatImage small = pair.lowRes().get(0).read().rounded();
        FloatImage large = pair.highRes().read().rounded();
        String name = pair.highRes().name();
        figures.add(measure(method, sample(name, large, small, method.scale)));
      }
    } else {
      for (ImageRef picture : ImageRefs.in(images)) {
        FloatImage image = picture.read().rounded(); // a file of 16 bits, too, counts as 8
        figures.add(measure(method, new Sample(picture.name(), image, Optional.empty())));
      }
    }
    return new EvaluationReport(
        method.name,
        nameOf(images),
        method.scale,
        toString(),
        parameters,
        multiplyAccumulates,
        figures);
  }

  /** Returns the last part of a path, such as {@code Set5}. */
  private static String nameOf(Path images) {
    Path last = images.toAbsolutePath().normalize().getFileName();
    String name = last == null ? images.toString() : last.toString();
    return Files.isDirectory(images) ? name : ImageRefs.stem(name);
  }

  private static Sample sample(String name, FloatImage large, FloatImage small, int scale) {
    int width = small.width() * scale;
    int height = small.height() * scale;
    int right = large.width() - width;
    int bottom = large.height() - height;
    if (Math.min(right, bottom) < 0 || Math.max(right, bottom) >= scale) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: an image must be %dx%d, which is %d times its low-resolution image, or up to %d"
                  + " pixels larger, but is %dx%d (width x height)",
              name,
              width,
              height,
              scale,
              scale - 1,
              large.width(),
              large.height()),
          null);
    }
    boolean isColor = small.channels() == 3 || large.channels() == 3;
    Sample sample = new Sample(name, large.crop(0, 0, width, height), Optional.of(small));
    return isColor ? sample.inRgb() : sample;
  }

  private EvaluationReport.Image measure(Method method, Sample sample) {
    Metrics.Protocol protocol =
        space == Space.RGB
            ? Metrics.Protocol.rgb(method.scale)
            : Metrics.Protocol.luma(method.scale);
    if (border.isPresent()) {
      protocol = protocol.withBorder(border.getAsInt());
    }
    checkSize(sample, protocol);
    Sample compared =
        switch (space) {
          case LUMA -> method.isLuma ? sample.inLuma() : sample;
          case LUMA_OF_RGB -> sample;
          case RGB -> sample.inRgb();
        };
    FloatImage highRes = protocol.highRes(compared.highRes);
    long start = System.nanoTime();
    FloatImage superRes = enlarged(method, compared, highRes, protocol);
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    Score score = protocol.score(superRes, highRes);
    Map<String, Double> others = new LinkedHashMap<>();
    if (!measures.isEmpty()) {
      if (superRes.channels() == 1) {
        Sample colored = sample.inRgb();
        highRes = protocol.highRes(colored.highRes);
        superRes = enlarged(method, colored, highRes, protocol);
      }
      FloatImage actual = superRes.rounded().shave(protocol.border());
      FloatImage expected = highRes.shave(protocol.border());
      for (Loss loss : measures) {
        others.put(loss.toString(), value(loss, actual, expected, sample.name));
      }
    }
    FloatImage reference =
        (space == Space.RGB ? highRes : Luma.of(highRes)).shave(protocol.border());
    return new EvaluationReport.Image(
        sample.name, score.psnr(), score.ssim(), others, elapsed, isFlat(reference));
  }

  private static void checkSize(Sample sample, Metrics.Protocol protocol) {
    int scale = protocol.scale();
    int min = SSIM_WINDOW + 2 * protocol.border();
    int width = sample.highRes.width();
    int height = sample.highRes.height();
    int side = Math.min(width, height);
    if (side - side % scale < min) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: an image must be at least %dx%d to be measured at scale %d, but is %dx%d (width"
                  + " x height)",
              sample.name,
              min,
              min,
              scale,
              width,
              height),
          null);
    }
  }

  private static FloatImage enlarged(
      Method method, Sample sample, FloatImage highRes, Metrics.Protocol protocol) {
    FloatImage lowRes = sample.lowRes.orElseGet(() -> protocol.lowRes(highRes));
    FloatImage superRes = method.enlargement.of(lowRes, highRes.width(), highRes.height());
    for (float value : superRes.samples()) {
      if (!Float.isFinite(value)) { // rounding to 8 bits would hide it
        throw new SuperResolutionException(
            String.format("%s returns %s for %s", method.name, value, sample.name), null);
      }
    }
    return superRes;
  }

  private static double value(Loss loss, FloatImage actual, FloatImage expected, String name) {
    PatchBatch.Shape shape =
        new PatchBatch.Shape(1, actual.channels(), actual.height(), actual.width());
    try {
      loss.checkShape(shape);
    } catch (IllegalArgumentException e) {
      throw new ImageFormatException(
          String.format("%s cannot be measured with %s: %s", name, loss, e.getMessage()), e);
    }
    return loss.evaluate(
        shape, actual.samples(), expected.samples(), new float[actual.samples().length]);
  }
}
