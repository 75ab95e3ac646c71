// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The estimated memory of a block, compared with the growth of a process. */
@Tag("long")
final class MemoryEstimateTest {

  private static final Path STATUS = Path.of("/proc/self/status");

  private static final long CONSTANT_BYTES = 32L << 20; // whatever the block's size

  /** Of tensors of many sizes, ONNX Runtime's allocator keeps more than is in use at a time. */
  @ParameterizedTest
  @CsvSource({
    "fast-x2, 1024, 1.25",
    "fast-x3, 1024, 1.25",
    "fast-x4, 1024, 1.25",
    "rrdb23, 128, 1.75",
    "features, 512, 1.25"
  })
  void block_takesLittleMoreThanEstimated(String model, int side, double maxRatio)
      throws Exception {
    assumeTrue(Files.exists(STATUS), "only Linux tells the resident memory");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xms512m",
                    "-Xmx512m",
                    "-XX:+AlwaysPreTouch",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Caller.class.getName(),
                    model,
                    Integer.toString(side)))
            .redirectError(Redirect.INHERIT)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    List<Long> bytes = answer.strip().lines().map(Long::valueOf).toList();
    System.out.printf(
        "%s, %d x %d: estimated %d KiB, took %d KiB%n",
        model, side, side, bytes.get(0) >> 10, bytes.get(1) >> 10);
    assertThat(bytes.get(1))
        .as("growth, of which %s bytes are estimated", bytes.get(0))
        .isLessThan(Math.round(bytes.get(0) * maxRatio) + CONSTANT_BYTES);
  }

  /** The process that runs a block. It prints what is estimated and by how much it grew. */
  static final class Caller {

    private Caller() {}

    public static void main(String[] arguments) throws IOException {
      Model model =
          switch (arguments[0]) {
            case "rrdb23" -> TestModels.model(rrdb(23));
            case "features" -> TestModels.model(TestModels.convolutions(3, 4, 64, 4, 1));
            default -> Model.embedded(arguments[0]);
          };
      int side = Integer.parseInt(arguments[1]);
      try (BlockUpscaler network = OnnxModelReader.open(model, Device.cpu(), 1)) {
        int channels = network.info().channels();
        network.upscale(FloatImage.wrap(channels, 16, 16, new float[channels * 256]));
        FloatImage block = FloatImage.wrap(channels, side, side, new float[channels * side * side]);
        long before = resident();
        network.upscale(block);
        System.out.println(network.info().bytesPerPixel().orElseThrow() * side * side);
        System.out.println(peak() - before);
      }
    }

    /** ESRGAN's generator: residual-in-residual dense blocks of 64 features, x4. */
    private static OnnxFile rrdb(int blocks) {
      Random random = new Random(1);
      OnnxFile file =
          new OnnxFile()
              .metadata("range=1")
              .input("input", OnnxFile.FLOAT32, 1, 3, "height", "width")
              .output("output", OnnxFile.FLOAT32, 1, 3, "large_height", "large_width")
              .weights("fifth", new float[] {0.2f}, 1)
              .weights("scales", new float[] {1, 1, 2, 2}, 4);
      convolution(file, random, "input", "first", 3, 64);
      String trunk = "first";
      for (int i = 0; i < blocks; i++) {
        String outer = trunk;
        for (int j = 0; j < 3; j++) {
          String name = "b" + i + "_" + j + "_";
          List<String> dense = new ArrayList<>(List.of(trunk));
          for (int k = 0; k < 4; k++) {
            String joined = dense.get(0);
            if (k > 0) {
              joined = name + "joined" + k;
              file.node("Concat", dense, joined, Map.of("axis", 1));
            }
            convolution(file, random, joined, name + k, 64 + 32 * k, 32);
            file.node("LeakyRelu", List.of(name + k), name + "r" + k, Map.of("alpha", 0.2f));
            dense.add(name + "r" + k);
          }
          file.node("Concat", dense, name + "joined4", Map.of("axis", 1));
          convolution(file, random, name + "joined4", name + "4", 192, 64);
          file.node("Mul", List.of(name + "4", "fifth"), name + "scaled", Map.of())
              .node("Add", List.of(name + "scaled", trunk), name + "out", Map.of());
          trunk = name + "out";
        }
        file.node("Mul", List.of(trunk, "fifth"), "s" + i, Map.of())
            .node("Add", List.of("s" + i, outer), "t" + i, Map.of());
        trunk = "t" + i;
      }
      convolution(file, random, trunk, "body", 64, 64);
      file.node("Add", List.of("body", "first"), "sum", Map.of());
      String last = "sum";
      for (int i = 0; i < 2; i++) {
        file.node("Resize", List.of(last, "", "scales"), "up" + i, Map.of("mode", "nearest"));
        convolution(file, random, "up" + i, "u" + i, 64, 64);
        file.node("LeakyRelu", List.of("u" + i), "ur" + i, Map.of("alpha", 0.2f));
        last = "ur" + i;
      }
      convolution(file, random, last, "high", 64, 64);
      file.node("LeakyRelu", List.of("high"), "high_r", Map.of("alpha", 0.2f));
      convolution(file, random, "high_r", "output", 64, 3);
      return file;
    }

    private static void convolution(
        OnnxFile file, Random random, String input, String output, int from, int to) {
      float[] weights = new float[to * from * 9];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (random.nextGaussian() / Math.sqrt(from * 9.0));
      }
      file.weights("w_" + output, weights, to, from, 3, 3)
          .node(
              "Conv",
              List.of(input, "w_" + output),
              output,
              Map.of("pads", new int[] {1, 1, 1, 1}));
    }

    private static long resident() throws IOException {
      return status("VmRSS:");
    }

    private static long peak() throws IOException {
      return status("VmHWM:");
    }

    private static long status(String key) throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElseThrow();
    }
  }
}
