// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.networks.operators.Concatenate;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.Pool;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The losses {@code 1 - SSIM} and {@code 1 - MS-SSIM} as formulas; {@code Losses} says by which
 * papers.
 */
final class Similarity {

  private static final int WINDOW = 11;
  private static final double C1 = 0.01 * 0.01; // (K1 peak)^2
  private static final double C2 = 0.03 * 0.03;
  private static final double[] POWERS = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
  private static final double MIN = 1e-6; // of the mean of a scale, as roots are taken of it

  /** Subtracted from samples: 32-bit variances lose what the square of the mean is larger. */
  private static final double MIDDLE = 0.5;

  private final Formula vertical; // the window, [1, 1, 11, 1]
  private final Formula horizontal; // [1, 1, 1, 11]
  private final Formula noBias;

  private Similarity(Formula image) {
    float[] gaussian = gaussian();
    this.vertical = image.constant(Tensor.of(Shape.of(1, 1, WINDOW, 1), gaussian));
    this.horizontal = image.constant(Tensor.of(Shape.of(1, 1, 1, WINDOW), gaussian));
    this.noBias = image.constant(Tensor.of(Shape.of(1), 0));
  }

  /** Returns the loss at a number of scales. */
  static Formula loss(Formula prediction, Formula target, int scales) {
    Similarity similarity = new Similarity(prediction);
    Formula a = channelsAsImages(prediction).plus(-MIDDLE);
    Formula b = channelsAsImages(target).plus(-MIDDLE);
    double sumOfPowers = Arrays.stream(POWERS, 0, scales).sum();
    Formula product = null;
    for (int scale = 0; scale < scales; scale++) {
      if (scale > 0) {
        a = a.then(new Pool(Pool.Kind.AVERAGE, 2, 2));
        b = b.then(new Pool(Pool.Kind.AVERAGE, 2, 2));
      }
      Formula mean = similarity.mean(a, b, scale == scales - 1); // of each image
      if (scales > 1) {
        mean = mean.atLeast(MIN).power(POWERS[scale] / sumOfPowers);
      }
      product = product == null ? mean : product.times(mean);
    }
    if (product == null) {
      throw new IllegalArgumentException("scales must be at least 1, but was " + scales);
    }
    return product.times(-1).plus(1).mean();
  }

  /** Turns [N, C, height, width] into [C N, 1, height, width]. */
  private static Formula channelsAsImages(Formula images) {
    int channels = (int) images.node().shape().length(1);
    return channels == 1
        ? images
        : new Formula(
            images.graph(),
            images
                .graph()
                .add(
                    new Concatenate(0),
                    IntStream.range(0, channels)
                        .mapToObj(c -> images.strip(1, c, c + 1).node())
                        .toArray(Node[]::new)));
  }

  private Formula mean(Formula a, Formula b, boolean hasLuminance) {
    Formula meanA = average(a);
    Formula meanB = average(b);
    Formula product = meanA.times(meanB);
    Formula squares = meanA.square().plus(meanB.square());
    Formula covariance = average(a.times(b)).minus(product);
    Formula variances = average(a.square().plus(b.square())).minus(squares);
    Formula similarity = covariance.times(2).plus(C2).over(variances.plus(C2));
    if (hasLuminance) {
      Formula m = meanA.plus(MIDDLE);
      Formula n = meanB.plus(MIDDLE);
      Formula luminances = m.square().plus(n.square());
      similarity = similarity.times(m.times(n).times(2).plus(C1).over(luminances.plus(C1)));
    }
    return similarity.mean(1, 2, 3);
  }

  /** The weighted mean in each window that lies within the image. */
  private Formula average(Formula images) {
    return convolution(convolution(images, vertical, WINDOW, 1), horizontal, 1, WINDOW);
  }

  private Formula convolution(Formula images, Formula weights, int height, int width) {
    Convolve operator = new Convolve(height, width, 1, 1, 1, 0, 0);
    return new Formula(
        images.graph(), images.graph().add(operator, images.node(), weights.node(), noBias.node()));
  }

  private static float[] gaussian() {
    double[] weights = new double[WINDOW];
    Arrays.setAll(weights, k -> Math.exp(-Math.pow((k - WINDOW / 2) / 1.5, 2) / 2));
    double sum = Arrays.stream(weights).sum();
    float[] normalised = new float[WINDOW];
    for (int k = 0; k < WINDOW; k++) {
      normalised[k] = (float) (weights[k] / sum);
    }
    return normalised;
  }
}
