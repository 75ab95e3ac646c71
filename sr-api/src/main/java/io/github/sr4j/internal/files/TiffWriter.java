// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.images.SampleKind;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.metadata.Exif;
import io.github.sr4j.internal.metadata.Xmp;
import io.github.sr4j.internal.tiff.TiffCompression;
import io.github.sr4j.internal.tiff.TiffLayout;
import io.github.sr4j.internal.tiff.TiffTag;
import io.github.sr4j.internal.tiff.TiffTags;
import io.github.sr4j.shared.util.HalfFloat;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes TIFF 6.0 and BigTIFF files of any number of pages: uncompressed or by Deflate,
 * little-endian, in strips, integers of 8, 16 or 32 bits or floats, gray, RGB or CMYK, with alpha.
 * Pixels are written as they come, and what describes them at the end, when it is known whether 32
 * bits are enough for the places of strips.
 */
final class TiffWriter {

  // Readers that know 32 bits may round up what they compute near their end.
  static final long MAX_CLASSIC_BYTES = (1L << 32) - (1 << 24);

  private static final int HEADER_BYTES = 16; // of a BigTIFF; a classic one's is shorter
  private static final int STRIP_BYTES = 1 << 17;

  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int RATIONAL = 5;
  private static final int UNDEFINED = 7;
  private static final int LONG8 = 16;

  private static final List<Integer> RESOLUTION = List.of(282, 283, 296); // with the unit

  private static final int UNSIGNED = 1; // SampleFormat, which is that where the tag is absent

  private final SeekableByteChannel out;
  private final long maxClassicBytes;
  private final boolean isDeflating;
  private final List<Page> pages = new ArrayList<>();
  private boolean isBig;
  private long end;

  private record Page(
      int width,
      int height,
      FileMetadata metadata,
      Optional<TiffTags> tags,
      ColorModel model,
      long rowsPerStrip,
      List<Long> offsets,
      List<Long> counts) {}

  private record Field(int type, long count, ByteBuffer filled) {}

  TiffWriter(SeekableByteChannel out, long maxClassicBytes, boolean isDeflating)
      throws IOException {
    this.out = out;
    this.maxClassicBytes = maxClassicBytes;
    this.isDeflating = isDeflating;
    append(buffer(HEADER_BYTES).position(HEADER_BYTES)); // filled in at the end
  }

  /** Whether a picture can be written without changing it. */
  static boolean takes(Picture picture) throws IOException {
    return layout(picture.tiff()).isPresent() || takes(picture.band(0).rows());
  }

  private static Optional<TiffLayout> layout(Optional<TiffTags> tags) {
    return tags.flatMap(TiffTags::layout);
  }

  /** Whether images of a kind can be written without changing them. */
  static boolean takes(BufferedImage image) {
    ColorModel model = image.getColorModel();
    int bits = model.getComponentSize(0);
    for (int size : model.getComponentSize()) {
      if (size != bits) {
        return false;
      }
    }
    boolean isWhole =
        model instanceof ComponentColorModel
            ? bits == DataBuffer.getDataTypeSize(model.getTransferType())
            : model instanceof DirectColorModel && bits == 8;
    return isWhole
        && photometric(model) >= 0
        && image.getRaster().getNumBands() == model.getNumComponents();
  }

  /** Writes the pixels of a page. */
  void write(Picture picture) throws IOException {
    ColorModel model = picture.band(0).rows().getColorModel();
    Optional<TiffLayout> layout = layout(picture.tiff());
    int rowBytes =
        Math.multiplyExact(
            picture.width(),
            layout.map(TiffWriter::bytesPerPixel).orElseGet(() -> bytesPerPixel(model)));
    int rowsPerStrip = Math.max(1, Math.min(picture.height(), STRIP_BYTES / rowBytes));
    List<Long> offsets = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    ByteBuffer strip = buffer(rowsPerStrip * rowBytes);
    for (int top = 0; top < picture.height(); top += rowsPerStrip) {
      strip.clear();
      for (int y = top; y < Math.min(picture.height(), top + rowsPerStrip); y++) {
        Picture.Band band = picture.band(y);
        if (layout.isPresent()) {
          put(band.rows().getRaster(), y - band.top(), layout.get(), strip);
        } else {
          put(band.rows().getRaster(), y - band.top(), model, strip);
        }
      }
      offsets.add(end);
      if (isDeflating) {
        difference(strip, rowBytes, layout.orElseGet(() -> layout(model)));
        append(deflated(strip));
      } else {
        append(strip);
      }
      counts.add(end - offsets.get(offsets.size() - 1));
    }
    FileMetadata metadata = picture.metadata();
    isBig |= metadata.isBigTiff();
    pages.add(
        new Page(
            picture.width(),
            picture.height(),
            metadata,
            picture.tiff(),
            model,
            rowsPerStrip,
            offsets,
            counts));
  }

