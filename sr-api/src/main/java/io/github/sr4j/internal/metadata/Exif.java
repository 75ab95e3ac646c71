// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import java.awt.geom.AffineTransform;
import java.awt.geom.Point2D;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * EXIF metadata: the tags that describe an image, its camera and its place. Immutable.
 *
 * <p>CIPA DC-008, <i>Exchangeable image file format for digital still cameras: Exif 3.0</i>. Tags
 * that say how pixels are stored, and the thumbnail's directory, are never part of it. Unreadable
 * parts are left out: a directory or value beyond the end, an unknown type.
 */
public final class Exif {

  /** A directory of tags. */
  public enum Directory {
    /** The tags that EXIF shares with TIFF. */
    IMAGE(0),
    /** The tags of the exposure. */
    PHOTO(34665),
    /** The tags of the place. */
    GPS(34853),
    /** The tags of the interoperability rules, below those of the exposure. */
    INTEROPERABILITY(40965);

    private final int pointer;

    Directory(int pointer) {
      this.pointer = pointer;
    }

    /** Returns the tag whose value is the place of the directory; 0 for the first one. */
    public int pointer() {
      return pointer;
    }
  }

  /** The bytes that directories and values are read from. */
  public interface Source {

    /** Returns some bytes, or null if they are not all there. */
    byte @Nullable [] read(long offset, int count) throws IOException;
  }

  /** The value of a tag. */
  public static final class Value {

    private final int type;
    private final byte[] bytes;

    Value(int type, byte[] bytes) {
      this.type = type;
      this.bytes = bytes;
    }

    /** Returns the number of its type, as in TIFF. */
    public int type() {
      return type;
    }

    /** Returns the values one after the other. */
    public byte[] bytes() {
      return bytes;
    }

