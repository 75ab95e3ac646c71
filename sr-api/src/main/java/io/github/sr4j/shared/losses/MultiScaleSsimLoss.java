// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import java.util.Arrays;

/**
 * The loss of structural similarity at several scales, {@code 1 - MS-SSIM}, a mean over channels
 * and images.
 *
 * <p>Z. Wang, E. P. Simoncelli and A. C. Bovik, <i>Multi-Scale Structural Similarity for Image
 * Quality Assessment</i>, Asilomar Conference on Signals, Systems and Computers, 2003, equation 7:
 * the product of the mean contrast-and-structure of each scale, the luminance being compared at the
 * coarsest, each raised to the paper's power. A scale is the mean of 2x2 pixels of the one before;
 * an odd last row or column is left out.
 *
 * <p>Five scales need images of 176x176, more than most patches have. With fewer, the powers of
 * those that there are are divided by their sum, so that the loss of an image stays comparable. A
 * mean below 1e-6 counts as 1e-6 and has no gradient, since no power of a negative one exists.
 *
 * @param scales the number of scales, 2 to 5
 */
public record MultiScaleSsimLoss(int scales) implements Loss {

  private static final double[] POWERS = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333}; // section 3.2
  private static final double MIN_MEAN = 1e-6;

  static void checkShape(String loss, int min, PatchBatch.Shape shape) {
    checkArgument(
        shape.width() >= min && shape.height() >= min,
        "images must be at least %sx%s for %s, but were %sx%s (width x height)",
        min,
        min,
        loss,
        shape.width(),
        shape.height());
  }

  static double[] plane(float[] samples, int offset, int area) {
    double[] plane = new double[area];
    Arrays.setAll(plane, i -> samples[offset + i]);
    return plane;
  }

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    checkShape(toString(), StructuralSimilarity.WINDOW << (scales - 1), shape);
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    checkShape(shape);
    int area = shape.width() * shape.height();
    int planes = shape.size() / area;
    double sum = 0;
    for (int plane = 0; plane < planes; plane++) {
      int offset = plane * area;
      double[] derivative = new double[area];
      sum +=
          1
              - similarity(
                  plane(prediction, offset, area),
                  plane(target, offset, area),
                  shape.width(),
                  shape.height(),
                  derivative);
      for (int i = 0; i < area; i++) {
        gradient[offset + i] = (float) (-derivative[i] / planes);
      }
    }
    return sum / planes;
  }

  private double similarity(double[] a, double[] b, int width, int height, double[] gradient) {
    double[] means = new double[scales];
    double[][] derivatives = new double[scales][];
    double[] coarseA = a;
    double[] coarseB = b;
    double product = 1;
    for (int scale = 0; scale < scales; scale++) {
      int w = width >> scale;
      int h = height >> scale;
      if (scale > 0) {
        coarseA = halved(coarseA, width >> (scale - 1), w, h);
        coarseB = halved(coarseB, width >> (scale - 1), w, h);
      }
      derivatives[scale] = new double[w * h];
      boolean isCoarsest = scale == scales - 1;
      means[scale] =
          new StructuralSimilarity(w, h).evaluate(coarseA, coarseB, isCoarsest, derivatives[scale]);
      product *= Math.pow(Math.max(means[scale], MIN_MEAN), power(scale));
    }
    double[] sum = new double[0]; // of the scale below, then of this one
    for (int scale = scales - 1; scale >= 0; scale--) {
      double factor = means[scale] > MIN_MEAN ? product * power(scale) / means[scale] : 0;
      double[] own = scale == 0 ? gradient : new double[derivatives[scale].length];
      for (int i = 0; i < own.length; i++) {
        own[i] = factor * derivatives[scale][i];
      }
      if (scale < scales - 1) {
        addDoubled(sum, width >> (scale + 1), own, width >> scale);
      }
      sum = own;
    }
    return product;
  }

  private double power(int scale) {
    return POWERS[scale] / Arrays.stream(POWERS, 0, scales).sum();
  }

  private static double[] halved(double[] image, int imageWidth, int width, int height) {
    double[] halved = new double[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = 2 * y * imageWidth + 2 * x;
        halved[y * width + x] =
            (image[i] + image[i + 1] + image[i + imageWidth] + image[i + imageWidth + 1]) / 4;
      }
    }
    return halved;
  }

  /** The transpose of {@link #halved}. */
  private static void addDoubled(double[] halved, int width, double[] image, int imageWidth) {
    for (int j = 0; j < halved.length; j++) {
      int i = 2 * (j / width) * imageWidth + 2 * (j % width);
      double quarter = halved[j] / 4;
      image[i] += quarter;
      image[i + 1] += quarter;
      image[i + imageWidth] += quarter;
      image[i + imageWidth + 1] += quarter;
    }
  }

  @Override
  public String toString() {
    return "ms_ssim(scales=" + scales + ")";
  }
}
