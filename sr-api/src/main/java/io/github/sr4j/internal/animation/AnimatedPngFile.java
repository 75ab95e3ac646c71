// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.internal.animation.Animation.Delay;
import io.github.sr4j.internal.animation.Animation.Disposal;
import io.github.sr4j.internal.util.SplicedChannel.Parts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The frames of an animated PNG: W3C, Portable Network Graphics, third edition, 11.3.6. Each is
 * made a PNG of its own.
 */
public final class AnimatedPngFile {

  private static final int SIGNATURE = 8;
  private static final int CONTROL_LENGTH = 26; // of fcTL

  private static final List<Disposal> DISPOSALS = // as the file codes them
      List.of(Disposal.NONE, Disposal.CLEAR, Disposal.RESTORE);

  /** Chunks that describe the file and not its pixels; those of frames are written anew. */
  private static final Set<String> NOT_OF_A_FRAME =
      Set.of("IHDR", "acTL", "fcTL", "eXIf", "pHYs", "tEXt", "zTXt", "iTXt", "tIME");

  private final ImageInputStream in;
  private final byte[] header = new byte[13]; // the data of IHDR
  private final Parts shared = new Parts(); // chunks that all frames need
  private final List<Animation.Frame> frames = new ArrayList<>();
  private boolean isAnimated;
  private boolean hasAlpha;
  private final Parts still = new Parts(); // data of an image that is no frame
  private long declaredFrames;
  private int plays;
  private long sequence; // of the next chunk that has a number
  private byte @Nullable [] control; // the fcTL of the frame whose data are being read
  private Parts data = new Parts();

  private AnimatedPngFile(ImageInputStream in) {
    this.in = in;
  }

  /**
   * Reads the frames of a PNG; of one that is not animated, nothing behind the start of its pixels.
   *
   * @throws IIOException if it is animated and what describes a frame is wrong
   */
  public static Optional<Animation> read(ImageInputStream in) throws IOException {
    in.setByteOrder(ByteOrder.BIG_ENDIAN);
    in.seek(SIGNATURE);
    return new AnimatedPngFile(in).readChunks();
  }

  private Optional<Animation> readChunks() throws IOException {
    boolean isPixels = false;
    while (true) {
      long length = in.readUnsignedInt();
      String type = type();
      long place = in.getStreamPosition();
      switch (type) {
        case "IHDR" -> {
          in.readFully(header);
          hasAlpha = (header[9] & 4) != 0; // colour types 4 and 6
        }
        case "tRNS" -> hasAlpha = true;
        case "acTL" -> {
          if (!isPixels) {
            isAnimated = true;
            declaredFrames = in.readUnsignedInt();
            plays = (int) Math.min(Integer.MAX_VALUE, in.readUnsignedInt());
          }
        }
        case "fcTL" -> {
          if (isAnimated) {
            endFrame();
            beginFrame(length);
          }
        }
        case "IDAT" -> {
          if (!isAnimated) {
            return Optional.empty();
          }
          isPixels = true;
          if (control == null) {
            still.range(place, length);
          } else {
            data.range(place, length);
          }
        }
        case "fdAT" -> {
          if (isAnimated) {
            checkSequence();
            data.range(place + 4, Math.max(0, length - 4));
          }
        }
        case "IEND" -> {
          endFrame();
          return animation();
        }
        default -> {}
      }
      if (!isPixels && !NOT_OF_A_FRAME.contains(type)) {
        shared.range(place - 8, length + 12);
      }
      in.seek(place + length + 4);
    }
  }

  private Optional<Animation> animation() throws IOException {
    if (!isAnimated) {
      return Optional.empty();
    }
    if (frames.isEmpty() || frames.size() != declaredFrames) {
      throw new IIOException(
          String.format("it declares %s frames, but has %s", declaredFrames, frames.size()));
    }
    ByteBuffer sizes = ByteBuffer.wrap(header);
    int width = sizes.getInt(0);
    int height = sizes.getInt(4);
    Optional<Animation.Frame> image =
        still.size() == 0
            ? Optional.empty()
            : Optional.of(
                new Animation.Frame(
                    0,
                    0,
                    width,
                    height,
                    Delay.ofMillis(0),
                    Disposal.NONE,
                    false,
                    hasAlpha,
                    file(width, height, still)));
    return Optional.of(new Animation(width, height, plays, image, frames));
  }

