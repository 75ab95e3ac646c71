// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Puts the descriptions of an image together from the segments of a JPEG, the chunks of a PNG or
 * WebP, the tags of a TIFF, or the extensions of a GIF. Of a tag that occurs twice, the first
 * counts. Damaged parts are taken for absent, and so is everything after 32 MB. Used for one image.
 */
public final class DescriptionsReader {

  private static final int MAX_BYTES = 1 << 25; // of all that is taken, inflated

  private static final String EXIF = "Exif\0";
  private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";
  private static final String XMP_EXTENSION = "http://ns.adobe.com/xmp/extension/\0";
  private static final String PHOTOSHOP = "Photoshop 3.0\0";
  private static final String GAIN_MAP = "urn:iso:std:iso:ts:21496:-1"; // ISO 21496-1
  private static final String RAW_PROFILE = "Raw profile type ";
  private static final String PNG_XMP = "XML:com.adobe.xmp";

  private static final String GAIN_MAP_IS_LEFT_OUT =
      "its gain map (Ultra HDR) is left out: the result is the image in standard dynamic range";
  private static final String FILM_IS_LEFT_OUT =
      "the film of its motion photo is left out: the result is the still image";

  private final List<byte[]> exifBlocks = new ArrayList<>();
  private final List<byte[]> xmp = new ArrayList<>();
  private final Map<String, Map<Long, byte[]>> xmpExtensions = new LinkedHashMap<>();
  private final ByteArrayOutputStream photoshop = new ByteArrayOutputStream();
  private final List<PngText> texts = new ArrayList<>();
  private final Set<String> notes = new TreeSet<>();
  private int bytesLeft = MAX_BYTES;
  private byte[] iptc = new byte[0];
  private @Nullable Exif exif;
  private byte @Nullable [] profile;

  /** Takes a block of EXIF, with or without the mark that it has in a JPEG. */
  public void exif(byte[] data) {
    int mark = new String(data, 0, Math.min(data.length, 6), ISO_8859_1).startsWith(EXIF) ? 6 : 0;
    if (hasRoom(data)) {
      exifBlocks.add(rest(data, mark));
    }
  }

  /** Takes the tags of a directory of a TIFF. */
  public void exif(Exif tags) {
    exif = tags;
  }

  /** Takes a packet of XMP. */
  public void xmp(byte[] packet) {
    if (xmp.isEmpty() && packet.length > 0 && hasRoom(packet)) {
      xmp.add(packet);
    }
  }

  private boolean hasRoom(byte[] data) {
    boolean hasRoom = data.length <= bytesLeft;
    bytesLeft -= hasRoom ? data.length : 0;
    return hasRoom;
  }

  /** Takes data sets of IPTC. */
  public void iptc(byte[] dataSets) {
    if (iptc.length == 0) {
      iptc = dataSets;
    }
  }

  /** Takes resources of Photoshop; those of several segments are one list. */
  public void photoshop(byte[] resources) {
    if (hasRoom(resources)) {
      photoshop.writeBytes(resources);
    }
  }

  /** Takes the resources of a document of Photoshop, which hold all of its metadata. */
  public void document(PhotoshopResources resources) {
    resources.get(PhotoshopResources.EXIF).ifPresent(this::exif);
    resources.get(PhotoshopResources.XMP).ifPresent(this::xmp);
    resources.get(PhotoshopResources.IPTC).ifPresent(this::iptc);
    profile = resources.get(PhotoshopResources.PROFILE).orElse(profile);
  }

  /** Takes a comment of a JPEG or GIF. */
  public void comment(byte[] comment) {
    if (hasRoom(comment)) {
      PngText.ofComment(comment).ifPresent(texts::add);
    }
  }

