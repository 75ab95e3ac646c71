// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Finds damage that ImageIO's readers overlook, in one pass over a file. */
final class FileCheck {

  static final String CUT_OFF = "the file is cut off";

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private FileCheck() {}

  /** Returns what is wrong with a PNG, JPEG or WebP, or null. */
  static @Nullable String defect(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      in.mark(12);
      byte[] start = in.readNBytes(PNG_SIGNATURE.length);
      if (Arrays.equals(PNG_SIGNATURE, start)) {
        return defectOfPng(new DataInputStream(in));
      }
      in.reset();
      if (start.length >= 3 && start[0] == (byte) 0xff && start[1] == (byte) 0xd8) {
        return isCutOffJpeg(in) ? CUT_OFF : null;
      }
      in.reset();
      byte[] riff = in.readNBytes(12);
      if (riff.length == 12
          && new String(riff, 0, 4, ISO_8859_1).equals("RIFF")
          && new String(riff, 8, 4, ISO_8859_1).equals("WEBP")) {
        return isCutOffWebp(Files.size(file), riff) ? CUT_OFF : null;
      }
      return null;
    }
  }

  /** The reader ignores checksums, and does not miss what is cut off behind the last pixel. */
  private static @Nullable String defectOfPng(DataInputStream in) throws IOException {
    byte[] part = new byte[1 << 16];
    try {
      while (true) { // a chunk: length, type, data, CRC of type and data
        int length = in.readInt();
        if (length < 0) {
          return CUT_OFF;
        }
        byte[] type = new byte[4];
        in.readFully(type);
        CRC32 checksum = new CRC32();
        checksum.update(type);
        for (int left = length; left > 0; ) {
          int count = Math.min(left, part.length);
          in.readFully(part, 0, count);
          checksum.update(part, 0, count);
          left -= count;
        }
        boolean isCritical = (type[0] & 0x20) == 0; // upper case: needed for the pixels
        String name = new String(type, ISO_8859_1);
        if (in.readInt() != (int) checksum.getValue() && isCritical) {
          return String.format("the checksum of its %s chunk is wrong", name);
        }
        if (name.equals("IEND")) {
          return null;
        }
      }
    } catch (EOFException e) {
      return CUT_OFF;
    }
  }

  /**
   * Whether a JPEG ends before its EOI marker. The reader makes up gray pixels for what is missing,
   * and mostly, but not always, warns.
   */
  private static boolean isCutOffJpeg(InputStream in) throws IOException {
    in.skipNBytes(2);
    while (true) {
      // To the next marker: past entropy-coded data, in which 0xff is followed by 0 or a restart
      // marker, and past filling bytes.
      int previous = 0;
      int code = in.read();
      while (code >= 0 && !(previous == 0xff && isMarker(code))) {
        previous = code;
        code = in.read();
      }
      if (code < 0) {
        return true;
      }
      if (code == 0xd9) {
        return false;
      }
      int length = in.read() << 8 | in.read();
      try {
        in.skipNBytes(Math.max(0, length - 2)); // may hold a thumbnail with an EOI of its own
      } catch (EOFException e) {
        return true;
      }
    }
  }

  /** Whether a WebP is shorter than it says. The reader takes what is missing for zeros. */
  private static boolean isCutOffWebp(long fileSize, byte[] riff) {
    long size = Integer.toUnsignedLong(ByteBuffer.wrap(riff).order(LITTLE_ENDIAN).getInt(4));
    long padding = 1; // behind the last chunk, if that is of an odd size, some writers forget it
    return fileSize + padding < 8 + size;
  }

  private static boolean isMarker(int code) {
    return code != 0 && code != 0xff && !(code >= 0xd0 && code <= 0xd7);
  }
}
