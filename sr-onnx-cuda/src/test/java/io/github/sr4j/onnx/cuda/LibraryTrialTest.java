// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.onnx.shared.ChildCheck;
import io.github.sr4j.onnx.shared.ObstacleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process that tries the libraries, with a program in place of the real one. */
final class LibraryTrialTest {

  /** Finds everything fine, and adds a line to the file that it is given as a library. */
  static final class Fine {

    private Fine() {}

    public static void main(String[] args) throws IOException {
      Path log = Path.of(System.getProperty("onnxruntime.native.path"), "log");
      Files.writeString(log, args[0] + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      System.out.println("a line of a library");
      ChildCheck.Answer.give("");
    }
  }

  /** Says what ONNX Runtime says. */
  static final class Failing {

    private Failing() {}

    public static void main(String[] args) throws IOException {
      ChildCheck.Answer.give(
          "Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/session/"
              + "provider_bridge_ort.cc:2167 onnxruntime::Provider&"
              + " onnxruntime::ProviderLibrary::Get() Failed to load library"
              + " libonnxruntime_providers_cuda.so: undefined symbol: cudaLibraryGetKernel");
    }
  }

  /** Ends as a library does that finds no other part of itself. */
  static final class Silent {

    private Silent() {}

    public static void main(String[] args) {
      System.out.println("Unable to load libcudnn_ops.so.9.1.0\nlibcudnn_cnn.so.9 absent");
      System.out.flush();
      Runtime.getRuntime().halt(134);
    }
  }

  private static final Driver DRIVER =
      new Driver(
          12_080, ImmutableList.of(new Driver.Card(0, "Card", 86, 8L << 30, OptionalLong.empty())));

  @TempDir private Path directory;
  private Path library;
  private Path natives;
  private String cache;

  @BeforeEach
  void makeFiles() throws IOException {
    library = Files.createFile(directory.resolve("libcudart.so.12"));
    natives = Files.createDirectory(directory.resolve("natives"));
    Files.setLastModifiedTime(natives, FileTime.from(Instant.EPOCH));
    cache = System.getProperty("sr4j.cache", "");
    System.setProperty("sr4j.cache", directory.resolve("cache").toString());
  }

  @AfterEach
  void restoreCache() {
    if (cache.isEmpty()) {
      System.clearProperty("sr4j.cache");
    } else {
      System.setProperty("sr4j.cache", cache);
    }
  }

  @Test
  void success_isRemembered_untilADriverOrALibraryChanges() throws Exception {
    trial(DRIVER, Fine.class).run(0);
    Files.setLastModifiedTime(natives, FileTime.from(Instant.EPOCH)); // the log changed it
    trial(DRIVER, Fine.class).run(0);
    assertThat(Files.readString(natives.resolve("log"))).isEqualTo("0\n");

    Files.setLastModifiedTime(library, FileTime.from(Instant.EPOCH));
    trial(DRIVER, Fine.class).run(0);
    trial(new Driver(12_090, DRIVER.cards()), Fine.class).run(0);

    assertThat(Files.readString(natives.resolve("log"))).isEqualTo("0\n0\n0\n");
  }

  @Test
  void failure_isOneSentence_andNotRemembered() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> trial(DRIVER, Failing.class).run(0))
          .isInstanceOf(ObstacleException.class)
          .hasMessage(
              "CUDA or cuDNN is older than this build of ONNX Runtime needs: it lacks"
                  + " cudaLibraryGetKernel");
    }
    assertThat(directory.resolve("cache")).doesNotExist();
  }

  @Test
  void interrupt_cancelsTheCall_andIsNoObstacle() throws Exception {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> trial(DRIVER, Fine.class).run(0))
          .isInstanceOf(CancellationException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    trial(DRIVER, Fine.class).run(0);
  }

  @Test
  void processWithoutAnAnswer_isNamedByWhatItSpokeOfLast() {
    assertThatThrownBy(() -> trial(DRIVER, Silent.class).run(0))
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "the process that tried CUDA's libraries ended without an answer, after a message about"
                + " libcudnn_cnn.so.9");
    assertThat(LibraryTrial.lastMentioned("")).isEmpty();
  }

  private LibraryTrial trial(Driver driver, Class<?> program) {
    return new LibraryTrial(
        driver, new Libraries(Libraries.Origin.GIVEN, ImmutableList.of(library)), natives, program);
  }
}
