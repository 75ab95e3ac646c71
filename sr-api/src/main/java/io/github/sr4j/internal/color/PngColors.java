// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.color;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The chunks by which a PNG says what its colours are. Immutable.
 *
 * <p>W3C, <i>Portable Network Graphics (PNG) Specification (Third Edition)</i>, 4.3: of cICP, iCCP,
 * sRGB and the pair of gAMA and cHRM, the first one there counts; a cICP that is not understood
 * does not.
 */
public final class PngColors {

  /** No such chunk. */
  public static final PngColors NONE = new PngColors(Map.of());

  private static final Set<String> TYPES =
      Set.of("cICP", "iCCP", "sRGB", "gAMA", "cHRM", "mDCV", "cLLI");

  private static final double GAMMA_OF_SRGB = 0.45455;
  private static final double AS_GOOD_AS_EQUAL = 0.005;

  private final Map<String, byte[]> chunks; // data by type, in the order of the file

  private PngColors(Map<String, byte[]> chunks) {
    this.chunks = chunks;
  }

  /** Returns whether a chunk says what colours are. */
  public static boolean isOne(String type) {
    return TYPES.contains(type);
  }

  /** Returns these chunks and another one, unless there is one of its type. */
  public PngColors with(String type, byte[] data) {
    Map<String, byte[]> all = new LinkedHashMap<>(chunks);
    all.putIfAbsent(type, data);
    return new PngColors(all);
  }

  /** Returns these chunks without a colour profile. */
  public PngColors withoutProfile() {
    Map<String, byte[]> all = new LinkedHashMap<>(chunks);
    all.remove("iCCP");
    return new PngColors(all);
  }

  /** Returns the data of the chunks by their type, in the order in which they are written. */
  public Map<String, byte[]> chunks() {
    return chunks;
  }

  /**
   * Returns a colour profile that says what the chunks say; empty if they say nothing but sRGB.
   *
   * @param iccProfile what is in the chunk iCCP
   * @param isGray whether the image is gray, so that the profile has to be
   */
  public Optional<byte[]> profile(Optional<byte[]> iccProfile, boolean isGray) {
    Optional<byte[]> byCodes =
        data("cICP", 4).flatMap(codes -> ColorProfiles.ofCodes(codes, isGray));
    if (byCodes.isPresent()) {
      return byCodes;
    }
    if (iccProfile.isPresent() || chunks.containsKey("sRGB")) {
      return iccProfile;
    }
    return data("gAMA", 4).flatMap(gamma -> ofGamma(number(gamma, 0), isGray));
  }

  private Optional<byte[]> ofGamma(double gamma, boolean isGray) {
    double @Nullable [] corners = data("cHRM", 32).map(PngColors::corners).orElse(null);
    if (corners == null || isOfSrgb(corners)) {
      // A gamma alone, or with the primaries of sRGB, is what many programs write for sRGB.
      return gamma <= 0 || Math.abs(gamma - GAMMA_OF_SRGB) < AS_GOOD_AS_EQUAL
          ? Optional.empty()
          : ColorProfiles.ofGamma(1 / gamma, ColorProfiles.BT_709, isGray);
    }
    return gamma <= 0 ? Optional.empty() : ColorProfiles.ofGamma(1 / gamma, corners, isGray);
  }

  private static boolean isOfSrgb(double[] corners) {
    for (int i = 0; i < corners.length; i++) {
      if (!(Math.abs(corners[i] - ColorProfiles.BT_709[i]) < AS_GOOD_AS_EQUAL)) {
        return false;
      }
    }
    return true;
  }

  /** Returns x and y of red, green, blue and white; the chunk has white first. */
  private static double[] corners(byte[] data) {
    double[] corners = new double[8];
    for (int i = 0; i < corners.length; i++) {
      corners[i] = number(data, (i + 2) % corners.length);
    }
    return corners;
  }

  private static double number(byte[] data, int index) {
    return Integer.toUnsignedLong(ByteBuffer.wrap(data).getInt(4 * index)) / 100_000.0;
  }

  private Optional<byte[]> data(String type, int length) {
    return Optional.ofNullable(chunks.get(type)).filter(data -> data.length == length);
  }
}
