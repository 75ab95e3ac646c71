// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.shared.models.ModelLookup;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.training.internal.data.ImageRef;
import io.github.sr4j.training.internal.data.ImageRefs;
import io.github.sr4j.training.internal.files.ImageFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The making of a model whose network computes in whole numbers of 8 bits: a file of half the size
 * or less, faster on processors with instructions for it (VNNI, AMX), for a little quality.
 * Immutable and safe for use by multiple threads.
 *
 * <pre>{@code
 * Quantization.Report report =
 *     Quantization.defaults().validate(Path.of("Set5"))
 *         .quantize(Model.file(Path.of("model.onnx")), Path.of("photos"), Path.of("model-int8.onnx"));
 * }</pre>
 *
 * <p>The steps of the numbers are chosen on patches of images such as those that the model is for.
 * The first and the last convolutions stay in float. docs/quantization.md explains the method.
 */
public final class Quantization {

  private static final SettingName MAX_LOSS = new SettingName("max-loss");
  private static final double DEFAULT_MAX_LOSS = 0.1;
  private static final int BLOCKS = 50;
  private static final int SIDE = 64; // of a low-resolution patch, in pixels
  private static final int MIN_SIDE = 24;
  private static final int TRIES = 8; // images for each patch, of which some may be too small
  private static final double MAX_PSNR = 100; // dB, of patches that come out as they were

  private final double maxLoss;
  private final Optional<Path> validation;

  private Quantization(double maxLoss, Optional<Path> validation) {
    this.maxLoss = maxLoss;
    this.validation = validation;
  }

  /** Returns a quantization that may lose 0.1 dB on the patches that it is calibrated on. */
  public static Quantization defaults() {
    return new Quantization(DEFAULT_MAX_LOSS, Optional.empty());
  }

  /**
   * Returns a quantization that may lose so much PSNR, on patches and on images to validate on.
   *
   * @param decibels at least 0
   * @throws IllegalArgumentException if it is negative or not a number
   */
  public Quantization maxLoss(double decibels) {
    SettingException.check(
        decibels >= 0, "%s must be at least 0 dB, but was %s", MAX_LOSS, decibels);
    return new Quantization(decibels, validation);
  }

  /**
   * Returns a quantization that is measured on a set of images, too, by {@link Evaluation#luma}.
   *
   * @param images high-resolution images: a folder, a {@code .zip} file or a {@code .txt} list
   */
  public Quantization validate(Path images) {
    return new Quantization(maxLoss, Optional.of(images));
  }

  /**
   * The PSNR of both models on the same images, in dB.
   *
   * @param images the name of the set, such as {@code Set5}
   */
  public record Loss(String images, double psnr, double quantizedPsnr) {

    /** Returns by how much the quantized model is worse, in dB. */
    public double decibels() {
      return psnr - quantizedPsnr;
    }
  }

  /**
   * The outcome.
   *
   * @param model the file that was written
   * @param quantization what was done, as it stands in the metadata of the file
   * @param losses on the patches, and on the images to validate on if there are any
   * @param bytes the length of the file
   */
  public record Report(Path model, String quantization, List<Loss> losses, long bytes) {

    /** Copies the list. */
    public Report {
      losses = List.copyOf(losses);
    }
  }

  /**
   * Quantizes a model, and writes the file if it loses no more than is allowed.
   *
   * @param model the model in float32
   * @param images high-resolution images like those that the model is for: a folder, a {@code .zip}
   *     file or a {@code .txt} list
   * @param output the file to write; its extension is that of the backend's models
   * @throws ModelFormatException if the model cannot be opened, or has nothing to quantize
   * @throws SuperResolutionException if it loses more, or no image is large enough for a patch
   * @throws IOException if an image cannot be read, or the file not be written
   */
  public Report quantize(Model model, Path images, Path output) throws IOException {
    AtomicFile.check(output);
    ModelLookup.Found found = ModelLookup.onClassPath().find(model);
    try (Upscaler network = Upscaler.builder().model(model).build()) {
      ModelInfo info = network.info();
      List<Patch> patches = patches(info, images);
      byte[] content =
          quantized(
              found,
              patches.stream()
                  .map(patch -> patch.block(info))
                  .collect(ImmutableList.toImmutableList()));
      Model result = Model.bytes(output.toString(), content).declared(found.model().declaration());
      try (Upscaler quantized = Upscaler.builder().model(result).build()) {
        List<Loss> losses = new ArrayList<>();
        losses.add(
            new Loss(
                patches.size() + " patches of " + images.getFileName(),
                psnr(network, patches),
                psnr(quantized, patches)));
        if (validation.isPresent()) {
          EvaluationReport before = Evaluation.luma().of(network, validation.get());
          EvaluationReport after = Evaluation.luma().of(quantized, validation.get());
          losses.add(new Loss(before.dataset(), before.psnr(), after.psnr()));
        }
        for (Loss loss : losses) {
          check(loss, info.name());
        }
        AtomicFile.writeDurably(output, out -> out.write(content));
        return new Report(
            output,
            quantized.info().provenance().getOrDefault("quantization", "int8"),
            losses,
            content.length);
      }
    }
  }

