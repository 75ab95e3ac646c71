// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A TIFF of any pages, put together tag by tag: a second opinion about the format. */
public final class TiffFile {

  public static final int BYTE = 1;
  public static final int ASCII = 2;
  public static final int SHORT = 3;
  public static final int LONG = 4;
  public static final int DOUBLE = 12;

  private final ByteOrder order;
  private final List<Page> pages = new ArrayList<>();

  public TiffFile(ByteOrder order) {
    this.order = order;
  }

  /** A file of one page of little-endian samples, in one strip. */
  public static TiffFile of(
      int width, int height, int photometric, int samples, int bits, int format, byte[] data) {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    file.page(width, height)
        .samples(photometric, samples, bits, format)
        .tag(278, LONG, height)
        .strips(data);
    return file;
  }

  /** Gray floats, uncompressed. */
  public static TiffFile ofFloats(int width, int height, float... values) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return of(width, height, 1, 1, 32, 3, data.array());
  }

  public Page page(int width, int height) {
    Page page = new Page();
    pages.add(page);
    return page.tag(256, LONG, width).tag(257, LONG, height).tag(259, SHORT, 1);
  }

  public Page page() {
    return pages.get(pages.size() - 1);
  }

  public Path write(Path file) {
    try {
      return Files.write(file, bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] bytes() {
    ByteBuffer file = ByteBuffer.allocate(1 << 22).order(order);
    file.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M')).put(file.get(0));
    file.putShort((short) 42).putInt(0);
    int link = 4;
    for (Page page : pages) {
      link = page.put(file, link);
    }
    return Arrays.copyOf(file.array(), file.position());
  }

  /** A directory, with its pixels and the directories that it links to. */
  public static final class Page {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Value(int type, double[] numbers) {}

    private final TreeMap<Integer, Value> tags = new TreeMap<>();
    private final List<Page> nested = new ArrayList<>();
    private byte[][] segments = new byte[0][];
    private boolean isTiled;
    private int place; // once it is in a file

    public Page tag(int tag, int type, double... values) {
      tags.put(tag, new Value(type, values));
      return this;
    }

    public Page text(int tag, String text) {
      byte[] bytes = (text + "\0").getBytes(US_ASCII);
      double[] values = new double[bytes.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = bytes[i];
      }
      return tag(tag, ASCII, values);
    }

    public Page without(int tag) {
      tags.remove(tag);
      return this;
    }

    public Page samples(int photometric, int samples, int bits, int format) {
      double[] all = new double[samples];
      Arrays.fill(all, bits);
      tag(258, SHORT, all.clone()).tag(262, SHORT, photometric).tag(277, SHORT, samples);
      Arrays.fill(all, format);
      return tag(339, SHORT, all);
    }

    public Page strips(byte[]... strips) {
      segments = strips;
      return this;
    }

    public Page tiles(int width, int height, byte[]... tiles) {
      segments = tiles;
      isTiled = true;
      return tag(322, LONG, width).tag(323, LONG, height);
    }

    public Page linkingTo(Page page) {
      nested.add(page);
      return this;
    }

    private int put(ByteBuffer file, int link) {
      double[] offsets = new double[segments.length];
      double[] counts = new double[segments.length];
      for (int i = 0; i < segments.length; i++) {
        offsets[i] = segments[i].length == 0 ? 0 : file.position();
        counts[i] = segments[i].length;
        file.put(segments[i]).position((file.position() + 1) / 2 * 2);
      }
      if (segments.length > 0) {
        tag(isTiled ? 324 : 273, LONG, offsets).tag(isTiled ? 325 : 279, LONG, counts);
      }
      double[] links = new double[nested.size()];
      for (int i = 0; i < links.length; i++) {
        if (nested.get(i).place == 0) {
          nested.get(i).put(file, -1);
        }
        links[i] = nested.get(i).place;
      }
      if (links.length > 0) {
        tag(330, LONG, links);
      }
      TreeMap<Integer, byte[]> values = new TreeMap<>();
      TreeMap<Integer, Integer> places = new TreeMap<>();
      for (Map.Entry<Integer, Value> entry : tags.entrySet()) {
        byte[] bytes = bytes(entry.getValue(), file.order());
        values.put(entry.getKey(), bytes);
        if (bytes.length > 4) {
          places.put(entry.getKey(), file.position());
          file.put(bytes).position((file.position() + 1) / 2 * 2);
        }
      }
      place = file.position();
      if (link >= 0) {
        file.putInt(link, place);
      }
      file.putShort((short) tags.size());
      for (Map.Entry<Integer, Value> entry : tags.entrySet()) {
        int tag = entry.getKey();
        file.putShort((short) tag).putShort((short) entry.getValue().type());
        file.putInt(entry.getValue().numbers().length);
        if (places.containsKey(tag)) {
          file.putInt(places.get(tag));
        } else {
          file.put(Arrays.copyOf(values.get(tag), 4));
        }
      }
      file.putInt(0);
      return file.position() - 4;
    }

    private static byte[] bytes(Value value, ByteOrder order) {
      double[] numbers = value.numbers();
      ByteBuffer bytes = ByteBuffer.allocate(8 * numbers.length).order(order);
      for (double number : numbers) {
        switch (value.type()) {
          case SHORT -> bytes.putShort((short) (int) number);
          case LONG -> bytes.putInt((int) (long) number);
          case DOUBLE -> bytes.putDouble(number);
          default -> bytes.put((byte) number);
        }
      }
      return Arrays.copyOf(bytes.array(), bytes.position());
    }
  }
}
