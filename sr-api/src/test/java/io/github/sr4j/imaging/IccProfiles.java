// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Colour profiles made for tests, as ICC.1 describes their bytes. */
final class IccProfiles {

  /** Of the primaries, adapted to D50, which are the columns. */
  static final double[][] ADOBE_RGB = {
    {0.60974, 0.20528, 0.14919}, {0.31111, 0.62567, 0.06322}, {0.01947, 0.06087, 0.74457}
  };

  static final double[][] DISPLAY_P3 = {
    {0.51512, 0.29198, 0.15710}, {0.24120, 0.69225, 0.06657}, {-0.00105, 0.04189, 0.78407}
  };

  static final double[][] SRGB = {
    {0.43607, 0.38515, 0.14307}, {0.22249, 0.71687, 0.06061}, {0.01392, 0.09708, 0.71410}
  };

  private IccProfiles() {}

  /** A profile of curves and a matrix. */
  static ColorSpace rgb(double[][] primaries, byte[] curve) {
    Map<String, byte[]> tags = new LinkedHashMap<>();
    for (int c = 0; c < 3; c++) {
      String color = "rgb".substring(c, c + 1);
      tags.put(color + "XYZ", xyz(primaries[0][c], primaries[1][c], primaries[2][c]));
      tags.put(color + "TRC", curve);
    }
    return space("mntr", "RGB ", "XYZ ", tags);
  }

  static byte[] gamma(double gamma) {
    return ByteBuffer.allocate(16)
        .put(ascii("curv"))
        .putInt(0)
        .putInt(1)
        .putShort((short) Math.round(gamma * 256))
        .array();
  }

