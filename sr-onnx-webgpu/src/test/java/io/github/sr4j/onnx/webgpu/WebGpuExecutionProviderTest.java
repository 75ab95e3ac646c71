// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import static io.github.sr4j.onnx.webgpu.TestModels.WEBGPU;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.onnx.shared.ObstacleException;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks before WebGPU: in other JVMs, since this one has made them. */
final class WebGpuExecutionProviderTest {

  /** Prints what becomes of WebGPU, and the result of a network on the CPU. */
  static final class Probe {

    private Probe() {}

    public static void main(String[] args) {
      UpscalerProvider provider = TestModels.provider();
      System.out.println(provider.probe(WEBGPU).reason());
      System.out.println(provider.probe(Device.webgpu(1)).reason());
      Model model = Model.bytes("model.onnx", TestModels.onnx("compact(features=4, layers=1)", 2));
      try (Upscaler upscaler = Upscaler.builder().model(model).build()) {
        System.out.println(upscaler.device().actual());
      }
    }
  }

  /** Prints what becomes of an RLFN after a PAN. */
  static final class RlfnAfterPan {

    private RlfnAfterPan() {}

    public static void main(String[] args) {
      Model pan =
          Model.bytes("pan.onnx", TestModels.onnx("pan(blocks=1, features=8, upsampled=4)", 2));
      Model rlfn =
          Model.bytes("rlfn.onnx", TestModels.onnx("rlfn(blocks=1, features=8, attention=4)", 2));
      TestModels.provider().open(pan, WEBGPU, 1).close(); // which compares it with the CPU
      try (BlockUpscaler network = TestModels.provider().open(rlfn, WEBGPU, 1)) {
        System.out.println(network.device().actual());
      } catch (DeviceUnavailableException e) {
        System.out.println(e.getMessage());
      }
      try (Upscaler upscaler = Upscaler.builder().model(rlfn).build()) {
        System.out.println(upscaler.device().actual());
      }
    }
  }

  private static final String MOCK = "/usr/lib/chromium/libVkICD_mock_icd.so";

  @TempDir Path directory;

  @Test
  void platform_isThatOfClassifiers() {
    assertThat(Natives.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
    assertThat(Natives.platform("Linux", "aarch64")).isEqualTo("linux-arm64");
    assertThat(Natives.platform("Mac OS X", "aarch64")).isEqualTo("macosx-arm64");
    assertThat(Natives.platform("Windows 11", "amd64")).isEqualTo("windows-x86_64");
    assertThat(Natives.platform("Linux", "riscv64")).isEqualTo("linux-riscv64");
  }

  @Test
  void platformWithoutNatives_isNamed() {
    assertThatThrownBy(() -> new Natives("linux-riscv64").libraries())
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "sr-onnx-webgpu has no native libraries for linux-riscv64, only for linux-x86_64 and"
                + " windows-x86_64");
  }

