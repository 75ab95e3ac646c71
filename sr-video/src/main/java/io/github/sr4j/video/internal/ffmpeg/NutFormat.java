// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Constants and the checksum of the container NUT, version 3.
 *
 * <p><i>NUT Open Container Format</i>, draft 20130327. FFmpeg reads and writes it with time stamps
 * of any time base, for every codec and for raw frames, also through pipes; this is why it is the
 * container between its programs and this library.
 */
final class NutFormat {

  static final byte[] FILE_ID = "nut/multimedia container\0".getBytes(US_ASCII);

  static final long MAIN = 0x4E4D_7A56_1F5F_04ADL;
  static final long STREAM = 0x4E53_1140_5BF2_F9DBL;
  static final long SYNCPOINT = 0x4E4B_E4AD_EECA_4569L;
  static final long INDEX = 0x4E58_DD67_2F23_E64EL;
  static final long INFO = 0x4E49_AB68_B596_BA78L;

  static final int FLAG_KEY = 1;
  static final int FLAG_CODED_PTS = 1 << 3;
  static final int FLAG_STREAM_ID = 1 << 4;
  static final int FLAG_SIZE_MSB = 1 << 5;
  static final int FLAG_CHECKSUM = 1 << 6;
  static final int FLAG_RESERVED = 1 << 7;
  static final int FLAG_SIDE_DATA = 1 << 8;
  static final int FLAG_HEADER_INDEX = 1 << 10;
  static final int FLAG_MATCH_TIME = 1 << 11;
  static final int FLAG_CODED = 1 << 12;
  static final int FLAG_INVALID = 1 << 13;

  static final int VERSION = 3;
  static final int CODES = 256;
  static final int LONG_PACKET = 4096; // from which on a packet's header has a checksum of its own

  private static final int[] CRC = crcTable();

  private NutFormat() {}

  private static int[] crcTable() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int crc = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc < 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
      }
      table[i] = crc;
    }
    return table;
  }

  /** Returns the checksum of bytes: CRC-32 with the highest bit first, from 0, not inverted. */
  static int checksum(byte[] bytes, int length) {
    int crc = 0;
    for (int i = 0; i < length; i++) {
      crc = (crc << 8) ^ CRC[((crc >>> 24) ^ bytes[i]) & 0xff];
    }
    return crc;
  }
}
