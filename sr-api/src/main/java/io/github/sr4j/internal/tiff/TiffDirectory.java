// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of a TIFF (IFD): the tags that say how an image is stored and where on earth it is.
 * Values are read when they are asked for. Damaged entries count as absent.
 */
public final class TiffDirectory {

  static final int NEW_SUBFILE_TYPE = 254;
  static final int SUBFILE_TYPE = 255;
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS_PER_SAMPLE = 258;
  static final int COMPRESSION = 259;
  static final int PHOTOMETRIC = 262;
  static final int FILL_ORDER = 266;
  static final int MAKE = 271;
  static final int STRIP_OFFSETS = 273;
  static final int SAMPLES_PER_PIXEL = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_BYTE_COUNTS = 279;
  static final int PLANAR_CONFIGURATION = 284;
  static final int PREDICTOR = 317;
  public static final int TILE_WIDTH = 322;
  public static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_BYTE_COUNTS = 325;
  static final int INK_SET = 332;
  static final int SUB_IFDS = 330;
  public static final int EXTRA_SAMPLES = 338;
  static final int SAMPLE_FORMAT = 339;
  static final int PIXEL_SCALE = 33550;
  static final int TIEPOINT = 33922;
  static final int TRANSFORMATION = 34264;
  static final int LEAF_DATA = 34310;
  static final int EXIF_IFD = 34665;
  static final int GEO_KEYS = 34735;
  static final int GEO_DOUBLES = 34736;
  static final int GEO_TEXT = 34737;
  static final int GPS_IFD = 34853;
  static final int INTEROPERABILITY_IFD = 40965;
  static final int GDAL_METADATA = 42112;
  static final int GDAL_NO_DATA = 42113;
  static final int DNG_VERSION = 50706;
  static final int RATIONAL_POLYNOMIALS = 50844;

  private static final Set<Integer> KNOWN =
      Set.of(
          NEW_SUBFILE_TYPE,
          SUBFILE_TYPE,
          WIDTH,
          HEIGHT,
          BITS_PER_SAMPLE,
          COMPRESSION,
          PHOTOMETRIC,
          FILL_ORDER,
          MAKE,
          STRIP_OFFSETS,
          SAMPLES_PER_PIXEL,
          ROWS_PER_STRIP,
          STRIP_BYTE_COUNTS,
          PLANAR_CONFIGURATION,
          PREDICTOR,
          TILE_WIDTH,
          TILE_HEIGHT,
          TILE_OFFSETS,
          TILE_BYTE_COUNTS,
          INK_SET,
          SUB_IFDS,
          EXTRA_SAMPLES,
          SAMPLE_FORMAT,
          PIXEL_SCALE,
          TIEPOINT,
          TRANSFORMATION,
          LEAF_DATA,
          EXIF_IFD,
          GEO_KEYS,
          GEO_DOUBLES,
          GEO_TEXT,
          GPS_IFD,
          INTEROPERABILITY_IFD,
          GDAL_METADATA,
          GDAL_NO_DATA,
          DNG_VERSION,
          RATIONAL_POLYNOMIALS);

  private static final Set<Integer> LINKS =
      Set.of(SUB_IFDS, EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD);

  private static final int MAX_DIRECTORIES = 1 << 16;

  /** A PhotometricInterpretation: numbers of colours. */
  public static final int PALETTE = 3;

  private static final int YCBCR = 6;
  private static final int MAX_SAMPLES = 1024; // of a pixel
  private static final int MAX_BITS = 64; // of a sample
  private static final int MAX_TAGS = 1 << 12;
  private static final int MAX_NESTING = 8; // in use are 2: an image's EXIF in a page's SubIFD
  private static final int MAX_NESTED = 1 << 12;
  private static final int MAX_VALUES = 1 << 24;

  private static final int BYTE = 1;
  private static final int ASCII = 2;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int SIGNED_BYTE = 6;
  private static final int UNDEFINED = 7;
  private static final int SIGNED_SHORT = 8;
  private static final int FLOAT = 11;
  private static final int DOUBLE = 12;
  private static final int IFD = 13;
  private static final int IFD8 = 18;

  /** A tag: the type of its values, how many there are, and where the first one is. */
  private record Entry(int type, long count, long place) {}

  private final ImageInputStream in;
  private final ByteOrder order;
  private final boolean isBig;
  private final Map<Integer, Entry> entries = new HashMap<>();

  private TiffDirectory(ImageInputStream in, ByteOrder order, boolean isBig) {
    this.in = in;
    this.order = order;
    this.isBig = isBig;
  }

  /** Returns whether a file that begins so is a TIFF or BigTIFF. */
  static boolean isTiff(byte[] start) {
    if (start.length < 8 || start[0] != start[1] || (start[0] != 'I' && start[0] != 'M')) {
      return false;
    }
    int version = start[0] == 'I' ? start[2] | start[3] << 8 : start[3] | start[2] << 8;
    return version == 42 || version == 43;
  }

