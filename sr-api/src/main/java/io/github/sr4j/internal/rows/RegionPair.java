// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.pixels.BicubicResampler;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;

/**
 * A source region of the low-resolution image, and the result region computed from it.
 *
 * @param source of the low-resolution image, with what the result depends on around it
 * @param result of the image that the whole becomes
 */
public record RegionPair(Part source, Part result) {

  /** The whole result from the whole image. */
  public static RegionPair whole(Size source, Size result) {
    return new RegionPair(Part.whole(source), Part.whole(result));
  }

  /** Returns the pair of which the source is so many times as large. */
  public RegionPair afterScaling(int times) {
    return new RegionPair(source.scaledBy(times), result);
  }

  /** Returns the source as it is after an enlargement of it to {@code image}. */
  Part sourceOf(FloatImage image) {
    return source.scaledBy(image.width() / source.width());
  }

  /** Returns whether an enlargement of the source has the size of the result, pixel for pixel. */
  public boolean isEnlargedBy(int times) {
    Size whole = source.whole();
    return (long) whole.width() * times == result.whole().width()
        && (long) whole.height() * times == result.whole().height();
  }

  /** Returns the result within an enlargement of the source of the same size. */
  public Region resultWithin(int times) {
    return result.region().from(source.region().scaledBy(times));
  }

  /** Returns the columns of the source that lie under those of a region of the result. */
  int[] sourceColumns(Region region) {
    int[] columns = new int[region.width()];
    int side = source.whole().width();
    for (int i = 0; i < columns.length; i++) {
      int column = under(result.x() + region.x() + i, side, result.whole().width()) - source.x();
      columns[i] = Math.max(0, Math.min(source.width() - 1, column));
    }
    return columns;
  }

  /** Returns the row of the source that lies under a row of the result. */
  int sourceRow(int row) {
    int side = source.whole().height();
    int under = under(result.y() + row, side, result.whole().height()) - source.y();
    return Math.max(0, Math.min(source.height() - 1, under));
  }

  /** Returns the low-resolution pixel in which the centre of an enlarged one lies. */
  private static int under(int place, int side, int enlargedSide) {
    return (int) ((2L * place + 1) * side / (2L * enlargedSide));
  }

  /**
   * Computes a region of the result bicubically, or copies it if it is of the size of the image.
   *
   * @param image the source, or a whole number of times as large
   * @param region within the result's part
   * @param samples receives the samples in CHW order
   * @param offset where in {@code samples} the first one goes
   */
  public void bicubic(FloatImage image, Region region, float[] samples, int offset) {
    Part from = sourceOf(image);
    Part part = result.part(region);
    if (!from.whole().equals(result.whole())) {
      BicubicResampler.resample(image, from, part, samples, offset);
      return;
    }
    Region within = part.region().from(from.region());
    for (int c = 0, i = offset; c < image.channels(); c++) {
      for (int row = within.y(); row < within.bottom(); row++) {
        int first = (c * image.height() + row) * image.width() + within.x();
        System.arraycopy(image.samples(), first, samples, i, region.width());
        i += region.width();
      }
    }
  }
}
