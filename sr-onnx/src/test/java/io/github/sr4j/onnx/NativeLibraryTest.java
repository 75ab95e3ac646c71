// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine on which ONNX Runtime cannot be loaded: another JVM, since this one has loaded it. */
final class NativeLibraryTest {

  /** Prints what becomes of opening a model. */
  static final class Open {

    private Open() {}

    public static void main(String[] args) {
      try {
        new OnnxUpscalerProvider()
            .open(TestModels.model(TestModels.nearest(3, 2)), Device.cpu(), 1)
            .close();
        System.out.println("opened");
      } catch (DeviceUnavailableException e) {
        System.out.println(e.getMessage());
        System.out.println(new OnnxUpscalerProvider().probe(Device.cpu()).reason());
      }
    }
  }

  @Test
  void nativeLibraryThatCannotBeUnpacked_isExplained(@TempDir Path directory) throws Exception {
    String output = open("-Djava.io.tmpdir=" + directory.resolve("absent"));

    assertThat(output.lines())
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        "the native library of ONNX Runtime cannot be loaded on this machine ("));
    // The second attempt, too, gives the reason, which the JVM tells of once.
    assertThat(output.lines())
        .allSatisfy(line -> assertThat(line).contains("absent", "no such file"));
    assertThat(output).doesNotContain("Exception");
  }

  /** ONNX Runtime 1.29.0 on Linux reads the command line, and overflows the stack on a long one. */
  @Test
  void longCommandLine_isSurvived() throws Exception {
    assertThat(open("-Dlong=" + "x".repeat(5_000)).strip()).isEqualTo("opened");
  }

  /** ONNX Runtime 1.29.0 on Linux reports its use to its maker, unless the environment forbids. */
  @Test
  void nativeLibrary_hasNoAddressToReportTo() throws Exception {
    String resource = "/ai/onnxruntime/native/linux-x64/libonnxruntime.so";
    try (InputStream in = OrtEnvironment.class.getResourceAsStream(resource)) {
      assertThat(in).isNotNull();
      String bytes = new String(in.readAllBytes(), ISO_8859_1);

      assertThat(bytes.contains("events.data.microsoft.com")).isFalse();
      assertThat(bytes.contains("onnxruntime")).isTrue(); // the search finds what is there
    }
  }

  private static String open(String option) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-cp",
                System.getProperty("java.class.path"),
                Open.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
