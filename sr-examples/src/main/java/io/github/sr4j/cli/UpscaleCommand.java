// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import com.google.common.io.MoreFiles;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j upscale}: an image, or each image of a folder, through a model. */
@Command(
    name = "upscale",
    description = "Enlarge an image, or the images of a folder.",
    footer = {
      "",
      "Examples:",
      "  sr4j upscale photo.jpg photo-x2.png",
      "  sr4j upscale --scale 4 photos enlarged"
    })
final class UpscaleCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "INPUT",
      description = "An image, or a folder of images; folders in it are left out.")
  private Path input;

  @Parameters(
      index = "1",
      paramLabel = "OUTPUT",
      description =
          "The image to write, in the format that its name says (png, jpg, tif, bmp). For a folder,"
              + " the folder to write to, which gets the same file names.")
  private Path output;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      description =
          "An embedded model or an ONNX file. Default: the embedded model for the scale; sr4j devices"
              + " lists them.")
  private @Nullable String model;

  @Mixin private ModelOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (!Files.exists(input)) {
      throw new NoSuchFileException(input.toString());
    }
    if (Files.isDirectory(input)) {
      return upscaleFolder();
    }
    checkTarget(output);
    if (Files.exists(output) && Files.isSameFile(input, output)) {
      throw new Failure(output + ": is the image to enlarge; choose another name for the result");
    }
    BufferedImage image = AwtImages.read(input); // before the model: it is the likelier to be wrong
    try (Upscaler upscaler = options.open(model)) {
      upscale(upscaler, image, output);
    }
    return 0;
  }

  private int upscaleFolder() throws Exception {
    List<Path> images = imagesOf(input);
    if (Files.exists(output) && Files.isSameFile(input, output)) {
      throw new Failure(output + ": is the folder of the images to enlarge; choose another one");
    }
    List<String> failures = new ArrayList<>();
    try (Upscaler upscaler = options.open(model)) {
      Files.createDirectories(output);
      for (Path image : images) {
        try {
          Path target = output.resolve(image.getFileName());
          checkTarget(target);
          upscale(upscaler, AwtImages.read(image), target);
        } catch (Failure
            | IOException
            | SuperResolutionException
            | IllegalArgumentException
            | OutOfMemoryError e) {
          failures.add(Failure.describe(e));
        }
      }
    }
    if (failures.isEmpty()) {
      return 0;
    }
    failures.forEach(failure -> spec.commandLine().getErr().println("sr4j: " + failure));
    return 1;
  }

  private void upscale(Upscaler upscaler, BufferedImage image, Path target) throws IOException {
    long start = System.nanoTime();
    BufferedImage enlarged = upscaler.upscale(image);
    AwtImages.write(enlarged, target);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %dx%d -> %dx%d by %s on %s in %.1f s%n",
            target,
            image.getWidth(),
            image.getHeight(),
            enlarged.getWidth(),
            enlarged.getHeight(),
            upscaler.info().name(),
            upscaler.device().actual(),
            (System.nanoTime() - start) / 1e9);
  }

  /** Refuses what cannot be written before time is spent on it. */
  private static void checkTarget(Path file) throws Failure {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new Failure(file + ": is a folder, but the input is an image; name a file in it");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new Failure(file + ": there is no folder " + folder + "; create it first");
    }
    if (!Files.isWritable(folder)) {
      throw new Failure(
          file + ": the folder " + folder + " cannot be written to; choose another one");
    }
    if (!ImageIO.getImageWritersBySuffix(extension(file)).hasNext()) {
      throw new Failure(
          file
              + ": images can be written as png, jpg, tif or bmp, so end the name in one of these");
    }
  }

  private static List<Path> imagesOf(Path folder) throws IOException, Failure {
    Set<String> readable = new TreeSet<>();
    for (String suffix : ImageIO.getReaderFileSuffixes()) {
      readable.add(suffix.toLowerCase(Locale.ROOT));
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> images =
          files
              .filter(file -> readable.contains(extension(file)))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (images.isEmpty()) {
        throw new Failure(
            String.format(
                "%s: no images in this folder; expected files ending in %s",
                folder, String.join(", ", readable)));
      }
      return images;
    }
  }

  /**
   * Returns what follows the last dot of a file's name, in lower case; nothing for a hidden file.
   */
  private static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.startsWith(".") ? "" : MoreFiles.getFileExtension(file).toLowerCase(Locale.ROOT);
  }
}
