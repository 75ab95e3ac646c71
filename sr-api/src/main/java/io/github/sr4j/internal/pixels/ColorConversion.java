// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.color.HdrCurve;
import io.github.sr4j.internal.color.Matrices;
import io.github.sr4j.internal.color.Primaries;
import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.color.ICC_ProfileRGB;
import java.awt.color.ProfileDataException;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The conversion between the components of a colour space and sRGB, both planar and normalised to
 * {@code [0, 1]}. Immutable and safe for use by multiple threads.
 */
abstract class ColorConversion {

  private static final ColorConversion NONE = new None();

  // What a conversion is made from can take milliseconds, and bands of one image share it. Soft,
  // since a conversion refers to its key. Keys are compared by identity.
  private static final Cache<ColorSpace, ColorConversion> MADE =
      CacheBuilder.newBuilder().weakKeys().softValues().maximumSize(16).build();

  private ColorConversion() {}

  /**
   * Returns the conversion of a colour space that is not gray.
   *
   * @throws ImageFormatException if the colour space is a profile that is damaged
   */
  static ColorConversion of(ColorSpace space) {
    if (space.isCS_sRGB()) {
      return NONE;
    }
    ColorConversion conversion = MADE.getIfPresent(space);
    if (conversion == null) {
      try {
        conversion = make(space);
      } catch (CMMException | IllegalArgumentException e) { // a ProfileDataException is one, too
        throw new ImageFormatException(
            String.format(
                "the colour profile of the image, of %s components, cannot be used: %s",
                space.getNumComponents(), e.getMessage()),
            e);
      }
      MADE.put(space, conversion);
    }
    return conversion;
  }

  private static ColorConversion make(ColorSpace space) {
    if (!(space instanceof ICC_ColorSpace icc)) {
      ColorConversion own = new ByColorSpace(space, true);
      if (bringsSrgbBack(own)) {
        return own;
      }
      return InkProducts.areOf(space) ? new InkProducts() : new ByColorSpace(space, false);
    }
    ColorConversion conversion = MatrixConversion.of(icc.getProfile());
    if (conversion == null) {
      return new ByProfile(icc.getProfile());
    }
    return conversion.isIdentity() ? NONE : conversion;
  }

  /**
   * Whether components stay as they are: not in the sense of bits, but of what is visible. The
   * profiles of sRGB that files carry differ in the last digits.
   */
  private boolean isIdentity() {
    float[] colors = grid();
    float[] converted = toSrgb(colors, colors.length / 3);
    float worst = 0;
    for (int i = 0; i < colors.length; i++) {
      worst = Math.max(worst, Math.abs(converted[i] - colors[i]));
    }
    return worst < 1f / 255;
  }

  /** Whether colours of sRGB come back as they were, to a level of 8 bits. */
  private static boolean bringsSrgbBack(ColorConversion conversion) {
    float[] colors = grid();
    int pixels = colors.length / 3;
    float[] back = conversion.toSrgb(conversion.fromSrgb(colors, pixels), pixels);
    for (int i = 0; i < colors.length; i++) {
      if (!(Math.abs(back[i] - colors[i]) <= 1f / 255)) { // so written for NaN
        return false;
      }
    }
    return true;
  }

