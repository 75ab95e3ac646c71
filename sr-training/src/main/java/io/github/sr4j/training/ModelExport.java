// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/** The export of a network to an ONNX file that has been run elsewhere before it is believed. */
public final class ModelExport {

  // Two float32 engines that sum a few hundred products in different orders stay below 1e-5 on [0,
  // 1].
  private static final double TOLERANCE = 1e-4;

  /** The sides of two images that are compared: unequal, and unequal in both. */
  private record Blocks(int width, int height, int otherWidth, int otherHeight) {

    private int pixels() {
      return width * height + otherWidth * otherHeight;
    }
  }

  private static final List<Blocks> BLOCKS =
      List.of(
          new Blocks(37, 29, 16, 23),
          new Blocks(19, 15, 12, 17),
          new Blocks(13, 9, 8, 11),
          new Blocks(9, 7, 6, 8));

  // A quarter of a second of the reference evaluation on one core of 2020.
  private static final double MAX_MULTIPLY_ACCUMULATES = 1.25e9;
  private static final double ENLARGED_PIXELS = 1280.0 * 720; // of ModelInfo.multiplyAccumulates

  private ModelExport() {}

  /**
   * Writes a network as an ONNX file and checks that the inference backend on the class path makes
   * the same of it: scale, colour space and halo as declared, and the output, on images of noise
   * with odd and unequal sides, within 1e-4.
   *
   * <p>The file appears when it has passed; if it fails, nothing is left and an existing file is
   * what it was.
   *
   * @param network what is written; it is not changed
   * @param file the file to write; its name ends in {@code .onnx}
   * @param metadata entries for the file beside those that the network gives, under the keys of
   *     docs/model-format.md without their prefix
   * @return the largest absolute difference between the two outputs
   * @throws SuperResolutionException if the exported file is not the same function as the network;
   *     the message says where it differs most
   * @throws BackendNotFoundException if no backend on the class path opens ONNX files
   * @throws IOException if the file cannot be written
   */
  public static double export(
      TrainingProvider.TrainedNetwork network, Path file, Map<String, String> metadata)
      throws IOException {
    return export(network, file, metadata, UpscalerProvider.all());
  }

  /**
   * Writes the network of another program as {@link #export} does, in less time: networks of
   * millions of weights are compared on smaller images, as small as keeps the comparison within
   * 1.25 billion multiply-accumulates. Each weight takes part in nearly every pixel, and each edge
   * in every block.
   *
   * @param network what is written; it is not changed
   * @param file the file to write; its name ends in {@code .onnx}
   * @param metadata entries for the file beside those that the network gives
   * @return the largest absolute difference between the two outputs
   * @throws SuperResolutionException if the file is not the same function as the network
   * @throws BackendNotFoundException if no backend on the class path opens ONNX files
   * @throws IOException if the file cannot be written
   */
  public static double convert(
      TrainingProvider.TrainedNetwork network, Path file, Map<String, String> metadata)
      throws IOException {
    return convert(network, file, metadata, UpscalerProvider.all());
  }

  static double convert(
      TrainingProvider.TrainedNetwork network,
      Path file,
      Map<String, String> metadata,
      List<UpscalerProvider> backends)
      throws IOException {
    return write(network, file, metadata, backends, ModelExport::affordable);
  }

  static double export(
      TrainingProvider.TrainedNetwork network,
      Path file,
      Map<String, String> metadata,
      List<UpscalerProvider> backends)
      throws IOException {
    return write(network, file, metadata, backends, info -> 0);
  }

  /** Returns the place of the largest blocks whose comparison is cheap enough. */
  private static int affordable(ModelInfo info) {
    int scale = info.isPreupscaled() ? 1 : info.scale(); // of the network itself
    double each = info.multiplyAccumulates().orElse(0) * scale * scale / ENLARGED_PIXELS;
    int place = 0;
    while (place < BLOCKS.size() - 1
        && BLOCKS.get(place).pixels() * each > MAX_MULTIPLY_ACCUMULATES) {
      place++;
    }
    return place;
  }

