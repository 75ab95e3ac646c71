// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.color.PngColors;
import io.github.sr4j.internal.images.Orientation;
import io.github.sr4j.internal.metadata.Descriptions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of an image file that a result keeps.
 *
 * @param orientation how to turn the stored pixels, as the EXIF tag has it
 * @param dpiX pixels per inch from left to right; 0 if unknown
 * @param dpiY pixels per inch from top to bottom; 0 if unknown
 * @param profile the ICC profile of the colours
 * @param isProfileApplied whether the pixels' colour space says the same; else the pixels are of
 *     the profile's colours, but call themselves sRGB or gray
 * @param isBigTiff whether the file is a BigTIFF
 * @param colors the chunks of a PNG that say what its colours are, and so does the profile
 * @param descriptions camera, place, author and others: EXIF, XMP and IPTC
 * @param notes what of the file is left out, for people to read
 */
public record FileMetadata(
    Orientation orientation,
    double dpiX,
    double dpiY,
    Optional<Profile> profile,
    boolean isProfileApplied,
    boolean isBigTiff,
    PngColors colors,
    Descriptions descriptions,
    List<String> notes) {

  /** Nothing. */
  public static final FileMetadata NONE =
      new FileMetadata(Orientation.NORMAL, 0, 0, Optional.empty(), false, false);

  /** Copies the list. */
  public FileMetadata {
    notes = List.copyOf(notes);
  }

  /** Makes metadata without descriptions. */
  public FileMetadata(
      Orientation orientation,
      double dpiX,
      double dpiY,
      Optional<Profile> profile,
      boolean isProfileApplied,
      boolean isBigTiff) {
    this(
        orientation,
        dpiX,
        dpiY,
        profile,
        isProfileApplied,
        isBigTiff,
        PngColors.NONE,
        Descriptions.NONE,
        List.of());
  }

  /** The bytes of an ICC profile. */
  public static final class Profile {

    private static final int HEADER = 128;

    private final byte[] bytes;

    Profile(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    byte[] bytes() {
      return bytes.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Profile profile && Arrays.equals(bytes, profile.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    /** Whether colours are of the profile's kind: ICC.1, 7.2.6, "data colour space". */
    boolean isOf(String signature) {
      if (bytes.length < HEADER) {
        return false;
      }
      for (int i = 0; i < 4; i++) {
        if (bytes[16 + i] != signature.charAt(i)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Returns the metadata of the turned pixels. */
  FileMetadata turned(int storedWidth, int storedHeight) {
    if (orientation == Orientation.NORMAL) {
      return this;
    }
    boolean swaps = orientation.swapsSides();
    return new FileMetadata(
        Orientation.NORMAL,
        swaps ? dpiY : dpiX,
        swaps ? dpiX : dpiY,
        profile,
        isProfileApplied,
        isBigTiff,
        colors,
        descriptions.turned(
            orientation.upright(storedWidth, storedHeight),
            swaps ? storedHeight : storedWidth,
            swaps ? storedWidth : storedHeight),
        notes);
  }

  /**
   * Returns the metadata of an enlarged image that covers as much paper as the original.
   *
   * @param width the width that it has then
   * @param height the height that it has then
   */
  public FileMetadata enlarged(double horizontally, double vertically, int width, int height) {
    return new FileMetadata(
        orientation,
        dpiX * horizontally,
        dpiY * vertically,
        profile,
        isProfileApplied,
        isBigTiff,
        colors,
        descriptions.enlarged(horizontally, vertically, width, height),
        notes);
  }

  /**
   * Returns the metadata of pixels whose colours are of another profile, or of none. A gray image,
   * to which the profile of a palette was not applied, has none.
   */
  FileMetadata withProfile(Optional<Profile> profile, boolean isApplied) {
    PngColors kept = PngColors.NONE;
    if (profile.equals(this.profile)) {
      kept = colors;
    } else if (profile.isEmpty() && !isProfileApplied) {
      kept = colors.withoutProfile();
    }
    return new FileMetadata(
        orientation, dpiX, dpiY, profile, isApplied, isBigTiff, kept, descriptions, notes);
  }

  /** Returns this with other descriptions. */
  public FileMetadata withDescriptions(Descriptions descriptions) {
    return new FileMetadata(
        orientation, dpiX, dpiY, profile, isProfileApplied, isBigTiff, colors, descriptions, notes);
  }

  boolean hasDpi() {
    return dpiX > 0 && dpiY > 0;
  }
}
