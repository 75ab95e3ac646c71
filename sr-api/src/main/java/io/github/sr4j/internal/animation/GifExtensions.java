// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.sr4j.internal.metadata.DescriptionsReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The extensions of a GIF that describe it: comments (GIF 89a, 24), XMP (ISO 16684-3, 1.1.2) and a
 * colour profile.
 */
public final class GifExtensions {

  private static final int SCREEN_HEADER = 13; // with the signature
  private static final int IMAGE_DESCRIPTOR = 9; // after its label
  private static final int MAX_BYTES = 1 << 24; // of an extension

  /** The end of an XMP packet: bytes that a reader which skips blocks by their lengths survives. */
  private static final int TRAILER = 257;

  private final ImageInputStream in;
  private final DescriptionsReader descriptions;
  private byte @Nullable [] profile;

  private GifExtensions(ImageInputStream in, DescriptionsReader descriptions) {
    this.in = in;
    this.descriptions = descriptions;
  }

  /** Reads the extensions of a whole file, and returns the colour profile if there is one. */
  public static Optional<byte[]> read(ImageInputStream in, DescriptionsReader descriptions)
      throws IOException {
    GifExtensions extensions = new GifExtensions(in, descriptions);
    try {
      extensions.readBlocks();
    } catch (EOFException e) {
      // What there was before the end counts.
    }
    return Optional.ofNullable(extensions.profile);
  }

  private void readBlocks() throws IOException {
    in.seek(10);
    in.seek(SCREEN_HEADER + GifFile.tableBytes(in.readUnsignedByte()));
    while (true) {
      switch (in.readUnsignedByte()) {
        case 0x21 -> readExtension();
        case 0x2c -> {
          in.skipBytes(IMAGE_DESCRIPTOR - 1);
          // The colours, and the size of codes.
          in.skipBytes(GifFile.tableBytes(in.readUnsignedByte()) + 1);
          readData(false, 0);
        }
        default -> {
          return; // the end, or damage
        }
      }
    }
  }

  private void readExtension() throws IOException {
    int label = in.readUnsignedByte();
    if (label == 0xfe) {
      descriptions.comment(readData(false, MAX_BYTES));
      return;
    }
    if (label != 0xff) {
      readData(false, 0);
      return;
    }
    byte[] name = new byte[in.readUnsignedByte()];
    in.readFully(name);
    switch (new String(name, US_ASCII)) {
      case "XMP DataXMP" -> descriptions.xmp(packet(readData(true, MAX_BYTES)));
      case "ICCRGBG1012" -> {
        byte[] data = readData(false, MAX_BYTES);
        profile = profile == null ? data : profile;
      }
      default -> readData(false, 0);
    }
  }

  /** Returns the packet of XMP, which is not in blocks, but for some writers. */
  private static byte[] packet(byte[] data) {
    String start = new String(data, 0, Math.min(data.length, 4), ISO_8859_1);
    if (start.startsWith("<") || start.startsWith("\u00ef\u00bb\u00bf")) {
      return Arrays.copyOf(data, Math.max(0, data.length - TRAILER));
    }
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    for (int at = 0; at < data.length; ) {
      int length = Math.min(data[at] & 0xff, data.length - at - 1);
      packet.write(data, at + 1, length);
      at += 1 + length;
    }
    return packet.toByteArray();
  }

  /**
   * Reads blocks to their end, and returns what is in them.
   *
   * @param withLengths whether the length of each block is among the bytes returned
   * @param max how many bytes are wanted; of more, none are
   */
  private byte[] readData(boolean withLengths, int max) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    byte[] block = new byte[256];
    boolean isWanted = max > 0;
    for (int length = in.readUnsignedByte(); length > 0; length = in.readUnsignedByte()) {
      block[0] = (byte) length;
      in.readFully(block, 1, length);
      isWanted &= data.size() + length < max;
      if (isWanted) {
        data.write(block, withLengths ? 0 : 1, withLengths ? length + 1 : length);
      }
    }
    return isWanted ? data.toByteArray() : new byte[0];
  }
}
