// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writers of GIFs and animated PNGs, simple enough to be right. */
public final class AnimatedFiles {

  /**
   * A frame.
   *
   * @param disposal as the format codes it
   * @param blend 1 to draw it over the canvas; GIF always does
   * @param pixels indices into a palette for GIF, else samples of 8 bits or 16, RGBA
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Frame(
      int x, int y, int width, int height, int delay, int disposal, int blend, int... pixels) {}

  private AnimatedFiles() {}

  /** The colours of GIFs, of which the last one is transparent: 3 times 128 levels. */
  public static int color(int index) {
    return index == 127
        ? 0
        : 0xff << 24 | (index * 2) << 16 | ((127 - index) * 2) << 8 | index * 37 % 256;
  }

  /**
   * Returns a GIF, of 128 colours.
   *
   * @param repetitions after the first time, 0 for ever, or -1 to leave the extension out
   */
  public static byte[] gif(int width, int height, int repetitions, List<Frame> frames) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GIF89a".getBytes(ISO_8859_1));
    writeShorts(out, width, height);
    out.writeBytes(new byte[] {(byte) 0xf6, 0, 0});
    for (int i = 0; i < 128; i++) {
      out.write(color(i) >> 16);
      out.write(color(i) >> 8);
      out.write(color(i));
    }
    if (repetitions >= 0) {
      out.writeBytes(new byte[] {0x21, (byte) 0xff, 11});
      out.writeBytes("NETSCAPE2.0".getBytes(ISO_8859_1));
      out.writeBytes(new byte[] {3, 1, (byte) repetitions, (byte) (repetitions >> 8), 0});
    }
    for (Frame frame : frames) {
      out.writeBytes(new byte[] {0x21, (byte) 0xf9, 4, (byte) (frame.disposal << 2 | 1)});
      writeShorts(out, frame.delay);
      out.writeBytes(new byte[] {127, 0, 0x2c});
      writeShorts(out, frame.x, frame.y, frame.width, frame.height);
      out.writeBytes(new byte[] {0, 7});
      // Codes of 8 bits, which they stay if the table is cleared before it has 256 of them.
      for (int i = 0; i < frame.pixels.length; i += 100) {
        int count = Math.min(100, frame.pixels.length - i);
        boolean isLast = i + count == frame.pixels.length;
        out.write(count + (isLast ? 2 : 1));
        out.write(128);
        for (int pixel = i; pixel < i + count; pixel++) {
          out.write(frame.pixels[pixel]);
        }
        if (isLast) {
          out.write(129);
        }
      }
      out.write(0);
    }
    out.write(0x3b);
    return out.toByteArray();
  }

  /**
   * Returns an animated PNG, RGBA.
   *
   * @param bits 8 or 16
   * @param still samples of an image that is no frame, or none
   */
  public static byte[] png(
      int width, int height, int bits, int plays, List<Frame> frames, int... still) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ByteBuffer.allocate(8).putLong(0x89504e470d0a1a0aL).array());
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(out, "IHDR", header.put((byte) bits).put((byte) 6).array());
    chunk(out, "acTL", ByteBuffer.allocate(8).putInt(frames.size()).putInt(plays).array());
    int sequence = 0;
    if (still.length > 0) {
      chunk(out, "IDAT", deflated(still, width, bits));
    }
    for (int i = 0; i < frames.size(); i++) {
      Frame frame = frames.get(i);
      ByteBuffer control = ByteBuffer.allocate(26).putInt(sequence++);
      control.putInt(frame.width).putInt(frame.height).putInt(frame.x).putInt(frame.y);
      control.putShort((short) frame.delay).putShort((short) 1000);
      chunk(out, "fcTL", control.put((byte) frame.disposal).put((byte) frame.blend).array());
      byte[] data = deflated(frame.pixels, frame.width, bits);
      if (i == 0 && still.length == 0) {
        chunk(out, "IDAT", data);
        continue;
      }
      for (int start = 0; start < data.length; start += 50) { // in pieces, as encoders do
        int count = Math.min(50, data.length - start);
        ByteBuffer part = ByteBuffer.allocate(4 + count).putInt(sequence++);
        chunk(out, "fdAT", part.put(data, start, count).array());
      }
    }
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static byte[] deflated(int[] samples, int width, int bits) {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (int i = 0; i < samples.length; i++) {
      if (i % (4 * width) == 0) {
        rows.write(0); // not filtered
      }
      if (bits == 16) {
        rows.write(samples[i] >> 8);
      }
      rows.write(samples[i]);
    }
    Deflater deflater = new Deflater();
    deflater.setInput(rows.toByteArray());
    deflater.finish();
    byte[] data = new byte[rows.size() + 100];
    int length = deflater.deflate(data);
    deflater.end();
    return ByteBuffer.allocate(length).put(data, 0, length).array();
  }

  /** Writes a chunk of a PNG. */
  static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] body =
        ByteBuffer.allocate(4 + data.length).put(type.getBytes(ISO_8859_1)).put(data).array();
    CRC32 checksum = new CRC32();
    checksum.update(body);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(body);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
  }

  private static void writeShorts(ByteArrayOutputStream out, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    out.writeBytes(bytes.array());
  }
}
