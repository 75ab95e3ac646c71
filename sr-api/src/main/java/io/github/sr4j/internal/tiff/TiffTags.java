// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.collect.Sets;
import io.github.sr4j.internal.images.Orientation;
import io.github.sr4j.internal.images.SampleKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tags of a TIFF that a result keeps beside its {@link
 * io.github.sr4j.internal.files.FileMetadata}: the place on earth (GeoTIFF), GDAL's metadata and
 * value for no data, and the meaning of the samples. Immutable.
 */
public final class TiffTags {

  private static final Set<Integer> PLACE =
      Set.of(
          TiffDirectory.PIXEL_SCALE,
          TiffDirectory.TIEPOINT,
          TiffDirectory.TRANSFORMATION,
          TiffDirectory.GEO_KEYS,
          TiffDirectory.GEO_DOUBLES,
          TiffDirectory.GEO_TEXT,
          TiffDirectory.RATIONAL_POLYNOMIALS);

  private static final Set<Integer> KEPT =
      Sets.union(PLACE, Set.of(TiffDirectory.GDAL_METADATA, TiffDirectory.GDAL_NO_DATA))
          .immutableCopy();

  private static final int RASTER_TYPE_KEY = 1025; // GTRasterTypeGeoKey
  private static final int RASTER_PIXEL_IS_POINT = 2;
  private static final int TIEPOINT_LENGTH = 6; // column, row, height; x, y, z
  private static final int MATRIX_SIDE = 4;
  private static final int ASCII = 2;

  private final @Nullable TiffLayout layout;
  private final TreeMap<Integer, TiffTag> tags;

  private TiffTags(@Nullable TiffLayout layout, Map<Integer, TiffTag> tags) {
    this.layout = layout;
    this.tags = new TreeMap<>(tags);
  }

  /** Reads the tags of a page. */
  public static TiffTags of(TiffDirectory directory, @Nullable TiffLayout layout)
      throws IOException {
    TreeMap<Integer, TiffTag> tags = new TreeMap<>();
    for (int tag : KEPT) {
      directory.tag(tag).ifPresent(values -> tags.put(tag, values));
    }
    return new TiffTags(layout, tags);
  }

  /** Returns the tags of an image that says nothing but that a value stands for no data. */
  public static TiffTags ofNoData(double value) {
    String text =
        (value == Math.rint(value) && Math.abs(value) < 1e15) ? "" + (long) value : "" + value;
    byte[] bytes = Arrays.copyOf(text.getBytes(US_ASCII), text.length() + 1);
    return new TiffTags(
        null, Map.of(TiffDirectory.GDAL_NO_DATA, new TiffTag(ASCII, bytes.length, bytes)));
  }

  /** Returns the meaning of the samples, if AWT's colour models cannot express it. */
  public Optional<TiffLayout> layout() {
    return Optional.ofNullable(layout);
  }

  /** Returns how samples are stored, if AWT's images cannot say it. */
  public Optional<SampleKind> kind() {
    return layout().map(TiffLayout::kind);
  }

  /** Returns whether there are samples that are neither colour nor alpha. */
  public boolean hasBands() {
    return layout != null && layout.hasBands();
  }

  /** Returns how many samples a pixel has, if AWT's images cannot say it. */
  public Optional<Integer> samples() {
    return layout().map(TiffLayout::samples);
  }

  /** Returns the tags to be written, by their numbers. */
  public Map<Integer, TiffTag> tags() {
    return tags;
  }

  /** Returns the name, in messages, of the tags to be written, if there are any. */
  public Optional<String> title() {
    if (tags.isEmpty()) {
      return Optional.empty();
    }
    boolean hasPlace = tags.keySet().stream().anyMatch(PLACE::contains);
    return Optional.of(hasPlace ? "its coordinates on earth (GeoTIFF)" : "its tags of GDAL");
  }

  /** Returns the value that stands for no data, as GDAL's tag says it. */
  public OptionalDouble noData() {
    return noData(tags.get(TiffDirectory.GDAL_NO_DATA));
  }

