// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.images.CompatibleImage;
import io.github.sr4j.internal.images.NoData;
import io.github.sr4j.internal.images.SampleKind;
import io.github.sr4j.internal.images.SampleKind.Encoding;
import io.github.sr4j.internal.regions.Region;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The scale on which an image's samples are measurements, not shades: the values that a network
 * sees as black and white, and the one that stands for no data. Samples are read to that scale with
 * NaN for those without a value, and written back from it. Immutable and safe for use by multiple
 * threads.
 */
public final class ValueScale {

  private static final int MAX_SHADE_BITS = 16; // of whole numbers that are shades of a picture

  private final SampleKind kind;
  private final double black;
  private final double white;
  private final OptionalDouble noData;
  private final boolean hasGaps;

  private ValueScale(
      SampleKind kind, double black, double white, OptionalDouble noData, boolean hasGaps) {
    this.kind = kind;
    this.black = black;
    this.white = white;
    this.noData = noData;
    this.hasGaps = hasGaps;
  }

  /**
   * Returns the scale of an image, or none if its samples are shades of a picture, from black to
   * white.
   *
   * @throws ImageFormatException if its alpha is no number somewhere
   */
  public static Optional<ValueScale> of(BufferedImage image) {
    Scan scan =
        new Scan(image.getColorModel(), SampleKind.of(image.getColorModel()), NoData.of(image));
    if (scan.isNeeded()) {
      scan.add(image, 0);
    }
    return scan.scale();
  }

  /** The finding of an image's scale, from all of its rows. */
  public static final class Scan {

    private final SampleKind kind;
    private final OptionalDouble noData;
    private final boolean isOfColors;
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;
    private boolean hasGaps;

    /**
     * Begins without rows.
     *
     * @param noData the value that stands for no data, as the file has it
     */
    public Scan(ColorModel model, SampleKind kind, OptionalDouble noData) {
      this.kind = kind;
      int space = model.getColorSpace().getType();
      isOfColors =
          !(model instanceof IndexColorModel)
              && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB)
              && kind.bits() >= 8;
      this.noData = isOfColors ? stored(noData, kind) : OptionalDouble.empty();
    }

    /** Returns the value as samples hold it, if they do. */
    private static OptionalDouble stored(OptionalDouble noData, SampleKind kind) {
      if (noData.isEmpty() || !Double.isFinite(noData.getAsDouble())) {
        return OptionalDouble.empty(); // what is not finite has no value anyway
      }
      double stored = kind.nearest(noData.getAsDouble());
      return kind.isWhole() && stored != noData.getAsDouble()
          ? OptionalDouble.empty()
          : OptionalDouble.of(stored);
    }

    /** Returns whether the scale is not known without rows. */
    public boolean isNeeded() {
      return isOfColors && !isOfShades();
    }

    private boolean isOfShades() {
      return kind.encoding() == Encoding.UNSIGNED && kind.bits() <= MAX_SHADE_BITS;
    }

    /**
     * Takes more rows into account.
     *
     * @param top of the first row within the image
     * @throws ImageFormatException if their alpha is no number somewhere
     */
    public void add(BufferedImage rows, int top) {
      ValueScale raw = new ValueScale(kind, 0, 1, noData, true);
      int width = rows.getWidth();
      int colors = rows.getColorModel().getNumColorComponents();
      double[] values = new double[width];
      double[] alpha = rows.getColorModel().hasAlpha() ? new double[width] : null;
      for (int y = 0; y < rows.getHeight(); y++) {
        if (alpha != null) {
          rows.getRaster().getSamples(0, y, width, 1, colors, alpha);
          checkAlpha(alpha, top + y);
        }
        for (int c = 0; c < colors; c++) {
          raw.readRow(rows, y, c, alpha, values);
          for (int x = 0; x < width; x++) {
            double value = values[x];
            if (Double.isNaN(value)) {
              hasGaps = true;
            } else if (alpha == null || alpha[x] > 0) { // else nobody sees it
              least = Math.min(least, value);
              most = Math.max(most, value);
            }
          }
        }
      }
    }

