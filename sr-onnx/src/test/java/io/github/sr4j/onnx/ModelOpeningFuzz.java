// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** No file makes the opening of models fail otherwise than with its own exception. */
final class ModelOpeningFuzz {

  // Jazzer would take JUnit's time limit for that of the whole search.
  private static final Duration LIMIT = Duration.ofSeconds(20); // for one input

  private static final OnnxUpscalerProvider PROVIDER = new OnnxUpscalerProvider();

  static Stream<byte[]> files() {
    return OnnxGraphFuzz.files();
  }

  @MethodSource("files")
  @FuzzTest // the last one: Jazzer asks for it
  void open_anyBytes_isAModelOrRefused(byte[] content) {
    Duration time = timed(content);
    if (time.compareTo(LIMIT) >= 0) {
      time = timed(content); // once more: other programs may have kept this one from running
    }
    assertThat(time).isLessThan(LIMIT);
  }

  private static Duration timed(byte[] content) {
    long start = System.nanoTime();
    check(content);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static void check(byte[] content) {
    try {
      PROVIDER.open(Model.bytes("fuzzed.onnx", content), Device.cpu(), 1).close();
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageStartingWith("fuzzed.onnx: ");
      assertThat(e.getMessage()).doesNotContainPattern("\\p{Cc}");
    }
  }
}