  private static OptionalDouble noData(@Nullable TiffTag tag) {
    if (tag == null) {
      return OptionalDouble.empty();
    }
    String text = new String(tag.bytes(), ISO_8859_1);
    int end = text.indexOf('\0');
    text = (end < 0 ? text : text.substring(0, end)).strip();
    try {
      return OptionalDouble.of(
          switch (text.toLowerCase(Locale.ROOT)) {
            case "nan", "-nan" -> Double.NaN;
            case "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
          });
    } catch (NumberFormatException e) {
      return OptionalDouble.empty(); // of no reader's notation
    }
  }

  /** Returns the tags without that for no data. */
  public TiffTags withoutNoData() {
    return without(Set.of(TiffDirectory.GDAL_NO_DATA));
  }

  /** Returns the tags without those that say where on earth the image lies. */
  public TiffTags withoutPlace() {
    return without(PLACE);
  }

  /** Returns the tags without those that say more than what the samples are. */
  public TiffTags withoutMetadata() {
    return withoutPlace().without(Set.of(TiffDirectory.GDAL_METADATA));
  }

  private TiffTags without(Set<Integer> left) {
    TreeMap<Integer, TiffTag> others = new TreeMap<>(tags);
    others.keySet().removeAll(left);
    return new TiffTags(layout, others);
  }

  /** Returns the tags of the image when it has become wider and higher, on as much of the earth. */
  public TiffTags enlarged(double horizontally, double vertically) {
    return moved(new Affine(horizontally, 0, 0, 0, vertically, 0));
  }

  /** Returns the tags of the image when its stored pixels have been turned. */
  public TiffTags turned(Orientation orientation, int storedWidth, int storedHeight) {
    return orientation == Orientation.NORMAL
        ? this
        : moved(Affine.of(orientation, storedWidth, storedHeight));
  }

  /**
   * Returns the tags of the image when its pixels have been moved.
   *
   * @param move of places between pixels: 0, 0 is the corner of the first one
   */
  private TiffTags moved(Affine move) {
    TreeMap<Integer, TiffTag> moved = new TreeMap<>(tags);
    Affine ofTiepoints = isPixelPoint() ? move.ofCentres() : move;
    double[] scale = doubles(TiffDirectory.PIXEL_SCALE);
    double[] tiepoints = doubles(TiffDirectory.TIEPOINT);
    double[] matrix = doubles(TiffDirectory.TRANSFORMATION);
    if (scale.length >= 2 && tiepoints.length >= TIEPOINT_LENGTH && !move.isScaling()) {
      // A scale cannot say that axes are swapped or reversed: the two become a matrix.
      matrix = matrix(scale, tiepoints);
      scale = new double[0];
      tiepoints = new double[0];
      moved.remove(TiffDirectory.PIXEL_SCALE);
      moved.remove(TiffDirectory.TIEPOINT);
    }
    if (scale.length >= 2) {
      scale[0] /= move.xx();
      scale[1] /= move.yy();
      moved.put(TiffDirectory.PIXEL_SCALE, TiffTag.ofDoubles(scale));
    }
    if (tiepoints.length >= TIEPOINT_LENGTH) {
      for (int i = 0; i + TIEPOINT_LENGTH <= tiepoints.length; i += TIEPOINT_LENGTH) {
        double x = tiepoints[i];
        double y = tiepoints[i + 1];
        tiepoints[i] = ofTiepoints.x(x, y);
        tiepoints[i + 1] = ofTiepoints.y(x, y);
      }
      moved.put(TiffDirectory.TIEPOINT, TiffTag.ofDoubles(tiepoints));
    }
    if (matrix.length == MATRIX_SIDE * MATRIX_SIDE) {
      Affine back = ofTiepoints.inverse();
      for (int i = 0; i < matrix.length; i += MATRIX_SIDE) {
        double ofColumn = matrix[i];
        double ofRow = matrix[i + 1];
        matrix[i] = ofColumn * back.xx() + ofRow * back.yx();
        matrix[i + 1] = ofColumn * back.xy() + ofRow * back.yy();
        matrix[i + 3] += ofColumn * back.x0() + ofRow * back.y0();
      }
      moved.put(TiffDirectory.TRANSFORMATION, TiffTag.ofDoubles(matrix));
    }
    moveRationalPolynomials(move.ofCentres(), moved);
    return new TiffTags(layout, moved);
  }

