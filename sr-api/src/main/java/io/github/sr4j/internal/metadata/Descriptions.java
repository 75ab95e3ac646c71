// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import java.awt.geom.AffineTransform;
import java.util.List;
import java.util.Optional;

/**
 * The metadata of an image that are not about its pixels. Immutable.
 *
 * @param exif EXIF, without the thumbnail
 * @param xmp XMP
 * @param iptc the data sets of IPTC
 * @param texts the texts of a PNG
 */
public record Descriptions(
    Optional<Exif> exif, Optional<Xmp> xmp, Optional<byte[]> iptc, List<PngText> texts) {

  /** Nothing. */
  public static final Descriptions NONE =
      new Descriptions(Optional.empty(), Optional.empty(), Optional.empty(), List.of());

  /**
   * Returns the descriptions of the image with its pixels turned upright.
   *
   * @param width the width that the image has then
   * @param height the height that the image has then
   */
  public Descriptions turned(AffineTransform turn, int width, int height) {
    return new Descriptions(
        exif.map(tags -> tags.moved(turn, width, height)),
        xmp.map(properties -> properties.turned(turn).orElse(properties)),
        iptc,
        texts);
  }

  /** Returns the descriptions of an enlarged image, without unreadable parts. */
  public Descriptions enlarged(double horizontally, double vertically, int width, int height) {
    AffineTransform scale = AffineTransform.getScaleInstance(horizontally, vertically);
    return new Descriptions(
        exif.map(tags -> tags.moved(scale, width, height)),
        xmp.flatMap(properties -> properties.enlarged(horizontally, vertically, width, height)),
        iptc.map(dataSets -> Iptc.kept(dataSets, true)),
        texts.stream().filter(PngText::isOfAnySize).toList());
  }

  /** Returns all but the place where the image was taken. */
  public Descriptions withoutLocation() {
    return new Descriptions(
        exif.map(Exif::withoutLocation),
        xmp.flatMap(Xmp::withoutLocation),
        iptc.map(dataSets -> Iptc.kept(dataSets, false)),
        texts.stream().filter(text -> !text.isOfPlace()).toList());
  }
}