  /** Takes the segment APP1 of a JPEG. */
  public void jpegApp1(byte[] segment) {
    String start = start(segment, 80);
    int mark = start.toLowerCase(Locale.ROOT).indexOf(EXIF.toLowerCase(Locale.ROOT));
    if (mark >= 0 && mark <= 4) { // behind which some writers put what exiftool calls garbage
      byte[] block = rest(segment, mark + 6);
      if (!hasRoom(block)) {
        return;
      }
      if (!Exif.isBlock(block, 0) && !exifBlocks.isEmpty()) { // goes on where the last one ended
        byte[] last = exifBlocks.remove(exifBlocks.size() - 1);
        exifBlocks.add(joined(last, block));
      } else {
        exifBlocks.add(block);
      }
    } else if (start.startsWith(XMP)) {
      xmp(rest(segment, XMP.length()));
    } else if (start.startsWith(XMP_EXTENSION)) {
      int at = XMP_EXTENSION.length();
      if (segment.length > at + 40 && hasRoom(segment)) { // name, length, place
        String name = new String(segment, at, 32, US_ASCII);
        long place = unsignedInt(segment, at + 36);
        xmpExtensions
            .computeIfAbsent(name, key -> new TreeMap<>())
            .putIfAbsent(place, rest(segment, at + 40));
      }
    }
  }

  /** Takes the segment APP2 of a JPEG, which may tell of a gain map. */
  public void jpegApp2(byte[] segment) {
    if (start(segment, GAIN_MAP.length()).equals(GAIN_MAP)) {
      notes.add(GAIN_MAP_IS_LEFT_OUT);
    }
  }

  /** Takes the beginning of another image of the file, which may be a gain map. */
  public void otherImage(byte[] start) {
    String text = new String(start, ISO_8859_1);
    if (text.contains("HDRGainMap") || text.contains("hdr-gain-map") || text.contains(GAIN_MAP)) {
      notes.add(GAIN_MAP_IS_LEFT_OUT);
    }
  }

  /** Takes the segment APP13 of a JPEG. */
  public void jpegApp13(byte[] segment) {
    if (start(segment, PHOTOSHOP.length()).equals(PHOTOSHOP)) {
      photoshop(rest(segment, PHOTOSHOP.length()));
    }
  }

  /** Takes a chunk of a PNG whose type is tEXt, zTXt or iTXt. */
  public void pngText(String type, byte[] data) {
    int end = indexOfZero(data, 0);
    if (end == data.length) {
      return;
    }
    String keyword = new String(data, 0, end, ISO_8859_1);
    if (keyword.startsWith(RAW_PROFILE)) {
      rawProfile(keyword.substring(RAW_PROFILE.length()), text(type, data, end + 1));
    } else if (keyword.equals(PNG_XMP)) {
      xmp(text(type, data, end + 1));
    } else if (keyword.equals(PngText.COMMENT) && !type.equals("tEXt")) {
      comment(text(type, data, end + 1)); // as other formats have it: not compressed
    } else if (hasRoom(data)) {
      texts.add(new PngText(type, keyword, data));
    }
  }

  /** Returns the text of a chunk, from behind its keyword on. */
  private byte[] text(String type, byte[] data, int at) {
    if (type.equals("tEXt")) {
      return rest(data, at);
    }
    if (type.equals("zTXt")) {
      return inflate(data, at + 1); // after the method, which is 0
    }
    boolean isDeflated = at < data.length && data[at] == 1;
    int language = Math.min(data.length, at + 2);
    int translation = Math.min(data.length, indexOfZero(data, language) + 1);
    int text = Math.min(data.length, indexOfZero(data, translation) + 1);
    return isDeflated ? inflate(data, text) : rest(data, text);
  }

  /** As ImageMagick writes them: a name, the number of bytes, and bytes in hexadecimal. */
  private void rawProfile(String name, byte[] text) {
    int at = 0;
    while (at < text.length && text[at] == '\n') {
      at++;
    }
    while (at < text.length && text[at] != '\n') { // the name once more
      at++;
    }
    String rest = new String(rest(text, at), US_ASCII).strip();
    int line = rest.indexOf('\n');
    if (line < 0) {
      return;
    }
    byte[] data = fromHexadecimal(rest.substring(line));
    String start = start(data, 40);
    switch (name.toLowerCase(Locale.ROOT)) {
      case "exif" -> exif(data);
      case "app1" -> {
        if (start.startsWith(XMP)) {
          xmp(rest(data, XMP.length()));
        } else {
          exif(data);
        }
      }
      case "xmp" -> xmp(data);
      case "iptc", "8bim" -> {
        byte[] resources = start.startsWith(PHOTOSHOP) ? rest(data, PHOTOSHOP.length()) : data;
        if (start.startsWith("8BIM") || start.startsWith(PHOTOSHOP)) {
          photoshop(resources);
        } else {
          iptc(resources);
        }
      }
      case "icc", "icm" -> profile = profile == null ? data : profile;
      default -> {}
    }
  }

