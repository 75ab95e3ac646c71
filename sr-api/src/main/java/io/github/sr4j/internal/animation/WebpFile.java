// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.internal.animation.Animation.Delay;
import io.github.sr4j.internal.animation.Animation.Disposal;
import io.github.sr4j.internal.util.SplicedChannel.Parts;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The container of a WebP: RFC 9649. Each image in it is made a file of its own, which ends with
 * the image's data, so that a decoder cannot read on into something else.
 *
 * @param images the only one, or those of the frames
 * @param animation how the frames are shown
 */
public record WebpFile(List<Image> images, Optional<Animation> animation) {

  /**
   * An image without the transparency that the container adds to it.
   *
   * @param file the pixels and the colour profile
   * @param isLossless whether the pixels are a VP8L chunk, which may hold transparency, or else VP8
   */
  public record Image(
      int width, int height, boolean isLossless, Parts file, Optional<Alpha> alpha) {}

  /**
   * The transparency of an image: a chunk ALPH.
   *
   * @param filter how samples are predicted: 0 not at all, 1 from the left, 2 from above, 3 from
   *     both
   * @param raw the samples, if they are not compressed
   * @param compressed a lossless WebP whose green is the samples, if they are
   */
  public record Alpha(int filter, Optional<Range> raw, Optional<Parts> compressed) {}

  /** Bytes of the file. */
  public record Range(long offset, long length) {

    long end() {
      return offset + length;
    }
  }

  private static final int CHUNK_HEADER = 8;
  private static final int FRAME_HEADER = 16;

  // A macroblock of a key frame holds at least the modes of its luma and chroma, by probabilities
  // that are fixed: RFC 6386, 11.2 and 11.3. The likeliest take log2(256 / 145) + log2(256 / 142)
  // bits, 1.67; less, for the decoder's rounding of probabilities.
  private static final double MIN_BITS_PER_MACROBLOCK = 1.5;

  /**
   * Reads the headers of a WebP.
   *
   * @throws IIOException if they are wrong; the message says what of them
   */
  public static WebpFile read(ImageInputStream in) throws IOException {
    in.setByteOrder(LITTLE_ENDIAN);
    in.seek(4);
    long end = Math.min(CHUNK_HEADER + in.readUnsignedInt(), in.length());
    in.seek(12);
    return new Reader(in, end).read();
  }

  private static final class Reader {

    private final ImageInputStream in;
    private final long end;
    private boolean isAnimated;
    private int canvasWidth; // 0 if the file does not say
    private int canvasHeight;
    private int plays = 1;
    private @Nullable Range profile;
    private @Nullable Range alpha; // of the image that comes next
    private final List<Image> images = new ArrayList<>();
    private final List<Animation.Frame> frames = new ArrayList<>();

    Reader(ImageInputStream in, long end) {
      this.in = in;
      this.end = end;
    }

    WebpFile read() throws IOException {
      long place = in.getStreamPosition();
      boolean isDone = false;
      while (!isDone && place + CHUNK_HEADER <= end) {
        in.seek(place);
        String type = type();
        Range data = new Range(place + CHUNK_HEADER, in.readUnsignedInt());
        isDone = readChunk(type, data);
        place = data.end() + (data.length() & 1);
      }
      if (images.isEmpty()) {
        throw new IIOException(isAnimated ? "it has no frames" : "it has no image");
      }
      return new WebpFile(
          images,
          isAnimated
              ? Optional.of(
                  new Animation(canvasWidth, canvasHeight, plays, Optional.empty(), frames))
              : Optional.empty());
    }