  static byte[] table(int count, UnaryOperator<Double> curve) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + 2 * count).put(ascii("curv")).putInt(0);
    bytes.putInt(count);
    for (int i = 0; i < count; i++) {
      bytes.putShort((short) Math.round(curve.apply(i / (count - 1.0)) * 65535));
    }
    return bytes.array();
  }

  static byte[] parametric(int type, double... parameters) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + 4 * parameters.length).put(ascii("para"));
    bytes.putInt(0).putShort((short) type).putShort((short) 0);
    for (double parameter : parameters) {
      bytes.putInt(fixed(parameter));
    }
    return bytes.array();
  }

  /**
   * A profile of a printer whose inks mix as red = (1 - cyan) (1 - black) and so on, in sRGB.
   *
   * @param invertible whether it also says how to separate colours into inks
   */
  static ColorSpace cmyk(boolean invertible) {
    Map<String, byte[]> tags = new LinkedHashMap<>();
    ColorSpace srgb = ColorSpace.getInstance(ColorSpace.CS_sRGB);
    tags.put(
        "A2B0",
        lookup(
            4,
            3,
            17,
            inks -> {
              float[] rgb = new float[3];
              for (int c = 0; c < 3; c++) {
                rgb[c] = (1 - inks[c]) * (1 - inks[3]);
              }
              return lab(srgb.toCIEXYZ(rgb));
            }));
    if (invertible) {
      tags.put(
          "B2A0",
          lookup(
              3,
              4,
              33,
              lab -> {
                float[] rgb = srgb.fromCIEXYZ(xyz(lab));
                float max = Math.max(rgb[0], Math.max(rgb[1], rgb[2]));
                float[] inks = {0, 0, 0, 1 - max};
                for (int c = 0; c < 3; c++) {
                  inks[c] = max > 0 ? 1 - rgb[c] / max : 0;
                }
                return inks;
              }));
    }
    return space(invertible ? "prtr" : "scnr", "CMYK", "Lab ", tags);
  }

  /** The type lut16Type, without curves of its own. */
  private static byte[] lookup(int in, int out, int grid, UnaryOperator<float[]> function) {
    int nodes = (int) Math.pow(grid, in);
    ByteBuffer bytes = ByteBuffer.allocate(52 + 2 * (2 * in + nodes * out + 2 * out));
    bytes.put(ascii("mft2")).putInt(0);
    bytes.put((byte) in).put((byte) out).put((byte) grid).put((byte) 0);
    for (int i = 0; i < 9; i++) {
      bytes.putInt(i % 4 == 0 ? 65536 : 0);
    }
    bytes.putShort((short) 2).putShort((short) 2);
    for (int i = 0; i < in; i++) {
      bytes.putShort((short) 0).putShort((short) -1);
    }
    float[] values = new float[in];
    for (int node = 0; node < nodes; node++) {
      for (int i = in - 1, rest = node; i >= 0; i--, rest /= grid) {
        values[i] = rest % grid / (grid - 1f);
      }
      for (float value : function.apply(values)) {
        bytes.putShort((short) Math.round(Math.max(0, Math.min(1, value)) * 65535));
      }
    }
    for (int i = 0; i < out; i++) {
      bytes.putShort((short) 0).putShort((short) -1);
    }
    return bytes.array();
  }

  // In lut16Type, 1 stands for L = 100 x 65535 / 65280 and a, b = 127 + 255/256.
  private static float[] lab(float[] xyz) {
    double x = root(xyz[0] / 0.9642);
    double y = root(xyz[1]);
    double z = root(xyz[2] / 0.8249);
    return new float[] {
      (float) ((116 * y - 16) / 100 * 65280 / 65535),
      (float) ((500 * (x - y) + 128) * 256 / 65535),
      (float) ((200 * (y - z) + 128) * 256 / 65535)
    };
  }

  private static float[] xyz(float[] lab) {
    double y = (lab[0] * 65535 / 65280 * 100 + 16) / 116;
    double x = y + (lab[1] * 65535.0 / 256 - 128) / 500;
    double z = y - (lab[2] * 65535.0 / 256 - 128) / 200;
    return new float[] {(float) (0.9642 * cube(x)), (float) cube(y), (float) (0.8249 * cube(z))};
  }

  private static double root(double t) {
    return t > 216.0 / 24389 ? Math.cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }

  private static double cube(double f) {
    return Math.max(0, f > 6.0 / 29 ? f * f * f : (116 * f - 16) * 27 / 24389);
  }

  static ColorSpace space(String type, String colors, String connection, Map<String, byte[]> tags) {
    Map<String, byte[]> all = new LinkedHashMap<>(tags);
    all.put("wtpt", xyz(0.9642, 1, 0.8249)); // AWT does not know a matrix profile without it
    int size = 128 + 4 + 12 * all.size();
    for (byte[] data : all.values()) {
      size += data.length + 3 & ~3;
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    bytes.putInt(size).putInt(0).putInt(0x02400000).put(ascii(type)).put(ascii(colors));
    bytes.put(ascii(connection)).position(36).put(ascii("acsp")).position(68);
    bytes.putInt(fixed(0.9642)).putInt(fixed(1)).putInt(fixed(0.8249)).position(128);
    bytes.putInt(all.size());
    int offset = 128 + 4 + 12 * all.size();
    for (Map.Entry<String, byte[]> tag : all.entrySet()) {
      bytes.put(ascii(tag.getKey())).putInt(offset).putInt(tag.getValue().length);
      offset += tag.getValue().length + 3 & ~3;
    }
    for (byte[] data : all.values()) {
      bytes.put(data).position(bytes.position() + 3 & ~3);
    }
    return new ICC_ColorSpace(ICC_Profile.getInstance(bytes.array()));
  }

  private static byte[] xyz(double x, double y, double z) {
    ByteBuffer bytes = ByteBuffer.allocate(20).put(ascii("XYZ ")).putInt(0);
    return bytes.putInt(fixed(x)).putInt(fixed(y)).putInt(fixed(z)).array();
  }

  private static int fixed(double value) {
    return (int) Math.round(value * 65536);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
