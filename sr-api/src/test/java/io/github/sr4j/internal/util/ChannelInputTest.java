// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link ChannelInput}. */
final class ChannelInputTest {

  private static final int LENGTH = 50_000; // of three buffers and a part

  @TempDir private Path directory;
  private Path file;
  private final byte[] content = new byte[LENGTH];

  @BeforeEach
  void write() throws IOException {
    new Random(1).nextBytes(content);
    file = Files.write(directory.resolve("file"), content);
  }

  private ChannelInput open() throws IOException {
    return new ChannelInput(Files.newByteChannel(file));
  }

  /** Readers take an int of fewer bytes for the end of the file. */
  @Test
  void numbers_areReadAcrossTheEndsOfTheBuffer() throws IOException {
    for (int start = 0; start < Integer.BYTES; start++) {
      try (ChannelInput input = open()) {
        input.seek(start);
        input.read(); // so that the buffer begins there
        for (int at = start + 1; at + Integer.BYTES <= LENGTH; at += Integer.BYTES) {
          assertThat(input.readInt()).isEqualTo(ByteBuffer.wrap(content).getInt(at));
        }
      }
    }
  }

  @Test
  void read_returnsAllThatIsAskedFor_upToTheEnd() throws IOException {
    byte[] bytes = new byte[LENGTH];
    try (ChannelInput input = open()) {
      assertThat(input.read(bytes, 0, 10)).isEqualTo(10);
      assertThat(input.read(bytes, 10, LENGTH - 20)).isEqualTo(LENGTH - 20);
      assertThat(input.read(bytes, LENGTH - 10, 10)).isEqualTo(10);
      assertThat(bytes).isEqualTo(content);
      assertThat(input.read(bytes, 0, 1)).isEqualTo(-1);
      assertThat(input.read()).isEqualTo(-1);
      input.seek(LENGTH - 3);
      assertThat(input.read(bytes, 0, 10)).isEqualTo(3);
      assertThat(input.read(bytes, 0, 0)).isEqualTo(0);
    }
  }

  @Test
  void paddedEnd_hasZeros_andFailsBehindThem() throws IOException {
    byte[] bytes = {1, 1, 1, 1, 1, 1};
    try (ChannelInput input = open()) {
      input.padEnd(5);
      input.seek(LENGTH - 1);
      assertThat(input.read(bytes, 0, 3)).isEqualTo(3);
      assertThat(bytes).containsExactly(content[LENGTH - 1], 0, 0, 1, 1, 1);
      assertThat(input.read()).isZero();
      assertThat(input.read(bytes, 0, 6)).isEqualTo(2);
      assertThatThrownBy(input::read)
          .isExactlyInstanceOf(IOException.class) // and no EOFException, which some readers expect
          .hasMessage("the file is cut off");
      assertThatThrownBy(() -> input.read(bytes, 0, 1)).hasMessage("the file is cut off");
    }
  }
}