  private static double write(
      TrainingProvider.TrainedNetwork network,
      Path file,
      Map<String, String> metadata,
      List<UpscalerProvider> backends,
      ToIntFunction<ModelInfo> blocks)
      throws IOException {
    UpscalerProvider backend = onnx(backends); // before anything is written
    return OutputFiles.write(
        file,
        written -> {
          network.exportOnnx(written, metadata);
          try (BlockUpscaler expected = network.snapshot();
              BlockUpscaler actual = backend.open(Model.file(written), Device.cpu(), 1)) {
            compare(file, expected.info(), actual.info());
            return difference(file, expected, actual, blocks.applyAsInt(actual.info()));
          }
        });
  }

  private static UpscalerProvider onnx(List<UpscalerProvider> backends) {
    return backends.stream()
        .filter(provider -> provider.modelExtensions().contains("onnx"))
        .findFirst()
        .orElseThrow(
            () ->
                new BackendNotFoundException(
                    "no backend on the class path opens ONNX files, so an export cannot be checked;"
                        + " add the artifact sr-onnx",
                    null));
  }

  private static void compare(Path file, ModelInfo expected, ModelInfo actual) {
    compare(file, "scale", expected.scale(), actual.scale());
    compare(file, "color", expected.color(), actual.color());
    compare(file, "preupscaled", expected.isPreupscaled(), actual.isPreupscaled());
    compare(file, "halo", expected.halo(), actual.halo());
    compare(file, "alignment", expected.alignment(), actual.alignment());
  }

  private static void compare(Path file, String property, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new SuperResolutionException(
          String.format(
              "%s: the exported model is not the network: %s must be %s, but is %s",
              file, property, expected, actual),
          null);
    }
  }

  private static double difference(
      Path file, BlockUpscaler expected, BlockUpscaler actual, int place) {
    Blocks blocks = BLOCKS.get(place);
    try {
      return Math.max(
          difference(file, expected, actual, blocks.width, blocks.height),
          difference(file, expected, actual, blocks.otherWidth, blocks.otherHeight));
    } catch (IllegalArgumentException e) { // an operator needs larger ones
      if (place == 0) {
        throw e;
      }
      return difference(file, expected, actual, place - 1);
    }
  }

  private static double difference(
      Path file, BlockUpscaler expected, BlockUpscaler actual, int minWidth, int minHeight) {
    int alignment = expected.info().alignment();
    int width = (minWidth + alignment - 1) / alignment * alignment;
    int height = (minHeight + alignment - 1) / alignment * alignment;
    float[] samples = new float[expected.info().channels() * height * width];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    FloatImage noise = FloatImage.wrap(expected.info().channels(), height, width, samples);
    FloatImage a = expected.upscale(noise);
    FloatImage b = actual.upscale(noise);
    compare(file, "the size of the output", a.toString(), b.toString());
    double largest = 0;
    int place = 0;
    for (int i = 0; i < a.samples().length; i++) {
      double difference = Math.abs((double) a.samples()[i] - b.samples()[i]);
      if (!(difference <= largest)) { // also if it is NaN
        largest = difference;
        place = i;
      }
      if (Double.isNaN(difference)) {
        break;
      }
    }
    if (!(largest <= TOLERANCE)) {
      int area = a.width() * a.height();
      throw new SuperResolutionException(
          String.format(
              Locale.ROOT,
              "%s: the exported model is not the network: max |a-b| = %.1e at c=%d, y=%d, x=%d"
                  + " exceeds %.0e on a %dx%d image (width x height)",
              file,
              largest,
              place / area,
              place % area / a.width(),
              place % a.width(),
              TOLERANCE,
              width,
              height),
          null);
    }
    return largest;
  }
}
