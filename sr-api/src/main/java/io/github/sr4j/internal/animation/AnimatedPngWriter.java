// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.internal.util.ChannelInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The writer of an animated PNG (W3C, Portable Network Graphics, third edition, 4.9) from a PNG of
 * each frame, of which it takes the compressed pixels as they are. Every frame is the whole canvas,
 * shown instead of the one before.
 */
public final class AnimatedPngWriter {

  private static final long SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int HEADER_BYTES = 13; // of IHDR

  private final SeekableByteChannel out;
  private final Animation animation;
  private final byte[] part = new byte[1 << 16];
  private int frames; // written so far
  private int sequence; // of the next chunk that has a number
  private byte @Nullable [] header; // the data of IHDR

  /** Begins a file, which {@link #finish} completes. */
  public AnimatedPngWriter(SeekableByteChannel out, Animation animation) {
    this.out = out;
    this.animation = animation;
  }

  /**
   * Appends the next picture: the still image of the animation if it has one, then its frames.
   *
   * @param png a PNG of the kind of all others
   */
  public void add(SeekableByteChannel png) throws IOException {
    boolean isFirst = header == null;
    boolean isFrame = !isFirst || !animation.hasStill();
    boolean isBegun = false; // the frame
    ChannelInput in = new ChannelInput(png);
    in.skipBytes(8);
    while (true) {
      int length = in.readInt();
      byte[] name = new byte[4];
      in.readFully(name);
      String type = new String(name, ISO_8859_1);
      long end = in.getStreamPosition() + Integer.toUnsignedLong(length) + 4;
      if (type.equals("IEND")) {
        break;
      }
      if (type.equals("IHDR")) {
        writeHeader(in);
      } else if (type.equals("IDAT")) {
        if (isFrame && !isBegun) {
          writeControl();
          isBegun = true;
        }
        if (isFirst) {
          writeChunk("IDAT", new byte[0], in, length);
        } else {
          writeChunk("fdAT", number(), in, length);
        }
      } else if (isFirst) {
        writeChunk(type, new byte[0], in, length);
      }
      in.seek(end);
    }
    frames += isFrame ? 1 : 0;
  }

  /** Ends the file, which has all frames then. */
  public void finish() throws IOException {
    writeChunk("IEND", new byte[0]);
  }

  private void writeHeader(ChannelInput in) throws IOException {
    byte[] next = new byte[HEADER_BYTES];
    in.readFully(next);
    if (header == null) {
      write(ByteBuffer.allocate(8).putLong(SIGNATURE).flip());
      writeChunk("IHDR", next);
      writeChunk(
          "acTL",
          ByteBuffer.allocate(8)
              .putInt(animation.frames().size())
              .putInt(animation.plays())
              .array());
      header = next;
    } else if (!Arrays.equals(header, next)) {
      throw new IOException("the frames have become images of different kinds");
    }
  }

  private void writeControl() throws IOException {
    Animation.Delay delay = animation.delay(frames);
    ByteBuffer control = ByteBuffer.allocate(26).put(number());
    control.put(header, 0, 8).putLong(0); // the size; at 0, 0
    control.putShort((short) delay.numerator()).putShort((short) delay.denominator());
    writeChunk("fcTL", control.array()); // which stays until it is replaced
  }

  private byte[] number() {
    return ByteBuffer.allocate(4).putInt(sequence++).array();
  }

  private void writeChunk(String type, byte[] data) throws IOException {
    CRC32 checksum = begin(type, data.length);
    checksum.update(data);
    write(ByteBuffer.wrap(data));
    write(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).flip());
  }

  /** Writes a chunk whose data begin with some bytes and go on with those of a stream. */
  private void writeChunk(String type, byte[] start, ChannelInput in, int length)
      throws IOException {
    CRC32 checksum = begin(type, start.length + length);
    checksum.update(start);
    write(ByteBuffer.wrap(start));
    for (int left = length; left > 0; ) {
      int count = Math.min(left, part.length);
      in.readFully(part, 0, count);
      checksum.update(part, 0, count);
      write(ByteBuffer.wrap(part, 0, count));
      left -= count;
    }
    write(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).flip());
  }

  private CRC32 begin(String type, int length) throws IOException {
    byte[] name = type.getBytes(ISO_8859_1);
    write(ByteBuffer.allocate(8).putInt(length).put(name).flip());
    CRC32 checksum = new CRC32();
    checksum.update(name);
    return checksum;
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
