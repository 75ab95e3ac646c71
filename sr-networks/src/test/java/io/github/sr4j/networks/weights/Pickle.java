// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A pickle in the making, with the operations that PyTorch's files have. */
final class Pickle {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Pickle() {
    out.write(0x80);
    out.write(2);
  }

  Pickle raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  Pickle op(String operations) {
    out.writeBytes(operations.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  Pickle text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return op("X").int32(bytes.length).op(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  private Pickle int32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  Pickle number(long value) {
    if (value == (int) value) {
      return op("J").int32((int) value);
    }
    return raw(0x8a, 8).raw(littleEndian(BigInteger.valueOf(value), 8));
  }

  private static int[] littleEndian(BigInteger value, int length) {
    int[] bytes = new int[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = value.shiftRight(8 * i).intValue() & 0xff;
    }
    return bytes;
  }

  Pickle global(String module, String name) {
    return op("c" + module + "\n" + name + "\n");
  }

  private Pickle tuple(long... numbers) {
    op("(");
    for (long number : numbers) {
      number(number);
    }
    return op("t");
  }

  /** Adds a call of {@code _rebuild_tensor_v2}. */
  Pickle tensor(String key, String type, long elements, long offset, long[] shape, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op("((")
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .op("tQ")
        .number(offset)
        .tuple(shape)
        .tuple(strides)
        .raw(0x89)
        .global("collections", "OrderedDict")
        .op(")RtR");
  }

  /** Adds a tensor that has all elements of its storage. */
  Pickle vector(String key, String type, long elements) {
    return tensor(key, type, elements, 0, new long[] {elements}, new long[] {1});
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** Returns the archive of {@code torch.save}, of this pickle and of storages by key. */
  byte[] archive(Map<String, byte[]> storages) {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(archive)) {
      store(zip, "archive/data.pkl", bytes());
      for (Map.Entry<String, byte[]> storage : storages.entrySet()) {
        store(zip, "archive/data/" + storage.getKey(), storage.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return archive.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** Returns a file of the older form, of this pickle and one storage. */
  byte[] olderForm(String key, long elements, byte[] storage) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(
        new Pickle()
            .raw(0x8a, 10)
            .raw(littleEndian(new BigInteger("1950a86a20f9469cfc6c", 16), 10))
            .op(".")
            .bytes());
    file.writeBytes(new Pickle().number(1001).op(".").bytes());
    file.writeBytes(new Pickle().op("}").text("little_endian").raw(0x88).op("s.").bytes());
    file.writeBytes(bytes());
    file.writeBytes(new Pickle().op("]").text(key).op("a.").bytes());
    file.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(elements).array());
    file.writeBytes(storage);
    return file.toByteArray();
  }

  /** Returns the bytes of floats. */
  static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
