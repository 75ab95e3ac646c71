// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.onnx.files.GraphCheck;
import io.github.sr4j.onnx.graph.OnnxGraph;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** No file makes the inspection of graphs fail otherwise than with its own exception. */
final class OnnxGraphFuzz {

  // Jazzer would take JUnit's time limit for that of the whole search.
  private static final Duration LIMIT = Duration.ofSeconds(20); // for one input

  static Stream<byte[]> files() {
    return Stream.of(
            TestModels.nearest(1, 2),
            TestModels.convolutions(3, 2, 2, 2, 1),
            TestModels.plus(0.5f, 3),
            TestModels.classifier(),
            TestModels.probe())
        .map(OnnxFile::bytes);
  }

  @MethodSource("files")
  @FuzzTest // the last one: Jazzer asks for it
  void inspection_anyBytes_endsOrIsRefused(byte[] content) {
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
    OnnxGraph graph;
    try {
      graph = OnnxGraph.parse("fuzzed.onnx", content);
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageStartingWith("fuzzed.onnx: ");
      return;
    }
    try {
      GraphCheck.check(graph, "fuzzed.onnx");
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageStartingWith("fuzzed.onnx: ");
      assertThat(e.getMessage()).doesNotContainPattern("\\p{Cc}");
      return;
    }
    GraphHints.input(graph, "input");
    GraphHints.rangeOfInput(graph, "input");
    GraphHints.rangeOfOutput(graph, "output");
    for (int channels : new int[] {1, 3}) {
      ReceptiveField.find(
          graph,
          new ReceptiveField.Input("input", 1, channels, 0, 0, /* isChannelsLast= */ false),
          "output",
          1);
    }
  }
}