  /**
   * Reads the directories of a TIFF's pages.
   *
   * @param in at the beginning of the file, to which it returns
   * @throws EOFException if the file is cut off before the last directory
   */
  public static List<TiffDirectory> readAll(ImageInputStream in) throws IOException {
    ByteOrder before = in.getByteOrder();
    ByteOrder order = in.readUnsignedByte() == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    in.setByteOrder(order);
    in.skipBytes(1);
    boolean isBig = in.readUnsignedShort() == 43;
    in.seek(isBig ? 8 : 4);
    List<TiffDirectory> pages = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    long place = isBig ? in.readLong() : in.readUnsignedInt();
    while (place > 0 && seen.add(place) && pages.size() < MAX_DIRECTORIES) {
      TiffDirectory page = new TiffDirectory(in, order, isBig);
      place = page.read(place);
      pages.add(page);
    }
    in.setByteOrder(before);
    in.seek(0);
    return pages;
  }

  /** Reads the entries at a place and returns the place of the next directory. */
  private long read(long place) throws IOException {
    in.seek(place);
    long count = isBig ? in.readLong() : in.readUnsignedShort();
    long start = in.getStreamPosition();
    int size = isBig ? 20 : 12;
    for (long i = 0; i < count && i < MAX_TAGS; i++) {
      in.seek(start + i * size);
      int tag = in.readUnsignedShort();
      int type = in.readUnsignedShort();
      long values = isBig ? in.readLong() : in.readUnsignedInt();
      if (KNOWN.contains(tag) && values >= 0) {
        long inside = in.getStreamPosition();
        boolean isInside = values <= (isBig ? 8 : 4) / Math.max(1, bytesOf(type));
        long at = isInside ? inside : isBig ? in.readLong() : in.readUnsignedInt();
        entries.putIfAbsent(tag, new Entry(type, values, at));
      }
    }
    if (count < 0 || count > MAX_TAGS) {
      return 0;
    }
    in.seek(start + count * size);
    return isBig ? in.readLong() : in.readUnsignedInt();
  }

  private static int bytesOf(int type) {
    return switch (type) {
      case BYTE, ASCII, SIGNED_BYTE, UNDEFINED -> 1;
      case SHORT, SIGNED_SHORT -> 2;
      case LONG, 9, FLOAT, IFD -> 4;
      case 5, 10, DOUBLE, 16, 17, IFD8 -> 8;
      default -> 0;
    };
  }

  /**
   * Returns the directories that this one links to, and those that they link to.
   *
   * @throws IOException if they are nested as no image needs it, or in a cycle
   */
  public List<TiffDirectory> nested() throws IOException {
    List<TiffDirectory> all = new ArrayList<>();
    Deque<TiffDirectory> level = new ArrayDeque<>(List.of(this));
    for (int depth = 1; !level.isEmpty(); depth++) {
      Deque<TiffDirectory> next = new ArrayDeque<>();
      for (TiffDirectory parent : level) {
        for (int tag : LINKS) {
          for (long place : parent.wholeNumbers(tag)) {
            TiffDirectory child = parent.child(place);
            if (child != null) {
              next.add(child);
            }
            if (all.size() + next.size() > MAX_NESTED) {
              throw new IOException(
                  "its parts are nested too deeply: more than " + MAX_NESTED + " directories");
            }
          }
        }
      }
      if (!next.isEmpty() && depth > MAX_NESTING) {
        throw new IOException(
            "its parts are nested too deeply: directories more than " + MAX_NESTING + " deep");
      }
      all.addAll(next);
      level = next;
    }
    return all;
  }

  private @Nullable TiffDirectory child(long place) throws IOException {
    TiffDirectory child = new TiffDirectory(in, order, isBig);
    try {
      if (place <= 0) {
        return null;
      }
      inFileOrder(() -> child.read(place));
      return child;
    } catch (EOFException e) {
      return null;
    }
  }

  boolean has(int tag) {
    return entries.containsKey(tag);
  }

  /** Returns the only or first value of a tag. */
  public long wholeNumber(int tag, long otherwise) throws IOException {
    Entry entry = entries.get(tag);
    if (entry == null || entry.count() < 1) {
      return otherwise;
    }
    long[] first = wholeNumbers(new Entry(entry.type(), 1, entry.place()));
    return first.length == 0 ? otherwise : first[0];
  }

  /** Returns the values of a tag, none if it is absent or they are no whole numbers. */
  long[] wholeNumbers(int tag) throws IOException {
    Entry entry = entries.get(tag);
    return entry == null ? new long[0] : wholeNumbers(entry);
  }

  private long[] wholeNumbers(Entry entry) throws IOException {
    byte[] stored = values(entry);
    if (stored == null) {
      return new long[0];
    }
    ByteBuffer bytes = ByteBuffer.wrap(stored).order(order);
    long[] values = new long[(int) entry.count()];
    for (int i = 0; i < values.length; i++) {
      switch (entry.type()) {
        case BYTE, UNDEFINED -> values[i] = bytes.get() & 0xff;
        case SIGNED_BYTE -> values[i] = bytes.get();
        case SHORT -> values[i] = bytes.getShort() & 0xffff;
        case SIGNED_SHORT -> values[i] = bytes.getShort();
        case LONG, IFD -> values[i] = bytes.getInt() & 0xffff_ffffL;
        case 9 -> values[i] = bytes.getInt();
        case 16, 17, IFD8 -> values[i] = bytes.getLong();
        default -> {
          return new long[0];
        }
      }
    }
    return values;
  }

