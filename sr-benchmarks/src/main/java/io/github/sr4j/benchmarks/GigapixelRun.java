// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much memory and time the enlarging of a file takes that is larger than the memory.
 *
 * <p>Writes a TIFF of noise, enlarges it in a JVM with a small heap, whose resident memory is
 * watched, and compares the time with that of a smaller image in memory. Linux only. See
 * docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar io.github.sr4j.benchmarks.GigapixelRun
 * }</pre>
 */
@Command(
    name = "GigapixelRun",
    mixinStandardHelpOptions = true,
    description = "Measures the memory and time that enlarging a large TIFF takes.")
public final class GigapixelRun implements Callable<Integer> {

  private static final int ROWS_PER_STRIP = 16;
  private static final int IN_MEMORY_SIDE = 2000;

  @Option(
      names = "--width",
      defaultValue = "20000",
      description = "Width of the image; default: ${DEFAULT-VALUE}.")
  private int width;

  @Option(
      names = "--height",
      defaultValue = "20000",
      description = "Height of the image; default: ${DEFAULT-VALUE}.")
  private int height;

  @Option(
      names = "--heap",
      defaultValue = "512m",
      description = "Heap of the JVM that enlarges it; default: ${DEFAULT-VALUE}.")
  private String heap;

  @Option(
      names = "--folder",
      description = "Where to write; needs 15 bytes per pixel. Default: a temporary folder.")
  private Path folder;

  private GigapixelRun() {}

  /** Runs the benchmark, or, in a process of its own, its work. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length > 0 && arguments[0].equals("work")) {
      work(arguments);
    } else {
      System.exit(new CommandLine(new GigapixelRun()).execute(arguments));
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println(Machine.describe());
    Path place = Files.createTempDirectory(folder == null ? systemFolder() : folder, "gigapixel");
    Path source = place.resolve("source.tif");
    Path target = place.resolve("target.tif");
    try {
      writeNoise(source, width, height);
      Result whole = run("in-memory", Integer.toString(IN_MEMORY_SIDE));
      Result file = run("file", source.toString(), target.toString());
      System.out.println(
          "| | result | peak resident memory | seconds | seconds per megapixel of the result |");
      System.out.println("|---|---|---|---|---|");
      print("file to file, -Xmx" + heap, width, height, file);
      print("in memory, -Xmx2g", IN_MEMORY_SIDE, IN_MEMORY_SIDE, whole);
      System.out.printf(Locale.ROOT, "%n%s: %.2f GB%n", target, Files.size(target) / 1e9);
      return 0;
    } finally {
      Files.deleteIfExists(source);
      Files.deleteIfExists(target);
      Files.delete(place);
    }
  }

  private static void print(String name, int width, int height, Result result) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %dx%d | %.0f MB | %.1f | %.3f |%n",
        name,
        2 * width,
        2 * height,
        result.peakBytes() / 1e6,
        result.seconds(),
        result.seconds() / (4e-6 * width * height));
  }

  private static Path systemFolder() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private record Result(double seconds, long peakBytes) {}

  private Result run(String... work) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Machine.JVM_OPTIONS);
    if (work[0].equals("file")) {
      command.add("-Xmx" + heap); // the last one counts
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), GigapixelRun.class.getName()));
    command.add("work");
    command.addAll(List.of(work));
    Path answer = Files.createTempFile("gigapixel", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(answer.toFile())
            .start();
    long peak = 0;
    while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
      peak = Math.max(peak, peakBytes(process.pid()));
    }
    String seconds = Files.readString(answer).strip();
    Files.delete(answer);
    if (process.exitValue() != 0) {
      throw new IllegalStateException("the process of " + work[0] + " failed: " + seconds);
    }
    return new Result(Double.parseDouble(seconds), peak);
  }

  /** The most memory that a process has had resident, as Linux counts it. */
  private static long peakBytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024; // in kB
        }
      }
      return 0;
    } catch (IOException e) {
      return 0; // it has just ended
    }
  }

  private static void work(String[] arguments) throws IOException {
    try (Upscaler upscaler = Upscaler.create()) {
      upscaler.warmUp();
      long begin = System.nanoTime();
      if (arguments[1].equals("file")) {
        upscaler.upscale(Path.of(arguments[2]), Path.of(arguments[3]));
      } else {
        int side = Integer.parseInt(arguments[2]);
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
        Random random = new Random(1);
        for (int y = 0; y < side; y++) {
          for (int x = 0; x < side; x++) {
            image.setRGB(x, y, random.nextInt());
          }
        }
        begin = System.nanoTime();
        upscaler.upscale(image);
      }
      System.out.println((System.nanoTime() - begin) / 1e9);
    }
  }

  /** Writes a TIFF of RGB strips, row by row. */
  private static void writeNoise(Path file, int width, int height) throws IOException {
    int strips = (height + ROWS_PER_STRIP - 1) / ROWS_PER_STRIP;
    int rowBytes = 3 * width;
    int[][] fields = { // tag, type (3: short, 4: long), count, value
      {256, 4, 1, width}, // ImageWidth
      {257, 4, 1, height}, // ImageLength
      {258, 3, 3, 0}, // BitsPerSample
      {259, 3, 1, 1 << 16}, // Compression: none
      {262, 3, 1, 2 << 16}, // PhotometricInterpretation: RGB
      {273, 4, strips, 0}, // StripOffsets
      {277, 3, 1, 3 << 16}, // SamplesPerPixel
      {278, 4, 1, ROWS_PER_STRIP}, // RowsPerStrip
      {279, 4, strips, 0}, // StripByteCounts
    };
    int values = 8 + 2 + 12 * fields.length + 4;
    int pixels = values + 6 + 8 * strips;
    fields[2][3] = values;
    fields[5][3] = values + 6;
    fields[8][3] = values + 6 + 4 * strips;
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
      out.writeInt(0x4d4d002a); // big-endian TIFF
      out.writeInt(8);
      out.writeShort(fields.length);
      for (int[] field : fields) {
        out.writeShort(field[0]);
        out.writeShort(field[1]);
        out.writeInt(field[2]);
        out.writeInt(field[3]);
      }
      out.writeInt(0);
      for (int i = 0; i < 3; i++) {
        out.writeShort(8);
      }
      for (int i = 0; i < strips; i++) {
        out.writeInt((int) (pixels + (long) i * ROWS_PER_STRIP * rowBytes));
      }
      for (int i = 0; i < strips; i++) {
        out.writeInt(Math.min(ROWS_PER_STRIP, height - i * ROWS_PER_STRIP) * rowBytes);
      }
      byte[] row = new byte[rowBytes];
      Random random = new Random(1);
      for (int y = 0; y < height; y++) {
        random.nextBytes(row);
        out.write(row);
      }
    }
  }
}