    /** Returns the number of values. */
    public int count() {
      return bytes.length / SIZES[type];
    }
  }

  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4}; // by type
  private static final int ASCII = 2;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int RATIONAL = 5;
  private static final int LONG8 = 16;
  private static final int IFD8 = 18;

  private static final int IMAGE_WIDTH = 256;
  private static final int IMAGE_LENGTH = 257;
  private static final int ORIENTATION = 274;
  private static final int X_RESOLUTION = 282;
  private static final int Y_RESOLUTION = 283;
  private static final int RESOLUTION_UNIT = 296;
  private static final int SUBJECT_AREA = 37396;
  private static final int MAKER_NOTE = 37500;
  private static final int PIXEL_X_DIMENSION = 40962;
  private static final int PIXEL_Y_DIMENSION = 40963;
  private static final int FOCAL_PLANE_X_RESOLUTION = 41486;
  private static final int FOCAL_PLANE_Y_RESOLUTION = 41487;
  private static final int SUBJECT_LOCATION = 41492;
  private static final int PADDING = 59932; // of Windows, to grow into

  private static final int MAX_TAGS = 1 << 12; // of a directory
  private static final int MAX_BYTES = 1 << 24; // of all values

  private final ByteOrder order;
  private final Map<Directory, SortedMap<Integer, Value>> directories;
  private final long makerNoteAt; // in the block that it comes from; -1 if it is no block's

  private Exif(
      ByteOrder order, Map<Directory, SortedMap<Integer, Value>> directories, long makerNoteAt) {
    this.order = order;
    this.directories = directories;
    this.makerNoteAt = makerNoteAt;
  }

  /** Reads a block of EXIF, a TIFF without pixels; empty if its first directory is not there. */
  public static Optional<Exif> parse(byte[] block) throws IOException {
    if (!isBlock(block, 0)) {
      return Optional.empty();
    }
    ByteOrder order = block[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    long first = Integer.toUnsignedLong(ByteBuffer.wrap(block).order(order).getInt(4));
    Source source =
        (offset, count) ->
            offset < 0 || offset > block.length - count
                ? null
                : Arrays.copyOfRange(block, (int) offset, (int) offset + count);
    return source.read(first, 2) == null
        ? Optional.empty()
        : Optional.of(new Reading(source, order, false).exif(first, true));
  }

  /** Returns whether a block of EXIF begins at a place. */
  public static boolean isBlock(byte[] bytes, int at) {
    return bytes.length >= at + 8
        && ((bytes[at] == 'I' && bytes[at + 1] == 'I' && bytes[at + 2] == 42 && bytes[at + 3] == 0)
            || (bytes[at] == 'M'
                && bytes[at + 1] == 'M'
                && bytes[at + 2] == 0
                && bytes[at + 3] == 42));
  }

  /**
   * Reads what a directory of a TIFF says of its image. The camera maker's note is left out: its
   * contents refer to places in the file.
   *
   * @param isBig whether the file is a BigTIFF
   */
  public static Exif read(Source source, ByteOrder order, boolean isBig, long offset)
      throws IOException {
    return new Reading(source, order, isBig).exif(offset, false);
  }

  /** Whether a tag of the first directory says how pixels, or other data, are stored. */
  private static boolean isOfStorage(int tag) {
    return switch (tag) {
      case 254, 255, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284 -> true;
      case 288, 289, 290, 291, 292, 293, 301, 317, 320, 321, 322, 323, 324, 325 -> true;
      case 326, 327, 328, 330, 332, 333, 334, 336, 338, 339, 340, 341, 342, 559 -> true;
      case 529, 530, 532, PADDING -> true;
      case 700, 33723, 34377, 34675 -> true; // XMP, IPTC, Photoshop, ICC: carried by themselves
      case 33421, 33422, 37724 -> true; // colour filters; layers of Photoshop
      case 33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113 -> true; // maps
      case 34665, 34853, 40965 -> true; // directories
      case 50708, 50735, 50736 -> false; // model, serial number and lens of the camera, by DNG
      default ->
          (tag >= 343 && tag <= 351) || (tag >= 512 && tag <= 521) || (tag >= 50706 && tag < 51200);
    };
  }

  /** The reading of directories. */
  private static final class Reading {

    private final Source source;
    private final ByteOrder order;
    private final boolean isBig;
    private int bytesLeft = MAX_BYTES;
    private long makerNoteAt = -1;

    Reading(Source source, ByteOrder order, boolean isBig) {
      this.source = source;
      this.order = order;
      this.isBig = isBig;
    }

    Exif exif(long offset, boolean isOfBlock) throws IOException {
      Map<Directory, SortedMap<Integer, Value>> directories = new EnumMap<>(Directory.class);
      Map<Integer, Long> pointers = new TreeMap<>();
      directories.put(
          Directory.IMAGE,
          directory(
              offset,
              tag ->
                  !isOfStorage(tag) && (isOfBlock || (tag != IMAGE_WIDTH && tag != IMAGE_LENGTH)),
              pointers));
      for (Directory next : Directory.values()) { // each is pointed to by one before it
        Long place = pointers.get(next.pointer());
        if (place != null) {
          directories.put(
              next,
              directory(
                  place,
                  tag ->
                      tag != Directory.INTEROPERABILITY.pointer()
                          && tag != PADDING
                          && (tag != MAKER_NOTE || isOfBlock),
                  pointers));
        }
      }
      directories.values().removeIf(Map::isEmpty);
      return new Exif(order, directories, makerNoteAt);
    }

    private SortedMap<Integer, Value> directory(
        long offset, IntPredicate isKept, Map<Integer, Long> pointers) throws IOException {
      SortedMap<Integer, Value> values = new TreeMap<>();
      byte[] head = source.read(offset, isBig ? 8 : 2);
      if (head == null) {
        return values;
      }
      ByteBuffer number = ByteBuffer.wrap(head).order(order);
      long tags = isBig ? number.getLong() : number.getShort() & 0xffff;
      int entryBytes = isBig ? 20 : 12;
      int room = isBig ? 8 : 4; // for a value inside of an entry
      for (int i = 0; i < tags && i < MAX_TAGS; i++) {
        byte[] bytes = source.read(offset + head.length + (long) i * entryBytes, entryBytes);
        if (bytes == null) {
          break;
        }
        ByteBuffer entry = ByteBuffer.wrap(bytes).order(order);
        int tag = entry.getShort() & 0xffff;
        int type = entry.getShort() & 0xffff;
        long count = isBig ? entry.getLong() : Integer.toUnsignedLong(entry.getInt());
        int at = entry.position();
        long place = isBig ? entry.getLong() : Integer.toUnsignedLong(entry.getInt());
        if (tag == Directory.PHOTO.pointer()
            || tag == Directory.GPS.pointer()
            || tag == Directory.INTEROPERABILITY.pointer()) {
          boolean isPlace = type == LONG || type == 13 || (isBig && type >= LONG8 && type <= IFD8);
          if (isPlace && count == 1) {
            pointers.putIfAbsent(
                tag,
                type >= LONG8
                    ? place
                    : Integer.toUnsignedLong(ByteBuffer.wrap(bytes).order(order).getInt(at)));
          }
          continue;
        }
        int size = type < SIZES.length ? SIZES[type] : 0;
        if (size == 0 || !isKept.test(tag) || count <= 0 || count > bytesLeft / size) {
          continue;
        }
        int length = (int) count * size;
        byte[] value =
            length <= room
                ? Arrays.copyOfRange(bytes, at, at + length)
                : source.read(place, length);
        if (value != null && values.putIfAbsent(tag, new Value(type, value)) == null) {
          bytesLeft -= length;
          if (tag == MAKER_NOTE && length > room) {
            makerNoteAt = place;
          }
        }
      }
      return values;
    }
  }

  /** Returns whether there is no tag. */
  public boolean isEmpty() {
    return directories.isEmpty();
  }

  /** Returns the tags of a directory in a byte order, ascending. */
  public SortedMap<Integer, Value> values(Directory directory, ByteOrder wanted) {
    SortedMap<Integer, Value> values = new TreeMap<>(of(directory));
    if (order != wanted) {
      values.replaceAll((tag, value) -> new Value(value.type(), swapped(value)));
    }
    return values;
  }

  private SortedMap<Integer, Value> of(Directory directory) {
    return directories.getOrDefault(directory, Collections.emptySortedMap());
  }

  private static byte[] swapped(Value value) {
    byte[] bytes = value.bytes().clone();
    // A rational number is two numbers.
    int unit = value.type() == RATIONAL || value.type() == 10 ? 4 : SIZES[value.type()];
    for (int start = 0; start + unit <= bytes.length; start += unit) {
      for (int i = 0; i < unit / 2; i++) {
        byte low = bytes[start + i];
        bytes[start + i] = bytes[start + unit - 1 - i];
        bytes[start + unit - 1 - i] = low;
      }
    }
    return bytes;
  }

  /** Returns these tags and those that only the other one has. */
  public Exif or(Exif other) {
    Map<Directory, SortedMap<Integer, Value>> all = copy();
    for (Directory directory : Directory.values()) {
      other
          .values(directory, order)
          .forEach(
              (tag, value) -> {
                if (tag != MAKER_NOTE || order == other.order) {
                  all.computeIfAbsent(directory, key -> new TreeMap<>()).putIfAbsent(tag, value);
                }
              });
    }
    boolean hasOwnNote = of(Directory.PHOTO).containsKey(MAKER_NOTE);
    return new Exif(order, all, hasOwnNote ? makerNoteAt : other.makerNoteAt);
  }

  private Map<Directory, SortedMap<Integer, Value>> copy() {
    Map<Directory, SortedMap<Integer, Value>> copy = new EnumMap<>(Directory.class);
    directories.forEach((directory, values) -> copy.put(directory, new TreeMap<>(values)));
    return copy;
  }

  /** Returns the value of the orientation tag, whatever its type is; empty if there is none. */
  public Optional<Long> orientation() {
    Value value = of(Directory.IMAGE).get(ORIENTATION);
    if (value == null) {
      return Optional.empty();
    }
    if (value.type() == ASCII) {
      return Optional.of((long) Character.digit(value.bytes()[0], 10));
    }
    return Optional.of((long) number(value, 0));
  }

  /** Returns the pixels per inch from left to right, 0 if unknown. */
  public double dpiX() {
    return dpi(X_RESOLUTION);
  }

  /** Returns the pixels per inch from top to bottom, 0 if unknown. */
  public double dpiY() {
    return dpi(Y_RESOLUTION);
  }

  private double dpi(int tag) {
    Value value = of(Directory.IMAGE).get(tag);
    Value unit = of(Directory.IMAGE).get(RESOLUTION_UNIT);
    double perInch = unit == null || number(unit, 0) == 2 ? 1 : number(unit, 0) == 3 ? 2.54 : 0;
    return value == null ? 0 : number(value, 0) * perInch;
  }

  /** Returns one of several numbers; 0 if there is none of that kind. */
  private double number(Value value, int index) {
    ByteBuffer bytes = ByteBuffer.wrap(value.bytes()).order(order);
    if (index >= value.count()) {
      return 0;
    }
    int at = index * SIZES[value.type()];
    return switch (value.type()) {
      case 1, 7 -> bytes.get(at) & 0xff;
      case SHORT -> bytes.getShort(at) & 0xffff;
      case LONG, 13 -> Integer.toUnsignedLong(bytes.getInt(at));
      case RATIONAL -> {
        double denominator = Integer.toUnsignedLong(bytes.getInt(at + 4));
        yield denominator == 0 ? 0 : Integer.toUnsignedLong(bytes.getInt(at)) / denominator;
      }
      case 6 -> bytes.get(at);
      case 8 -> bytes.getShort(at);
      case 9 -> bytes.getInt(at);
      default -> 0;
    };
  }

  /**
   * Returns the tags as they are true of the image when its pixels have been moved: turned upright,
   * or enlarged.
   *
   * @param moved where pixels go
   * @param width the width that the image has then
   * @param height the height that the image has then
   */
  public Exif moved(AffineTransform moved, int width, int height) {
    Map<Directory, SortedMap<Integer, Value>> all = copy();
    SortedMap<Integer, Value> image = all.getOrDefault(Directory.IMAGE, new TreeMap<>());
    SortedMap<Integer, Value> photo = all.getOrDefault(Directory.PHOTO, new TreeMap<>());
    image.computeIfPresent(ORIENTATION, (tag, value) -> numbers(SHORT, 1));
    image.computeIfPresent(IMAGE_WIDTH, (tag, value) -> numbers(LONG, width));
    image.computeIfPresent(IMAGE_LENGTH, (tag, value) -> numbers(LONG, height));
    photo.computeIfPresent(PIXEL_X_DIMENSION, (tag, value) -> numbers(LONG, width));
    photo.computeIfPresent(PIXEL_Y_DIMENSION, (tag, value) -> numbers(LONG, height));
    scale(image, X_RESOLUTION, Y_RESOLUTION, moved);
    scale(photo, FOCAL_PLANE_X_RESOLUTION, FOCAL_PLANE_Y_RESOLUTION, moved);
    photo.computeIfPresent(SUBJECT_AREA, (tag, value) -> movedArea(value, moved));
    photo.computeIfPresent(SUBJECT_LOCATION, (tag, value) -> movedArea(value, moved));
    return new Exif(order, all, makerNoteAt);
  }

  private void scale(SortedMap<Integer, Value> values, int x, int y, AffineTransform moved) {
    Value oldX = values.get(x);
    Value oldY = values.get(y);
    if (oldX == null || oldY == null || number(oldX, 0) <= 0 || number(oldY, 0) <= 0) {
      return;
    }
    boolean isTurned = moved.getScaleX() == 0;
    double newX = Math.abs(isTurned ? moved.getShearX() : moved.getScaleX());
    double newY = Math.abs(isTurned ? moved.getShearY() : moved.getScaleY());
    values.put(x, rational(number(isTurned ? oldY : oldX, 0) * newX));
    values.put(y, rational(number(isTurned ? oldX : oldY, 0) * newY));
  }

  /** A point; or a circle, by its centre and diameter; or a rectangle, by its centre and sides. */
  private @Nullable Value movedArea(Value area, AffineTransform moved) {
    int count = area.count();
    if (area.type() != SHORT || count < 2 || count > 4) {
      return null;
    }
    // The middle of a pixel, which is half a pixel from its edge.
    Point2D centre =
        moved.transform(new Point2D.Double(number(area, 0) + 0.5, number(area, 1) + 0.5), null);
    Point2D sides =
        moved.deltaTransform(
            new Point2D.Double(number(area, 2), number(area, count == 3 ? 2 : 3)), null);
    long[] all = {
      (long) Math.floor(centre.getX()),
      (long) Math.floor(centre.getY()),
      Math.round(Math.abs(sides.getX())),
      Math.round(Math.abs(sides.getY()))
    };
    long[] values = Arrays.copyOf(all, count);
    return Arrays.stream(values).allMatch(value -> value >= 0 && value <= 0xffff)
        ? numbers(SHORT, values)
        : null;
  }

  private Value numbers(int type, long... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(numbers.length * SIZES[type]).order(order);
    for (long number : numbers) {
      if (type == SHORT) {
        bytes.putShort((short) number);
      } else {
        bytes.putInt((int) number);
      }
    }
    return new Value(type, bytes.array());
  }

  private Value rational(double value) {
    long denominator = value == Math.rint(value) ? 1 : value < 100_000 ? 10_000 : 1;
    long numerator = Math.min(Math.round(value * denominator), 0xffff_ffffL);
    return new Value(RATIONAL, numbers(LONG, numerator, denominator).bytes());
  }

  /**
   * Returns the tags without those of the place. The camera maker's note, in which it may be, too,
   * is left out as a whole.
   */
  public Exif withoutLocation() {
    Map<Directory, SortedMap<Integer, Value>> all = copy();
    all.remove(Directory.GPS);
    return new Exif(order, all, makerNoteAt).withoutMakerNote();
  }

  /** Returns whether there is a note of the camera maker. */
  public boolean hasMakerNote() {
    return of(Directory.PHOTO).containsKey(MAKER_NOTE);
  }

  /** Returns the tags without the camera maker's note, often the largest of them. */
  public Exif withoutMakerNote() {
    Map<Directory, SortedMap<Integer, Value>> all = copy();
    all.getOrDefault(Directory.PHOTO, new TreeMap<>()).remove(MAKER_NOTE);
    all.values().removeIf(Map::isEmpty);
    return new Exif(order, all, -1);
  }

  /**
   * Returns a block, as other formats than TIFF hold it. The camera maker's note is where it was,
   * since what is in it may refer to places in the block.
   */
  public byte[] toBlock() {
    Value value = of(Directory.PHOTO).get(MAKER_NOTE);
    boolean isPlaced = value != null && makerNoteAt >= 8 && makerNoteAt < MAX_BYTES;
    byte[] note = value == null || !isPlaced ? new byte[0] : value.bytes();
    int noteEnd = isPlaced ? (int) makerNoteAt + note.length : 0;
    int size = new Layout(8, isPlaced).size();
    int start = isPlaced && 8 + size > makerNoteAt ? noteEnd + 1 & ~1 : 8;
    ByteBuffer block = ByteBuffer.allocate(Math.max(start + size, noteEnd)).order(order);
    byte mark = (byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M');
    block.put(mark).put(mark).putShort((short) 42).putInt(start);
    new Layout(start, isPlaced).write(block);
    if (isPlaced) {
      block.put((int) makerNoteAt, note);
    }
    return block.array();
  }

  /** The directories and their values one after the other, from a place on. */
  private final class Layout {

    private final boolean isNotePlaced; // elsewhere
    private final int start;
    private final Map<Directory, Integer> places = new EnumMap<>(Directory.class);
    private int end;

    Layout(int start, boolean isNotePlaced) {
      this.start = start;
      this.isNotePlaced = isNotePlaced;
      end = start;
      for (Directory directory : Directory.values()) {
        boolean isNeeded =
            directory == Directory.IMAGE
                || !of(directory).isEmpty()
                || (directory == Directory.PHOTO && !of(Directory.INTEROPERABILITY).isEmpty());
        if (isNeeded) {
          places.put(directory, end);
          int bytes = 2 + 12 * tags(directory).size() + 4;
          for (Map.Entry<Integer, Value> entry : of(directory).entrySet()) {
            bytes += isOutside(entry) ? entry.getValue().bytes().length + 1 & ~1 : 0;
          }
          end += bytes;
        }
      }
    }

    int size() {
      return end - start;
    }

    private boolean isOutside(Map.Entry<Integer, Value> entry) {
      return entry.getValue().bytes().length > 4 && !(isNotePlaced && entry.getKey() == MAKER_NOTE);
    }

    /** Returns the tags with the pointers to the directories below. */
    private SortedMap<Integer, Value> tags(Directory directory) {
      SortedMap<Integer, Value> tags = new TreeMap<>(of(directory));
      for (Directory below : Directory.values()) {
        boolean isBelow =
            directory == Directory.IMAGE
                ? below == Directory.PHOTO || below == Directory.GPS
                : directory == Directory.PHOTO && below == Directory.INTEROPERABILITY;
        boolean exists =
            !of(below).isEmpty()
                || (below == Directory.PHOTO && !of(Directory.INTEROPERABILITY).isEmpty());
        if (isBelow && exists) {
          tags.put(below.pointer(), numbers(LONG, places.getOrDefault(below, 0)));
        }
      }
      return tags;
    }

    void write(ByteBuffer block) {
      places.forEach((directory, place) -> write(directory, block.position(place)));
    }

    private void write(Directory directory, ByteBuffer bytes) {
      SortedMap<Integer, Value> tags = tags(directory);
      int valuesAt = bytes.position() + 2 + 12 * tags.size() + 4;
      bytes.putShort((short) tags.size());
      for (Map.Entry<Integer, Value> entry : tags.entrySet()) {
        Value value = entry.getValue();
        bytes.putShort(entry.getKey().shortValue()).putShort((short) value.type());
        bytes.putInt(value.count());
        if (isOutside(entry)) {
          bytes.putInt(valuesAt);
          bytes.put(valuesAt, value.bytes());
          valuesAt += value.bytes().length + 1 & ~1;
        } else if (value.bytes().length > 4) {
          bytes.putInt((int) makerNoteAt);
        } else {
          bytes.put(Arrays.copyOf(value.bytes(), 4));
        }
      }
      bytes.putInt(0); // no directory of a thumbnail
    }
  }
}
