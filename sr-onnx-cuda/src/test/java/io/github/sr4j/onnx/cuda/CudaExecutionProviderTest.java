// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Upscaler;
import io.github.sr4j.onnx.shared.ExecutionProvider;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program with this module on its class path, on machines that lack something. */
final class CudaExecutionProviderTest {

  /** Prints the device that {@code auto} becomes, and enlarges an image on it. */
  static final class Program {

    private Program() {}

    public static void main(String[] args) {
      try (Upscaler upscaler = Upscaler.builder().scale(2).build()) {
        Device.Report report = upscaler.device();
        System.out.println(report.actual() + " | " + report.reason());
        FloatImage image = FloatImage.wrap(3, 8, 8, new float[3 * 8 * 8]);
        System.out.println(upscaler.upscale(image).width());
      }
    }
  }

  /** Prints the devices and what is known of them. */
  static final class Devices {

    private Devices() {}

    public static void main(String[] args) {
      UpscalerProvider onnx = UpscalerProvider.all().get(0);
      for (Device device : onnx.devices()) {
        System.out.println(
            device + " " + onnx.details(device).map(Device.Details::toString).orElse("nothing"));
      }
    }
  }

  @TempDir private Path directory;
  private Path stubs;
  private final Map<String, Object> values = new HashMap<>();

  @BeforeEach
  void makeFolder() throws IOException {
    stubs = Files.createDirectory(directory.resolve("stubs"));
  }

  @Test
  void provider_isFoundAsAService() {
    assertThat(ServiceLoader.load(ExecutionProvider.class))
        .hasSize(1)
        .allSatisfy(
            provider -> {
              assertThat(provider.name()).isEqualTo("sr-onnx-cuda");
              assertThat(provider.kinds()).containsExactly(Device.Kind.CUDA);
            });
  }

  @Test
  void withoutDriver_autoIsTheCpu_andSaysWhy() throws Exception {
    assumeTrue(
        new ProcessBuilder("sh", "-c", "ldconfig -p | grep -q libcuda.so.1").start().waitFor() != 0,
        "this machine has a driver");

    assertThat(run())
        .matches(
            "cpu \\| cuda:0 is not available: (NVIDIA's driver is not installed: it brings"
                + " libcuda.so.1, which is missing|libcuda.so.1 is missing in this container;[^|]*)"
                + "\n16\n");
  }

  @Test
  void driverWithoutCard_isToldFromAMissingDriver() throws Exception {
    Stubs.assumeCompiler();
    Stubs.driver(stubs, Map.of("INIT", 100));

    assertThat(run())
        .isEqualTo(
            "cpu | cuda:0 is not available: NVIDIA's driver is there, but has no card for this"
                + " process: CUDA_VISIBLE_DEVICES is \"7\"\n16\n");
  }

  @Test
  void devices_areTheCardsOfTheDriver_evenIfTheyCannotBeUsed() throws Exception {
    Stubs.assumeCompiler();
    Stubs.driver(stubs, Map.of("COUNT", 2));
    Stubs.monitor(stubs, 5L << 30);

    assertThat(run(Devices.class))
        .isEqualTo(
            """
            cpu nothing
            cuda:0 Details[name=Stub Card, compute capability 8.6, provider=sr-onnx-cuda, \
            driver=NVIDIA's, for CUDA 12.8, memory=OptionalLong[8589934592], \
            freeMemory=OptionalLong[5368709120]]
            cuda:1 Details[name=Stub Card, compute capability 8.6, provider=sr-onnx-cuda, \
            driver=NVIDIA's, for CUDA 12.8, memory=OptionalLong[8589934592], \
            freeMemory=OptionalLong[5368709120]]
            webgpu:0 nothing
            """);
  }

  /** ONNX Runtime's part is not reached: the class path has none for CUDA. */
  @Test
  void nativesThatAreMissing_areNamedByTheirArtifact() throws Exception {
    Stubs.assumeCompiler();
    Stubs.driver(stubs, Map.of());

    assertThat(run())
        .isEqualTo(
            "cpu | cuda:0 is not available: the class path has no ONNX Runtime for CUDA; add the"
                + " artifact sr-onnx-cuda-linux\n16\n");
  }

