// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ModelTest {

  @Test
  void declaring_addsToACopy_andTheLastOneCounts() {
    Model model = Model.file(Path.of("net.onnx"));
    Model declared =
        model.declaring("range", "1").declaring("color", "luma").declaring("range", "255");

    assertThat(declared.declarations())
        .containsExactly(entry("color", "luma"), entry("range", "255"));
    assertThat(declared.file()).contains(Path.of("net.onnx"));
    assertThat(model.declarations()).isEmpty();
    assertThatThrownBy(() -> declared.declarations().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void declaring_unknownKey_isRefusedWithTheKeys() {
    assertThatThrownBy(() -> Model.embedded("compact-x2").declaring("colour", "luma"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "key must be one of [alignment, color, halo, layout, preupscale, range, scale], but was"
                + " \"colour\"");
  }

  @Test
  void equals_isByNameContentAndDeclarations() {
    Model bytes = Model.bytes("net.onnx", new byte[] {1, 2});

    assertThat(bytes)
        .isEqualTo(Model.bytes("net.onnx", new byte[] {1, 2}))
        .hasSameHashCodeAs(Model.bytes("net.onnx", new byte[] {1, 2}))
        .isNotEqualTo(Model.bytes("net.onnx", new byte[] {1, 3}))
        .isNotEqualTo(bytes.declaring("range", "255"))
        .isNotEqualTo(Model.file(Path.of("net.onnx")))
        .isNotEqualTo(Model.embedded("net.onnx"));
    assertThat(Model.file(Path.of("net.onnx")))
        .isEqualTo(Model.file(Path.of("net.onnx")))
        .isNotEqualTo(Model.embedded("net.onnx"));
    assertThat(Model.embedded("compact-x2"))
        .isEqualTo(Model.embedded("compact-x2"))
        .isNotEqualTo(Model.embedded("compact-x3"))
        .isNotEqualTo("compact-x2");
  }

  @Test
  void bytes_areCopied() {
    byte[] content = {1, 2, 3};
    Model model = Model.bytes("net.onnx", content);
    content[0] = 9;
    model.content().orElseThrow()[1] = 9;

    assertThat(model.content().orElseThrow()).containsExactly(1, 2, 3);
    assertThat(model.isEmbedded()).isFalse();
    assertThat(Model.embedded("compact-x2").isEmbedded()).isTrue();
  }
}
