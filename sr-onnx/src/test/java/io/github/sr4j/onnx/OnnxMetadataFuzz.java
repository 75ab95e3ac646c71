// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** No metadata fail to be read otherwise than with the exception of a damaged file. */
final class OnnxMetadataFuzz {

  private static final List<String> KEYS =
      List.of("scale", "color", "range", "layout", "preupscale", "halo", "alignment", "license");
  private static final List<String> VALUES =
      List.of("luma", "rgb", "bgr", "1", "255", "-1,1", "nchw", "nhwc", "none", "bicubic", "2");

  @FuzzTest
  void parse_anyEntries_areReadOrRefused(FuzzedDataProvider data) {
    Map<String, String> entries = new HashMap<>();
    int count = data.consumeInt(0, 8);
    for (int i = 0; i < count; i++) {
      String key = data.consumeBoolean() ? data.pickValue(KEYS) : data.consumeString(10);
      String value = data.consumeBoolean() ? data.pickValue(VALUES) : data.consumeString(20);
      entries.put(data.consumeBoolean() ? "sr4j." + key : key, value);
    }
    try {
      OnnxMetadata.parse(Model.bytes("fuzzed.onnx", new byte[] {1}), entries);
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageStartingWith("fuzzed.onnx: ");
    }
  }
}