  /** As far as a stub allows: all libraries are loaded, and ONNX Runtime is asked for CUDA. */
  @Test
  void librariesThatFit_areLoaded_beforeOnnxRuntimeIsAsked() throws Exception {
    makeMachine();

    assertThat(run("-Donnxruntime.native.path=" + natives()))
        .isEqualTo(
            "cpu | cuda:0 is not available: the ONNX Runtime that is loaded is the build for the"
                + " CPU\n16\n");
  }

  @Test
  void cudnnThatEndsTheProcess_doesNotEndThisOne() throws Exception {
    values.put("OPS", 134);
    makeMachine();

    assertThat(run("-Donnxruntime.native.path=" + natives()))
        .isEqualTo(
            "cpu | cuda:0 is not available: the process that tried CUDA's libraries ended without"
                + " an answer, after a message about libcudnn_ops.so.9\n16\n");
  }

  @Test
  void cudnn8_isRefused_withItsVersion() throws Exception {
    values.put("CUDNN_VERSION", 8907);
    makeMachine();

    assertThat(run("-Donnxruntime.native.path=" + natives()))
        .isEqualTo(
            "cpu | cuda:0 is not available: "
                + stubs.resolve("libcudnn.so.9")
                + " is of cuDNN 8.9.7, but 9 is needed\n16\n");
  }

  @Test
  void cudnnThatRefusesItsParts_isRefused_withTheCheckThatFailed() throws Exception {
    values.put("OPS", 5);
    makeMachine();

    assertThat(run("-Donnxruntime.native.path=" + natives()))
        .isEqualTo(
            "cpu | cuda:0 is not available: the libraries beside "
                + stubs.resolve("libcudnn.so.9")
                + " are not all of cuDNN 9.10.2: its check of cudnn_ops gives 5\n16\n");
  }

  @Test
  void oldRuntime_isRefused_byItsFunctions_orByTheVersionThatItTells() throws Exception {
    makeMachine();
    Stubs.oldRuntime(stubs);
    assertThat(run("-Donnxruntime.native.path=" + natives()))
        .contains(
            "sr4j.cuda.libraries="
                + stubs
                + " does not fit: "
                + stubs.resolve("libcudart.so.12")
                + " is of CUDA 12.6.77, but 12.8 or newer is needed\n16\n");

    values.put("RUNTIME_VERSION", 12_060);
    Files.delete(stubs.resolve("libcudart.so.12"));
    makeMachine();
    assertThat(run("-Donnxruntime.native.path=" + natives()))
        .contains("libcudart.so.12 is of CUDA 12.6, but 12.8 or newer is needed\n16\n");
  }

  private void makeMachine() throws Exception {
    Stubs.assumeCompiler();
    Stubs.driver(stubs, Map.of());
    Stubs.libraries(stubs, values);
  }

  /** Returns a folder with the libraries of ONNX Runtime for the CPU. */
  private Path natives() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("natives"));
    for (String name : List.of("libonnxruntime.so", "libonnxruntime4j_jni.so")) {
      URL library = getClass().getResource("/ai/onnxruntime/native/linux-x64/" + name);
      try (var in = library.openStream()) {
        Files.write(folder.resolve(name), in.readAllBytes());
      }
    }
    return folder;
  }

  /** Returns all that the program prints, also what libraries print on its terminal. */
  private String run(String... options) throws IOException, InterruptedException {
    return run(Program.class, options);
  }

  private String run(Class<?> program, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dsr4j.cache=" + directory.resolve("cache"));
    if (Files.exists(stubs.resolve("libcudart.so.12"))) {
      command.add("-Dsr4j.cuda.libraries=" + stubs);
    }
    command.addAll(List.of(options));
    String path = System.getProperty("java.class.path");
    command.addAll(List.of("-cp", path, program.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", stubs + File.pathSeparator + directory);
    builder.environment().put("CUDA_VISIBLE_DEVICES", "7");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output.replaceAll("; webgpu:0 is not available: [^\\n]*", ""); // of another artifact
  }
}
