// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The losses {@code 1 - SSIM} and {@code 1 - MS-SSIM} in a graph; {@code Losses} says by which
 * papers.
 */
final class GraphSimilarity {

  private static final int WINDOW = 11;
  private static final double C1 = 0.01 * 0.01; // (K1 peak)^2
  private static final double C2 = 0.03 * 0.03;
  private static final double[] POWERS = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
  private static final float LEAST = 1e-6f;

  /** Subtracted from samples: 32-bit variances lose what the square of the mean is larger. */
  private static final double MIDDLE = 0.5;

  private final SameDiff graph;
  private final SDVariable vertical; // the window, [11, 1, 1, 1]
  private final SDVariable horizontal; // [1, 11, 1, 1]
  private final SDVariable noBias;

  private GraphSimilarity(SameDiff graph) {
    this.graph = graph;
    INDArray gaussian = gaussian();
    this.vertical = graph.constant(gaussian.reshape(WINDOW, 1, 1, 1));
    this.horizontal = graph.constant(gaussian.dup().reshape(1, WINDOW, 1, 1));
    this.noBias = graph.constant(Nd4j.zeros(DataType.FLOAT, 1));
  }

  /** Adds the loss at a number of scales. */
  static SDVariable loss(SameDiff graph, SDVariable prediction, SDVariable target, int scales) {
    int channels = (int) target.getShape()[1];
    GraphSimilarity similarity = new GraphSimilarity(graph);
    SDVariable a = similarity.channelsAsImages(prediction, channels).sub(MIDDLE);
    SDVariable b = similarity.channelsAsImages(target, channels).sub(MIDDLE);
    double sumOfPowers = Arrays.stream(POWERS, 0, scales).sum();
    SDVariable product = null;
    for (int scale = 0; scale < scales; scale++) {
      if (scale > 0) {
        a = similarity.halved(a);
        b = similarity.halved(b);
      }
      SDVariable mean = similarity.mean(a, b, scale == scales - 1); // of each image
      if (scales > 1) {
        SDVariable least = graph.constant(Nd4j.createFromArray(LEAST));
        mean = graph.math().pow(graph.math().max(mean, least), POWERS[scale] / sumOfPowers);
      }
      product = product == null ? mean : product.mul(mean);
    }
    if (product == null) {
      throw new IllegalArgumentException("scales must be at least 1, but was " + scales);
    }
    return product.rsub(1).mean();
  }

  /** Turns [N, C, height, width] into [C N, 1, height, width]. */
  private SDVariable channelsAsImages(SDVariable images, int channels) {
    if (channels == 1) {
      return images;
    }
    SDVariable[] planes = new SDVariable[channels];
    Arrays.setAll(planes, c -> graph.slice(images, new int[] {0, c, 0, 0}, -1, 1, -1, -1));
    return graph.concat(0, planes);
  }

  private SDVariable mean(SDVariable a, SDVariable b, boolean hasLuminance) {
    SDVariable meanA = average(a);
    SDVariable meanB = average(b);
    SDVariable product = meanA.mul(meanB);
    SDVariable squares = graph.math().square(meanA).add(graph.math().square(meanB));
    SDVariable covariance = average(a.mul(b)).sub(product);
    SDVariable variances = average(graph.math().square(a).add(graph.math().square(b))).sub(squares);
    SDVariable similarity = covariance.mul(2).add(C2).div(variances.add(C2));
    if (hasLuminance) {
      SDVariable m = meanA.add(MIDDLE);
      SDVariable n = meanB.add(MIDDLE);
      SDVariable luminances = graph.math().square(m).add(graph.math().square(n));
      similarity = similarity.mul(m.mul(n).mul(2).add(C1).div(luminances.add(C1)));
    }
    return similarity.mean(1, 2, 3);
  }

  /** The weighted mean in each window that lies within the image. */
  private SDVariable average(SDVariable images) {
    return convolution(convolution(images, vertical, WINDOW, 1), horizontal, 1, WINDOW);
  }

  private SDVariable convolution(SDVariable images, SDVariable weights, int height, int width) {
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(height)
            .kW(width)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    return graph.cnn().conv2d(images, weights, noBias, config);
  }

  private SDVariable halved(SDVariable images) {
    Pooling2DConfig config = Pooling2DConfig.builder().kH(2).kW(2).sH(2).sW(2).build();
    return graph.cnn().avgPooling2d(images, config);
  }

  private static INDArray gaussian() {
    double[] weights = new double[WINDOW];
    Arrays.setAll(weights, k -> Math.exp(-Math.pow((k - WINDOW / 2) / 1.5, 2) / 2));
    double sum = Arrays.stream(weights).sum();
    float[] normalised = new float[WINDOW];
    for (int k = 0; k < WINDOW; k++) {
      normalised[k] = (float) (weights[k] / sum);
    }
    return Nd4j.createFromArray(normalised);
  }
}
