// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import com.google.common.hash.Hashing;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
        file.record(
            file.event(firstStep).message(7, new ProtobufWriter().integer(1, SESSION_STARTS)));
      }
      return file;
    }
  }

  /** Records what a step measured, by name. */
  public void scalars(long step, Map<String, Double> values) throws IOException {
    ProtobufWriter summary = new ProtobufWriter();
    values.forEach(
        (name, value) ->
            summary.message(1, new ProtobufWriter().text(1, name).number(2, value.floatValue())));
    record(event(step).message(5, summary));
  }

  /** Records an image, encoded as PNG with three channels. */
  public void image(long step, String name, int width, int height, byte[] png) throws IOException {
    ProtobufWriter image =
        new ProtobufWriter().integer(1, height).integer(2, width).integer(3, 3).bytes(4, png);
    record(
        event(step)
            .message(
                5,
                new ProtobufWriter()
                    .message(1, new ProtobufWriter().text(1, name).message(4, image))));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private ProtobufWriter event(long step) {
    return new ProtobufWriter().float64(1, clock.millis() / 1e3).integer(2, step);
  }

  private void record(ProtobufWriter message) throws IOException {
    byte[] data = message.toBytes();
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
}
