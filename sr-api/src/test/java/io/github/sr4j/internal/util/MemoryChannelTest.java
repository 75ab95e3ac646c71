// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MemoryChannelTest {

  @TempDir Path folder;

  /** Operations drawn at random give what they give on a file. */
  @Test
  void anyOperations_areThoseOfAFile() throws IOException {
    Random random = new Random(5);
    try (SeekableByteChannel memory = MemoryChannel.empty();
        SeekableByteChannel file =
            Files.newByteChannel(
                folder.resolve("file"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      for (int i = 0; i < 3000; i++) {
        int number = random.nextInt(300);
        switch (random.nextInt(4)) {
          case 0 -> {
            byte[] bytes = new byte[number];
            random.nextBytes(bytes);
            assertThat(memory.write(ByteBuffer.wrap(bytes)))
                .isEqualTo(file.write(ByteBuffer.wrap(bytes)));
          }
          case 1 -> {
            ByteBuffer fromMemory = ByteBuffer.allocate(1 + number);
            ByteBuffer fromFile = ByteBuffer.allocate(1 + number);
            assertThat(memory.read(fromMemory)).isEqualTo(file.read(fromFile));
            assertThat(fromMemory.array()).isEqualTo(fromFile.array());
          }
          case 2 -> {
            memory.position(2L * number);
            file.position(2L * number);
          }
          default -> {
            if (number < 20) {
              memory.truncate(10L * number);
              file.truncate(10L * number);
            }
          }
        }
        assertThat(memory.position()).isEqualTo(file.position());
        assertThat(memory.size()).isEqualTo(file.size());
      }
      assertThat(((MemoryChannel) memory).toByteArray())
          .isEqualTo(Files.readAllBytes(folder.resolve("file")));
    }
  }

  @Test
  void bytesToBeRead_areNotWritten() {
    MemoryChannel channel = MemoryChannel.of(new byte[] {1, 2});

    assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1)))
        .isInstanceOf(NonWritableChannelException.class);
    assertThatThrownBy(() -> channel.truncate(0)).isInstanceOf(NonWritableChannelException.class);
  }

  @Test
  void moreThanAnArrayHolds_isRefused() throws IOException {
    MemoryChannel channel = MemoryChannel.empty();
    channel.position(Integer.MAX_VALUE);

    assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessage("it would have 2147483648 bytes, but an array holds at most 2147483639");
  }

  @Test
  void closedChannel_isRefused_butGivesItsContent() throws IOException {
    MemoryChannel channel = MemoryChannel.empty();
    channel.write(ByteBuffer.wrap(new byte[] {1, 2}));
    channel.close();

    assertThat(channel.isOpen()).isFalse();
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThat(channel.toByteArray()).containsExactly(1, 2);
  }
}
