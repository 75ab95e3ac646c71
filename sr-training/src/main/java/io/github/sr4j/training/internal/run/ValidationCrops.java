// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import io.github.sr4j.FloatImage;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.training.internal.files.ImageFolder;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Cut-outs of the first validation images: the original, its bicubic enlargement, and what the
 * network made of it each time that it was the best so far. They are files in the folder {@code
 * crops} of a run, so that a resumed run has those of before.
 */
public final class ValidationCrops {

  private static final int MAX_CROPS = 4;
  private static final int SIDE = 128; // pixels of the high-resolution image
  private static final Pattern RESULT = Pattern.compile("0-(\\d{1,18})\\.png");

  /** A cut-out in colour, both sizes of it. */
  private record Crop(String name, FloatImage lowRes, FloatImage highRes) {}

  private final Path folder;
  private final List<Crop> crops = new ArrayList<>();

  /**
   * Cuts them out and writes originals and enlargements.
   *
   * @param step what was cut out after it is deleted, for a resumed run comes to it again
   */
  public ValidationCrops(Path run, ImageFolder images, int scale, long step) throws IOException {
    folder = run.resolve("crops");
    Files.createDirectories(folder);
    for (long result : results()) {
      for (int i = 0; i < MAX_CROPS && result > step; i++) {
        Files.deleteIfExists(file(i, Long.toString(result)));
      }
    }
    Metrics.Protocol protocol = Metrics.Protocol.luma(scale);
    for (Path file : images.files().subList(0, Math.min(MAX_CROPS, images.files().size()))) {
      FloatImage highRes = protocol.highRes(ImageFolder.rgb(ImageFolder.read(file).rounded()));
      Crop crop = crop(images.nameOf(file), highRes, protocol);
      int i = crops.size();
      crops.add(crop);
      write(file(i, "original"), crop.highRes);
      write(
          file(i, "bicubic"),
          Resampling.bicubic(crop.lowRes, crop.highRes.width(), crop.highRes.height()));
    }
  }

  private static Crop crop(String name, FloatImage highRes, Metrics.Protocol protocol) {
    int scale = protocol.scale();
    int width = Math.min(SIDE - SIDE % scale, highRes.width());
    int height = Math.min(SIDE - SIDE % scale, highRes.height());
    int x = 0;
    int y = 0;
    double max = -1;
    int step = Math.max(scale, SIDE / 4 / scale * scale);
    FloatImage luma = Luma.of(highRes);
    for (int top = 0; top + height <= highRes.height(); top += step) {
      for (int left = 0; left + width <= highRes.width(); left += step) {
        double detail = detail(luma, left, top, width, height);
        if (detail > max) {
          max = detail;
          x = left;
          y = top;
        }
      }
    }
    return new Crop(
        name,
        protocol.lowRes(highRes).crop(x / scale, y / scale, width / scale, height / scale),
        highRes.crop(x, y, width, height));
  }

  /** How much neighbours differ: there is little to see in skies and walls. */
  private static double detail(FloatImage luma, int left, int top, int width, int height) {
    float[] samples = luma.samples();
    double sum = 0;
    for (int y = top; y < top + height - 1; y++) {
      for (int x = left; x < left + width - 1; x++) {
        int i = y * luma.width() + x;
        sum += Math.abs(samples[i + 1] - samples[i]);
        sum += Math.abs(samples[i + luma.width()] - samples[i]);
      }
    }
    return sum;
  }

  /** Writes what a network makes of the cut-outs. */
  public void add(long step, Upscaler upscaler) throws IOException {
    for (int i = 0; i < crops.size(); i++) {
      write(file(i, Long.toString(step)), upscaler.upscale(crops.get(i).lowRes));
    }
  }

  /** Returns the names of the images, in the order of the cut-outs. */
  public List<String> names() {
    return crops.stream().map(Crop::name).toList();
  }

  /** Returns the steps of which there are results, in order. */
  public NavigableSet<Long> results() throws IOException {
    NavigableSet<Long> steps = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Matcher matcher = RESULT.matcher(String.valueOf(file.getFileName()));
        if (matcher.matches() && isWhole(matcher.group(1))) {
          steps.add(Long.parseLong(matcher.group(1)));
        }
      }
    }
    return steps;
  }

  /** Returns whether there is a result of each cut-out: someone may have deleted some. */
  private boolean isWhole(String step) {
    return IntStream.range(0, crops.size()).allMatch(crop -> Files.exists(file(crop, step)));
  }

  /** Returns the bicubic enlargement of a crop, a PNG. */
  public byte[] bicubic(int crop) throws IOException {
    return Files.readAllBytes(file(crop, "bicubic"));
  }

  /** Returns the original of a crop, a PNG. */
  public byte[] original(int crop) throws IOException {
    return Files.readAllBytes(file(crop, "original"));
  }

  /** Returns the network's result for a crop after a number of steps, a PNG. */
  public byte[] result(int crop, long step) throws IOException {
    return Files.readAllBytes(file(crop, Long.toString(step)));
  }

  /** Returns the width of a crop in pixels. */
  public int width(int crop) {
    return crops.get(crop).highRes.width();
  }

  /** Returns the height of a crop in pixels. */
  public int height(int crop) {
    return crops.get(crop).highRes.height();
  }

  private Path file(int crop, String what) {
    return folder.resolve(crop + "-" + what + ".png");
  }

  private static void write(Path file, FloatImage image) throws IOException {
    BufferedImage plain = new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(AwtImages.toBuffered(image, null, plain), "png", png);
    OutputFiles.write(file, part -> Files.write(part, png.toByteArray()));
  }
}