  /** Colours all over the space of three components, in planes. */
  static float[] grid() {
    int side = 9;
    float last = side - 1;
    int plane = side * side * side;
    float[] colors = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      int row = i / side;
      int sheet = row / side;
      colors[i] = i % side / last;
      colors[plane + i] = row % side / last;
      colors[2 * plane + i] = sheet / last;
    }
    return colors;
  }

  /**
   * Converts {@code pixels} colours to sRGB, in three planes. Colours that sRGB lacks may be
   * outside {@code [0, 1]}. The array passed is not written to, but may be returned.
   */
  abstract float[] toSrgb(float[] components, int pixels);

  /** Converts {@code pixels} colours of sRGB; the inverse of {@link #toSrgb}. */
  abstract float[] fromSrgb(float[] srgb, int pixels);

  /** Whether {@link #fromSrgb} works: some profiles, as those of scanners, say one way only. */
  boolean isInvertible() {
    return true;
  }

  private static final class None extends ColorConversion {

    @Override
    float[] toSrgb(float[] components, int pixels) {
      return components;
    }

    @Override
    float[] fromSrgb(float[] srgb, int pixels) {
      return srgb;
    }
  }

  /**
   * The conversion by the profile of a display or working space: a curve for each component, and a
   * matrix. In floating point: unlike with a {@link ColorConvertOp}, what sRGB cannot show is not
   * clipped and comes back as it was, and equal components stay equal.
   */
  private static final class MatrixConversion extends ColorConversion {

    private static final int LEVELS = 65536;
    private static final int A_TO_B = ICC_Profile.icSigAToB0Tag;
    private static final int CODE_POINTS = 0x63696370; // "cicp", of ICC.1:2022, 9.2.17

    // Of the profile that most files of sRGB carry, "sRGB IEC61966-2.1", adapted to D50. That of
    // the JDK depends on its version.
    private static final double[][] SRGB_PRIMARIES = {
      {0.43607, 0.38515, 0.14307}, {0.22249, 0.71687, 0.06061}, {0.01392, 0.09708, 0.71410}
    };

    private static final Curve SRGB_TO_LINEAR =
        // To somewhat more than the brightest light of PQ in a primary that sRGB lacks.
        Curve.sampled(8, x -> x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4));
    // Of the fourth root, whose steps are finest where the slope is steepest.
    private static final Curve ROOT_TO_SRGB =
        Curve.sampled(4, MatrixConversion::srgbOfFourthRoot); // IEC 61966-2-1, to 256 times white

    private final float[][] toLinear; // of each component, at its 16-bit levels
    private final Curve[] fromRoot; // of each component, from a root of its linear value
    private final @Nullable HdrCurve hdr; // whose root is the 16th: it is steeper; else the fourth
    private final float max; // linear value
    private final float[][] toSrgbMatrix; // rows sum to 1: white is white
    private final float[][] fromSrgbMatrix;

    private MatrixConversion(double[][] toSrgbMatrix, HdrCurve hdr) {
      this.hdr = hdr;
      max = (float) hdr.light(1);
      float[] levels = new float[LEVELS];
      for (int i = 0; i < LEVELS; i++) {
        levels[i] = (float) hdr.light(i / (LEVELS - 1.0));
      }
      toLinear = new float[][] {levels, levels, levels};
      Curve inverse = Curve.sampled(1, root -> hdr.componentOf(Math.pow(root, 16) * max));
      fromRoot = new Curve[] {inverse, inverse, inverse};
      this.toSrgbMatrix = floats(toSrgbMatrix);
      this.fromSrgbMatrix = floats(Matrices.inverse(toSrgbMatrix));
    }

    private MatrixConversion(float[][] toLinear, double[][] toSrgbMatrix) {
      this.hdr = null;
      this.max = 1;
      this.toLinear = toLinear;
      this.fromRoot = new Curve[3];
      for (int c = 0; c < 3; c++) {
        boolean same = c > 0 && toLinear[c] == toLinear[0];
        fromRoot[c] = same ? fromRoot[0] : inverse(toLinear[c]);
      }
      this.toSrgbMatrix = floats(toSrgbMatrix);
      this.fromSrgbMatrix = floats(Matrices.inverse(toSrgbMatrix));
    }

    /** Returns null if the profile is not of curves and a matrix only, or they have no inverse. */
    static @Nullable ColorConversion of(ICC_Profile profile) {
      MatrixConversion hdr = ofHdr(profile);
      if (hdr != null) {
        return hdr;
      }
      if (!(profile instanceof ICC_ProfileRGB rgb) || profile.getData(A_TO_B) != null) {
        return null;
      }
      double[][] matrix = toSrgb(doubles(rgb.getMatrix()));
      byte[] first = profile.getData(ICC_Profile.icSigRedTRCTag);
      float[][] toLinear = new float[3][];
      toLinear[0] = levels(first);
      int[] others = {ICC_Profile.icSigGreenTRCTag, ICC_Profile.icSigBlueTRCTag};
      for (int c = 1; c < 3; c++) {
        byte[] tag = profile.getData(others[c - 1]);
        toLinear[c] = Arrays.equals(tag, first) ? toLinear[0] : levels(tag);
      }
      MatrixConversion conversion = new MatrixConversion(toLinear, matrix);
      return conversion.undoesItself() ? conversion : null;
    }

    /**
     * Returns the conversion of a profile of high dynamic range, by its code points or else by its
     * curve; null if it is of another one. Its tables, if it has any, show the picture on paper.
     */
    private static @Nullable MatrixConversion ofHdr(ICC_Profile profile) {
      if (profile.getColorSpaceType() != ColorSpace.TYPE_RGB) {
        return null;
      }
      byte[] points = profile.getData(CODE_POINTS);
      if (points != null && points.length >= 12) {
        HdrCurve curve = HdrCurve.ofCode(points[9] & 0xff).orElse(null);
        double[][] toXyz =
            Primaries.ofCode(points[8] & 0xff).flatMap(Primaries::toXyzD50).orElse(null);
        if (curve != null && toXyz != null && points[10] == 0 && points[11] == 1) {
          return new MatrixConversion(toSrgb(toXyz), curve);
        }
      }
      if (!(profile instanceof ICC_ProfileRGB rgb) || profile.getData(A_TO_B) != null) {
        return null;
      }
      byte[] first = profile.getData(ICC_Profile.icSigRedTRCTag);
      boolean isOneCurve =
          Arrays.equals(first, profile.getData(ICC_Profile.icSigGreenTRCTag))
              && Arrays.equals(first, profile.getData(ICC_Profile.icSigBlueTRCTag));
      HdrCurve curve =
          isOneCurve ? ToneCurve.table(first).flatMap(HdrCurve::ofTable).orElse(null) : null;
      return curve == null ? null : new MatrixConversion(toSrgb(doubles(rgb.getMatrix())), curve);
    }

    /** Returns the matrix to linear sRGB, whose rows sum to 1. */
    private static double[][] toSrgb(double[][] toXyz) {
      double[][] matrix = Matrices.product(Matrices.inverse(SRGB_PRIMARIES), toXyz);
      for (double[] row : matrix) {
        double sum = row[0] + row[1] + row[2];
        for (int c = 0; c < 3; c++) {
          row[c] /= sum;
        }
      }
      return matrix;
    }

    private boolean undoesItself() {
      float[] colors = grid();
      float[] back = fromSrgb(toSrgb(colors, colors.length / 3), colors.length / 3);
      for (int i = 0; i < colors.length; i++) {
        // Half a level of 8 bits: steep curves lose that next to black. So written for NaN.
        if (!(Math.abs(back[i] - colors[i]) < 0.5f / 255)) {
          return false;
        }
      }
      return true;
    }

    private static float[] levels(byte[] tag) {
      ToneCurve curve = ToneCurve.of(tag);
      float[] levels = new float[LEVELS];
      for (int i = 0; i < LEVELS; i++) {
        levels[i] = (float) curve.at(i / (LEVELS - 1.0));
      }
      return levels;
    }

    /** The inverse of a rising curve, as a function of the fourth root. */
    private static Curve inverse(float[] levels) {
      int[] at = {0};
      return Curve.sampled(
          1,
          root -> {
            double value = root * root * root * root;
            // Asked for rising values, so it goes on from where it was.
            while (at[0] < LEVELS - 2 && levels[at[0] + 1] < value) {
              at[0]++;
            }
            float low = levels[at[0]];
            float high = levels[at[0] + 1];
            double part = high > low ? (value - low) / ((double) high - low) : 0;
            return (at[0] + Math.max(0, Math.min(1, part))) / (LEVELS - 1);
          });
    }

    private static double srgbOfFourthRoot(double root) {
      double x = root * root * root * root;
      return x <= 0.0031308 ? x * 12.92 : 1.055 * Math.pow(x, 1 / 2.4) - 0.055;
    }

    @Override
    float[] toSrgb(float[] components, int pixels) {
      float[] srgb = new float[3 * pixels];
      for (int c = 0; c < 3; c++) {
        float[] levels = toLinear[c];
        for (int i = c * pixels; i < (c + 1) * pixels; i++) {
          srgb[i] = levels[Samples.level(components[i], LEVELS - 1)];
        }
      }
      multiply(srgb, pixels, toSrgbMatrix);
      for (int i = 0; i < srgb.length; i++) {
        float x = srgb[i];
        srgb[i] = Math.copySign(ROOT_TO_SRGB.at(fourthRoot(Math.abs(x))), x);
      }
      return srgb;
    }

    @Override
    float[] fromSrgb(float[] srgb, int pixels) {
      float[] components = new float[3 * pixels];
      for (int i = 0; i < components.length; i++) {
        components[i] = Math.copySign(SRGB_TO_LINEAR.at(Math.abs(srgb[i])), srgb[i]);
      }
      multiply(components, pixels, fromSrgbMatrix);
      for (int c = 0; c < 3; c++) {
        Curve curve = fromRoot[c];
        for (int i = c * pixels; i < (c + 1) * pixels; i++) {
          float root = fourthRoot(Math.max(0, components[i]) / max);
          components[i] = curve.at(hdr == null ? root : fourthRoot(root));
        }
      }
      return components;
    }

    private static float fourthRoot(float x) {
      return (float) Math.sqrt(Math.sqrt(x));
    }

    /** Multiplies by differences, which are exactly 0 for a colour without hue. */
    private static void multiply(float[] planes, int pixels, float[][] matrix) {
      float rg = matrix[0][1];
      float rb = matrix[0][2];
      float gr = matrix[1][0];
      float gb = matrix[1][2];
      float br = matrix[2][0];
      float bg = matrix[2][1];
      for (int i = 0; i < pixels; i++) {
        float r = planes[i];
        float g = planes[pixels + i];
        float b = planes[2 * pixels + i];
        planes[i] = r + (rg * (g - r) + rb * (b - r));
        planes[pixels + i] = g + (gr * (r - g) + gb * (b - g));
        planes[2 * pixels + i] = b + (br * (r - b) + bg * (g - b));
      }
    }

    private static double[][] doubles(float[][] matrix) {
      double[][] doubles = new double[3][3];
      for (int i = 0; i < 9; i++) {
        doubles[i / 3][i % 3] = matrix[i / 3][i % 3];
      }
      return doubles;
    }

    private static float[][] floats(double[][] matrix) {
      float[][] floats = new float[3][3];
      for (int i = 0; i < 9; i++) {
        floats[i / 3][i % 3] = (float) matrix[i / 3][i % 3];
      }
      return floats;
    }
  }

  /** The conversion by any profile, as of CMYK, with the JDK's colour management at 16 bits. */
  private static final class ByProfile extends ColorConversion {

    private static final int CHUNK = 1 << 12; // pixels

    private final int components;
    private final ColorConvertOp toSrgb;
    private final @Nullable ColorConvertOp fromSrgb;

    ByProfile(ICC_Profile profile) {
      ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
      components = profile.getNumComponents();
      toSrgb = new ColorConvertOp(new ICC_Profile[] {profile, srgb}, null);
      // Also makes what the operations make at their first use, before threads share them.
      convert(toSrgb, new float[components], components, 3, 1);
      ColorConvertOp back = new ColorConvertOp(new ICC_Profile[] {srgb, profile}, null);
      boolean invertible = true;
      try {
        convert(back, new float[3], 3, components, 1);
      } catch (CMMException | ProfileDataException e) {
        invertible = false;
      }
      fromSrgb = invertible ? back : null;
    }

    @Override
    boolean isInvertible() {
      return fromSrgb != null;
    }

    @Override
    float[] toSrgb(float[] values, int pixels) {
      return convert(toSrgb, values, components, 3, pixels);
    }

    @Override
    float[] fromSrgb(float[] srgb, int pixels) {
      if (fromSrgb == null) {
        throw new IllegalStateException("the profile has no conversion from sRGB");
      }
      return convert(fromSrgb, srgb, 3, components, pixels);
    }

    private static float[] convert(
        ColorConvertOp operation, float[] values, int from, int to, int pixels) {
      float[] result = new float[to * pixels];
      int chunk = Math.min(pixels, CHUNK);
      WritableRaster source = raster(chunk, from);
      WritableRaster target = raster(chunk, to);
      short[] in = ((DataBufferUShort) source.getDataBuffer()).getData();
      short[] out = ((DataBufferUShort) target.getDataBuffer()).getData();
      for (int start = 0; start < pixels; start += chunk) {
        int length = Math.min(chunk, pixels - start);
        for (int c = 0; c < from; c++) {
          for (int i = 0; i < length; i++) {
            in[i * from + c] = (short) Samples.level(values[c * pixels + start + i], 65535);
          }
        }
        operation.filter(source, target);
        for (int c = 0; c < to; c++) {
          for (int i = 0; i < length; i++) {
            result[c * pixels + start + i] = (out[i * to + c] & 0xffff) / 65535f;
          }
        }
      }
      return result;
    }

    private static WritableRaster raster(int pixels, int bands) {
      return Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, pixels, 1, bands, null);
    }
  }

  /** The conversion that a colour space brings along. */
  private static final class ByColorSpace extends ColorConversion {

    private final ColorSpace space;
    private final boolean isInvertible;

    ByColorSpace(ColorSpace space, boolean isInvertible) {
      this.space = space;
      this.isInvertible = isInvertible;
    }

    @Override
    boolean isInvertible() {
      return isInvertible;
    }

    @Override
    float[] toSrgb(float[] components, int pixels) {
      int count = space.getNumComponents();
      float[] result = new float[3 * pixels];
      float[] pixel = new float[count];
      for (int i = 0; i < pixels; i++) {
        for (int c = 0; c < count; c++) {
          float min = space.getMinValue(c);
          pixel[c] = min + components[c * pixels + i] * (space.getMaxValue(c) - min);
        }
        float[] rgb = space.toRGB(pixel);
        for (int c = 0; c < 3; c++) {
          result[c * pixels + i] = rgb[c];
        }
      }
      return result;
    }

    @Override
    float[] fromSrgb(float[] srgb, int pixels) {
      int count = space.getNumComponents();
      float[] result = new float[count * pixels];
      float[] rgb = new float[3];
      for (int i = 0; i < pixels; i++) {
        for (int c = 0; c < 3; c++) {
          rgb[c] = Math.max(0, Math.min(1, srgb[c * pixels + i]));
        }
        float[] pixel = space.fromRGB(rgb);
        for (int c = 0; c < count; c++) {
          float min = space.getMinValue(c);
          result[c * pixels + i] = (pixel[c] - min) / (space.getMaxValue(c) - min);
        }
      }
      return result;
    }
  }

  /**
   * The conversion of CMYK without a profile, where each ink lets through a part of the light: red
   * is {@code (1 - cyan) * (1 - black)}. TwelveMonkeys' colour space (3.15) has this way there, but
   * another one back.
   */
  private static final class InkProducts extends ColorConversion {

    private static final int INKS = 4;

    /** Returns whether colours of a space are such products, all over the space. */
    static boolean areOf(ColorSpace space) {
      if (space.getType() != ColorSpace.TYPE_CMYK || space.getNumComponents() != INKS) {
        return false;
      }
      float[] colors = grid();
      int pixels = colors.length / 3;
      for (float black = 0; black <= 1; black += 0.25f) {
        for (int i = 0; i < pixels; i++) {
          float[] inks = {colors[i], colors[pixels + i], colors[2 * pixels + i], black};
          float[] rgb = space.toRGB(inks);
          for (int c = 0; c < 3; c++) {
            if (!(Math.abs(rgb[c] - (1 - inks[c]) * (1 - black)) <= 1f / 255)) {
              return false;
            }
          }
        }
      }
      return true;
    }

    @Override
    float[] toSrgb(float[] components, int pixels) {
      float[] srgb = new float[3 * pixels];
      for (int i = 0; i < srgb.length; i++) {
        srgb[i] = (1 - components[i]) * (1 - components[3 * pixels + i % pixels]);
      }
      return srgb;
    }

    /** As much black as there can be, and the other inks for what is left. */
    @Override
    float[] fromSrgb(float[] srgb, int pixels) {
      float[] components = new float[INKS * pixels];
      for (int i = 0; i < pixels; i++) {
        float light = 0;
        for (int c = 0; c < 3; c++) {
          light = Math.max(light, Math.min(1, srgb[c * pixels + i]));
        }
        components[3 * pixels + i] = 1 - light;
        for (int c = 0; c < 3; c++) {
          float part = light == 0 ? 1 : Math.max(0, Math.min(1, srgb[c * pixels + i])) / light;
          components[c * pixels + i] = 1 - part;
        }
      }
      return components;
    }
  }
}
