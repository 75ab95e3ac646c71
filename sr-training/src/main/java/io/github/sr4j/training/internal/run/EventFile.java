// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import com.google.common.hash.Hashing;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;

/**
 * A file of scalars and images that TensorBoard shows: records with checksums, as TensorFlow's <a
 * href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h">
 * record_writer.h</a> describes them, that hold messages of <a
 * href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto">
 * event.proto</a> and <a
 * href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/summary.proto">
 * summary.proto</a>, whose numbers the fields have. Every record reaches the file as it is written.
 */
public final class EventFile implements Closeable {

  private static final String VERSION = "brain.Event:2";
  private static final String SUFFIX = ".sr4j";
  private static final int SESSION_STARTS = 1; // SessionLog.SessionStatus
  private static final int CRC_DELTA = 0xa282ead8; // of record_writer.h, as the rotation is

  private final OutputStream out;
  private final Clock clock;

  private EventFile(OutputStream out, Clock clock) {
    this.out = out;
    this.clock = clock;
  }

  /**
   * Begins a file of its own in a folder, for TensorBoard reads all that are in it.
   *
   * @param firstStep the first step that will be recorded. Later steps of earlier files are not
   *     shown; if it is 1, they are deleted.
   */
  public static EventFile create(Path folder, long firstStep) throws IOException {
    return create(folder, firstStep, Clock.systemUTC());
  }

  static EventFile create(Path folder, long firstStep, Clock clock) throws IOException {
    if (firstStep == 1) {
      try (DirectoryStream<Path> earlier =
          Files.newDirectoryStream(folder, "events.out.tfevents.*" + SUFFIX)) {
        for (Path file : earlier) {
          Files.delete(file);
        }
      }
    }
    long seconds = clock.instant().getEpochSecond();
    for (int number = 0; ; number++) {
      // TensorBoard looks for the word tfevents, and reads files in the order of their names.
      String name =
          String.format(Locale.ROOT, "events.out.tfevents.%010d.%d%s", seconds, number, SUFFIX);
      OutputStream out;
      try {
        out = Files.newOutputStream(folder.resolve(name), StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
      EventFile file = new EventFile(out, clock);
      file.record(file.event(0).text(3, VERSION));
      if (firstStep > 1) {
        file.record(file.event(firstStep).message(7, new Message().number(1, SESSION_STARTS)));
      }
      return file;
    }
  }

  /** Records what a step measured, by name. */
  public void scalars(long step, Map<String, Double> values) throws IOException {
    Message summary = new Message();
    values.forEach(
        (name, value) ->
            summary.message(1, new Message().text(1, name).float32(2, value.floatValue())));
    record(event(step).message(5, summary));
  }

  /** Records an image, encoded as PNG with three channels. */
  public void image(long step, String name, int width, int height, byte[] png) throws IOException {
    Message image = new Message().number(1, height).number(2, width).number(3, 3).bytes(4, png);
    record(
        event(step)
            .message(5, new Message().message(1, new Message().text(1, name).message(4, image))));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private Message event(long step) {
    return new Message().float64(1, clock.millis() / 1e3).number(2, step);
  }

  private void record(Message message) throws IOException {
    byte[] data = message.toByteArray();
    ByteBuffer record =
        ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
    record
        .putInt(maskedCrc(record.array(), Long.BYTES))
        .put(data)
        .putInt(maskedCrc(data, data.length));
    out.write(record.array());
  }

  private static int maskedCrc(byte[] bytes, int length) {
    int crc = Hashing.crc32c().hashBytes(bytes, 0, length).asInt();
    return Integer.rotateRight(crc, 15) + CRC_DELTA;
  }

  /**
   * A message in protobuf's <a href="https://protobuf.dev/programming-guides/encoding/">wire
   * format</a>, written by hand because so little of it is needed.
   */
  private static final class Message {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((field << 3) | VARINT);
      varint(value);
      return this;
    }

    Message float64(int field, double value) {
      varint((field << 3) | FIXED64);
      bytes.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array());
      return this;
    }

    Message float32(int field, float value) {
      varint((field << 3) | FIXED32);
      bytes.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint((field << 3) | BYTES);
      varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.toByteArray());
    }

    byte[] toByteArray() {
      return bytes.toByteArray();
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        bytes.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }
  }
}