  /**
   * Whether samples are stored as the differences from their left neighbours (TIFF 6.0, section
   * 14). The JDK's reader knows those of 8 bits only.
   */
  private boolean isDifferenced(TiffLayout layout) {
    SampleKind kind = layout.kind().written();
    return isDeflating && kind.isWhole() && kind.bits() == Byte.SIZE;
  }

  private void difference(ByteBuffer strip, int rowBytes, TiffLayout layout) {
    if (!isDifferenced(layout)) {
      return;
    }
    int samples = layout.samples();
    for (int row = 0; row < strip.position(); row += rowBytes) {
      for (int at = row + rowBytes - 1; at >= row + samples; at--) {
        strip.put(at, (byte) (strip.get(at) - strip.get(at - samples)));
      }
    }
  }

  private static ByteBuffer deflated(ByteBuffer strip) throws IOException {
    byte[] plain = new byte[strip.position()];
    strip.get(0, plain);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(bytes)) {
      deflater.write(plain);
    }
    return filled(bytes.toByteArray());
  }

  /** Writes a row of samples in the kind of a layout, with which the raster's need not agree. */
  private static void put(Raster raster, int y, TiffLayout layout, ByteBuffer strip) {
    int samples = layout.samples();
    SampleKind kind = layout.kind().written();
    int size = kind.bits() / 8;
    double[] row = new double[raster.getWidth()];
    int start = strip.position();
    for (int sample = 0; sample < samples; sample++) {
      raster.getSamples(0, y, row.length, 1, sample, row);
      for (int x = 0; x < row.length; x++) {
        int at = start + (x * samples + sample) * size;
        double value = row[x];
        if (kind.isWhole()) {
          long stored = whole(value, kind);
          switch (size) {
            case 1 -> strip.put(at, (byte) stored);
            case 2 -> strip.putShort(at, (short) stored);
            case 4 -> strip.putInt(at, (int) stored);
            default -> strip.putLong(at, stored);
          }
        } else {
          switch (size) {
            case 2 -> strip.putShort(at, HalfFloat.of((float) value));
            case 4 -> strip.putFloat(at, (float) value);
            default -> strip.putDouble(at, value);
          }
        }
      }
    }
    strip.position(start + row.length * samples * size);
  }

  /** The bits of a whole number of 64, of which the greatest unsigned ones are beyond long. */
  private static long whole(double value, SampleKind kind) {
    double max = Math.scalb(1.0, Long.SIZE - 1);
    boolean isBeyond = kind.encoding() == SampleKind.Encoding.UNSIGNED && value >= max;
    return isBeyond ? (long) (value - max) + Long.MIN_VALUE : (long) value;
  }

  private static int bytesPerPixel(TiffLayout layout) {
    return layout.samples() * layout.kind().written().bits() / 8;
  }

  private static void put(Raster raster, int y, ColorModel model, ByteBuffer strip) {
    int width = raster.getWidth();
    if (!(model instanceof ComponentColorModel)) {
      for (int sample : raster.getPixels(0, y, width, 1, (int[]) null)) {
        strip.put((byte) sample);
      }
      return;
    }
    Object row = raster.getDataElements(0, y, width, 1, null);
    ByteBuffer rest = strip.slice().order(ByteOrder.LITTLE_ENDIAN);
    switch (model.getTransferType()) {
      case DataBuffer.TYPE_BYTE -> rest.put((byte[]) row);
      case DataBuffer.TYPE_INT -> rest.asIntBuffer().put((int[]) row);
      case DataBuffer.TYPE_FLOAT -> rest.asFloatBuffer().put((float[]) row);
      case DataBuffer.TYPE_DOUBLE -> rest.asDoubleBuffer().put((double[]) row);
      default -> rest.asShortBuffer().put((short[]) row);
    }
    strip.position(strip.position() + width * bytesPerPixel(model));
  }

  private static int bytesPerPixel(ColorModel model) {
    return model.getNumComponents() * (model.getComponentSize(0) / 8);
  }

  /** Writes the directories and the header. */
  void finish() throws IOException {
    long tables = 0;
    for (Page page : pages) {
      tables += 1024 + 8L * page.offsets().size();
      tables += page.metadata().profile().map(profile -> profile.bytes().length).orElse(0);
      for (TiffTag tag : tags(page).values()) {
        tables += tag.bytes().length;
      }
    }
    isBig |= end + tables > maxClassicBytes;
    ByteBuffer header = buffer(HEADER_BYTES).put((byte) 'I').put((byte) 'I');
    if (isBig) {
      header.putShort((short) 43).putShort((short) 8).putShort((short) 0);
    } else {
      header.putShort((short) 42);
    }
    overwrite(0, header);
    long link = header.position(); // where the place of the next directory goes
    for (Page page : pages) {
      long start = appendDirectory(fields(page, appendExif(page)));
      overwrite(link, isBig ? buffer(8).putLong(start) : buffer(4).putInt((int) start));
      link = end - (isBig ? 8 : 4);
    }
  }

  /** Writes the directories of EXIF and returns the fields that say where they are. */
  private Map<Integer, Field> appendExif(Page page) throws IOException {
    Map<Integer, Field> pointers = new TreeMap<>();
    if (page.metadata().descriptions().exif().isEmpty()) {
      return pointers;
    }
    Exif exif = page.metadata().descriptions().exif().get().withoutMakerNote();
    Map<Integer, Field> photo = fields(exif, Exif.Directory.PHOTO);
    append(exif, Exif.Directory.INTEROPERABILITY, Map.of(), photo);
    append(exif, Exif.Directory.PHOTO, photo, pointers);
    append(exif, Exif.Directory.GPS, Map.of(), pointers);
    return pointers;
  }

  private void append(
      Exif exif, Exif.Directory directory, Map<Integer, Field> more, Map<Integer, Field> pointers)
      throws IOException {
    TreeMap<Integer, Field> fields = new TreeMap<>(fields(exif, directory));
    fields.putAll(more);
    if (!fields.isEmpty()) {
      pointers.put(directory.pointer(), field(isBig ? LONG8 : LONG, appendDirectory(fields)));
    }
  }

  private static Map<Integer, Field> fields(Exif exif, Exif.Directory directory) {
    Map<Integer, Field> fields = new TreeMap<>();
    exif.values(directory, ByteOrder.LITTLE_ENDIAN)
        .forEach(
            (tag, value) ->
                fields.put(tag, new Field(value.type(), value.count(), filled(value.bytes()))));
    return fields;
  }

  private static ByteBuffer filled(byte[] bytes) {
    return buffer(bytes.length).put(bytes);
  }

  private static Map<Integer, TiffTag> tags(Page page) {
    return page.tags().map(TiffTags::tags).orElse(Map.of());
  }

  private Map<Integer, Field> fields(Page page, Map<Integer, Field> pointers) {
    ColorModel model = page.model();
    TiffLayout layout = layout(page.tags()).orElseGet(() -> layout(model));
    int samples = layout.samples();
    int place = isBig ? LONG8 : LONG;
    TreeMap<Integer, Field> fields = new TreeMap<>(); // in the order of tags, as they must be
    fields.put(256, field(LONG, page.width())); // ImageWidth
    fields.put(257, field(LONG, page.height())); // ImageLength
    fields.put( // BitsPerSample
        258, field(SHORT, Collections.nCopies(samples, (long) layout.kind().written().bits())));
    fields.put( // Compression: none, or that of Adobe
        259, field(SHORT, isDeflating ? TiffCompression.DEFLATE : TiffCompression.NONE));
    fields.put(262, field(SHORT, layout.photometric())); // PhotometricInterpretation
    fields.put(273, field(place, page.offsets())); // StripOffsets
    fields.put(277, field(SHORT, samples)); // SamplesPerPixel
    fields.put(278, field(LONG, page.rowsPerStrip())); // RowsPerStrip
    fields.put(279, field(place, page.counts())); // StripByteCounts
    fields.put(284, field(SHORT, 1)); // PlanarConfiguration: chunky
    FileMetadata metadata = page.metadata();
    if (metadata.hasDpi()) {
      fields.put(282, rational(metadata.dpiX())); // XResolution
      fields.put(283, rational(metadata.dpiY())); // YResolution
      fields.put(296, field(SHORT, 2)); // ResolutionUnit: inch
    }
    if (isDifferenced(layout)) {
      fields.put(317, field(SHORT, 2)); // Predictor: horizontal differences
    }
    if (!layout.extraSamples().isEmpty()) {
      fields.put(338, field(SHORT, layout.extraSamples().stream().map(Long::valueOf).toList()));
    }
    int sampleFormat = sampleFormat(layout.kind());
    if (sampleFormat != UNSIGNED) {
      fields.put(339, field(SHORT, Collections.nCopies(samples, (long) sampleFormat)));
    }
    tags(page)
        .forEach(
            (number, tag) ->
                fields.put(
                    number,
                    new Field(
                        tag.type(), tag.count(), buffer(tag.bytes().length).put(tag.bytes()))));
    metadata
        .profile()
        .map(FileMetadata.Profile::bytes)
        .ifPresent(bytes -> fields.put(34675, new Field(UNDEFINED, bytes.length, filled(bytes))));
    Descriptions descriptions = metadata.descriptions();
    descriptions
        .xmp()
        .flatMap(Xmp::toPacket)
        .ifPresent(packet -> fields.put(700, new Field(BYTE, packet.length, filled(packet))));
    descriptions
        .iptc()
        .ifPresent(data -> fields.put(33723, new Field(UNDEFINED, data.length, filled(data))));
    fields.putAll(pointers);
    descriptions
        .exif()
        .ifPresent(exif -> fields(exif, Exif.Directory.IMAGE).forEach(fields::putIfAbsent));
    RESOLUTION.stream().filter(tag -> !metadata.hasDpi()).forEach(fields::remove);
    fields.remove(531); // YCbCrPositioning: the pixels are not of that kind
    return fields;
  }

  /** The value of SampleFormat. */
  private static int sampleFormat(SampleKind kind) {
    return switch (kind.encoding()) {
      case UNSIGNED -> UNSIGNED;
      case SIGNED -> 2;
      case FLOAT -> 3;
    };
  }

  /** The layout of an image that {@link #takes} accepts. */
  private static TiffLayout layout(ColorModel model) {
    List<Integer> extraSamples =
        model.hasAlpha() ? List.of(model.isAlphaPremultiplied() ? 1 : 2) : List.of();
    return new TiffLayout(SampleKind.of(model), photometric(model), extraSamples);
  }

  /** The value of PhotometricInterpretation, or -1 if there is none. */
  private static int photometric(ColorModel model) {
    return switch (model.getColorSpace().getType()) {
      case ColorSpace.TYPE_GRAY -> 1;
      case ColorSpace.TYPE_RGB -> 2;
      case ColorSpace.TYPE_CMYK -> 5;
      default -> -1;
    };
  }

  private static Field field(int type, long value) {
    return field(type, List.of(value));
  }

  private static Field field(int type, List<Long> values) {
    ByteBuffer bytes = buffer(values.size() * (type == SHORT ? 2 : type == LONG ? 4 : 8));
    for (long value : values) {
      if (type == SHORT) {
        bytes.putShort((short) value);
      } else if (type == LONG) {
        bytes.putInt((int) value);
      } else {
        bytes.putLong(value);
      }
    }
    return new Field(type, values.size(), bytes);
  }

  private static Field rational(double value) {
    int denominator = value == Math.rint(value) || value > 100_000 ? 1 : 10_000;
    int numerator = (int) Math.min(Math.round(value * denominator), 0xffff_ffffL);
    return new Field(RATIONAL, 1, buffer(8).putInt(numerator).putInt(denominator));
  }

  /** Returns where the directory is; what follows it is the place of the next one. */
  private long appendDirectory(Map<Integer, Field> fields) throws IOException {
    int room = isBig ? 8 : 4; // for values inside of an entry
    ByteBuffer entries = buffer((isBig ? 16 : 6) + fields.size() * (isBig ? 20 : 12));
    if (isBig) {
      entries.putLong(fields.size());
    } else {
      entries.putShort((short) fields.size());
    }
    for (Map.Entry<Integer, Field> entry : fields.entrySet()) {
      Field field = entry.getValue();
      entries.putShort(entry.getKey().shortValue()).putShort((short) field.type());
      ByteBuffer values = field.filled();
      long place = end + (end & 1);
      if (isBig) {
        entries.putLong(field.count());
      } else {
        entries.putInt((int) field.count());
      }
      int bytes = values.position();
      if (bytes <= room) {
        entries.put(values.flip()).position(entries.position() + room - bytes);
        continue;
      }
      if (isBig) {
        entries.putLong(place);
      } else {
        entries.putInt((int) place);
      }
      pad();
      append(values);
    }
    pad();
    long start = end;
    append(entries.position(entries.capacity())); // the last directory has no next one: 0
    return start;
  }

  /** Values and directories begin on a word. */
  private void pad() throws IOException {
    append(buffer(1).position((int) (end & 1)));
  }

  private static ByteBuffer buffer(int capacity) {
    return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void append(ByteBuffer filled) throws IOException {
    int count = filled.position();
    write(end, filled);
    end += count;
  }

  private void overwrite(long place, ByteBuffer filled) throws IOException {
    int count = filled.position();
    write(place, filled);
    filled.position(count);
  }

  private void write(long place, ByteBuffer filled) throws IOException {
    out.position(place);
    filled.flip();
    while (filled.hasRemaining()) {
      out.write(filled);
    }
  }
}
