// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import io.github.sr4j.internal.images.SampleKind;
import io.github.sr4j.internal.images.SampleKind.Encoding;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.shared.util.HalfFloat;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The decoding of TIFF images that ImageIO's readers change or drop something of: floating-point
 * numbers, which one of them clamps, signed ones, depths that they lack, and bands beyond colour
 * and alpha. In strips or tiles, chunky or planar, with the predictors; uncompressed, by Deflate,
 * LZW or PackBits. TIFF 6.0 has all of it but the predictor of floating-point numbers, which is in
 * Adobe's TIFF Technical Note 3.
 */
public final class TiffDecoder {

  /** The kinds of TIFF that are valid and not supported. */
  public static final class UnsupportedException extends IOException {
    private static final long serialVersionUID = 1;

    /** Creates an exception with a clause that says what the file has. */
    public UnsupportedException(String message) {
      super(message);
    }
  }

  private static final Set<Integer> COMPRESSIONS =
      Set.of(
          TiffCompression.NONE,
          TiffCompression.LZW,
          TiffCompression.DEFLATE,
          TiffCompression.OLD_DEFLATE,
          TiffCompression.PACK_BITS);

  private static final int SEPARATED = 5;
  private static final int CIE_LAB = 8;
  private static final int ITU_LAB = 10;

  private static final Set<Integer> PLAIN_BITS = Set.of(1, 2, 4, 8, 16, 32);
  private static final Set<Integer> BAND_BITS = Set.of(8, 16, 32, 64);
  private static final Set<Integer> FLOAT_BITS = Set.of(16, 24, 32, 64);

  private final ImageInputStream in;
  private final TiffLayout layout;
  private final ByteOrder order;
  private final int width;
  private final int height;
  private final int compression;
  private final int predictor;
  private final boolean isPlanar;
  private final long segmentWidth; // of a strip or tile
  private final long segmentHeight;
  private final int across; // segments beside one another
  private final long[] offsets;
  private final long[] byteCounts;
  private final double fill; // of segments that are not in the file

  private TiffDecoder(ImageInputStream in, TiffDirectory directory, TiffLayout layout, double fill)
      throws IOException {
    this.in = in;
    this.layout = layout;
    this.order = directory.order();
    this.fill = fill;
    width = Math.toIntExact(directory.width());
    height = Math.toIntExact(directory.height());
    compression = (int) directory.compression();
    predictor = (int) directory.wholeNumber(TiffDirectory.PREDICTOR, 1);
    isPlanar = directory.wholeNumber(TiffDirectory.PLANAR_CONFIGURATION, 1) == 2;
    boolean isTiled = directory.isTiled();
    segmentWidth = isTiled ? directory.wholeNumber(TiffDirectory.TILE_WIDTH, 0) : width;
    long rows =
        isTiled
            ? directory.wholeNumber(TiffDirectory.TILE_HEIGHT, 0)
            : Math.min(height, directory.wholeNumber(TiffDirectory.ROWS_PER_STRIP, height));
    segmentHeight = rows == 0 && !isTiled ? height : rows;
    if (width <= 0 || height <= 0 || segmentWidth <= 0 || segmentHeight <= 0) {
      throw new IOException("it is of no size");
    }
    across = (int) ((width + segmentWidth - 1) / segmentWidth);
    offsets =
        directory.wholeNumbers(isTiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS);
    byteCounts = directory.byteCounts();
    long down = (height + segmentHeight - 1) / segmentHeight;
    if (offsets.length < across * down * (isPlanar ? layout.samples() : 1)) {
      throw new IOException("it says of some of its pixels not where they are");
    }
  }