  private void beginFrame(long length) throws IOException {
    if (frames.size() == Animation.MAX_FRAMES) {
      throw new IIOException(String.format("it must have at most %s frames", Animation.MAX_FRAMES));
    }
    checkSequence();
    if (length != CONTROL_LENGTH) {
      throw new IIOException(
          String.format("the control chunk of frame %s has %s bytes", frames.size() + 1, length));
    }
    byte[] bytes = new byte[CONTROL_LENGTH - 4];
    in.readFully(bytes);
    control = bytes;
    data = new Parts();
  }

  private void checkSequence() throws IOException {
    long number = in.readUnsignedInt();
    if (number != sequence) {
      throw new IIOException(
          String.format(
              "the chunks of its frames must be numbered in order, but %s follows %s",
              number, sequence - 1));
    }
    sequence++;
  }

  private void endFrame() throws IOException {
    byte[] described = control;
    if (described == null) {
      return;
    }
    control = null;
    ByteBuffer bytes = ByteBuffer.wrap(described);
    long width = Integer.toUnsignedLong(bytes.getInt());
    long height = Integer.toUnsignedLong(bytes.getInt());
    long x = Integer.toUnsignedLong(bytes.getInt());
    long y = Integer.toUnsignedLong(bytes.getInt());
    int numerator = Short.toUnsignedInt(bytes.getShort());
    int denominator = Short.toUnsignedInt(bytes.getShort());
    int disposal = bytes.get();
    int blending = bytes.get();
    ByteBuffer canvas = ByteBuffer.wrap(header);
    String name = String.format("frame %s", frames.size() + 1);
    if (width == 0
        || height == 0
        || x + width > canvas.getInt(0)
        || y + height > canvas.getInt(4)) {
      throw new IIOException(
          String.format(
              "%s must lie within the canvas of %sx%s, but is %sx%s at %s, %s",
              name, canvas.getInt(0), canvas.getInt(4), width, height, x, y));
    }
    if (data.size() == 0) {
      throw new IIOException(String.format("%s has no data", name));
    }
    if (disposal < 0 || disposal >= DISPOSALS.size() || blending < 0 || blending > 1) {
      throw new IIOException(
          String.format("%s is drawn in an unknown way: %s, %s", name, disposal, blending));
    }
    frames.add(
        new Animation.Frame(
            (int) x,
            (int) y,
            (int) width,
            (int) height,
            new Delay(numerator, denominator == 0 ? 100 : denominator),
            DISPOSALS.get(disposal),
            blending == 1,
            hasAlpha,
            file((int) width, (int) height, data)));
  }

  private Parts file(int width, int height, Parts data) throws IOException {
    if (data.size() > Integer.MAX_VALUE) {
      throw new IIOException(String.format("an image has %s bytes of data", data.size()));
    }
    // The reader does not look at checksums; those of the chunks were checked with the file.
    byte[] start = new byte[SIGNATURE + 25];
    ByteBuffer.wrap(start)
        .putLong(0x89504e470d0a1a0aL)
        .putInt(header.length)
        .put("IHDR".getBytes(ISO_8859_1))
        .putInt(width)
        .putInt(height)
        .put(header, 8, 5);
    byte[] pixels = ByteBuffer.allocate(8).putInt((int) data.size()).putInt(0x49444154).array();
    byte[] end = ByteBuffer.allocate(16).putLong(0).putInt(0x49454e44).array(); // after a checksum
    return new Parts().bytes(start).all(shared).bytes(pixels).all(data).bytes(end);
  }

  private String type() throws IOException {
    byte[] bytes = new byte[4];
    in.readFully(bytes);
    return new String(bytes, ISO_8859_1);
  }
}
