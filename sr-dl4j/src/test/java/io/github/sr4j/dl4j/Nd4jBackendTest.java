// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class Nd4jBackendTest {

  private static final String CPU = "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class";
  private static final String CUDA = "org/nd4j/linalg/jcublas/JCublasBackend.class";

  @TempDir private Path folder;

  private URL jar(String name, String content) throws IOException {
    Path jar = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry(content));
    }
    return jar.toUri().toURL();
  }

  private static boolean isCuda(URL... jars) throws IOException {
    try (URLClassLoader loader = new URLClassLoader(jars, null)) {
      return Nd4jBackend.isCuda(loader);
    }
  }

  @Test
  void oneBackend_isTaken() throws IOException {
    assertThat(isCuda(jar("nd4j-native-1.jar", CPU))).isFalse();
    assertThat(isCuda(jar("nd4j-cuda-1.jar", CUDA))).isTrue();
    Nd4jBackend.check(); // that of this module
  }

  @Test
  void bothBackends_areNamed() {
    assertThatThrownBy(
            () -> isCuda(jar("nd4j-native-1.jar", CPU), jar("nd4j-cuda-11.6-1.jar", CUDA)))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining(
            "there are nd4j-native-1.jar and nd4j-cuda-11.6-1.jar; remove all but one");
  }

  @Test
  void noBackend_isSaid() {
    assertThatThrownBy(Nd4jBackendTest::isCuda)
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("there is none; add nd4j-native");
  }

  @Test
  void cards_thatTheBackendHasNoCodeFor_areRefusedInOneSentence() {
    Nd4jBackend.checkCards(List.of("Tesla K80, 3.7", "NVIDIA GeForce RTX 4090, 8.9"));
    assertThatThrownBy(() -> Nd4jBackend.checkCards(List.of("NVIDIA H100 80GB HBM3, 9.0")))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageStartingWith(
            "ND4J's CUDA backend runs on cards of compute capability 3.7 to 8.9, but NVIDIA H100"
                + " 80GB HBM3 has 9.0; train on the CPU");
    assertThatThrownBy(() -> Nd4jBackend.checkCards(List.of("Quadro 6000, 2.0")))
        .hasMessageContaining("Quadro 6000 has 2.0");
    assertThatThrownBy(() -> Nd4jBackend.checkCards(List.of("[N/A]")))
        .hasMessageContaining("the card has [N/A]");
  }

  private static final List<String> CARDS =
      List.of("GPU-aa11, Tesla V100, 7.0", "GPU-bb22, NVIDIA H100, 9.0", "GPU-cc33, A10, 8.6");

  /** nvidia-smi lists all cards in the order of the bus; CUDA counts the fastest first. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0             |            | NVIDIA H100, 9.0
          1, 2          |            | A10, 8.6 + Tesla V100, 7.0
          0,2           | PCI_BUS_ID | Tesla V100, 7.0 + A10, 8.6
          GPU-cc        |            | A10, 8.6
          2,7,0         | PCI_BUS_ID | A10, 8.6
          """)
  void hiddenCards_areNotChecked(String visible, String order, String expected) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CUDA_VISIBLE_DEVICES", visible);
    if (order != null) {
      environment.put("CUDA_DEVICE_ORDER", order);
    }

    assertThat(String.join(" + ", Nd4jBackend.visible(CARDS, environment))).isEqualTo(expected);
  }

  @Test
  void allCards_areVisible_withoutTheVariable() {
    assertThat(Nd4jBackend.visible(CARDS, Map.of()))
        .containsExactly("Tesla V100, 7.0", "NVIDIA H100, 9.0", "A10, 8.6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "7", "GPU-dd", "none"})
  void variableThatHidesAllCards_isSaid(String visible) {
    assertThatThrownBy(() -> Nd4jBackend.visible(CARDS, Map.of("CUDA_VISIBLE_DEVICES", visible)))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage(
            "CUDA cannot be used for training: CUDA_VISIBLE_DEVICES is \""
                + visible
                + "\", which hides all cards; train on the CPU, with nd4j-native");
  }

  /** As in a container that has nvidia-smi, but not the driver's library for computing. */
  @Test
  void driverWithoutLibcuda_isOneSentence() {
    assertThatThrownBy(
            () ->
                Nd4jBackend.load(
                    () -> {
                      throw new ExceptionInInitializerError(
                          new UnsatisfiedLinkError(
                              "/cache/libjnicudart.so: libcuda.so.1: cannot open shared object"
                                  + " file: No such file or directory"));
                    }))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage(
            "CUDA cannot be used for training: libcuda.so.1, which NVIDIA's driver brings, is"
                + " missing; in a container, let NVIDIA_DRIVER_CAPABILITIES include compute");
    assertThatThrownBy(
            () ->
                Nd4jBackend.load(
                    () -> {
                      throw new IllegalStateException("no CUDA\n  device");
                    }))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage("CUDA cannot be used for training: no CUDA; device");
  }

  @Test
  void device_isThatOfTheBackend() {
    assertThat(new Dl4jTrainingProvider().device()).isEqualTo(Device.cpu());
  }

  /** Prints what the engine says of a network. */
  static final class Describe {

    private Describe() {}

    public static void main(String[] args) {
      Dl4jTrainingProvider provider = new Dl4jTrainingProvider();
      System.out.print(
          provider.networks().contains("srcnn") + " " + provider.describe("srcnn", 2).scale());
    }
  }

  /** As on a machine without a card, where ND4J for CUDA cannot be loaded. */
  @Test
  void networks_areDescribed_withoutNd4j() throws Exception {
    String classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("nd4j"))
            .collect(Collectors.joining(File.pathSeparator));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(java, "-cp", classPath, Describe.class.getName())
            .redirectErrorStream(true)
            .start();

    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo("true 2");
    assertThat(process.waitFor()).isZero();
  }
}