  /**
   * Returns the decoder of an image, or null if ImageIO's readers leave it as it is.
   *
   * @param fill the value of samples in strips or tiles that are not in the file
   * @throws UnsupportedException if nobody reads it
   */
  public static @Nullable TiffDecoder of(ImageInputStream in, TiffDirectory directory, double fill)
      throws IOException {
    int samples = (int) directory.samplesPerPixel();
    long photometric = directory.photometric();
    long[] formats = directory.perSample(TiffDirectory.SAMPLE_FORMAT, 1, samples);
    long[] bits = directory.perSample(TiffDirectory.BITS_PER_SAMPLE, 1, samples);
    long[] extra = directory.wholeNumbers(TiffDirectory.EXTRA_SAMPLES);
    int colors = photometric == 2 ? 3 : 1;
    boolean isUniform = true;
    for (int i = 0; i < samples; i++) {
      if (formats[i] == 5 || formats[i] == 6) {
        throw new UnsupportedException("its samples are complex numbers");
      }
      isUniform &= formats[i] == formats[0] && bits[i] == bits[0];
    }
    if (photometric > 2) {
      if (photometric >= CIE_LAB && photometric <= ITU_LAB) { // the readers' colours are others
        throw new UnsupportedException(
            "its colours are CIE L*a*b* (PhotometricInterpretation " + photometric + ")");
      }
      if (photometric == SEPARATED && directory.wholeNumber(TiffDirectory.INK_SET, 1) != 1) {
        throw new UnsupportedException("its inks are not those of CMYK");
      }
      if (formats[0] == 3) {
        throw new UnsupportedException(
            "it has floating-point samples that are neither gray nor RGB"
                + " (PhotometricInterpretation "
                + photometric
                + ")");
      }
      return null;
    }
    if (samples < colors) {
      throw new IOException("it is RGB, but has " + samples + " samples per pixel");
    }
    List<Integer> extraSamples = new ArrayList<>();
    for (int i = 0; i < samples - colors; i++) {
      extraSamples.add(i < extra.length ? (int) extra[i] : 0);
    }
    if (!isUniform) {
      throw new UnsupportedException("its samples are not all of the same number of bits and kind");
    }
    Encoding encoding =
        formats[0] == 2 ? Encoding.SIGNED : formats[0] == 3 ? Encoding.FLOAT : Encoding.UNSIGNED;
    SampleKind kind = new SampleKind(encoding, (int) Math.min(bits[0], Integer.MAX_VALUE));
    TiffLayout layout = new TiffLayout(kind, photometric < 0 ? 1 : (int) photometric, extraSamples);
    if (encoding == Encoding.UNSIGNED && PLAIN_BITS.contains(kind.bits()) && !layout.hasBands()) {
      return null;
    }
    checkSupported(directory, layout);
    return new TiffDecoder(in, directory, layout, fill);
  }

  private static void checkSupported(TiffDirectory directory, TiffLayout layout)
      throws IOException {
    SampleKind kind = layout.kind();
    int bits = kind.bits();
    boolean isKnown =
        switch (kind.encoding()) {
          case FLOAT -> FLOAT_BITS.contains(bits);
          case SIGNED -> BAND_BITS.contains(bits);
          case UNSIGNED -> isUnsignedKnown(layout);
        };
    String what =
        switch (kind.encoding()) {
          case FLOAT -> "floating-point";
          case SIGNED -> "signed";
          case UNSIGNED -> layout.hasBands() ? "further" : "unsigned";
        };
    if (!isKnown) {
      throw new UnsupportedException(
          String.format(Locale.ROOT, "it has %s samples of %s bits", what, bits));
    }
    long compression = directory.compression();
    if (compression != (int) compression || !COMPRESSIONS.contains((int) compression)) {
      throw new UnsupportedException(
          String.format(
              Locale.ROOT,
              "it has %s samples that are compressed with %s",
              what,
              TiffCompression.name(compression)));
    }
    if (directory.wholeNumber(TiffDirectory.FILL_ORDER, 1) == 2) {
      throw new UnsupportedException(
          String.format(Locale.ROOT, "it has %s samples whose bits are in reverse order", what));
    }
    long predictor = directory.wholeNumber(TiffDirectory.PREDICTOR, 1);
    boolean isPredictable =
        switch ((int) Math.min(predictor, 4)) {
          case 1 -> true;
          case 2 -> BAND_BITS.contains(bits);
          case 3 -> kind.encoding() == Encoding.FLOAT;
          default -> false;
        };
    if (!isPredictable) {
      throw new UnsupportedException(
          String.format(
              Locale.ROOT,
              "it has predictor %s with %s samples of %s bits",
              predictor,
              what,
              bits));
    }
  }

  /**
   * Returns whether the bits per sample are supported: any depth for a picture, AWT's own for
   * numbers.
   */
  private static boolean isUnsignedKnown(TiffLayout layout) {
    int bits = layout.kind().bits();
    if (layout.hasBands() || layout.alpha() >= 0) {
      return BAND_BITS.contains(bits) || (bits > 8 && bits < 16);
    }
    return bits >= 1 && (bits <= 32 || bits == 64);
  }

