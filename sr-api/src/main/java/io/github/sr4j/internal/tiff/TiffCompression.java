// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import com.google.common.collect.ImmutableMap;
import java.util.Set;

/** The names of TIFF's compressions, and which of them ImageIO's readers know. */
public final class TiffCompression {

  public static final int NONE = 1;
  public static final int FAX_ROWS = 2; // each by itself, from a byte on
  public static final int LZW = 5;
  public static final int OLD_JPEG = 6;
  public static final int JPEG = 7;
  public static final int DEFLATE = 8;
  public static final int OLD_DEFLATE = 32946;
  public static final int FAX_WORDS = 32771; // as FAX_ROWS, but from a word of 16 bits on
  public static final int PACK_BITS = 32773;

  /** Those of which both the JDK's reader and that of TwelveMonkeys are capable, or one is. */
  private static final Set<Long> READABLE =
      Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 32771L, 32773L, 32946L);

  private static final ImmutableMap<Long, String> NAMES =
      ImmutableMap.<Long, String>builder()
          .put(1L, "none")
          .put(2L, "CCITT modified Huffman")
          .put(3L, "CCITT Group 3")
          .put(4L, "CCITT Group 4")
          .put(5L, "LZW")
          .put(6L, "old-style JPEG")
          .put(7L, "JPEG")
          .put(8L, "Deflate")
          .put(9L, "JBIG")
          .put(10L, "JBIG")
          .put(32766L, "NeXT")
          .put(32771L, "CCITT RLE")
          .put(32773L, "PackBits")
          .put(32809L, "ThunderScan")
          .put(32895L, "IT8")
          .put(32896L, "IT8")
          .put(32897L, "IT8")
          .put(32898L, "IT8")
          .put(32908L, "Pixar film")
          .put(32909L, "Pixar log")
          .put(32946L, "Deflate")
          .put(32947L, "Kodak DCS")
          .put(33003L, "JPEG 2000")
          .put(33004L, "JPEG 2000")
          .put(33005L, "JPEG 2000")
          .put(33007L, "ALT")
          .put(34661L, "JBIG")
          .put(34663L, "JBIG2")
          .put(34676L, "SGI LogLuv")
          .put(34677L, "SGI LogLuv of 24 bits")
          .put(34712L, "JPEG 2000")
          .put(34718L, "Microsoft document imaging")
          .put(34719L, "Microsoft document imaging")
          .put(34720L, "Microsoft document imaging")
          .put(34887L, "LERC")
          .put(34892L, "lossy JPEG of DNG")
          .put(34925L, "LZMA")
          .put(34926L, "Zstandard")
          .put(34927L, "WebP")
          .put(34933L, "PNG")
          .put(34934L, "JPEG XR")
          .put(22610L, "JPEG XR")
          .put(48124L, "JetRaw")
          .put(50000L, "Zstandard")
          .put(50001L, "WebP")
          .put(50002L, "JPEG XL")
          .put(50013L, "PIXTIFF Deflate")
          .put(52546L, "JPEG XL")
          .buildOrThrow();

  private TiffCompression() {}

  /** Returns whether a compression can be read. */
  public static boolean isReadable(long compression) {
    return READABLE.contains(compression);
  }

  /** Returns the name of a compression, for messages. */
  public static String name(long compression) {
    String name = NAMES.get(compression);
    return name == null ? "method " + compression : name;
  }
}
