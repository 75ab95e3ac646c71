// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.DeviceUnavailableException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