  private static byte[] fromHexadecimal(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() / 2);
    int high = -1;
    for (int i = 0; i < text.length(); i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit >= 0 && high < 0) {
        high = digit;
      } else if (digit >= 0) {
        bytes.write(high << 4 | digit);
        high = -1;
      }
    }
    return bytes.toByteArray();
  }

  /** Reads what has been taken. Called once all of it is there. */
  public Descriptions finish() throws IOException {
    for (byte[] block : exifBlocks) {
      Optional<Exif> tags = Exif.parse(block);
      if (tags.isEmpty() && block.length > 0) {
        notes.add("some of its EXIF metadata are damaged and left out");
      } else if (tags.isPresent()) {
        exif = exif == null ? tags.get() : exif.or(tags.get());
      }
    }
    exifBlocks.clear();
    List<byte[]> packets = new ArrayList<>(xmp.subList(0, Math.min(1, xmp.size())));
    for (Map.Entry<String, Map<Long, byte[]>> extension : xmpExtensions.entrySet()) {
      if (!packets.isEmpty()
          && new String(packets.get(0), ISO_8859_1).contains(extension.getKey())) {
        packets.add(joined(extension.getValue().values().toArray(new byte[0][])));
      }
    }
    Optional<Xmp> properties = Xmp.of(packets);
    if (properties.filter(DescriptionsReader::tellsOfGainMap).isPresent()) {
      notes.add(GAIN_MAP_IS_LEFT_OUT);
    }
    if (properties.filter(DescriptionsReader::tellsOfFilm).isPresent()) {
      notes.add(FILM_IS_LEFT_OUT);
    }
    PhotoshopResources.read(photoshop.toByteArray())
        .get(PhotoshopResources.IPTC)
        .ifPresent(this::iptc);
    return new Descriptions(
        Optional.ofNullable(exif).filter(tags -> !tags.isEmpty()),
        properties,
        Optional.of(iptc).filter(dataSets -> dataSets.length > 0),
        texts);
  }

  private static boolean tellsOfGainMap(Xmp xmp) {
    return xmp.mentions("http://ns.adobe.com/hdr-gain-map/")
        || xmp.mentions("\"GainMap\"")
        || xmp.mentions("'GainMap'")
        || xmp.mentions(">GainMap<");
  }

  private static boolean tellsOfFilm(Xmp xmp) {
    return xmp.mentions(":MotionPhoto=\"1\"")
        || xmp.mentions(":MotionPhoto>1<")
        || xmp.mentions(":MicroVideo=\"1\"")
        || xmp.mentions(":MicroVideo>1<");
  }

  /** Returns the omitted parts of the file, as sentences. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /** Returns the colour profile that was among raw profiles, if any. */
  public Optional<byte[]> profile() {
    return Optional.ofNullable(profile);
  }

  private byte[] inflate(byte[] data, int offset) {
    if (offset >= data.length || bytesLeft == 0) {
      return new byte[0];
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(data, offset, data.length - offset);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      byte[] part = new byte[1 << 13];
      int count;
      while (whole.size() < bytesLeft && (count = inflater.inflate(part)) > 0) {
        whole.write(part, 0, count);
      }
      bytesLeft -= Math.min(bytesLeft, whole.size());
      return inflater.finished() ? whole.toByteArray() : new byte[0];
    } catch (DataFormatException e) {
      return new byte[0];
    } finally {
      inflater.end();
    }
  }

  private static String start(byte[] data, int max) {
    return new String(data, 0, Math.min(data.length, max), ISO_8859_1);
  }

  private static byte[] rest(byte[] data, int from) {
    return Arrays.copyOfRange(data, Math.min(from, data.length), data.length);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static int indexOfZero(byte[] data, int from) {
    int at = from;
    while (at < data.length && data[at] != 0) {
      at++;
    }
    return at;
  }

  private static long unsignedInt(byte[] data, int at) {
    return (data[at] & 0xffL) << 24
        | (data[at + 1] & 0xff) << 16
        | (data[at + 2] & 0xff) << 8
        | (data[at + 3] & 0xff);
  }
}