    /** Reads a chunk and returns whether those that follow it do not matter. */
    private boolean readChunk(String type, Range data) throws IOException {
      switch (type) {
        case "VP8X" -> {
          require(data, 10);
          isAnimated = (in.readInt() & 2) != 0;
          canvasWidth = 1 + threeBytes();
          canvasHeight = 1 + threeBytes();
        }
        case "ICCP" -> profile = data;
        case "ANIM" -> {
          require(data, 6);
          in.skipBytes(4); // a background, which viewers do not show
          plays = in.readUnsignedShort();
        }
        case "ANMF" -> {
          if (isAnimated) {
            readFrame(data);
          }
        }
        case "ALPH" -> alpha = data;
        case "VP8 ", "VP8L" -> {
          if (!isAnimated) {
            Image image = image(type, data);
            checkSize(image, canvasWidth, canvasHeight, "canvas");
            images.add(image);
            return true;
          }
        }
        default -> {}
      }
      return false;
    }

    private void readFrame(Range data) throws IOException {
      require(data, FRAME_HEADER);
      if (frames.size() == Animation.MAX_FRAMES) {
        throw new IIOException(
            String.format("it must have at most %s frames", Animation.MAX_FRAMES));
      }
      int x = 2 * threeBytes();
      int y = 2 * threeBytes();
      int width = 1 + threeBytes();
      int height = 1 + threeBytes();
      Delay delay = Delay.ofMillis(threeBytes());
      int flags = in.readUnsignedByte();
      String name = String.format("frame %s", frames.size() + 1);
      if (x + width > canvasWidth || y + height > canvasHeight) {
        throw new IIOException(
            String.format(
                "%s must lie within the canvas of %sx%s, but is %sx%s at %s, %s",
                name, canvasWidth, canvasHeight, width, height, x, y));
      }
      long frameEnd = Math.min(data.end(), end);
      int before = images.size();
      alpha = null;
      for (long place = data.offset() + FRAME_HEADER;
          images.size() == before && place + CHUNK_HEADER <= frameEnd; ) {
        in.seek(place);
        String type = type();
        Range chunk = new Range(place + CHUNK_HEADER, in.readUnsignedInt());
        if (type.equals("ALPH")) {
          alpha = chunk;
        } else if (type.equals("VP8 ") || type.equals("VP8L")) {
          if (chunk.end() > frameEnd) {
            throw new IIOException(String.format("the data of %s end early", name));
          }
          Image image = image(type, chunk);
          checkSize(image, width, height, name);
          images.add(image);
          boolean hasAlpha = image.alpha().isPresent() || (image.isLossless() && holdsAlpha(chunk));
          frames.add(
              new Animation.Frame(
                  x,
                  y,
                  width,
                  height,
                  delay,
                  (flags & 1) != 0 ? Disposal.CLEAR : Disposal.NONE,
                  (flags & 2) == 0,
                  hasAlpha,
                  image.file()));
        }
        place = chunk.end() + (chunk.length() & 1);
      }
      if (images.size() == before) {
        throw new IIOException(String.format("%s has no image", name));
      }
    }

    private static void checkSize(Image image, int width, int height, String what)
        throws IOException {
      if (width > 0 && (image.width() != width || image.height() != height)) {
        throw new IIOException(
            String.format(
                "the %s is %sx%s pixels, but its image %sx%s",
                what, width, height, image.width(), image.height()));
      }
    }

    private Image image(String type, Range data) throws IOException {
      boolean isLossless = type.equals("VP8L");
      int width;
      int height;
      if (data.end() > in.length()) {
        throw new IIOException(Reasons.CUT_OFF);
      }
      if (isLossless) {
        require(data, 5);
        in.skipBytes(1);
        int bits = in.readInt();
        width = 1 + (bits & 0x3fff);
        height = 1 + (bits >> 14 & 0x3fff);
      } else {
        require(data, 10);
        int firstPartition = threeBytes() >> 5;
        in.skipBytes(3);
        width = in.readUnsignedShort() & 0x3fff;
        height = in.readUnsignedShort() & 0x3fff;
        long macroblocks = (width + 15L) / 16 * ((height + 15L) / 16);
        long max = Math.min(firstPartition, data.length() - 10);
        if (max * 8 < macroblocks * MIN_BITS_PER_MACROBLOCK) {
          throw new IIOException(
              String.format("its data end early: %s bytes for %sx%s pixels", max, width, height));
        }
      }
      Parts file = new Parts();
      int chunks = chunkSize(data.length());
      Range colors = profile;
      if (colors == null) {
        file.bytes(riff(chunks));
      } else {
        byte[] extended = new byte[CHUNK_HEADER + 10];
        int flags = 0x20 | (isLossless && holdsAlpha(data) ? 0x10 : 0);
        ByteBuffer bytes = header(extended, "VP8X", 10).putInt(flags);
        putThreeBytes(bytes, width - 1);
        putThreeBytes(bytes, height - 1);
        file.bytes(riff(extended.length + chunkSize(colors.length()) + chunks)).bytes(extended);
        addChunk(file, "ICCP", colors);
      }
      addChunk(file, type, data);
      Range transparency = isLossless ? null : alpha;
      return new Image(
          width,
          height,
          isLossless,
          file,
          transparency == null
              ? Optional.empty()
              : Optional.of(alpha(transparency, width, height)));
    }