  /** Returns the layout of the samples. */
  public TiffLayout layout() {
    return layout;
  }

  /** Returns the width in pixels. */
  public int width() {
    return width;
  }

  /** Returns the height in pixels. */
  public int height() {
    return height;
  }

  /** Returns how many rows are decoded together anyway. */
  public int segmentHeight() {
    return (int) Math.min(height, segmentHeight);
  }

  /** Decodes a part of the image, with all of its samples. */
  public BufferedImage read(Region region) throws IOException {
    ColorModel model = layout.model();
    int samples = layout.samples();
    WritableRaster raster =
        raster(model.getTransferType(), region.width(), region.height(), samples);
    long firstDown = region.y() / segmentHeight;
    long lastDown = (region.bottom() - 1) / segmentHeight;
    int lastAcross = (int) ((region.right() - 1) / segmentWidth);
    long down = (height + segmentHeight - 1) / segmentHeight;
    for (int plane = 0; plane < (isPlanar ? samples : 1); plane++) {
      for (long row = firstDown; row <= lastDown; row++) {
        for (int column = (int) (region.x() / segmentWidth); column <= lastAcross; column++) {
          read((int) ((plane * down + row) * across + column), plane, row, column, region, raster);
        }
      }
    }
    return new BufferedImage(model, raster, model.isAlphaPremultiplied(), null);
  }

  private static WritableRaster raster(int type, int width, int height, int samples) {
    int[] bands = new int[samples];
    for (int i = 0; i < samples; i++) {
      bands[i] = i;
    }
    if (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT) {
      return Raster.createInterleavedRaster(
          type, width, height, Math.multiplyExact(width, samples), samples, bands, null);
    }
    return Raster.createWritableRaster(
        new ComponentSampleModel(
            type, width, height, samples, Math.multiplyExact(width, samples), bands),
        null);
  }

  private void read(
      int segment, int plane, long row, int column, Region region, WritableRaster raster)
      throws IOException {
    int firstSample = isPlanar ? plane : 0;
    int samples = isPlanar ? 1 : layout.samples();
    long left = column * segmentWidth;
    long top = row * segmentHeight;
    int from = (int) Math.max(region.y(), top);
    int to = (int) Math.min(region.bottom(), top + segmentHeight);
    int x = (int) Math.max(region.x(), left);
    int width = (int) (Math.min(region.right(), left + segmentWidth) - x);
    double[] values = new double[width];
    long count = segment < byteCounts.length ? byteCounts[segment] : Long.MAX_VALUE;
    if (count == 0) { // GDAL leaves out tiles of nothing
      Arrays.fill(values, fill);
      for (int y = from; y < to; y++) {
        for (int sample = firstSample; sample < firstSample + samples; sample++) {
          raster.setSamples(x - region.x(), y - region.y(), width, 1, sample, values);
        }
      }
      return;
    }
    int bits = layout.kind().bits();
    byte[] bytes =
        new byte[Math.toIntExact((Math.multiplyExact(segmentWidth * samples, bits) + 7) / 8)];
    in.seek(offsets[segment]);
    try (InputStream stream = decompressed(new Segment(in, count))) {
      for (long y = top; y < to; y++) {
        if (stream.readNBytes(bytes, 0, bytes.length) < bytes.length) {
          throw new EOFException();
        }
        if (y < from) {
          continue;
        }
        ByteBuffer line = unpredicted(bytes, samples);
        for (int sample = 0; sample < samples; sample++) {
          for (int i = 0; i < width; i++) {
            values[i] = value(line, ((x - left + i) * samples + sample) * bits);
          }
          raster.setSamples(
              x - region.x(), (int) y - region.y(), width, 1, firstSample + sample, values);
        }
      }
    } catch (ZipException e) {
      throw new IOException("its compressed data are damaged", e);
    }
  }

  private InputStream decompressed(InputStream stream) {
    return switch (compression) {
      case TiffCompression.LZW -> new LzwStream(stream);
      case TiffCompression.DEFLATE, TiffCompression.OLD_DEFLATE -> new InflatedStream(stream);
      case TiffCompression.PACK_BITS -> new PackBitsStream(stream);
      default -> stream;
    };
  }

