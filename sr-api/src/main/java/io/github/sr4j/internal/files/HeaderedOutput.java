// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.hash.Hashing;
import io.github.sr4j.internal.files.FileMetadata.Profile;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.metadata.Exif;
import io.github.sr4j.internal.metadata.Iptc;
import io.github.sr4j.internal.metadata.PngText;
import io.github.sr4j.internal.metadata.Xmp;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.stream.ImageOutputStreamImpl;
import org.jspecify.annotations.Nullable;

/**
 * A file for ImageIO's writers, buffered, into whose header go the resolution, the colour profile
 * and the descriptions of a PNG or JPEG, and the resolution of a BMP. The writers' own way for
 * these, metadata trees, differs from plug-in to plug-in.
 *
 * <p>What is inserted is so between two bytes of what the writer writes; to the writer it is not
 * there.
 */
final class HeaderedOutput extends ImageOutputStreamImpl {

  private static final int PNG_HEADER = 8 + 25; // signature and IHDR
  private static final int JFIF_HEADER = 2 + 18; // SOI and APP0
  private static final int MAX_IN_SEGMENT = 65_519; // ICC.1, annex B.4
  static final int MAX_JPEG_PROFILE = 255 * MAX_IN_SEGMENT;
  private static final int MAX_OF_DESCRIPTIONS = 65_400; // in a segment, with any name
  private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";
  private static final double INCHES_PER_METRE = 1 / 0.0254;

  private final SeekableByteChannel channel;
  private final String format;
  private final FileMetadata metadata;
  private final byte[] inserted;
  private final long insertedAt;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private long bufferStart;
  private @Nullable IOException failure;

  /**
   * Begins a file.
   *
   * @param format "png", "jpeg" or another one, whose header stays as it is unless it is "bmp"
   */
  HeaderedOutput(SeekableByteChannel channel, String format, FileMetadata metadata)
      throws IOException {
    this.channel = channel;
    this.format = format;
    this.metadata = metadata;
    this.inserted =
        switch (format) {
          case "png" -> pngChunks(metadata);
          case "jpeg" -> jpegSegments(metadata);
          default -> new byte[0];
        };
    this.insertedAt = format.equals("png") ? PNG_HEADER : JFIF_HEADER;
  }