  /** Rows and columns are those of pixels' centres, whatever the tie points are. */
  private void moveRationalPolynomials(Affine move, Map<Integer, TiffTag> moved) {
    double[] values = doubles(TiffDirectory.RATIONAL_POLYNOMIALS);
    if (values.length < 9) {
      return;
    }
    if (!move.isScaling()) {
      moved.remove(TiffDirectory.RATIONAL_POLYNOMIALS); // has rows of the stored image only
      return;
    }
    values[2] = move.y(0, values[2]); // LINE_OFF
    values[3] = move.x(values[3], 0); // SAMP_OFF
    values[7] *= move.yy(); // LINE_SCALE
    values[8] *= move.xx(); // SAMP_SCALE
    moved.put(TiffDirectory.RATIONAL_POLYNOMIALS, TiffTag.ofDoubles(values));
  }

  private double[] doubles(int tag) {
    TiffTag values = tags.get(tag);
    return values == null ? new double[0] : values.doubles();
  }

  /** Whether whole numbers of columns and rows are at the centres of pixels. */
  private boolean isPixelPoint() {
    TiffTag keys = tags.get(TiffDirectory.GEO_KEYS);
    int[] values = keys == null ? new int[0] : keys.shorts();
    for (int i = 4; i + 3 < values.length; i += 4) { // key, place, count, value
      if (values[i] == RASTER_TYPE_KEY && values[i + 1] == 0) {
        return values[i + 3] == RASTER_PIXEL_IS_POINT;
      }
    }
    return false;
  }

  /** Rows of the map run south, those of a matrix north. */
  private static double[] matrix(double[] scale, double[] tiepoint) {
    double z = scale.length > 2 ? scale[2] : 0;
    return new double[] {
      scale[0],
      0,
      0,
      tiepoint[3] - tiepoint[0] * scale[0],
      0,
      -scale[1],
      0,
      tiepoint[4] + tiepoint[1] * scale[1],
      0,
      0,
      z,
      tiepoint[5] - tiepoint[2] * z,
      0,
      0,
      0,
      1
    };
  }

  /** A map of columns and rows: x' = xx x + xy y + x0, y' = yx x + yy y + y0. */
  private record Affine(double xx, double xy, double x0, double yx, double yy, double y0) {

    static Affine of(Orientation orientation, int width, int height) {
      return switch (orientation) {
        case NORMAL -> new Affine(1, 0, 0, 0, 1, 0);
        case MIRRORED -> new Affine(-1, 0, width, 0, 1, 0);
        case HALF_TURN -> new Affine(-1, 0, width, 0, -1, height);
        case FLIPPED -> new Affine(1, 0, 0, 0, -1, height);
        case TRANSPOSED -> new Affine(0, 1, 0, 1, 0, 0);
        case CLOCKWISE -> new Affine(0, -1, height, 1, 0, 0);
        case TRANSVERSED -> new Affine(0, -1, height, -1, 0, width);
        case ANTICLOCKWISE -> new Affine(0, 1, 0, -1, 0, width);
      };
    }

    /** The same of places whose 0, 0 is the centre of the first pixel. */
    Affine ofCentres() {
      return new Affine(xx, xy, x(0.5, 0.5) - 0.5, yx, yy, y(0.5, 0.5) - 0.5);
    }

    boolean isScaling() {
      return xy == 0 && yx == 0 && xx > 0 && yy > 0;
    }

    double x(double x, double y) {
      return xx * x + xy * y + x0;
    }

    double y(double x, double y) {
      return yx * x + yy * y + y0;
    }

    Affine inverse() {
      double determinant = xx * yy - xy * yx;
      return new Affine(
          yy / determinant,
          -xy / determinant,
          (xy * y0 - yy * x0) / determinant,
          -yx / determinant,
          xx / determinant,
          (yx * x0 - xx * y0) / determinant);
    }
  }
}