  /** Undoes the predictor in place, which may change the order of bytes. */
  private ByteBuffer unpredicted(byte[] bytes, int samples) {
    int size = layout.kind().bits() / 8;
    ByteBuffer line = ByteBuffer.wrap(bytes).order(order);
    if (predictor == 2) {
      for (int i = samples * size; i + size <= bytes.length; i += size) {
        int before = i - samples * size;
        switch (size) {
          case 1 -> bytes[i] += bytes[before];
          case 2 -> line.putShort(i, (short) (line.getShort(i) + line.getShort(before)));
          case 4 -> line.putInt(i, line.getInt(i) + line.getInt(before));
          default -> line.putLong(i, line.getLong(i) + line.getLong(before));
        }
      }
    } else if (predictor == 3) {
      for (int i = samples; i < bytes.length; i++) {
        bytes[i] += bytes[i - samples];
      }
      byte[] shuffled = bytes.clone(); // first the most significant bytes of all numbers
      int numbers = bytes.length / size;
      for (int i = 0; i < numbers; i++) {
        for (int b = 0; b < size; b++) {
          bytes[i * size + b] = shuffled[b * numbers + i];
        }
      }
      line.order(ByteOrder.BIG_ENDIAN);
    }
    return line;
  }

  private double value(ByteBuffer line, long bit) {
    int at = (int) (bit >> 3);
    SampleKind kind = layout.kind();
    return switch (kind.encoding()) {
      case FLOAT ->
          switch (kind.bits()) {
            case 16 -> HalfFloat.toFloat(line.getShort(at));
            case 24 -> of24Bits(line, at);
            case 32 -> line.getFloat(at);
            default -> line.getDouble(at);
          };
      case SIGNED ->
          switch (kind.bits()) {
            case 8 -> line.get(at);
            case 16 -> line.getShort(at);
            case 32 -> line.getInt(at);
            default -> line.getLong(at);
          };
      case UNSIGNED -> {
        double value = unsigned(line, bit, kind.bits());
        boolean isInverted = layout.photometric() == 0 && !layout.isSpecial();
        double shown = isInverted ? kind.most() - value : value;
        yield kind.bits() == 32 ? (int) (long) shown : shown;
      }
    };
  }

  private static double unsigned(ByteBuffer line, long bit, int bits) {
    int at = (int) (bit >> 3);
    return switch (bits) {
      case 8 -> line.get(at) & 0xff;
      case 16 -> line.getShort(at) & 0xffff;
      case 32 -> line.getInt(at) & 0xffff_ffffL;
      case 64 -> {
        long value = line.getLong(at);
        yield value >= 0 ? value : 2.0 * (value >>> 1) + (value & 1);
      }
      default -> packed(line, bit, bits);
    };
  }

  /** Bits across bytes come highest first in files of either order. */
  private static double packed(ByteBuffer line, long bit, int bits) {
    if (bits == 24) { // whole bytes are in the file's order
      return unsigned24(line, (int) (bit >> 3));
    }
    long value = 0;
    for (long i = bit; i < bit + bits; i++) {
      value = value << 1 | (line.get((int) (i >> 3)) >> (7 - (i & 7)) & 1);
    }
    return value;
  }

  private static int unsigned24(ByteBuffer line, int at) {
    int low = line.order() == ByteOrder.LITTLE_ENDIAN ? 0 : 2;
    return (line.get(at + low) & 0xff)
        | (line.get(at + 1) & 0xff) << 8
        | (line.get(at + 2 - low) & 0xff) << 16;
  }

  /** A sign, an exponent of 7 bits and a fraction of 16, by Adobe's Technical Note 3. */
  private static double of24Bits(ByteBuffer line, int at) {
    int bits = unsigned24(line, at);
    int exponent = bits >> 16 & 0x7f;
    int fraction = bits & 0xffff;
    double magnitude;
    if (exponent == 0x7f) {
      magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((double) fraction, -62 - 16);
    } else {
      magnitude = Math.scalb((double) (fraction | 0x1_0000), exponent - 63 - 16);
    }
    return bits >> 23 == 0 ? magnitude : -magnitude;
  }

  /** The bytes of a strip or tile. */
  private static final class Segment extends InputStream {
    private final ImageInputStream in;
    private long left;

