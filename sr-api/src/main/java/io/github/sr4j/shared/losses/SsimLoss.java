// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/**
 * The loss of structural similarity, {@code 1 - SSIM}, a mean over channels and images.
 *
 * <p>Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, <i>Image Quality Assessment: From
 * Error Visibility to Structural Similarity</i>, IEEE Transactions on Image Processing 13(4), 2004;
 * as a loss, H. Zhao et al., <i>Loss Functions for Image Restoration with Neural Networks</i>, IEEE
 * Transactions on Computational Imaging 3(1), 2017. Colour channels are compared each by itself.
 */
public record SsimLoss() implements Loss {

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    MultiScaleSsimLoss.checkShape("ssim", StructuralSimilarity.WINDOW, shape);
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    checkShape(shape);
    int area = shape.width() * shape.height();
    int planes = shape.size() / area;
    StructuralSimilarity similarity = new StructuralSimilarity(shape.width(), shape.height());
    double[] derivative = new double[area];
    double sum = 0;
    for (int plane = 0; plane < planes; plane++) {
      int offset = plane * area;
      sum +=
          1
              - similarity.evaluate(
                  MultiScaleSsimLoss.plane(prediction, offset, area),
                  MultiScaleSsimLoss.plane(target, offset, area),
                  true,
                  derivative);
      for (int i = 0; i < area; i++) {
        gradient[offset + i] = (float) (-derivative[i] / planes);
      }
    }
    return sum / planes;
  }

  @Override
  public String toString() {
    return "ssim";
  }
}
