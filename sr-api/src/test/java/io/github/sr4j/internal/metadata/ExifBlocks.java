// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Blocks of EXIF as a camera writes them: directories, their values, and a thumbnail. */
public final class ExifBlocks {

  /** A tag's type, number of values, and bytes. */
  private record Field(int type, int count, ByteBuffer value) {

    byte[] bytes() {
      byte[] bytes = new byte[value.capacity()];
      value.get(0, bytes);
      return bytes;
    }
  }

  private final ByteOrder order;
  private final TreeMap<Integer, Field> image = new TreeMap<>();
  private final TreeMap<Integer, Field> photo = new TreeMap<>();
  private final TreeMap<Integer, Field> gps = new TreeMap<>();

  private ExifBlocks(ByteOrder order) {
    this.order = order;
  }

  public static ExifBlocks of(ByteOrder order) {
    return new ExifBlocks(order);
  }

  /** A phone's, held upright, which stores 40x24 pixels to be turned clockwise. */
  public static byte[] phone(ByteOrder order) {
    ExifBlocks block = of(order);
    block.image(271, "Maker").image(272, "Phone 5").image(306, "2024:05:06 07:08:09");
    block.image(274, 3, 6).image(282, 5, 72, 1).image(283, 5, 72, 1).image(296, 3, 2);
    block.image(256, 4, 40).image(257, 4, 24).image(33432, "(c) Somebody").image(531, 3, 1);
    block.photo(36867, "2024:05:06 07:08:09").photo(40962, 4, 40).photo(40963, 4, 24);
    block.photo(37396, 3, 10, 6, 8, 4).photo(41486, 5, 3000, 1).photo(41487, 5, 2000, 1);
    block.photo(37500, "MakerNote with places in it");
    block.gps(1, "N").gps(2, 5, 52, 1, 30, 1, 0, 1).gps(3, "E").gps(4, 5, 13, 1, 24, 1, 0, 1);
    return block.bytes();
  }

  public ExifBlocks image(int tag, String text) {
    image.put(tag, text(text));
    return this;
  }

  public ExifBlocks image(int tag, int type, int... values) {
    image.put(tag, numbers(type, values));
    return this;
  }

  public ExifBlocks photo(int tag, String text) {
    photo.put(tag, text(text));
    return this;
  }

  public ExifBlocks photo(int tag, int type, int... values) {
    photo.put(tag, numbers(type, values));
    return this;
  }

  public ExifBlocks gps(int tag, String text) {
    gps.put(tag, text(text));
    return this;
  }

  public ExifBlocks gps(int tag, int type, int... values) {
    gps.put(tag, numbers(type, values));
    return this;
  }

  private static Field text(String text) {
    byte[] bytes = (text + '\0').getBytes(US_ASCII);
    return new Field(2, bytes.length, ByteBuffer.wrap(bytes));
  }

  private Field numbers(int type, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * (type == 3 ? 2 : 4)).order(order);
    for (int value : values) {
      if (type == 3) {
        bytes.putShort((short) value);
      } else {
        bytes.putInt(value);
      }
    }
    return new Field(type, type == 5 ? values.length / 2 : values.length, bytes);
  }

  public byte[] bytes() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    byte mark = (byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M');
    ByteBuffer header = ByteBuffer.allocate(8).order(order).put(mark).put(mark);
    block.writeBytes(header.putShort((short) 42).putInt(8).array());
    int pointers = (photo.isEmpty() ? 0 : 1) + (gps.isEmpty() ? 0 : 1);
    int photoAt = 8 + size(image) + 12 * pointers;
    int gpsAt = photoAt + (photo.isEmpty() ? 0 : size(photo));
    int thumbnailAt = gpsAt + (gps.isEmpty() ? 0 : size(gps));
    TreeMap<Integer, Field> first = new TreeMap<>(image);
    if (!photo.isEmpty()) {
      first.put(34665, numbers(4, photoAt));
    }
    if (!gps.isEmpty()) {
      first.put(34853, numbers(4, gpsAt));
    }
    write(first, 8, thumbnailAt, block);
    if (!photo.isEmpty()) {
      write(photo, photoAt, 0, block);
    }
    if (!gps.isEmpty()) {
      write(gps, gpsAt, 0, block);
    }
    TreeMap<Integer, Field> thumbnail = new TreeMap<>();
    thumbnail.put(513, numbers(4, thumbnailAt + 2 + 2 * 12 + 4)); // where it is, and how long
    thumbnail.put(514, numbers(4, 9));
    write(thumbnail, thumbnailAt, 0, block);
    block.writeBytes("thumbnail".getBytes(US_ASCII));
    return block.toByteArray();
  }

  private static int size(SortedMap<Integer, Field> fields) {
    int size = 2 + 12 * fields.size() + 4;
    for (Field field : fields.values()) {
      size += field.bytes().length > 4 ? field.bytes().length : 0;
    }
    return size;
  }

  private void write(
      SortedMap<Integer, Field> fields, int at, int next, ByteArrayOutputStream block) {
    ByteBuffer directory = ByteBuffer.allocate(size(fields)).order(order);
    int valuesAt = 2 + 12 * fields.size() + 4;
    directory.putShort((short) fields.size());
    for (int tag : List.copyOf(fields.keySet())) {
      Field field = fields.get(tag);
      directory.putShort((short) tag).putShort((short) field.type()).putInt(field.count());
      if (field.bytes().length > 4) {
        directory.putInt(at + valuesAt).put(valuesAt, field.bytes());
        valuesAt += field.bytes().length;
      } else {
        int start = directory.position();
        directory.put(field.bytes()).position(start + 4);
      }
    }
    block.writeBytes(directory.putInt(next).array());
  }
}
