// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.color;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16BE;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The making of colour profiles of curves and a matrix from what other standards say of colours.
 *
 * <p>ICC.1:2022, <i>Image technology colour management</i>; ITU-T H.273, <i>Coding-independent code
 * points for video signal type identification</i>.
 */
final class ColorProfiles {

  /** x and y of red, green, blue and white of BT.709, which are those of sRGB. */
  static final double[] BT_709 = Primaries.ofCode(1).orElseThrow();

  private static final int TABLE = 4096; // entries of a curve that is no formula of ICC's

  private ColorProfiles() {}

  /** Returns a profile of a power function; empty if the primaries span no triangle. */
  static Optional<byte[]> ofGamma(double exponent, double[] corners, boolean isGray) {
    return exponent < 0.1 || exponent > 20
        ? Optional.empty()
        : profile(corners, parametric(0, exponent), Optional.empty(), isGray);
  }

  /**
   * Returns a profile of code points: of primaries, of the transfer characteristics, of the matrix,
   * and whether the range is full. Empty if there is none, as for video's range.
   */
  static Optional<byte[]> ofCodes(byte[] codes, boolean isGray) {
    int transfer = codes[1] & 0xff;
    if (codes[2] != 0 || codes[3] != 1) {
      return Optional.empty();
    }
    Optional<HdrCurve> hdr = HdrCurve.ofCode(transfer);
    Optional<byte[]> curve = hdr.map(ColorProfiles::table).or(() -> curve(transfer));
    return Primaries.ofCode(codes[0] & 0xff)
        .flatMap(
            corners -> curve.flatMap(tag -> profile(corners, tag, Optional.of(codes), isGray)));
  }

  private static Optional<byte[]> curve(int transfer) {
    return Optional.ofNullable(
        switch (transfer) {
          case 1, 6, 11, 12, 14, 15 -> // BT.709 and others of the same curve
              parametric(3, 1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081);
          case 4 -> parametric(0, 2.2);
          case 5 -> parametric(0, 2.8);
          case 7 -> parametric(3, 1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0913);
          case 8 -> parametric(0, 1);
          case 13 -> parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);
          default -> null;
        });
  }

  private static byte[] parametric(int type, double... parameters) {
    ByteBuffer tag = ByteBuffer.allocate(12 + 4 * parameters.length);
    tag.put(ascii("para")).putInt(0).putShort((short) type).putShort((short) 0);
    for (double parameter : parameters) {
      tag.putInt(fixed(parameter));
    }
    return tag.array();
  }

  private static byte[] table(HdrCurve curve) {
    ByteBuffer tag = ByteBuffer.allocate(12 + 2 * TABLE).put(ascii("curv")).putInt(0).putInt(TABLE);
    for (int i = 0; i < TABLE; i++) {
      double light = curve.light(i / (TABLE - 1.0)) / curve.light(1);
      tag.putShort((short) Math.round(light * 65535));
    }
    return tag.array();
  }

  private static Optional<byte[]> profile(
      double[] corners, byte[] curve, Optional<byte[]> codes, boolean isGray) {
    Optional<double[][]> matrix = Primaries.toXyzD50(corners);
    if (matrix.isEmpty()) {
      return Optional.empty();
    }
    Map<String, byte[]> tags = new LinkedHashMap<>();
    tags.put("desc", text("made from colour chunks"));
    tags.put("cprt", text("CC0"));
    tags.put("wtpt", xyz(Primaries.D50[0], Primaries.D50[1], Primaries.D50[2]));
    if (isGray) {
      tags.put("kTRC", curve);
    } else {
      double[][] m = matrix.get();
      for (int c = 0; c < 3; c++) {
        String color = "rgb".substring(c, c + 1);
        tags.put(color + "XYZ", xyz(m[0][c], m[1][c], m[2][c]));
        tags.put(color + "TRC", curve);
      }
      codes.ifPresent(
          points ->
              tags.put(
                  "cicp",
                  ByteBuffer.allocate(12).put(ascii("cicp")).putInt(0).put(points).array()));
    }
    return Optional.of(assembled(isGray ? "GRAY" : "RGB ", tags));
  }

  private static byte[] assembled(String colors, Map<String, byte[]> tags) {
    int size = 128 + 4 + 12 * tags.size();
    for (byte[] data : tags.values()) {
      size += data.length + 3 & ~3;
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    bytes.putInt(size).putInt(0).putInt(0x04400000).put(ascii("mntr")).put(ascii(colors));
    bytes.put(ascii("XYZ ")).position(36).put(ascii("acsp")).position(68);
    for (double value : Primaries.D50) {
      bytes.putInt(fixed(value));
    }
    bytes.position(128).putInt(tags.size());
    int offset = 128 + 4 + 12 * tags.size();
    for (Map.Entry<String, byte[]> tag : tags.entrySet()) {
      bytes.put(ascii(tag.getKey())).putInt(offset).putInt(tag.getValue().length);
      bytes.put(offset, tag.getValue());
      offset += tag.getValue().length + 3 & ~3;
    }
    return bytes.array();
  }

  private static byte[] text(String text) {
    byte[] characters = text.getBytes(UTF_16BE);
    ByteBuffer tag = ByteBuffer.allocate(28 + characters.length);
    tag.put(ascii("mluc")).putInt(0).putInt(1).putInt(12).put(ascii("enUS"));
    return tag.putInt(characters.length).putInt(28).put(characters).array();
  }

  private static byte[] xyz(double x, double y, double z) {
    ByteBuffer tag = ByteBuffer.allocate(20).put(ascii("XYZ ")).putInt(0);
    return tag.putInt(fixed(x)).putInt(fixed(y)).putInt(fixed(z)).array();
  }

  private static int fixed(double value) {
    return (int) Math.round(value * 65536);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
