// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Files that cost a reader far more than they hold. */
public final class HostileFiles {

  private HostileFiles() {}

  /** Returns a TIFF of 8x8 gray pixels whose directory has a directory in it, and so on. */
  public static byte[] nestedDirectories(int depth) {
    int directory = 2 + 9 * 12 + 4;
    int pixels = 8 + depth * directory;
    ByteBuffer file = ByteBuffer.allocate(pixels + 64).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
    for (int i = 1; i <= depth; i++) {
      file.putShort((short) 9);
      entry(file, 256, 8); // ImageWidth
      entry(file, 257, 8); // ImageLength
      entry(file, 258, 8); // BitsPerSample
      entry(file, 259, 1); // Compression: none
      entry(file, 262, 1); // PhotometricInterpretation: black is zero
      entry(file, 273, pixels); // StripOffsets
      entry(file, 278, 8); // RowsPerStrip
      entry(file, 279, 64); // StripByteCounts
      entry(file, 330, i < depth ? 8 + i * directory : pixels); // SubIFDs
      file.putInt(0);
    }
    return file.array();
  }

  private static void entry(ByteBuffer file, int tag, int value) {
    file.putShort((short) tag).putShort((short) 4).putInt(1).putInt(value);
  }
}
