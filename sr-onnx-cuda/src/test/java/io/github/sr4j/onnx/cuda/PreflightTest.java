// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.onnx.shared.ObstacleException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checks of a driver and of cards that no test machine has. */
final class PreflightTest {

  private static final Optional<MachineCode> LINUX = MachineCode.of("1.28.0", Platform.LINUX);

  @ParameterizedTest
  @CsvSource({
    // compute capability, Linux, Windows: P100, 1080, V100, 2080, A100, 3090, Orin, 4090, H100,
    // B200, B300, Thor, 5090, GB10, and cards to come
    "60, true, false",
    "61, true, true",
    "70, true, false",
    "75, true, true",
    "80, true, false",
    "86, true, true",
    "87, true, true",
    "89, true, true",
    "90, true, true",
    "100, false, false",
    "103, false, false",
    "110, false, false",
    "120, true, true",
    "121, true, true",
    "130, true, false",
    "52, false, false",
  })
  void card_runsMachineCodeOfItsMajorVersion(int capability, boolean linux, boolean windows) {
    assertThat(runs("1.28.0", Platform.LINUX, capability)).isEqualTo(linux);
    assertThat(runs("1.28.0", Platform.WINDOWS, capability)).isEqualTo(windows);
  }

  @Test
  void laterVersion_hasItsOwnRow_andAnUnknownOneRefusesNothing() {
    assertThat(runs("1.29.0", Platform.LINUX, 130)).isFalse();
    assertThat(MachineCode.of("9.9.9", Platform.LINUX)).isEmpty();
    assertThat(Preflight.obstacle(card(100, OptionalLong.empty()), Optional.empty(), "9.9.9"))
        .isEmpty();
  }

  /** A new version of ONNX Runtime needs a look at its machine code. */
  @Test
  void versionOnTheClassPath_isInTheTable() {
    String version = OrtEnvironment.class.getPackage().getImplementationVersion();

    assertThat(MachineCode.of(version, Platform.LINUX)).isPresent();
    assertThat(MachineCode.of(version, Platform.WINDOWS)).isPresent();
  }

  @Test
  void cardWithoutMachineCode_isRefused_withWhatThereIs() {
    assertThatThrownBy(() -> Preflight.checked(driver(12_080, 100), LINUX, "1.28.0"))
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "Card has compute capability 10.0, but ONNX Runtime 1.28.0 holds machine code for 6.0,"
                + " 7.0, 7.5, 8.0, 8.6, 9.0, 12.0");
  }

  @Test
  void oldDriver_isRefused_withTheOneThatIsNeeded() {
    assertThatThrownBy(() -> Preflight.checked(driver(11_040, 86), LINUX, "1.28.0"))
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "NVIDIA's driver supports CUDA 11.4, but 12.0 or newer is needed; install driver 525 or"
                + " newer (Windows: 528)");
  }

  @Test
  void fullCard_isRefused_withItsFreeMemory() {
    assertThat(Preflight.obstacle(card(86, OptionalLong.of(100L << 20)), LINUX, "1.28.0"))
        .contains("Card has 100 MiB of memory free, but at least 512 are needed");
    assertThat(Preflight.obstacle(card(86, OptionalLong.of(512L << 20)), LINUX, "1.28.0"))
        .isEmpty();
  }

  @Test
  void firstCardThatFits_isTried_andOthersAreRefusedByNumber() throws Exception {
    Driver driver = driver(12_080, 100, 86);

    assertThat(Preflight.checked(driver, LINUX, "1.28.0")).isEqualTo(1);
    Preflight passed = new Preflight(driver, LINUX, Path.of("natives"));
    assertThat(passed.obstacle(0))
        .hasValueSatisfying(
            reason -> assertThat(reason).startsWith("Card has compute capability 10.0"));
    assertThat(passed.obstacle(1)).isEmpty();
    assertThat(passed.obstacle(2)).contains("this machine has 2 CUDA cards, cuda:0 to cuda:1");
    assertThat(new Preflight(driver(12_080, 86), LINUX, Path.of("natives")).obstacle(1))
        .contains("this machine has one CUDA card, cuda:0");
  }

  /**
   * Where the CPU's jar comes first, its library must not be mixed with the provider of another.
   */
  @Test
  void natives_areAllOfOneJar(@TempDir Path directory) throws Exception {
    Path gpu = Files.createDirectories(directory.resolve("gpu/ai/onnxruntime/native/linux-x64"));
    for (String name : Platform.LINUX.natives()) {
      Files.writeString(gpu.resolve(name), "gpu " + name);
    }
    Path cpu = Files.createDirectories(directory.resolve("cpu/ai/onnxruntime/native/linux-x64"));
    Files.writeString(cpu.resolve("libonnxruntime.so"), "cpu");
    URL[] path = {
      directory.resolve("cpu").toUri().toURL(), directory.resolve("gpu").toUri().toURL()
    };
    String before = System.getProperty("sr4j.cache", "");
    System.setProperty("sr4j.cache", directory.resolve("cache").toString());
    try (URLClassLoader loader = new URLClassLoader(path, null)) {
      Path folder =
          Preflight.natives(Platform.LINUX, name -> Optional.ofNullable(loader.getResource(name)));

      assertThat(folder.getFileName().toString()).startsWith("onnxruntime-cuda-");
      assertThat(folder.resolve("libonnxruntime.so")).hasContent("gpu libonnxruntime.so");
      assertThat(folder.resolve("libonnxruntime_providers_cuda.so")).exists();
    } finally {
      if (before.isEmpty()) {
        System.clearProperty("sr4j.cache");
      } else {
        System.setProperty("sr4j.cache", before);
      }
    }
  }

  @Test
  void platformWithoutCuda_hasNone() {
    assertThat(Platform.of("Linux", "amd64")).contains(Platform.LINUX);
    assertThat(Platform.of("Windows 11", "amd64")).contains(Platform.WINDOWS);
    assertThat(Platform.of("Linux", "aarch64")).isEmpty();
    assertThat(Platform.of("Mac OS X", "x86_64")).isEmpty();
  }

  private static boolean runs(String version, Platform platform, int capability) {
    return MachineCode.of(version, platform)
        .orElseThrow()
        .runsOn(card(capability, OptionalLong.empty()));
  }

  private static Driver driver(int version, int... capabilities) {
    return new Driver(
        version,
        IntStream.range(0, capabilities.length)
            .mapToObj(
                i -> new Driver.Card(i, "Card", capabilities[i], 8L << 30, OptionalLong.empty()))
            .collect(ImmutableList.toImmutableList()));
  }

  private static Driver.Card card(int capability, OptionalLong freeMemory) {
    return new Driver.Card(0, "Card", capability, 8L << 30, freeMemory);
  }
}