    Segment(ImageInputStream in, long left) {
      this.in = in;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      return left-- > 0 ? in.read() : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int count = left <= 0 ? -1 : in.read(bytes, offset, (int) Math.min(length, left));
      left -= Math.max(0, count);
      return count;
    }
  }

  /** Frees its native memory, as its superclass does with an inflater of its own only. */
  private static final class InflatedStream extends InflaterInputStream {
    InflatedStream(InputStream in) {
      super(in, new Inflater(), 1 << 13);
    }

    @Override
    public void close() throws IOException {
      inf.end();
      super.close();
    }
  }

  /** A stream of single bytes. */
  private abstract static class Bytes extends InputStream {

    /** Returns the next byte, or -1 at the end. */
    abstract int next() throws IOException;

    @Override
    public final int read() throws IOException {
      return next();
    }

    @Override
    public final int read(byte[] bytes, int offset, int length) throws IOException {
      for (int i = 0; i < length; i++) {
        int next = next();
        if (next < 0) {
          return i == 0 ? -1 : i;
        }
        bytes[offset + i] = (byte) next;
      }
      return length;
    }
  }

  /** Byte runs as of the Macintosh. */
  private static final class PackBitsStream extends Bytes {
    private final InputStream in;
    private int left;
    private int repeated = -1; // the byte of a run, or -1 in literal bytes

    PackBitsStream(InputStream in) {
      this.in = in;
    }

    @Override
    int next() throws IOException {
      while (left == 0) {
        int header = in.read();
        if (header < 0) {
          return -1;
        }
        int count = (byte) header;
        if (count >= 0) {
          left = count + 1;
          repeated = -1;
        } else if (count != Byte.MIN_VALUE) {
          left = 1 - count;
          repeated = in.read();
          if (repeated < 0) {
            return -1;
          }
        }
      }
      left--;
      return repeated >= 0 ? repeated : in.read();
    }
  }

  /** T. A. Welch's coding as TIFF has it: codes of 9 to 12 bits, highest bit first. */
  private static final class LzwStream extends Bytes {
    private static final int CLEAR = 256;
    private static final int END = 257;
    private static final int MAX_CODES = 1 << 12;

    private final InputStream in;
    private final int[] prefixes = new int[MAX_CODES];
    private final byte[] suffixes = new byte[MAX_CODES];
    private final byte[] reversed = new byte[MAX_CODES]; // bytes to come, the next one last
    private int waiting;
    private int count = END + 1; // codes that have a meaning
    private int bits = 9;
    private int previous = -1;
    private int first; // byte of the previous code
    private int pending;
    private int pendingBits;
    private boolean isAtEnd;

    LzwStream(InputStream in) {
      this.in = in;
      for (int i = 0; i < CLEAR; i++) {
        suffixes[i] = (byte) i;
      }
    }

    @Override
    int next() throws IOException {
      while (waiting == 0) {
        if (isAtEnd || !decode()) {
          isAtEnd = true;
          return -1;
        }
      }
      return reversed[--waiting] & 0xff;
    }

    private boolean decode() throws IOException {
      int code = code();
      if (code < 0 || code == END) {
        return false;
      }
      if (code == CLEAR) {
        count = END + 1;
        bits = 9;
        previous = -1;
        return true;
      }
      if (code > count || (previous < 0 && code >= CLEAR) || (code == count && previous < 0)) {
        throw new IOException("its compressed data are damaged");
      }
      int next = code;
      if (code == count) { // the one that is being made
        reversed[waiting++] = (byte) first;
        next = previous;
      }
      for (; next > END; next = prefixes[next]) {
        reversed[waiting++] = suffixes[next];
      }
      reversed[waiting++] = suffixes[next];
      first = suffixes[next] & 0xff;
      if (previous >= 0 && count < MAX_CODES) {
        prefixes[count] = previous;
        suffixes[count] = (byte) first;
        count++;
        if (bits < 12 && count + 1 >= (1 << bits)) { // one code earlier than needed
          bits++;
        }
      }
      previous = code;
      return true;
    }

    private int code() throws IOException {
      while (pendingBits < bits) {
        int next = in.read();
        if (next < 0) {
          return -1;
        }
        pending = pending << 8 | next;
        pendingBits += 8;
      }
      pendingBits -= bits;
      return pending >> pendingBits & (1 << bits) - 1;
    }
  }
}
