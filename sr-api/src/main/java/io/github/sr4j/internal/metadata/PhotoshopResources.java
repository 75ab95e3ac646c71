// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The image resources of Photoshop, in its own documents and in other files. Immutable.
 *
 * <p>Adobe, <i>Photoshop File Formats Specification</i>, "Image Resources Section". Resources after
 * a damaged one are left out.
 */
public final class PhotoshopResources {

  /** Resolution, as ResolutionInfo. */
  public static final int RESOLUTION = 0x03ed;

  /** The data sets of IPTC. */
  public static final int IPTC = 0x0404;

  static final int PROFILE = 0x040f;
  static final int EXIF = 0x0422;
  static final int XMP = 0x0424;

  private final Map<Integer, byte[]> resources; // the first of each number

  private PhotoshopResources(Map<Integer, byte[]> resources) {
    this.resources = resources;
  }

  /** Reads resources, one after the other. */
  public static PhotoshopResources read(byte[] content) {
    Map<Integer, byte[]> resources = new HashMap<>();
    ByteBuffer bytes = ByteBuffer.wrap(content);
    while (bytes.remaining() >= 12) {
      byte[] mark = new byte[4];
      bytes.get(mark);
      int id = bytes.getShort() & 0xffff;
      int name = bytes.get() & 0xff;
      int padded = name + 2 & ~1; // with its length
      String signature = new String(mark, US_ASCII);
      boolean isResource =
          signature.equals("8BIM") || signature.equals("PHUT") || signature.equals("AgHg");
      if (!isResource || bytes.remaining() < padded - 1 + 4) {
        break;
      }
      bytes.position(bytes.position() + padded - 1);
      int length = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        break;
      }
      byte[] data = new byte[length];
      bytes.get(data);
      resources.putIfAbsent(id, data);
      bytes.position(Math.min(bytes.limit(), bytes.position() + (length & 1)));
    }
    return new PhotoshopResources(resources);
  }

  /** Returns the data of a resource. */
  public Optional<byte[]> get(int id) {
    return Optional.ofNullable(resources.get(id));
  }
}
