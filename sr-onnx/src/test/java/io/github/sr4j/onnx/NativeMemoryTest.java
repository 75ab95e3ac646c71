// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Calls leave no native memory behind. */
@Tag("long")
final class NativeMemoryTest {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int SETTLED = 500; // calls after which every buffer has its final size
  private static final int CALLS = 2000;
  private static final int MIN_SIDE = 96; // pixels of a side
  private static final int MAX_SIDE = 256;

  /**
   * The memory of the inputs of the calls in between: a tensor of luma of the mean size for each.
   * It is the smallest thing that a call could leave behind whose size depends on the image; the
   * output is four times as large.
   */
  private static final long LEAKED_INPUTS_KIB =
      (long) (CALLS - SETTLED)
          * (MIN_SIDE + MAX_SIDE)
          / 2
          * (MIN_SIDE + MAX_SIDE)
          / 2
          * Float.BYTES
          / 1024;

  @Test
  void residentMemory_overManyCalls_isFlat() throws Exception {
    assumeTrue(Files.exists(STATUS), "only Linux tells the resident memory");
    // A process of its own, whose heap is resident from the start, so that what grows is native.
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xms192m",
                    "-Xmx192m",
                    "-XX:+AlwaysPreTouch",
                    "-Djava.awt.headless=true",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Caller.class.getName()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

    assertThat(process.waitFor()).isZero();
    List<Long> kib = answer.lines().map(Long::valueOf).toList();
    // A quarter: the compiler and the allocators still take some, of which the rest is enough.
    assertThat(kib.get(1) - kib.get(0))
        .as("growth of resident memory in KiB from %s", kib.get(0))
        .isLessThan(LEAKED_INPUTS_KIB / 4);
  }

  /** The process that calls. It prints its resident memory once it is settled, and at its end. */
  static final class Caller {

    private Caller() {}

    public static void main(String[] arguments) throws IOException {
      SplittableRandom random = new SplittableRandom(1);
      try (Upscaler upscaler = Upscaler.create()) {
        for (int call = 1; call <= CALLS; call++) {
          int width = random.nextInt(MIN_SIDE, MAX_SIDE + 1);
          int height = random.nextInt(MIN_SIDE, MAX_SIDE + 1);
          upscaler.upscale(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR));
          if (call == SETTLED || call == CALLS) {
            System.out.println(residentKib());
          }
        }
      }
    }

    private static String residentKib() throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .findFirst()
          .orElseThrow()
          .replaceAll("\\D", "");
    }
  }
}
