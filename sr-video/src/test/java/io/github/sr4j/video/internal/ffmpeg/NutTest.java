// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The writer and the reader of NUT; FFmpeg's own are their peers in {@code VideoUpscalerIT}. */
final class NutTest {

  private static final NutStream STREAM =
      new NutStream(
          0x0a0b3359,
          new Ratio(1001, 30000),
          2,
          ByteBuffer.wrap(new byte[] {1, 2, 3}),
          640,
          360,
          new Ratio(64, 45));

  @Test
  void packets_andTheirStream_areReadAsTheyWereWritten() throws IOException {
    Random random = new Random(1);
    List<NutPacket> packets =
        List.of(
            packet(0, true, 0, random),
            packet(3, false, 1, random),
            packet(1, false, 4096, random),
            packet(1L << 40, true, 4097, random),
            packet((1L << 40) + 1, false, 1 << 20, random));

    byte[] file = write(packets);

    try (NutReader reader = new NutReader(new ByteArrayInputStream(file), STREAM.timeBase())) {
      assertThat(reader.stream()).isEqualTo(STREAM);
      for (NutPacket packet : packets) {
        NutPacket read = reader.next().orElseThrow();
        assertThat(read.time()).isEqualTo(packet.time());
        assertThat(read.isKey()).isEqualTo(packet.isKey());
        assertThat(Arrays.equals(read.data(), packet.data())).isTrue();
      }
      assertThat(reader.next()).isEqualTo(Optional.empty());
    }
  }

  @Test
  void file_cutOff_isNotTakenForItsEnd() throws IOException {
    byte[] file = write(List.of(packet(0, true, 100, new Random(2))));

    try (NutReader reader =
        new NutReader(
            new ByteArrayInputStream(Arrays.copyOf(file, file.length - 1)), STREAM.timeBase())) {
      assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void header_withAWrongByte_isRefused() throws IOException {
    byte[] file = write(List.of(packet(0, true, 100, new Random(2))));
    file[NutFormat.FILE_ID.length + 12] ^= 1;

    assertThatThrownBy(() -> new NutReader(new ByteArrayInputStream(file), STREAM.timeBase()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("checksum");
  }

  @Test
  void file_ofAnotherKind_isRefused() {
    assertThatThrownBy(
            () -> new NutReader(new ByteArrayInputStream(new byte[100]), STREAM.timeBase()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("NUT");
  }

  @Test
  void time_beforeZero_isRefused() {
    assertThatThrownBy(() -> write(List.of(packet(-1, true, 1, new Random(2)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  private static byte[] write(List<NutPacket> packets) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (NutWriter writer = new NutWriter(out, STREAM, new Ratio(30000, 1001))) {
      for (NutPacket packet : packets) {
        writer.write(packet);
      }
    }
    return out.toByteArray();
  }

  private static NutPacket packet(long time, boolean isKey, int size, Random random) {
    byte[] data = new byte[size];
    random.nextBytes(data);
    return new NutPacket(time, isKey, data);
  }
}
