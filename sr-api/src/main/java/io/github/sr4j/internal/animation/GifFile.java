// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.internal.animation.Animation.Delay;
import io.github.sr4j.internal.animation.Animation.Disposal;
import io.github.sr4j.internal.util.SplicedChannel.Parts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a GIF: CompuServe, Graphics Interchange Format, version 89a. Each is made a file of
 * its own, as large as the frame. Whether their data hold all pixels is found out here, because
 * ImageIO's reader makes up those that are missing.
 */
public final class GifFile {

  private static final int SCREEN_HEADER = 13; // with the signature
  private static final byte[] TRAILER = {0x3b};

  private final ImageInputStream in;
  private final LzwLength lzw;
  private final List<Animation.Frame> frames = new ArrayList<>();
  private int plays = 1;
  private byte @Nullable [] control; // the extension that describes the next frame

  private GifFile(ImageInputStream in) {
    this.in = in;
    this.lzw = new LzwLength(in);
  }

  /**
   * Reads the frames of a GIF, of which a still image has one.
   *
   * @throws IIOException if there is none, or the data of one are wrong; the message says what of
   *     them
   */
  public static Animation read(ImageInputStream in) throws IOException {
    in.setByteOrder(LITTLE_ENDIAN);
    in.seek(0);
    return new GifFile(in).readFrames();
  }

  private Animation readFrames() throws IOException {
    byte[] screen = new byte[SCREEN_HEADER];
    in.readFully(screen);
    long colors = SCREEN_HEADER;
    int colorBytes = tableBytes(screen[10]);
    in.seek(colors + colorBytes);
    ByteBuffer sizes = ByteBuffer.wrap(screen).order(LITTLE_ENDIAN);
    int width = Short.toUnsignedInt(sizes.getShort(6));
    int height = Short.toUnsignedInt(sizes.getShort(8));
    while (true) {
      int block = in.readUnsignedByte();
      switch (block) {
        case 0x2c -> readFrame(screen, new Parts().range(colors, colorBytes));
        case 0x21 -> readExtension();
        case 0x3b -> {
          if (frames.isEmpty()) {
            throw new IIOException("it has no image");
          }
          // A screen of no size, or smaller than what is shown first, is one that nobody filled in.
          Animation.Frame first = frames.get(0);
          return new Animation(
              Math.max(width, first.x() + first.width()),
              Math.max(height, first.y() + first.height()),
              plays,
              Optional.empty(),
              frames);
        }
        default ->
            throw new IIOException(
                String.format(Locale.ROOT, "it has a block of unknown kind 0x%02x", block));
      }
    }
  }