  @Test
  void jarWithoutNatives_namesTheClassifier() {
    String other = Natives.platform().equals("windows-x86_64") ? "linux-x86_64" : "windows-x86_64";

    assertThatThrownBy(() -> new Natives(other).libraries())
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "the jar with its native libraries for %s is not on the class path: give the"
                + " dependency sr-onnx-webgpu the classifier %1$s",
            other);
  }

  @Test
  void missingLoaderOfVulkan_isNamed() {
    assertThatThrownBy(() -> Vulkan.cards("libnovulkan.so.1"))
        .isInstanceOf(ObstacleException.class)
        .hasMessageStartingWith("there is no libnovulkan.so.1, the loader of Vulkan: install it");
  }

  @Test
  void cards_areThoseOfTheDriver() throws Exception {
    TestModels.assumeWebGpu();
    assumeTrue(Natives.platform().startsWith("linux"), "WebGPU is Direct3D 12 here");

    assertThat(Vulkan.cards(Vulkan.LOADER))
        .isNotEmpty()
        .allSatisfy(card -> assertThat(card.name()).isNotBlank());
  }

  @Test
  void secondCard_isRefused() {
    TestModels.assumeWebGpu();

    assertThat(TestModels.provider().probe(Device.webgpu(1)))
        .isEqualTo(
            new Device.Report(
                Device.webgpu(1),
                Device.cpu(),
                "webgpu:1 is not available: WebGPU chooses the card, which is webgpu:0"));
  }

  @Test
  void machineWithoutDriver_isTold_andRunsOnTheCpu() throws Exception {
    TestModels.assumeWebGpu();
    Path none = Files.createFile(directory.resolve("none.json"));

    assertThat(probe(Map.of("VK_DRIVER_FILES", none.toString())))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith(
                        "webgpu:0 is not available: Vulkan finds no driver of a graphics card:"
                            + " install that of its maker"),
            line -> assertThat(line).startsWith("webgpu:1 is not available: Vulkan finds no"),
            line -> assertThat(line).isEqualTo("cpu"));
  }

  /** ONNX Runtime ends a process with a segmentation fault in which Dawn has refused all cards. */
  @Test
  void cardThatDawnRefuses_isTold_andHarmsNoProcess() throws Exception {
    TestModels.assumeWebGpu();
    assumeTrue(Files.isRegularFile(Path.of(MOCK)), "no driver of Vulkan that does nothing is here");
    Path driver =
        Files.writeString(
            directory.resolve("mock.json"),
            "{\"file_format_version\": \"1.0.0\", \"ICD\": {\"library_path\": \""
                + MOCK
                + "\", \"api_version\": \"1.3.0\"}}");

    assertThat(probe(Map.of("VK_DRIVER_FILES", driver.toString())))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo(
                        "webgpu:0 is not available: WebGPU accepts no graphics card of this"
                            + " machine: the driver lacks what it needs"),
            line -> assertThat(line).contains("WebGPU chooses the card"),
            line -> assertThat(line).isEqualTo("cpu"));
  }

  @Test
  void check_isRemembered_andLibrariesAreUnpackedOnce() throws Exception {
    TestModels.assumeWebGpu();
    Path cache = directory.resolve("cache");
    List<String> first = probe(Map.of());
    List<Path> files = files(cache);

    assertThat(first.get(0)).isEmpty();
    assertThat(files)
        .anyMatch(file -> file.getFileName().toString().startsWith("works-"))
        .anyMatch(
            file -> file.getParent().getFileName().toString().startsWith("onnxruntime-webgpu-"))
        .noneMatch(
            file -> file.getParent().getFileName().toString().matches("onnxruntime-[0-9a-f]+"));
    assertThat(probe(Map.of())).isEqualTo(first);
    assertThat(files(cache)).isEqualTo(files);
  }

  /** ONNX Runtime 1.28 takes a shader of PAN for one of RLFN. */
  @Test
  void networkThatIsComputedWronglyAfterAnother_isRefused() throws Exception {
    TestModels.assumeWebGpu();

    assertThat(printed(RlfnAfterPan.class, Map.of()))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith(
                        "webgpu:0 is not available for rlfn.onnx, of which it computes wrong"
                            + " results: "),
            line -> assertThat(line).isEqualTo("cpu"));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private List<String> probe(Map<String, String> environment)
      throws IOException, InterruptedException {
    return printed(Probe.class, environment);
  }

  private List<String> printed(Class<?> program, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dsr4j.cache=" + directory.resolve("cache"),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName());
    builder.environment().putAll(environment);
    builder.redirectError(directory.resolve("errors.txt").toFile());
    builder.directory(directory.toFile());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(directory.resolve("errors.txt"))).isZero();
    return output.lines().toList();
  }

  /** ONNX Runtime 1.29.0 on Linux reports its use to its maker, unless the environment forbids. */
  @Test
  void natives_haveNoAddressToReportTo() throws IOException {
    String resource = "natives/linux-x86_64/libonnxruntime.so";
    try (InputStream in = Natives.class.getResourceAsStream(resource)) {
      assumeTrue(in != null, "the natives for Linux are not on the class path");
      String bytes = new String(in.readAllBytes(), ISO_8859_1);

      assertThat(bytes.contains("events.data.microsoft.com")).isFalse();
      assertThat(bytes.contains("WebGpuExecutionProvider")).isTrue(); // the search finds
    }
  }

  @Test
  void jar_holdsTheLicences() throws IOException {
    assertThat(licence("LICENSE"))
        .contains("ONNX Runtime, whose native libraries", "MIT License", "Microsoft Corporation");
    assertThat(licence("NOTICE")).contains("ThirdPartyNotices.txt lists");
  }

  private static String licence(String name) throws IOException {
    String resource = "/META-INF/licenses/onnxruntime/" + name;
    try (InputStream in = requireNonNull(Natives.class.getResourceAsStream(resource), resource)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
