// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** A reader of event files that shares nothing with the writer, not even the checksum. */
public final class Events {

  /** An event; what it has not, is empty or 0. */
  public record Event(
      double wallTime,
      long step,
      String version,
      boolean isSessionStart,
      Map<String, Float> scalars,
      Map<String, byte[]> images) {}

  private Events() {}

  /** Reads the files of a folder, in the order of their names. */
  public static List<Event> in(Path folder) throws IOException {
    List<Event> events = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().contains("tfevents")).sorted().toList()) {
        events.addAll(read(file));
      }
    }
    return events;
  }

  static List<Event> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertThat(bytes.getInt()).isEqualTo(masked(length));
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(data);
      assertThat(bytes.getInt()).isEqualTo(masked(data));
      events.add(event(data));
    }
    return events;
  }

  private static int masked(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    long value = crc.getValue();
    return (int) (((value >>> 15) | (value << 17)) + 0xa282ead8L);
  }

  private static Event event(byte[] data) {
    Fields event = Fields.of(data);
    Map<String, Float> scalars = new LinkedHashMap<>();
    Map<String, byte[]> images = new LinkedHashMap<>();
    for (byte[] value : event.has(5) ? Fields.of(event.bytes(5)).all(1) : List.<byte[]>of()) {
      Fields summary = Fields.of(value);
      String tag = new String(summary.bytes(1), StandardCharsets.UTF_8);
      if (summary.has(2)) {
        scalars.put(tag, Float.intBitsToFloat((int) summary.number(2)));
      } else {
        Fields image = Fields.of(summary.bytes(4));
        assertThat(image.number(3)).isEqualTo(3); // channels
        byte[] png = image.bytes(4);
        ByteBuffer header = ByteBuffer.wrap(png, 16, 8);
        assertThat(image.number(2)).isEqualTo(header.getInt()); // width
        assertThat(image.number(1)).isEqualTo(header.getInt());
        images.put(tag, png);
      }
    }
    return new Event(
        Double.longBitsToDouble(event.number(1)),
        event.number(2),
        event.has(3) ? new String(event.bytes(3), StandardCharsets.UTF_8) : "",
        event.has(7) && Fields.of(event.bytes(7)).number(1) == 1,
        scalars,
        images);
  }

  /** The fields of a protobuf message, by number. */
  private static final class Fields {

    private final Map<Integer, List<Object>> values = new LinkedHashMap<>();

    static Fields of(byte[] data) {
      Fields fields = new Fields();
      ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        long tag = varint(bytes);
        Object value =
            switch ((int) (tag & 7)) {
              case 0 -> varint(bytes);
              case 1 -> bytes.getLong();
              case 2 -> {
                byte[] content = new byte[(int) varint(bytes)];
                bytes.get(content);
                yield content;
              }
              case 5 -> (long) bytes.getInt();
              default -> throw new AssertionError("wire type " + (tag & 7));
            };
        fields.values.computeIfAbsent((int) (tag >>> 3), n -> new ArrayList<>()).add(value);
      }
      return fields;
    }

    private static long varint(ByteBuffer bytes) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = bytes.get();
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    boolean has(int field) {
      return values.containsKey(field);
    }

    long number(int field) {
      return has(field) ? (long) values.get(field).get(0) : 0;
    }

    byte[] bytes(int field) {
      return (byte[]) values.get(field).get(0);
    }

    List<byte[]> all(int field) {
      return values.get(field).stream().map(value -> (byte[]) value).toList();
    }
  }
}
