// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.sr4j.internal.animation.GifExtensions;
import io.github.sr4j.internal.color.PngColors;
import io.github.sr4j.internal.files.FileMetadata.Profile;
import io.github.sr4j.internal.images.Orientation;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.metadata.DescriptionsReader;
import io.github.sr4j.internal.metadata.Exif;
import io.github.sr4j.internal.metadata.PhotoshopResources;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads orientation, resolution, colour profile and descriptions from the headers of JPEG, PNG,
 * TIFF, BMP, WebP, GIF and PSD files. ImageIO's own metadata differs from plug-in to plug-in and
 * lacks EXIF.
 *
 * <p>What is damaged is taken for absent: whether there is an image is for its reader to say.
 */
final class MetadataReader {

  /**
   * The metadata of one image of a file.
   *
   * @param overlooked transparency that readers overlook
   * @param isPremultiplied whether its colours are multiplied by its alpha
   * @param samplesPerPixel 1 if it does not say; the greatest number if it says no whole number
   */
  record Page(
      FileMetadata metadata,
      Overlooked overlooked,
      boolean isPremultiplied,
      long samplesPerPixel) {}

  /**
   * Transparency that ImageIO's readers overlook.
   *
   * @param gray the transparent level, of 8 bits, of a PNG with fewer; -1 if there is none
   * @param alphaMask the bits of alpha in a pixel of 16 bits of a BMP; 0 if there are none
   */
  record Overlooked(int gray, int alphaMask) {

    static final Overlooked NOTHING = new Overlooked(-1, 0);
  }

  private static final int MAX_PROFILE_BYTES = 1 << 24;
  private static final int MAX_PROFILES = 16;
  private static final int MAX_DESCRIPTION_BYTES = 1 << 24; // of a chunk or value
  private static final int MAX_BYTES = 1 << 26; // of all descriptions of a TIFF's pages
  private static final int MAX_IMAGES = 16; // of a JPEG
  private static final int MAX_PAGES = 1 << 16;
  private static final int MAX_TAGS = 1 << 12;
  private static final int PSD_HEADER = 26;
  private static final double INCHES_PER_METRE = 1 / 0.0254;
  private static final byte[] MULTI_PICTURE = "MPF\0".getBytes(US_ASCII);
  private static final byte[] ICC = "ICC_PROFILE\0".getBytes(US_ASCII);

  private Orientation orientation = Orientation.NORMAL;
  private double dpiX;
  private double dpiY;
  private boolean isGrayPng;
  private boolean isPremultiplied;
  private long samplesPerPixel = 1;
  private @Nullable Profile profile;
  private PngColors colors = PngColors.NONE;
  private int hiddenGray = -1;
  private int alphaMask;
  private final DescriptionsReader descriptions = new DescriptionsReader();
  private int bytesLeft = MAX_BYTES;

  private MetadataReader() {}

  /**
   * Reads what a file says of its images; of files other than TIFF, of the only or first one.
   *
   * @throws EOFException if the file is a TIFF and cut off before the last image is described
   */
  static List<Page> read(ImageInputStream in) throws IOException {
    byte[] start = new byte[16];
    int count = readUpTo(in, start);
    in.seek(0);
    List<Page> pages =
        isTiff(start) ? readTiff(in) : List.of(new MetadataReader().readOther(in, start, count));
    in.setByteOrder(ByteOrder.BIG_ENDIAN);
    in.seek(0);
    return pages;
  }

  private Page readOther(ImageInputStream in, byte[] start, int count) throws IOException {
    boolean isLong = count == start.length;
    try {
      if (isLong && (start[0] & 0xff) == 0x89 && start[1] == 'P') {
        readPng(in);
      } else if (isLong && (start[0] & 0xff) == 0xff && (start[1] & 0xff) == 0xd8) {
        readJpeg(in);
      } else if (isLong && start[0] == 'B' && start[1] == 'M') {
        readBmp(in);
      } else if (isLong && new String(start, 8, 4, US_ASCII).equals("WEBP")) {
        readWebp(in);
      } else if (isLong && new String(start, 0, 4, US_ASCII).equals("GIF8")) {
        GifExtensions.read(in, descriptions).ifPresent(this::setProfile);
      } else if (isLong && new String(start, 0, 4, US_ASCII).equals("8BPS")) {
        readPsd(in);
      }
    } catch (EOFException e) {
      // What there was before the end counts.
    }
    return new Page(metadata(false), new Overlooked(hiddenGray, alphaMask), false, 1);
  }