    private boolean holdsAlpha(Range data) throws IOException {
      in.seek(data.offset() + 4);
      return (in.readByte() & 0x10) != 0;
    }

    private Alpha alpha(Range data, int width, int height) throws IOException {
      in.seek(data.offset());
      require(data, 1);
      if (data.end() > in.length()) {
        throw new IIOException(Reasons.CUT_OFF);
      }
      int coding = in.readUnsignedByte();
      int filter = coding >> 2 & 3;
      Range samples = new Range(data.offset() + 1, data.length() - 1);
      switch (coding & 3) {
        case 0 -> {
          if (samples.length() < (long) width * height) {
            throw new IIOException("the data of its alpha end early");
          }
          return new Alpha(filter, Optional.of(samples), Optional.empty());
        }
        case 1 -> {
          byte[] start = new byte[CHUNK_HEADER + 5];
          int bits = width - 1 | (height - 1) << 14;
          header(start, "VP8L", samples.length() + 5).put((byte) 0x2f).putInt(bits);
          Parts file = new Parts();
          file.bytes(riff(chunkSize(samples.length() + 5))).bytes(start);
          file.range(samples.offset(), samples.length());
          return new Alpha(filter, Optional.empty(), Optional.of(file));
        }
        default ->
            throw new IIOException(
                String.format(
                    "the compression of its alpha must be 0 or 1, but is %s", coding & 3));
      }
    }

    private static void addChunk(Parts file, String type, Range data) {
      byte[] start = new byte[CHUNK_HEADER];
      header(start, type, data.length());
      file.bytes(start);
      file.range(data.offset(), data.length());
      if (data.length() % 2 != 0 && type.equals("ICCP")) {
        file.bytes(new byte[1]); // not behind the last one, whose end is that of the data
      }
    }

    private static byte[] riff(int chunks) {
      byte[] bytes = new byte[12];
      header(bytes, "RIFF", 4L + chunks).put("WEBP".getBytes(ISO_8859_1));
      return bytes;
    }

    private static int chunkSize(long length) {
      return (int) Math.min(Integer.MAX_VALUE, CHUNK_HEADER + length + (length & 1));
    }

    private static ByteBuffer header(byte[] bytes, String type, long length) {
      return ByteBuffer.wrap(bytes)
          .order(LITTLE_ENDIAN)
          .put(type.getBytes(ISO_8859_1))
          .putInt((int) length);
    }

    private static void putThreeBytes(ByteBuffer bytes, int value) {
      bytes.put((byte) value).put((byte) (value >> 8)).put((byte) (value >> 16));
    }

    private int threeBytes() throws IOException {
      return in.readUnsignedShort() | in.readUnsignedByte() << 16;
    }

    private String type() throws IOException {
      byte[] bytes = new byte[4];
      in.readFully(bytes);
      return new String(bytes, ISO_8859_1);
    }

    private void require(Range data, int length) throws IOException {
      if (data.length() < length || data.offset() + length > end) {
        throw new IIOException(Reasons.CUT_OFF);
      }
    }
  }
}
