// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.shared.util.Reasons;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Finds damage that ImageIO's readers overlook, in one pass over a file. */
final class FileCheck {

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private FileCheck() {}

  /** Returns the first defect of a PNG or WebP, or null. */
  static @Nullable String defect(ImageInput file) throws IOException {
    try (InputStream in = new BufferedInputStream(file.stream(), 1 << 16)) {
      in.mark(12);
      byte[] start = in.readNBytes(PNG_SIGNATURE.length);
      if (Arrays.equals(PNG_SIGNATURE, start)) {
        return defectOfPng(new DataInputStream(in));
      }
      in.reset();
      byte[] riff = in.readNBytes(12);
      if (riff.length == 12
          && new String(riff, 0, 4, ISO_8859_1).equals("RIFF")
          && new String(riff, 8, 4, ISO_8859_1).equals("WEBP")) {
        return isCutOffWebp(file.size(), riff) ? Reasons.CUT_OFF : null;
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
          return Reasons.CUT_OFF;
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
      return Reasons.CUT_OFF;
    }
  }

  /** Whether a WebP is shorter than it says. The reader takes what is missing for zeros. */
  private static boolean isCutOffWebp(long fileSize, byte[] riff) {
    long size = Integer.toUnsignedLong(ByteBuffer.wrap(riff).order(LITTLE_ENDIAN).getInt(4));
    long padding = 1; // behind the last chunk, if that is of an odd size, some writers forget it
    return fileSize + padding < 8 + size;
  }
}