  private FileMetadata metadata(boolean isBigTiff) throws IOException {
    Descriptions described = descriptions.finish();
    if (described.exif().isPresent()) {
      Exif exif = described.exif().get();
      orientation = exif.orientation().map(Orientation::of).orElse(orientation);
      if (dpiX == 0) {
        setDpi(exif.dpiX(), exif.dpiY());
      }
    }
    if (profile == null) {
      descriptions.profile().ifPresent(this::setProfile);
    }
    boolean isSane = dpiX > 0 && dpiY > 0 && dpiX < 1e6 && dpiY < 1e6;
    return new FileMetadata(
        orientation,
        isSane ? dpiX : 0,
        isSane ? dpiY : 0,
        Optional.ofNullable(profile),
        false,
        isBigTiff,
        colors,
        described,
        descriptions.notes());
  }

  private void readPng(ImageInputStream in) throws IOException {
    try {
      readChunks(in);
    } finally { // also of a file that is cut off
      Optional<byte[]> iccProfile = Optional.ofNullable(profile).map(Profile::bytes);
      profile = colors.profile(iccProfile, isGrayPng).map(Profile::new).orElse(null);
    }
  }

  private void readChunks(ImageInputStream in) throws IOException {
    in.skipBytes(8);
    int bits = 0;
    while (true) {
      long length = in.readUnsignedInt();
      String type = fourCharacters(in);
      long end = in.getStreamPosition() + length + 4; // with the CRC
      if (PngColors.isOne(type) && length <= MAX_PROFILE_BYTES) {
        byte[] data = bytes(in, length);
        colors = colors.with(type, data);
        in.seek(end - length - 4);
      }
      switch (type) {
        case "IHDR" -> {
          in.skipBytes(8); // width, height
          bits = in.readUnsignedByte();
          isGrayPng = (in.readUnsignedByte() & 2) == 0;
        }
        case "tRNS" -> {
          if (isGrayPng && bits < 8 && length >= 2) {
            int levels = (1 << bits) - 1;
            hiddenGray = (in.readUnsignedShort() & levels) * 255 / levels;
          }
        }
        case "pHYs" -> {
          long x = in.readUnsignedInt();
          long y = in.readUnsignedInt();
          if (in.readByte() == 1) { // per metre
            setDpi(x / INCHES_PER_METRE, y / INCHES_PER_METRE);
          }
        }
        case "iCCP" -> {
          byte[] data =
              profile == null ? bytes(in, Math.min(length, MAX_PROFILE_BYTES)) : new byte[0];
          int name = 0;
          while (name < data.length && data[name] != 0) {
            name++;
          }
          if (name + 2 < data.length) {
            setProfile(inflate(data, name + 2)); // a zero and the method, which is 0
          }
        }
        case "eXIf" -> descriptions.exif(bytes(in, Math.min(length, MAX_DESCRIPTION_BYTES)));
        case "tEXt", "zTXt", "iTXt" -> {
          if (length <= MAX_DESCRIPTION_BYTES) {
            descriptions.pngText(type, bytes(in, length));
          }
        }
        case "IEND" -> {
          return;
        }
        default -> {}
      }
      in.seek(end);
    }
  }

  private void readJpeg(ImageInputStream in) throws IOException {
    in.skipBytes(2);
    TreeMap<Integer, byte[]> chunks = new TreeMap<>();
    while (true) {
      int code = in.readUnsignedByte();
      if (code != 0xff) {
        continue;
      }
      while (code == 0xff) {
        code = in.readUnsignedByte();
      }
      if (code == 0xd9 || code == 0xda) { // the end, or the pixels
        break;
      }
      if (code == 0 || code == 1 || (code >= 0xd0 && code <= 0xd8)) {
        continue; // no segment
      }
      int length = in.readUnsignedShort() - 2;
      if (length < 0) {
        break;
      }
      long end = in.getStreamPosition() + length;
      if (code == 0xfe) {
        descriptions.comment(bytes(in, length));
      } else if (code == 0xe0 || code == 0xe1 || code == 0xe2 || code == 0xed) {
        byte[] data = bytes(in, length);
        if (code == 0xe0 && startsWith(data, "JFIF\0".getBytes(US_ASCII)) && length >= 12) {
          double perInch = data[7] == 1 ? 1 : data[7] == 2 ? 2.54 : 0;
          setDpi(unsignedShort(data, 8) * perInch, unsignedShort(data, 10) * perInch);
        } else if (code == 0xe1) {
          descriptions.jpegApp1(data);
        } else if (code == 0xed) {
          descriptions.jpegApp13(data);
        } else if (code == 0xe2 && startsWith(data, MULTI_PICTURE)) {
          readOtherImages(in, end - length + MULTI_PICTURE.length, data);
        } else if (code == 0xe2 && startsWith(data, ICC) && length > ICC.length + 2) {
          chunks.put(
              data[ICC.length] & 0xff, Arrays.copyOfRange(data, ICC.length + 2, data.length));
        } else if (code == 0xe2) {
          descriptions.jpegApp2(data);
        }
      }
      in.seek(end);
    }
    if (!chunks.isEmpty()
        && chunks.firstKey() == 1
        && chunks.lastKey() == chunks.size()) { // none is missing
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      chunks.values().forEach(whole::writeBytes);
      setProfile(whole.toByteArray());
    }
  }