  private void check(Loss loss, String name) {
    if (!(loss.decibels() <= maxLoss)) {
      SettingException tooMuch =
          new SettingException(
              "%s: loses %s dB in 8 bits on %s, %s dB instead of %s, but %s is %s; nothing is"
                  + " written",
              name,
              rounded(loss.decibels()),
              loss.images(),
              rounded(loss.quantizedPsnr()),
              rounded(loss.psnr()),
              MAX_LOSS,
              maxLoss);
      throw new SuperResolutionException(tooMuch.getMessage(), tooMuch);
    }
  }

  private static String rounded(double decibels) {
    return String.format(Locale.ROOT, "%.3f", decibels);
  }

  private static byte[] quantized(ModelLookup.Found found, List<FloatImage> blocks) {
    return found
        .backend()
        .quantized(found.model(), blocks)
        .orElseThrow(
            () ->
                new SuperResolutionException(
                    String.format(
                        "%s: the backend \"%s\", which opens it, quantizes no models",
                        found.model().name(), found.backend().name()),
                    null));
  }

  /** A part of an image, and what it is enlarged from. */
  private record Patch(FloatImage highRes, FloatImage lowRes) {

    /** Returns the input of the network. */
    FloatImage block(ModelInfo info) {
      return info.isPreupscaled()
          ? Resampling.bicubic(lowRes, highRes.width(), highRes.height())
          : lowRes;
    }
  }

  /** Returns patches of as many images as there are, at places that depend on nothing else. */
  private static List<Patch> patches(ModelInfo info, Path images) throws IOException {
    List<ImageRef> files = ImageRefs.in(images);
    int blockScale = info.isPreupscaled() ? info.scale() : 1;
    int width = info.blockWidth().orElse(aligned(info)) / blockScale;
    int height = info.blockHeight().orElse(aligned(info)) / blockScale;
    SplittableRandom random = new SplittableRandom(1);
    List<Patch> patches = new ArrayList<>();
    for (int i = 0; i < TRIES * BLOCKS && patches.size() < BLOCKS; i++) {
      // Those of a long list are taken from all of it.
      int index = files.size() > BLOCKS ? (int) ((long) i * files.size() / BLOCKS) : i;
      FloatImage image = files.get(index % files.size()).read().rounded();
      FloatImage samples =
          info.color() == ModelInfo.Color.LUMA ? Luma.of(image) : ImageFolder.rgb(image);
      int x = samples.width() - width * info.scale();
      int y = samples.height() - height * info.scale();
      if (x >= 0 && y >= 0) {
        FloatImage highRes =
            samples.crop(
                random.nextInt(x + 1),
                random.nextInt(y + 1),
                width * info.scale(),
                height * info.scale());
        patches.add(new Patch(highRes, Resampling.bicubic(highRes, width, height).rounded()));
      }
    }
    if (patches.isEmpty()) {
      throw new SuperResolutionException(
          String.format(
              "%s: an image must be at least %sx%s (width x height), but none is",
              images, width * info.scale(), height * info.scale()),
          null);
    }
    return patches;
  }

  private static int aligned(ModelInfo info) {
    int alignment = info.alignment();
    int side = info.isPreupscaled() ? SIDE * info.scale() : SIDE;
    return Math.max(MIN_SIDE, (side + alignment - 1) / alignment * alignment);
  }

  /** Returns the PSNR over all patches, without a border of the scale, as in the papers. */
  private static double psnr(Upscaler upscaler, List<Patch> patches) {
    double squares = 0;
    long count = 0;
    int border = upscaler.scale();
    for (Patch patch : patches) {
      float[] actual = upscaler.upscale(patch.lowRes()).rounded().shave(border).samples();
      float[] expected = patch.highRes().shave(border).samples();
      for (int i = 0; i < actual.length; i++) {
        squares += (actual[i] - expected[i]) * (double) (actual[i] - expected[i]);
      }
      count += actual.length;
    }
    return Math.min(MAX_PSNR, -10 * Math.log10(squares / count));
  }
}
