// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a zip archive in memory. Stored entries are views of it, as PyTorch writes them;
 * packed ones are unpacked as long as all of them together are not larger than the archive.
 *
 * <p>{@link java.util.zip.ZipFile} reads files of the disk only, and copies each entry.
 */
final class ZipDirectory {

  private static final int END = 0x06054b50;
  private static final int END_LENGTH = 22;
  private static final int END64_LOCATOR = 0x07064b50;
  private static final int END64_LOCATOR_LENGTH = 20;
  private static final int END64 = 0x06064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_LENGTH = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_LENGTH = 30;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final long IN_EXTRA = 0xffff_ffffL; // the size is in the field of zip64

  private final Refusal refusal;
  private final ByteBuffer content;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private long unpackable; // bytes

  private record Entry(int method, long crc, long packed, long size, long header) {}

  /** Reads the directory. */
  ZipDirectory(Refusal refusal, ByteBuffer content) {
    this.refusal = refusal;
    this.content = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.unpackable = content.limit();
    readEntries();
  }

  /** Returns the names of all entries, in their order. */
  Set<String> names() {
    return entries.keySet();
  }

  /**
   * Returns the content of an entry; null if there is none of the name.
   *
   * @throws io.github.sr4j.ModelFormatException if it is damaged
   */
  @Nullable ByteBuffer get(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      return null;
    }
    if (entry.header < 0
        || entry.header > content.limit() - LOCAL_LENGTH
        || content.getInt((int) entry.header) != LOCAL) {
      throw damaged();
    }
    int at = (int) entry.header;
    long start =
        (long) at + LOCAL_LENGTH + unsigned(at + 26) + unsigned(at + 28); // name, extra field
    if (entry.packed < 0 || start + entry.packed > content.limit()) {
      throw damaged();
    }
    ByteBuffer packed = content.slice((int) start, (int) entry.packed);
    ByteBuffer bytes = entry.method == STORED ? packed : unpacked(name, packed, entry.size);
    CRC32 sum = new CRC32();
    sum.update(bytes.duplicate());
    if (bytes.limit() != entry.size || (sum.getValue() != entry.crc && entry.crc != 0)) {
      throw refusal.of("is damaged: the checksum of its entry %s is wrong", name);
    }
    return bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer unpacked(String name, ByteBuffer packed, long size) {
    unpackable -= size;
    if (size < 0 || unpackable < 0) {
      throw refusal.of(
          "must unpack to at most twice its size, as weights do, but %s alone has %s bytes",
          name, size);
    }
    byte[] bytes = new byte[(int) size];
    Inflater inflater = new Inflater(/* nowrap= */ true);
    try {
      inflater.setInput(packed);
      int length = 0;
      for (int read = 1; read > 0 && length < bytes.length; length += read) {
        read = inflater.inflate(bytes, length, bytes.length - length);
      }
      return ByteBuffer.wrap(bytes, 0, length).slice();
    } catch (DataFormatException e) {
      throw refusal.of("is damaged: its entry %s cannot be unpacked", name);
    } finally {
      inflater.end();
    }
  }

  private void readEntries() {
    int end = end();
    long number = unsigned(end + 10);
    long at = content.getInt(end + 16) & IN_EXTRA;
    int locator = end - END64_LOCATOR_LENGTH;
    if (locator >= 0 && content.getInt(locator) == END64_LOCATOR) {
      long end64 = content.getLong(locator + 8);
      if (end64 < 0 || end64 > content.limit() - 56 || content.getInt((int) end64) != END64) {
        throw damaged();
      }
      number = content.getLong((int) end64 + 32);
      at = content.getLong((int) end64 + 48);
    }
    for (long i = 0; i < number; i++) {
      if (at < 0 || at > content.limit() - CENTRAL_LENGTH || content.getInt((int) at) != CENTRAL) {
        throw damaged();
      }
      at += readEntry((int) at);
    }
  }

  /** Returns the place of the end record, which is the last one but for a comment. */
  private int end() {
    int last = content.limit() - END_LENGTH;
    for (int at = last; at >= Math.max(0, last - 0xffff); at--) {
      if (content.getInt(at) == END) {
        return at;
      }
    }
    throw refusal.of("is truncated: it begins as a zip archive, but has no directory at its end");
  }

  /** Reads an entry of the directory, and returns its length. */
  private int readEntry(int at) {
    int nameLength = unsigned(at + 28);
    int extraLength = unsigned(at + 30);
    int length = CENTRAL_LENGTH + nameLength + extraLength + unsigned(at + 32);
    if (at + (long) length > content.limit()) {
      throw damaged();
    }
    byte[] name = new byte[nameLength];
    content.get(at + CENTRAL_LENGTH, name);
    long[] sizes = {
      content.getInt(at + 24) & IN_EXTRA, // unpacked
      content.getInt(at + 20) & IN_EXTRA, // packed
      content.getInt(at + 42) & IN_EXTRA // place of the local header
    };
    readExtra(at + CENTRAL_LENGTH + nameLength, extraLength, sizes);
    int method = unsigned(at + 10);
    boolean isEncrypted = (content.get(at + 8) & 1) != 0;
    String text = new String(name, StandardCharsets.UTF_8);
    if (isEncrypted || (method != STORED && method != DEFLATED)) {
      throw refusal.of(
          "must have entries that are stored or deflated, but %s is %s",
          text, isEncrypted ? "encrypted" : "packed by method " + method);
    }
    entries.put(
        text, new Entry(method, content.getInt(at + 16) & IN_EXTRA, sizes[1], sizes[0], sizes[2]));
    return length;
  }

  /** Reads the sizes that are in the extra field of zip64. */
  private void readExtra(int from, int length, long[] sizes) {
    int at = from;
    while (at + 4 <= from + length) {
      int fieldEnd = at + 4 + unsigned(at + 2);
      if (unsigned(at) == 1 && fieldEnd <= from + length) {
        int next = at + 4;
        for (int i = 0; i < sizes.length; i++) {
          if (sizes[i] == IN_EXTRA && next + Long.BYTES <= fieldEnd) {
            sizes[i] = content.getLong(next);
            next += Long.BYTES;
          }
        }
      }
      at = fieldEnd;
    }
  }

  private int unsigned(int at) {
    return Short.toUnsignedInt(content.getShort(at));
  }

  private RuntimeException damaged() {
    return refusal.of("is damaged: the directory of its zip archive names what is not there");
  }
}