  /**
   * Reads the beginnings of the images behind the first one, which one of them may be a gain map
   * of.
   *
   * @param base what places in the index count from
   */
  private void readOtherImages(ImageInputStream in, long base, byte[] segment) throws IOException {
    byte[] index = Arrays.copyOfRange(segment, MULTI_PICTURE.length, segment.length);
    if (!Exif.isBlock(index, 0)) {
      return;
    }
    ByteBuffer bytes =
        ByteBuffer.wrap(index)
            .order(index[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = Integer.toUnsignedLong(bytes.getInt(4));
    if (directory > index.length - 2) {
      return;
    }
    int tags = bytes.getShort((int) directory) & 0xffff;
    for (int i = 0; i < tags && directory + 2 + 12L * (i + 1) <= index.length; i++) {
      int entry = (int) directory + 2 + 12 * i;
      if ((bytes.getShort(entry) & 0xffff) == 0xb002) { // MPEntry
        long list = Integer.toUnsignedLong(bytes.getInt(entry + 8));
        long count = Integer.toUnsignedLong(bytes.getInt(entry + 4)) / 16;
        for (int image = 1; image < Math.min(count, MAX_IMAGES); image++) {
          if (list + 16L * (image + 1) <= index.length) {
            long place = Integer.toUnsignedLong(bytes.getInt((int) list + 16 * image + 8));
            in.seek(base + place);
            byte[] start = new byte[1 << 16];
            descriptions.otherImage(Arrays.copyOf(start, readUpTo(in, start)));
          }
        }
      }
    }
  }

  private void readBmp(ImageInputStream in) throws IOException {
    in.setByteOrder(ByteOrder.LITTLE_ENDIAN);
    in.skipBytes(14);
    int headerBytes = in.readInt();
    if (headerBytes < 40) { // the oldest header has no resolution
      return;
    }
    in.skipBytes(10);
    int bits = in.readUnsignedShort();
    int compression = in.readInt();
    in.skipBytes(4);
    setDpi(in.readInt() / INCHES_PER_METRE, in.readInt() / INCHES_PER_METRE);
    if (headerBytes >= 56 && bits == 16 && compression == 3) { // BI_BITFIELDS
      in.skipBytes(8 + 12); // numbers of colours; masks of red, green and blue
      alphaMask = in.readInt() & 0xffff;
    }
  }

  private void readWebp(ImageInputStream in) throws IOException {
    in.setByteOrder(ByteOrder.LITTLE_ENDIAN);
    in.skipBytes(12);
    while (true) {
      String type = fourCharacters(in);
      long length = in.readUnsignedInt();
      long end = in.getStreamPosition() + length + (length & 1);
      if (type.equals("ICCP")) {
        setProfile(bytes(in, Math.min(length, MAX_PROFILE_BYTES)));
      } else if (type.equals("EXIF")) {
        descriptions.exif(bytes(in, Math.min(length, MAX_DESCRIPTION_BYTES)));
      } else if (type.equals("XMP ") && length <= MAX_DESCRIPTION_BYTES) {
        descriptions.xmp(bytes(in, length));
      }
      in.seek(end);
    }
  }

  /** Reads the resources of a document of Photoshop, of 16 MB at most. */
  private void readPsd(ImageInputStream in) throws IOException {
    in.seek(PSD_HEADER);
    in.seek(PSD_HEADER + 4 + in.readUnsignedInt()); // behind the palette, or nothing
    PhotoshopResources resources =
        PhotoshopResources.read(bytes(in, Math.min(in.readUnsignedInt(), MAX_DESCRIPTION_BYTES)));
    descriptions.document(resources);
    resources
        .get(PhotoshopResources.RESOLUTION)
        .filter(info -> info.length >= 16)
        .map(ByteBuffer::wrap)
        .ifPresent( // numbers of 16.16 bits, per inch whatever unit is shown
            info ->
                setDpi(
                    Integer.toUnsignedLong(info.getInt(0)) / 65536.0,
                    Integer.toUnsignedLong(info.getInt(8)) / 65536.0));
  }

  private static boolean isTiff(byte[] start) {
    if (start.length < 8 || start[0] != start[1] || (start[0] != 'I' && start[0] != 'M')) {
      return false;
    }
    int version = start[0] == 'I' ? start[2] | start[3] << 8 : start[3] | start[2] << 8;
    return version == 42 || version == 43;
  }

  private static List<Page> readTiff(ImageInputStream in) throws IOException {
    long base = in.getStreamPosition();
    in.setByteOrder(in.readUnsignedByte() == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    in.skipBytes(1);
    boolean isBig = in.readUnsignedShort() == 43;
    if (isBig) {
      in.skipBytes(4);
    }
    List<Page> pages = new ArrayList<>();
    Map<Profile, Profile> profiles = new HashMap<>(); // pages mostly share one
    Set<Long> seen = new HashSet<>();
    int bytesLeft = MAX_BYTES;
    long offset = isBig ? in.readLong() : in.readUnsignedInt();
    while (offset > 0 && seen.add(offset) && pages.size() < MAX_PAGES) {
      in.seek(base + offset);
      MetadataReader page = new MetadataReader();
      page.bytesLeft = bytesLeft;
      offset = page.readDirectory(in, base, isBig, profiles);
      bytesLeft = page.bytesLeft;
      pages.add(
          new Page(
              page.metadata(isBig),
              Overlooked.NOTHING,
              page.isPremultiplied,
              page.samplesPerPixel));
    }
    return pages;
  }

  /** Reads a directory and returns the place of the next one. */
  private long readDirectory(
      ImageInputStream in, long base, boolean isBig, Map<Profile, Profile> profiles)
      throws IOException {
    long count = isBig ? in.readLong() : in.readUnsignedShort();
    long start = in.getStreamPosition();
    double perInch = 1;
    double x = 0;
    double y = 0;
    for (long i = 0; i < count && i < MAX_TAGS; i++) {
      in.seek(start + i * (isBig ? 20 : 12));
      int tag = in.readUnsignedShort();
      int type = in.readUnsignedShort();
      long values = isBig ? in.readLong() : in.readUnsignedInt();
      switch (tag) {
        case 274 -> orientation = Orientation.of(value(in, type));
        case 277 -> samplesPerPixel = Math.max(samplesPerPixel, wholeNumber(in, type));
        case 282 -> x = rational(in, base, isBig);
        case 283 -> y = rational(in, base, isBig);
        case 296 -> { // ResolutionUnit: none, inch, centimetre
          long unit = value(in, type);
          perInch = unit == 2 ? 1 : unit == 3 ? 2.54 : 0;
        }
        case 338 -> isPremultiplied = values == 1 && value(in, type) == 1; // ExtraSamples
        case 700 -> described(in, base, isBig, type, values).ifPresent(descriptions::xmp);
        case 33723 ->
            described(in, base, isBig, type, values)
                .ifPresent(data -> descriptions.iptc(inOrder(data, type)));
        case 34377 -> described(in, base, isBig, type, values).ifPresent(descriptions::photoshop);
        case 34675 -> {
          if (values > 8 && values <= MAX_PROFILE_BYTES) {
            profile = profile(in, base + (isBig ? in.readLong() : in.readUnsignedInt()), values);
            profile = profile == null ? null : shared(profile, profiles);
          }
        }
        default -> {}
      }
    }
    setDpi(x * perInch, y * perInch);
    ByteOrder order = in.getByteOrder();
    descriptions.exif(
        Exif.read(
            (place, length) -> value(in, base + place, length),
            order,
            isBig,
            start - base - (isBig ? 8 : 2)));
    if (count < 0 || count > MAX_TAGS) {
      return 0;
    }
    in.seek(start + count * (isBig ? 20 : 12));
    return isBig ? in.readLong() : in.readUnsignedInt();
  }

  /** Returns the bytes of a value that describes the image in a form of its own. */
  private Optional<byte[]> described(
      ImageInputStream in, long base, boolean isBig, int type, long values) throws IOException {
    long length = type == 4 ? 4 * values : values; // IPTC may be of type LONG
    if (length <= (isBig ? 8 : 4) || length > MAX_DESCRIPTION_BYTES) {
      return Optional.empty();
    }
    long place = isBig ? in.readLong() : in.readUnsignedInt();
    return Optional.ofNullable(value(in, base + place, (int) length));
  }

  /** Puts the bytes of data sets of IPTC in order that were written as integers. */
  private static byte[] inOrder(byte[] data, int type) {
    if (type != 4 || data.length == 0 || data[0] == 0x1c) { // with which data sets begin
      return data;
    }
    ByteBuffer swapped = ByteBuffer.allocate(data.length).order(ByteOrder.BIG_ENDIAN);
    IntBuffer from = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    swapped.asIntBuffer().put(from);
    return swapped.array();
  }

  /** Returns bytes, or null if the file has not so many, or too many have been read. */
  private byte @Nullable [] value(ImageInputStream in, long place, int count) throws IOException {
    if (place < 0 || count > bytesLeft || (in.length() >= 0 && place > in.length() - count)) {
      return null;
    }
    try {
      bytesLeft -= count;
      in.seek(place);
      return bytes(in, count);
    } catch (EOFException e) {
      return null;
    }
  }

  private static @Nullable Profile profile(ImageInputStream in, long place, long count)
      throws IOException {
    try {
      in.seek(place);
      return new Profile(bytes(in, count));
    } catch (EOFException e) {
      return null;
    }
  }

  private static @Nullable Profile shared(Profile profile, Map<Profile, Profile> profiles) {
    return profiles.size() < MAX_PROFILES
        ? profiles.computeIfAbsent(profile, first -> first)
        : profiles.get(profile);
  }

  private static long value(ImageInputStream in, int type) throws IOException {
    return type == 3 ? in.readUnsignedShort() : type == 4 ? in.readUnsignedInt() : 0;
  }

  private static long wholeNumber(ImageInputStream in, int type) throws IOException {
    return switch (type) {
      case 1 -> in.readUnsignedByte();
      case 3 -> in.readUnsignedShort();
      case 4 -> in.readUnsignedInt();
      case 16 -> in.readLong();
      default -> Long.MAX_VALUE;
    };
  }

  private static double rational(ImageInputStream in, long base, boolean isBig) throws IOException {
    try {
      if (!isBig) { // eight bytes fit into the entry of a BigTIFF
        in.seek(base + in.readUnsignedInt());
      }
      double numerator = in.readUnsignedInt();
      double denominator = in.readUnsignedInt();
      return denominator == 0 ? 0 : numerator / denominator;
    } catch (EOFException e) {
      return 0;
    }
  }

  private void setDpi(double x, double y) {
    dpiX = x;
    dpiY = y;
  }

  private void setProfile(byte[] bytes) {
    if (bytes.length > 0) {
      profile = new Profile(bytes);
    }
  }

  private static byte[] inflate(byte[] data, int offset) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(data, offset, data.length - offset);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      byte[] part = new byte[1 << 13];
      int count;
      while ((count = inflater.inflate(part)) > 0) {
        whole.write(part, 0, count);
        if (whole.size() > MAX_PROFILE_BYTES) {
          return new byte[0];
        }
      }
      return inflater.finished() ? whole.toByteArray() : new byte[0];
    } catch (DataFormatException e) {
      return new byte[0];
    } finally {
      inflater.end();
    }
  }

  private static int readUpTo(ImageInputStream in, byte[] bytes) throws IOException {
    int count = 0;
    while (count < bytes.length) {
      int read = in.read(bytes, count, bytes.length - count);
      if (read < 0) {
        break;
      }
      count += read;
    }
    return count;
  }

  /** Reads bytes, of which the file only claims that there are so many. */
  private static byte[] bytes(ImageInputStream in, long count) throws IOException {
    if (in.length() >= 0 && in.getStreamPosition() + count > in.length()) {
      throw new EOFException();
    }
    byte[] bytes = new byte[(int) count];
    in.readFully(bytes);
    return bytes;
  }

  private static String fourCharacters(ImageInputStream in) throws IOException {
    byte[] bytes = new byte[4];
    in.readFully(bytes);
    return new String(bytes, US_ASCII);
  }

  private static int unsignedShort(byte[] data, int at) {
    return (data[at] & 0xff) << 8 | (data[at + 1] & 0xff);
  }

  private static boolean startsWith(byte[] data, byte[] prefix) {
    return data.length >= prefix.length
        && Arrays.equals(data, 0, prefix.length, prefix, 0, prefix.length);
  }
}