  private static byte[] pngChunks(FileMetadata metadata) throws IOException {
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    for (Map.Entry<String, byte[]> chunk : metadata.colors().chunks().entrySet()) {
      writeChunk(chunks, chunk.getKey(), chunk.getValue());
    }
    if (metadata.profile().isPresent() && metadata.colors().chunks().isEmpty()) {
      ByteArrayOutputStream data = new ByteArrayOutputStream();
      data.writeBytes("ICC profile\0\0".getBytes(US_ASCII)); // name; method 0
      try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
        deflater.write(metadata.profile().get().bytes());
      }
      writeChunk(chunks, "iCCP", data.toByteArray());
    }
    if (metadata.hasDpi()) {
      ByteBuffer data = ByteBuffer.allocate(9);
      data.putInt(perMetre(metadata.dpiX())).putInt(perMetre(metadata.dpiY())).put((byte) 1);
      writeChunk(chunks, "pHYs", data.array());
    }
    Descriptions descriptions = metadata.descriptions();
    if (descriptions.exif().isPresent()) {
      writeChunk(chunks, "eXIf", descriptions.exif().get().toBlock());
    }
    Optional<byte[]> xmp = descriptions.xmp().flatMap(Xmp::toPacket);
    if (xmp.isPresent()) { // not deflated, nor in another language
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      text.writeBytes("XML:com.adobe.xmp\0\0\0\0\0".getBytes(US_ASCII));
      text.writeBytes(xmp.get());
      writeChunk(chunks, "iTXt", text.toByteArray());
    }
    if (descriptions.iptc().isPresent()) {
      writeChunk(chunks, "zTXt", rawProfile(descriptions.iptc().get()));
    }
    for (PngText text : descriptions.texts()) {
      writeChunk(chunks, text.type(), text.data());
    }
    return chunks.toByteArray();
  }

  /** IPTC has no chunk of its own; this one ImageMagick, exiftool and exiv2 know. */
  private static byte[] rawProfile(byte[] iptc) throws IOException {
    byte[] resource = Iptc.resource(iptc);
    StringBuilder text =
        new StringBuilder(String.format(Locale.ROOT, "\niptc\n%8d", resource.length));
    for (int start = 0; start < resource.length; start += 36) { // bytes of a line
      int end = Math.min(resource.length, start + 36);
      text.append('\n').append(HexFormat.of().formatHex(resource, start, end));
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes("Raw profile type iptc\0\0".getBytes(US_ASCII)); // name; method 0
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(text.append('\n').toString().getBytes(US_ASCII));
    }
    return data.toByteArray();
  }

  private static void writeChunk(ByteArrayOutputStream chunks, String type, byte[] data)
      throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(type.getBytes(US_ASCII));
    checksum.update(data);
    DataOutputStream out = new DataOutputStream(chunks);
    out.writeInt(data.length);
    out.writeBytes(type);
    out.write(data);
    out.writeInt((int) checksum.getValue());
  }

  private static byte[] jpegSegments(FileMetadata metadata) throws IOException {
    ByteArrayOutputStream segments = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(segments);
    Descriptions descriptions = metadata.descriptions();
    if (descriptions.exif().isPresent()) {
      writeExif(out, descriptions.exif().get());
    }
    Optional<byte[]> xmp = descriptions.xmp().flatMap(Xmp::toPacket);
    if (xmp.isPresent()) {
      writeXmp(out, xmp.get());
    }
    if (descriptions.iptc().isPresent()) {
      byte[] resource = Iptc.resource(descriptions.iptc().get());
      for (int start = 0; start < resource.length; start += MAX_OF_DESCRIPTIONS) {
        int end = Math.min(resource.length, start + MAX_OF_DESCRIPTIONS);
        writeSegment(out, 0xed, "Photoshop 3.0\0", Arrays.copyOfRange(resource, start, end));
      }
    }
    for (PngText text : descriptions.texts()) {
      if (text.comment().isPresent()) {
        writeComment(out, text.comment().get());
      }
    }
    byte[] profile = metadata.profile().map(Profile::bytes).orElse(new byte[0]);
    int count = (profile.length + MAX_IN_SEGMENT - 1) / MAX_IN_SEGMENT;
    if (profile.length > MAX_JPEG_PROFILE) {
      throw new IOException(
          String.format("the colour profile has %s bytes, too many for a JPEG", profile.length));
    }
    for (int i = 0; i < count; i++) {
      int start = i * MAX_IN_SEGMENT;
      int length = Math.min(MAX_IN_SEGMENT, profile.length - start);
      out.writeShort(0xffe2); // APP2
      out.writeShort(2 + 14 + length);
      out.writeBytes("ICC_PROFILE\0");
      out.writeByte(i + 1);
      out.writeByte(count);
      out.write(profile, start, length);
    }
    return segments.toByteArray();
  }

  /** Returns whether EXIF fits into a segment of a JPEG with the camera maker's note. */
  static boolean takesMakerNote(Exif exif) {
    return exif.toBlock().length <= MAX_OF_DESCRIPTIONS;
  }

  private static void writeExif(DataOutputStream out, Exif exif) throws IOException {
    byte[] block = (takesMakerNote(exif) ? exif : exif.withoutMakerNote()).toBlock();
    for (int start = 0; start < block.length; start += MAX_OF_DESCRIPTIONS) { // as exiftool does
      int end = Math.min(block.length, start + MAX_OF_DESCRIPTIONS);
      writeSegment(out, 0xe1, "Exif\0\0", Arrays.copyOfRange(block, start, end));
    }
  }

  private static void writeComment(DataOutputStream out, byte[] comment) throws IOException {
    for (int start = 0; start < comment.length; start += MAX_OF_DESCRIPTIONS) {
      int end = Math.min(comment.length, start + MAX_OF_DESCRIPTIONS);
      writeSegment(out, 0xfe, "", Arrays.copyOfRange(comment, start, end));
    }
  }

  /** Writes XMP; the part that exceeds a segment is an extension (ISO 16684-3, 1.1.3.1). */
  private static void writeXmp(DataOutputStream out, byte[] packet) throws IOException {
    if (packet.length <= MAX_OF_DESCRIPTIONS) {
      writeSegment(out, 0xe1, XMP, packet);
      return;
    }
    String name = Hashing.murmur3_128().hashBytes(packet).toString().toUpperCase(Locale.ROOT);
    String main =
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF"
            + " xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description"
            + " rdf:about=\"\" xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\""
            + " xmpNote:HasExtendedXMP=\""
            + name
            + "\"/></rdf:RDF></x:xmpmeta>";
    writeSegment(out, 0xe1, XMP, main.getBytes(US_ASCII));
    for (int start = 0; start < packet.length; start += MAX_OF_DESCRIPTIONS) {
      int length = Math.min(packet.length - start, MAX_OF_DESCRIPTIONS);
      ByteBuffer part = ByteBuffer.allocate(40 + length).put(name.getBytes(US_ASCII));
      part.putInt(packet.length).putInt(start).put(packet, start, length);
      writeSegment(out, 0xe1, "http://ns.adobe.com/xmp/extension/\0", part.array());
    }
  }

  private static void writeSegment(DataOutputStream out, int code, String name, byte[] data)
      throws IOException {
    out.writeShort(0xff00 | code);
    out.writeShort(2 + name.length() + data.length);
    out.writeBytes(name);
    out.write(data);
  }

  private static int perMetre(double dpi) {
    return (int) Math.min(Integer.MAX_VALUE, Math.round(dpi * INCHES_PER_METRE));
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    flushBits();
    if (streamPos != bufferStart + buffer.position() || length > buffer.remaining()) {
      drain();
    }
    if (length > buffer.remaining()) {
      put(streamPos, ByteBuffer.wrap(bytes, offset, length));
      bufferStart = streamPos + length;
    } else {
      buffer.put(bytes, offset, length);
    }
    streamPos += length;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    drain();
    bitOffset = 0;
    boolean isBefore = streamPos < insertedAt;
    channel.position(isBefore ? streamPos : streamPos + inserted.length);
    int max = isBefore ? (int) Math.min(length, insertedAt - streamPos) : length;
    int count = channel.read(ByteBuffer.wrap(bytes, offset, max));
    streamPos += Math.max(0, count);
    bufferStart = streamPos;
    return count;
  }

  /** Empties the buffer, which then begins at the position of the stream. */
  private void drain() throws IOException {
    put(bufferStart, buffer.flip());
    buffer.clear();
    bufferStart = streamPos;
  }

  private void put(long place, ByteBuffer bytes) throws IOException {
    int end = bytes.limit();
    if (place < insertedAt && place + bytes.remaining() > insertedAt) {
      bytes.limit(bytes.position() + (int) (insertedAt - place));
      put(place, bytes);
      place = insertedAt;
      bytes.limit(end);
    }
    try {
      channel.position(place < insertedAt ? place : place + inserted.length);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      failure = failure == null ? e : failure;
      throw e;
    }
  }

  /** Fails as the first thing that could not be written did. */
  void throwIfFailed() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  /** Completes the header. The stream must not be written to afterwards. */
  void finish() throws IOException {
    drain();
    ByteBuffer header = ByteBuffer.allocate(46).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(0);
    while (header.hasRemaining() && channel.read(header) >= 0) {
      // until it is full or the file ends
    }
    if (inserted.length > 0) {
      boolean isExpected =
          format.equals("png")
              ? header.getInt(12) == 0x52444849 // "IHDR" from low to high
              : header.getInt(2) == 0x1000e0ff && header.getInt(6) == 0x4649464a; // APP0, "JFIF"
      if (!isExpected) {
        throw new IOException("the " + format + " writer begins files in an unknown way");
      }
      channel.position(insertedAt);
      ByteBuffer bytes = ByteBuffer.wrap(inserted);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    if (metadata.hasDpi()) {
      if (format.equals("bmp")) {
        header.putInt(38, perMetre(metadata.dpiX())).putInt(42, perMetre(metadata.dpiY()));
      } else if (format.equals("jpeg") && metadata.dpiX() < 65535 && metadata.dpiY() < 65535) {
        header.put(13, (byte) 1).order(ByteOrder.BIG_ENDIAN); // per inch
        header.putShort(14, (short) Math.round(metadata.dpiX()));
        header.putShort(16, (short) Math.round(metadata.dpiY()));
      }
      if (!format.equals("png")) {
        int kept = format.equals("jpeg") ? JFIF_HEADER : header.position();
        channel.position(0);
        channel.write(header.position(0).limit(kept));
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      super.close();
    }
  }
}