  /** Returns a text without what follows its first zero. */
  Optional<String> text(int tag) throws IOException {
    Entry entry = entries.get(tag);
    byte[] bytes = entry == null || entry.type() != ASCII ? null : values(entry);
    if (bytes == null) {
      return Optional.empty();
    }
    String text = new String(bytes, ISO_8859_1);
    int end = text.indexOf('\0');
    return Optional.of(end < 0 ? text : text.substring(0, end));
  }

  /** Returns a tag as it would be in a little-endian file. */
  Optional<TiffTag> tag(int tag) throws IOException {
    Entry entry = entries.get(tag);
    byte[] values = entry == null ? null : values(entry);
    if (entry == null || values == null) {
      return Optional.empty();
    }
    if (order == ByteOrder.BIG_ENDIAN) {
      int size = entry.type() == 5 || entry.type() == 10 ? 4 : bytesOf(entry.type());
      for (int start = 0; start < values.length; start += size) {
        for (int i = 0; i < size / 2; i++) {
          byte swapped = values[start + i];
          values[start + i] = values[start + size - 1 - i];
          values[start + size - 1 - i] = swapped;
        }
      }
    }
    return Optional.of(new TiffTag(entry.type(), entry.count(), values));
  }

  /** Returns the bytes of an entry's values, or null if they are not all there. */
  private byte @Nullable [] values(Entry entry) throws IOException {
    long size = entry.count() * Math.max(1, bytesOf(entry.type()));
    if (bytesOf(entry.type()) == 0
        || entry.count() > MAX_VALUES
        || (in.length() >= 0 && entry.place() > in.length() - size)) {
      return null;
    }
    byte[] bytes = new byte[(int) size];
    try {
      inFileOrder(
          () -> {
            in.seek(entry.place());
            in.readFully(bytes);
            return 0L;
          });
    } catch (EOFException e) {
      return null;
    }
    return bytes;
  }

  private interface Reading {
    long run() throws IOException;
  }

  /** The stream is the reader's too, which counts on finding it as it left it. */
  private void inFileOrder(Reading reading) throws IOException {
    ByteOrder before = in.getByteOrder();
    long position = in.getStreamPosition();
    in.setByteOrder(order);
    try {
      reading.run();
    } finally {
      in.setByteOrder(before);
      in.seek(position);
    }
  }

  ByteOrder order() {
    return order;
  }

  /** Returns the width in pixels. */
  public long width() throws IOException {
    return wholeNumber(WIDTH, 0);
  }

  /** Returns the height in pixels. */
  public long height() throws IOException {
    return wholeNumber(HEIGHT, 0);
  }

  /** Returns the number of the compression. */
  public long compression() throws IOException {
    return wholeNumber(COMPRESSION, 1);
  }

  /** Returns the number of the photometric interpretation, or -1 if there is none. */
  public long photometric() throws IOException {
    return wholeNumber(PHOTOMETRIC, -1);
  }

  /** Returns the number of samples of a pixel. */
  public long samplesPerPixel() throws IOException {
    return wholeNumber(SAMPLES_PER_PIXEL, 1);
  }

  boolean isTiled() {
    return has(TILE_WIDTH) || has(TILE_OFFSETS);
  }

  /** Returns the bits of a pixel; of one with subsampled chroma, those of its luma. */
  public int bitsPerPixel() throws IOException {
    int samples = (int) Math.min(samplesPerPixel(), MAX_SAMPLES);
    long bits = 0;
    for (long ofSample : perSample(BITS_PER_SAMPLE, 1, samples)) {
      bits += Math.max(1, Math.min(ofSample, MAX_BITS));
      if (photometric() == YCBCR) {
        break;
      }
    }
    return (int) bits;
  }

  /** Returns the bytes of each strip or tile; 0 for one that is not in the file. */
  public long[] byteCounts() throws IOException {
    return wholeNumbers(isTiled() ? TILE_BYTE_COUNTS : STRIP_BYTE_COUNTS);
  }

  /** Returns whether the image is a smaller copy of another page, by the tag of today or of old. */
  public boolean isReduced() throws IOException {
    return (wholeNumber(NEW_SUBFILE_TYPE, 0) & 1) != 0 || wholeNumber(SUBFILE_TYPE, 1) == 2;
  }

  /** Returns whether the image says which pixels of another page are to be seen. */
  public boolean isMask() throws IOException {
    return (wholeNumber(NEW_SUBFILE_TYPE, 0) & 4) != 0 || photometric() == 4;
  }

  /**
   * Returns the values of a tag, one for each sample of a pixel; the last one for those missing.
   */
  long[] perSample(int tag, long otherwise, int samples) throws IOException {
    long[] values = wholeNumbers(tag);
    long[] all = Arrays.copyOf(values, samples);
    Arrays.fill(
        all,
        Math.min(values.length, samples),
        samples,
        values.length == 0 ? otherwise : values[values.length - 1]);
    return all;
  }
}
