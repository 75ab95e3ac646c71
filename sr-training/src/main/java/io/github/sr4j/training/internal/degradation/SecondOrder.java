// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import io.github.sr4j.FloatImage;
import java.util.SplittableRandom;

/**
 * The second-order pipeline: blur, resize, noise and JPEG, twice, then back to the low-resolution
 * size with a sinc filter before or after the second JPEG.
 *
 * <p>X. Wang et al., <i>Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic
 * Data</i>, ICCVW 2021, section 3, with the figures of its section 4.1 and, where it leaves them
 * open, of the authors' program. Differences: images are mirrored at their edges with the edge
 * sample repeated; areas are exact means; see {@link Filters#poissonNoise}; the original is not
 * sharpened.
 */
final class SecondOrder implements DegradationStep {

  private static final Range SHAPE = new Range(0.5, 4); // beta of generalised Gaussians
  private static final Range PLATEAU = new Range(1, 2); // beta of plateau-shaped kernels
  private static final Range QUALITY = new Range(30, 95); // of JPEG
  private static final double GAUSSIAN_NOISE = 0.5; // probability, else Poisson noise
  private static final double GRAY_NOISE = 0.4;
  private static final double SINC_BLUR = 0.1;
  private static final double SECOND_BLUR = 0.8;
  private static final double FINAL_SINC = 0.8;

  private static final Pass FIRST =
      new Pass(new Range(0.2, 3), 0.2, 0.7, 0.15, 1.5, new Range(1, 30), new Range(0.05, 3));
  private static final Pass SECOND =
      new Pass(new Range(0.2, 1.5), 0.3, 0.4, 0.3, 1.2, new Range(1, 25), new Range(0.05, 2.5));

  /**
   * The figures of one of the two passes.
   *
   * @param sigma of the blur
   * @param up the probability that the image becomes larger
   * @param down the probability that it becomes smaller
   * @param min the smallest factor
   * @param max the largest factor
   * @param noise the standard deviation of Gaussian noise in levels of 255
   * @param poisson the strength of Poisson noise
   */
  private record Pass(
      Range sigma, double up, double down, double min, double max, Range noise, Range poisson) {

    double factor(SplittableRandom random) {
      double way = random.nextDouble();
      if (way < up) {
        return new Range(1, max).draw(random);
      }
      return way < up + down ? new Range(min, 1).draw(random) : 1;
    }
  }

  @Override
  public FloatImage apply(FloatImage image, Size lowRes, SplittableRandom random) {
    FloatImage result = kernel(FIRST, random).apply(image);
    double factor = FIRST.factor(random);
    result = resized(result, image.width() * factor, image.height() * factor, random);
    result = noisy(result, FIRST, random);
    result = Filters.jpeg(result, QUALITY.drawInteger(random));

    if (random.nextDouble() < SECOND_BLUR) {
      result = kernel(SECOND, random).apply(result);
    }
    factor = SECOND.factor(random);
    result = resized(result, lowRes.width() * factor, lowRes.height() * factor, random);
    result = noisy(result, SECOND, random);
    boolean sincFirst = random.nextBoolean();
    if (!sincFirst) {
      result = Filters.jpeg(result, QUALITY.drawInteger(random));
    }
    result = resized(result, lowRes.width(), lowRes.height(), random);
    if (random.nextDouble() < FINAL_SINC) {
      result = sinc(size(random), Math.PI / 3, random).apply(result);
    }
    return sincFirst ? Filters.jpeg(result, QUALITY.drawInteger(random)) : result;
  }

  private static int size(SplittableRandom random) {
    return 7 + 2 * random.nextInt(8); // 7 to 21
  }

  private static Kernel sinc(int size, double min, SplittableRandom random) {
    return Kernel.sinc(size, new Range(min, Math.PI).draw(random));
  }

  private static Kernel kernel(Pass pass, SplittableRandom random) {
    int size = size(random);
    if (random.nextDouble() < SINC_BLUR) {
      return sinc(size, size < 13 ? Math.PI / 3 : Math.PI / 5, random);
    }
    double kind = random.nextDouble();
    double along = pass.sigma.draw(random);
    boolean isRound = kind < 0.45 || (kind >= 0.7 && kind < 0.82) || (kind >= 0.85 && kind < 0.97);
    double across = isRound ? along : pass.sigma.draw(random);
    double angle = isRound ? 0 : new Range(0, Math.PI).draw(random);
    if (kind < 0.7) { // 0.45 isotropic, 0.25 anisotropic
      return Kernel.elliptic(size, along, across, angle, q -> Math.exp(-q / 2));
    }
    boolean isPlateau = kind >= 0.85; // 0.12 + 0.03 generalised Gaussians, then as many plateaus
    Range shape = isPlateau ? PLATEAU : SHAPE;
    double beta = // one half of the draws below 1, whatever the range
        random.nextBoolean()
            ? new Range(shape.from(), 1).draw(random)
            : new Range(1, shape.to()).draw(random);
    return Kernel.elliptic(
        size,
        along,
        across,
        angle,
        q -> isPlateau ? 1 / (Math.pow(q, beta) + 1) : Math.exp(-Math.pow(q, beta) / 2));
  }

  private static FloatImage resized(
      FloatImage image, double width, double height, SplittableRandom random) {
    Resize method = DegradationSteps.anyMethod(random);
    int w = Math.max(1, (int) width);
    int h = Math.max(1, (int) height);
    return w == image.width() && h == image.height() ? image : method.apply(image, w, h);
  }

  private static FloatImage noisy(FloatImage image, Pass pass, SplittableRandom random) {
    boolean isGray = random.nextDouble() < GRAY_NOISE;
    return random.nextDouble() < GAUSSIAN_NOISE
        ? Filters.gaussianNoise(image, pass.noise.draw(random) / 255, isGray, random)
        : Filters.poissonNoise(image, pass.poisson.draw(random), isGray, random);
  }

  @Override
  public Stage needs() {
    return Stage.ORIGINAL;
  }

  @Override
  public Stage leaves(Stage stage) {
    return Stage.REDUCED;
  }

  @Override
  public boolean isOfColors() {
    return true;
  }

  @Override
  public String toString() {
    return "real-esrgan";
  }
}
