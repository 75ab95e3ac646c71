// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.onnx.shared.ObstacleException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The questions to NVIDIA's driver, answered by a stub. */
final class DriverTest {

  @TempDir private Path folder;

  @BeforeEach
  void assumeCompiler() {
    Stubs.assumeCompiler();
  }

  @Test
  void cards_areAsTheDriverSays() throws Exception {
    Path driver = Stubs.driver(folder, Map.of("COUNT", 2, "MAJOR", 12, "MINOR", 0));
    Path monitor = Stubs.monitor(folder, 3L << 30);

    assertThat(Driver.ask(driver.toString(), monitor.toString()))
        .isEqualTo(
            new Driver(
                12_080,
                ImmutableList.of(
                    new Driver.Card(0, "Stub Card", 120, 8L << 30, OptionalLong.of(3L << 30)),
                    new Driver.Card(1, "Stub Card", 120, 8L << 30, OptionalLong.of(3L << 30)))));
  }

  @Test
  void freeMemory_isUnknown_withoutTheLibraryThatTells() throws Exception {
    Path driver = Stubs.driver(folder, Map.of());

    Driver asked = Driver.ask(driver.toString(), folder.resolve("absent.so.1").toString());

    assertThat(asked.cards()).hasSize(1);
    assertThat(asked.cards().get(0).freeMemory()).isEmpty();
    assertThat(asked.cards().get(0).capabilityText()).isEqualTo("8.6");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          100 | NVIDIA's driver is there, but has no card for this process
          34  | FILE is the stub that CUDA brings for linking, not NVIDIA's driver; take its folder off \
          the library path
          802 | NVIDIA's driver is not ready: the fabric manager of this machine does not run
          803 | the library and the kernel module of NVIDIA's driver have different versions; restart \
          the machine, or the container after an update of the driver
          999 | NVIDIA's driver does not answer: error 999; nvidia-smi may say why
          """)
  void errorOfTheDriver_isOneSentence(int error, String sentence) throws Exception {
    Path driver = Stubs.driver(folder, Map.of("INIT", error));

    assertThatThrownBy(() -> Driver.ask(driver.toString(), "absent.so.1"))
        .isInstanceOf(ObstacleException.class)
        .hasMessage(sentence.replace("FILE", driver.toString()));
  }

  @Test
  void driverWithoutCards_isOneSentence() throws Exception {
    Path driver = Stubs.driver(folder, Map.of("COUNT", 0));

    assertThatThrownBy(() -> Driver.ask(driver.toString(), "absent.so.1"))
        .hasMessage("NVIDIA's driver is there, but has no card for this process");
  }

  @Test
  void missingDriver_isOneSentence() {
    assertThatThrownBy(() -> Driver.ask("libabsent.so.1", "absent.so.1"))
        .isInstanceOf(ObstacleException.class)
        .hasMessageMatching(
            "NVIDIA's driver is not installed: it brings libabsent.so.1, which is missing|"
                + "libabsent.so.1 is missing in this container; start it with the NVIDIA Container"
                + " Toolkit \\(docker run --gpus all\\), on a host with NVIDIA's driver");
  }

  /** As a stub of another processor, or a file that was cut off. */
  @Test
  void driverThatCannotBeLoaded_isOneSentence_withTheReasonOfTheSystem() throws Exception {
    Path driver = Files.writeString(folder.resolve("libcuda.so.1"), "no library");

    assertThatThrownBy(() -> Driver.ask(driver.toString(), "absent.so.1"))
        .isInstanceOf(ObstacleException.class)
        .hasMessageStartingWith(driver + ", the library of NVIDIA's driver, cannot be loaded: ")
        .hasMessageNotContaining("\n")
        .hasMessageContaining("file too short");
  }
}