    private static void checkAlpha(double[] alpha, int row) {
      for (int x = 0; x < alpha.length; x++) {
        if (!Double.isFinite(alpha[x])) {
          throw new ImageFormatException(
              String.format(
                  Locale.ROOT,
                  "alpha must be a number from 0 to 1, but is %s at column %s, row %s",
                  alpha[x],
                  x,
                  row),
              null);
        }
      }
    }

    /** Returns the scale of the rows that were added; empty if they are shades of a picture. */
    public Optional<ValueScale> scale() {
      if (!isOfColors || (isOfShades() && noData.isEmpty())) {
        return Optional.empty();
      }
      if (isOfShades()) {
        return Optional.of(new ValueScale(kind, 0, kind.most(), noData, true));
      }
      boolean isWithinShades = least >= 0 && most <= 1; // also where there is no value at all
      if (kind.encoding() == Encoding.FLOAT && isWithinShades) {
        return hasGaps ? Optional.of(new ValueScale(kind, 0, 1, noData, true)) : Optional.empty();
      }
      boolean isEmpty = least > most;
      return Optional.of(
          new ValueScale(kind, isEmpty ? 0 : least, isEmpty ? 1 : most, noData, hasGaps));
    }
  }

  /** Returns whether some samples have no value, or may have none. */
  public boolean hasGaps() {
    return hasGaps;
  }

  /** Returns whether formats whose samples are shades can hold the values. */
  public boolean isOfShades() {
    return switch (kind.encoding()) {
      case UNSIGNED -> true;
      case SIGNED -> black >= 0 && kind.bits() <= MAX_SHADE_BITS;
      case FLOAT -> false;
    };
  }

  /** Returns the range of values, for messages. */
  public String range() {
    String numbers = String.format(Locale.ROOT, "from %.6g to %.6g", black, white);
    return hasGaps ? numbers + ", and some without a value" : numbers;
  }

  /** Returns the colours of an image on the scale of 0 to 1, NaN where there is no value. */
  public FloatImage read(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    ColorModel model = image.getColorModel();
    int colors = model.getNumColorComponents();
    float[] samples = new float[colors * height * width];
    double[] values = new double[width];
    double[] alpha = model.isAlphaPremultiplied() ? new double[width] : null;
    for (int c = 0, i = 0; c < colors; c++) {
      for (int y = 0; y < height; y++) {
        if (alpha != null) {
          image.getRaster().getSamples(0, y, width, 1, colors, alpha);
        }
        readRow(image, y, c, alpha, values);
        for (int x = 0; x < width; x++, i++) {
          samples[i] = (float) scaled(values[x]);
        }
      }
    }
    return FloatImage.wrap(colors, height, width, samples);
  }

  private double scaled(double value) {
    double range = white - black;
    if (!Double.isFinite(range)) { // of doubles, which their halves are not beyond
      return (value / 2 - black / 2) / (white / 2 - black / 2);
    }
    return (range == 0 && !Double.isNaN(value)) ? 0 : (value - black) / range;
  }

  private double unscaled(double sample) {
    double range = white - black;
    return Double.isFinite(range)
        ? black + sample * range
        : 2 * (black / 2 + sample * (white / 2 - black / 2));
  }

  /** Reads a row of one colour, without the alpha that it is multiplied by; NaN for no value. */
  private void readRow(
      BufferedImage image, int y, int color, double @Nullable [] alpha, double[] values) {
    Raster raster = image.getRaster();
    int width = image.getWidth();
    boolean isPremultiplied = image.isAlphaPremultiplied();
    double opaque = kind.encoding() == Encoding.FLOAT ? 1 : kind.most();
    samples(raster, y, color, values);
    boolean[] isMissing = missing(image, y, color, values);
    for (int x = 0; x < width; x++) {
      if (isMissing[x]) {
        values[x] = Double.NaN;
      } else if (isPremultiplied && alpha != null) {
        values[x] = alpha[x] > 0 ? values[x] / (alpha[x] / opaque) : 0;
      }
    }
  }

  private void samples(Raster raster, int y, int band, double[] values) {
    raster.getSamples(0, y, raster.getWidth(), 1, band, values);
    if (raster.getTransferType() == DataBuffer.TYPE_INT) {
      for (int x = 0; x < values.length; x++) {
        values[x] = (long) values[x] & 0xffff_ffffL; // unsigned
      }
    }
  }

  /**
   * Finds the samples of a row that have no value. Where whole numbers are the shades of a picture,
   * 0 may be black as well as no data: there only pixels count all of whose colours are it.
   */
  private boolean[] missing(BufferedImage image, int y, int color, double[] values) {
    int colors = image.getColorModel().getNumColorComponents();
    boolean[] isMissing = new boolean[values.length];
    for (int x = 0; x < values.length; x++) {
      isMissing[x] = isMissing(values[x]);
    }
    if (colors > 1 && kind.encoding() == Encoding.UNSIGNED && kind.bits() <= MAX_SHADE_BITS) {
      double[] others = new double[values.length];
      for (int c = 0; c < colors; c++) {
        if (c != color) {
          samples(image.getRaster(), y, c, others);
          for (int x = 0; x < values.length; x++) {
            isMissing[x] &= isMissing(others[x]);
          }
        }
      }
    }
    return isMissing;
  }

  private boolean isMissing(double value) {
    return !Double.isFinite(value) || (noData.isPresent() && value == noData.getAsDouble());
  }

  /** Makes an image of the kind of another one, with its value for no data. */
  public static BufferedImage blank(BufferedImage like, int width, int height) {
    return NoData.with(NoData.of(like), CompatibleImage.of(like, width, height));
  }

  /**
   * Writes a part of an enlarged image. Where the source has no value, what it has instead is
   * written, in the block of pixels that comes of its pixel.
   *
   * @param samples on the scale of 0 to 1, in CHW order
   * @param alpha null if the image has none
   * @param region of the result
   * @param source of the pair
   */
  public void write(
      float[] samples,
      float @Nullable [] alpha,
      Region region,
      BufferedImage source,
      RegionPair regions,
      BufferedImage result) {
    int width = region.width();
    int colors = result.getColorModel().getNumColorComponents();
    int[] columns = regions.sourceColumns(region);
    double[] row = new double[width];
    double[] original = new double[source.getWidth()];
    double[] alphas = new double[width];
    WritableRaster raster = result.getRaster();
    for (int y = 0; y < region.height(); y++) {
      if (alpha != null) {
        for (int x = 0; x < width; x++) {
          alphas[x] = storedAlpha(alpha[y * width + x]);
        }
        set(raster, region, y, colors, alphas);
      }
      int sourceRow = regions.sourceRow(region.y() + y);
      for (int c = 0; c < colors; c++) {
        int from = c * region.pixels() + y * width;
        for (int x = 0; x < width; x++) {
          double value = unscaled(samples[from + x]);
          row[x] = stored(result.isAlphaPremultiplied() ? value * opacity(alphas[x]) : value);
        }
        if (hasGaps) {
          samples(source.getRaster(), sourceRow, c, original);
          boolean[] isMissing = missing(source, sourceRow, c, original);
          for (int x = 0; x < width; x++) {
            if (isMissing[columns[x]]) {
              row[x] = original[columns[x]];
            }
          }
        }
        set(raster, region, y, c, row);
      }
    }
  }

  private double storedAlpha(float alpha) {
    return kind.encoding() == Encoding.FLOAT ? alpha : kind.nearest(alpha * kind.most());
  }

  private double opacity(double storedAlpha) {
    return kind.encoding() == Encoding.FLOAT ? storedAlpha : storedAlpha / kind.most();
  }

  /** Returns the sample of a value; one beside it if that would stand for no data. */
  private double stored(double value) {
    double stored = kind.nearest(value);
    if (noData.isPresent() && stored == noData.getAsDouble()) {
      double middle = unscaled(0.5);
      return kind.next(stored, middle == stored ? kind.most() : middle);
    }
    return stored;
  }

  private static void set(WritableRaster raster, Region region, int y, int band, double[] row) {
    if (raster.getTransferType() == DataBuffer.TYPE_INT) {
      for (int x = 0; x < row.length; x++) {
        row[x] = (int) (long) row[x]; // unsigned
      }
    }
    raster.setSamples(region.x(), region.y() + y, region.width(), 1, band, row);
  }
}
