// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;

/**
 * IPTC metadata: title, author, copyright, keywords and others, as news agencies defined them.
 *
 * <p>IPTC-NAA, <i>Information Interchange Model 4.2</i>; in an image file, a resource of Photoshop.
 */
public final class Iptc {

  private static final int MARK = 0x1c; // of each data set

  // Of record 2: location code and name, city, sublocation, state, country code and name.
  private static final Set<Integer> LOCATION = Set.of(26, 27, 90, 92, 95, 100, 101);
  private static final Set<Integer> PREVIEW = Set.of(200, 201, 202);

  private Iptc() {}

  /** Returns the resource of Photoshop that holds data sets. */
  public static byte[] resource(byte[] dataSets) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + (dataSets.length + 1 & ~1));
    bytes
        .put("8BIM".getBytes(US_ASCII))
        .putShort((short) PhotoshopResources.IPTC)
        .putShort((short) 0);
    return bytes.putInt(dataSets.length).put(dataSets).array();
  }

  /**
   * Returns the data sets without previews of the image, as far as they can be read.
   *
   * @param withLocation whether those of the place are kept
   */
  public static byte[] kept(byte[] dataSets, boolean withLocation) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    int at = 0;
    while (at + 5 <= dataSets.length && dataSets[at] == MARK) {
      int record = dataSets[at + 1] & 0xff;
      int number = dataSets[at + 2] & 0xff;
      long length = ByteBuffer.wrap(dataSets).getShort(at + 3) & 0xffff;
      int header = 5;
      if (length >= 0x8000) { // an extended data set: the length of the length
        int bytes = (int) length & 0x7fff;
        if (bytes > 4 || at + header + bytes > dataSets.length) {
          break;
        }
        length = 0;
        for (int i = 0; i < bytes; i++) {
          length = length << 8 | (dataSets[at + header + i] & 0xff);
        }
        header += bytes;
      }
      if (length > dataSets.length - at - header) {
        break;
      }
      int next = at + header + (int) length;
      boolean isLeftOut =
          record == 2 && (PREVIEW.contains(number) || (!withLocation && LOCATION.contains(number)));
      if (!isLeftOut) {
        kept.writeBytes(Arrays.copyOfRange(dataSets, at, next));
      }
      at = next;
    }
    return kept.toByteArray();
  }
}
