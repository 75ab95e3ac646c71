// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFilesTest {

  @TempDir Path directory;

  @Test
  void file_appearsWhenItIsComplete() throws IOException {
    Path target = directory.resolve("a/b.onnx");
    int result =
        OutputFiles.write(
            target,
            file -> {
              Files.writeString(file, "content");
              assertThat(file.getFileName().toString()).endsWith(".onnx");
              assertThat(target).doesNotExist();
              return 7;
            });

    assertThat(result).isEqualTo(7);
    assertThat(target).hasContent("content");
    assertThat(directory.resolve("a").toFile().list()).containsExactly("b.onnx");
  }

  @Test
  void failedWriting_leavesNothing_andKeepsWhatWasThere() throws IOException {
    Path target = directory.resolve("b.onnx");
    Files.writeString(target, "before");
    assertThatThrownBy(
            () ->
                OutputFiles.write(
                    target,
                    file -> {
                      Files.writeString(file, "half");
                      throw new IOException("disk full");
                    }))
        .hasMessage(target + ": cannot be written: disk full");

    assertThat(target).hasContent("before");
    assertThat(directory.toFile().list()).containsExactly("b.onnx");
  }
}