  /** Returns the bytes of a table of colours, by the flags before it; 0 if there is none. */
  static int tableBytes(int flags) {
    return (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;
  }

  private void readExtension() throws IOException {
    int label = in.readUnsignedByte();
    if (label == 0xf9) {
      int length = in.readUnsignedByte();
      byte[] data = new byte[length];
      in.readFully(data);
      control = length >= 4 ? data : null;
    } else if (label == 0xff) {
      int length = in.readUnsignedByte();
      byte[] name = new byte[length];
      in.readFully(name);
      String application = new String(name, ISO_8859_1);
      if (application.equals("NETSCAPE2.0") || application.equals("ANIMEXTS1.0")) {
        readPlays();
      }
    }
    skipBlocks();
  }

  /** The repetitions after the first time; 0 for ever. */
  private void readPlays() throws IOException {
    in.mark();
    int length = in.readUnsignedByte();
    if (length == 3 && in.readUnsignedByte() == 1) {
      int repetitions = in.readUnsignedShort();
      plays = repetitions == 0 ? 0 : repetitions + 1;
    }
    in.reset();
  }

  private void skipBlocks() throws IOException {
    for (int length = in.readUnsignedByte(); length > 0; length = in.readUnsignedByte()) {
      in.seek(in.getStreamPosition() + length);
    }
  }

  private void readFrame(byte[] screen, Parts colors) throws IOException {
    if (frames.size() == Animation.MAX_FRAMES) {
      throw new IIOException(String.format("it must have at most %s frames", Animation.MAX_FRAMES));
    }
    int x = in.readUnsignedShort();
    int y = in.readUnsignedShort();
    int width = in.readUnsignedShort();
    int height = in.readUnsignedShort();
    int flags = in.readUnsignedByte();
    long start = in.getStreamPosition();
    in.seek(start + tableBytes(flags));
    if (width == 0 || height == 0) {
      throw new IIOException(String.format("it is %sx%s pixels (width x height)", width, height));
    }
    lzw.require((long) width * height);
    skipBlocks();

    byte[] header = screen.clone();
    ByteBuffer.wrap(header)
        .order(LITTLE_ENDIAN)
        .put("GIF89a".getBytes(ISO_8859_1))
        .putShort((short) width)
        .putShort((short) height);
    Parts file = new Parts().bytes(header).all(colors);
    byte[] described = control;
    if (described != null) {
      file.bytes(new byte[] {0x21, (byte) 0xf9, 4})
          .bytes(new byte[] {described[0], described[1], described[2], described[3], 0});
    }
    byte[] descriptor = new byte[10];
    ByteBuffer.wrap(descriptor)
        .order(LITTLE_ENDIAN)
        .put((byte) 0x2c)
        .putInt(0)
        .putShort((short) width)
        .putShort((short) height)
        .put((byte) flags);
    file.bytes(descriptor).range(start, in.getStreamPosition() - start).bytes(TRAILER);
    frames.add(frame(x, y, width, height, file, described));
    control = null;
  }

  private static Animation.Frame frame(
      int x, int y, int width, int height, Parts file, byte @Nullable [] control) {
    int flags = control == null ? 0 : control[0];
    int hundredths = control == null ? 0 : (control[1] & 0xff) | (control[2] & 0xff) << 8;
    Disposal disposal =
        switch (flags >> 2 & 7) {
          case 2 -> Disposal.CLEAR;
          case 3, 4 -> Disposal.RESTORE; // 4: as some programs write it
          default -> Disposal.NONE;
        };
    boolean isTransparent = (flags & 1) != 0;
    return new Animation.Frame(
        x, y, width, height, new Delay(hundredths, 100), disposal, true, isTransparent, file);
  }

  /** Finds out how many pixels LZW data hold, without decoding them. */
  private static final class LzwLength {

    private static final int CODES = 1 << 12;

    private final ImageInputStream in;
    private final int[] lengths = new int[CODES]; // of the pixels that a code stands for
    private final byte[] block = new byte[255];
    private int blockLength;
    private int blockPosition;
    private int bits;
    private int bitCount;

    LzwLength(ImageInputStream in) {
      this.in = in;
    }

    /** Reads data to where they hold so many pixels, and the block of that place to its end. */
    void require(long pixels) throws IOException {
      int codeSize = in.readUnsignedByte();
      if (codeSize < 1 || codeSize > 8) {
        throw new IIOException(
            String.format("its pixels must be of 1 to 8 bits, but are of %s", codeSize));
      }
      blockLength = 0;
      blockPosition = 0;
      bits = 0;
      bitCount = 0;
      int clear = 1 << codeSize;
      int next = clear + 2;
      int width = codeSize + 1;
      int previous = -1;
      long count = 0;
      while (count < pixels) {
        int code = code(width);
        if (code == clear) {
          next = clear + 2;
          width = codeSize + 1;
          previous = -1;
          continue;
        }
        if (code < 0 || code == clear + 1) {
          throw new IIOException(
              String.format("its data end early: %s of %s pixels", count, pixels));
        }
        if (code > next || (code > clear && (previous < 0 || (code == next && next == CODES)))) {
          throw new IIOException("its data are not LZW codes");
        }
        int before = previous < 0 ? 0 : length(previous, clear);
        count += code == next ? before + 1 : length(code, clear);
        if (previous >= 0 && next < CODES) {
          lengths[next++] = before + 1;
          if (next == 1 << width && width < 12) {
            width++;
          }
        }
        previous = code;
      }
    }

    private int length(int code, int clear) {
      return code < clear ? 1 : lengths[code];
    }

    /** Returns the next code, or -1 behind the last block. */
    private int code(int width) throws IOException {
      while (bitCount < width) {
        if (blockPosition == blockLength) {
          blockLength = in.readUnsignedByte();
          blockPosition = 0;
          if (blockLength == 0) {
            in.seek(in.getStreamPosition() - 1);
            return -1;
          }
          in.readFully(block, 0, blockLength);
        }
        bits |= (block[blockPosition++] & 0xff) << bitCount;
        bitCount += 8;
      }
      int code = bits & (1 << width) - 1;
      bits >>>= width;
      bitCount -= width;
      return code;
    }
  }
}
