// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.train.Losses;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link Loss}. A loss that passes can be added, weighted and trained under.
 *
 * <p>Images are made so that losses are smooth around them: samples stay at least 0.1 from their
 * target and from their neighbours, and so do, by 0.02, the differences of samples from their
 * targets, away from the kinks of absolute differences.
 */
public abstract class LossContract {

  private static final double STEP =
      1e-3; // of finite differences; their error grows with its square
  private static final int PROBES = 12;

  /** For subclasses. */
  protected LossContract() {}

  /**
   * A prediction of which the value is known.
   *
   * @param prediction NCHW samples
   * @param target NCHW samples
   * @param value computed from the formula by hand, or by another program
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier: nothing compares arrays
  public record Example(PatchBatch.Shape shape, float[] prediction, float[] target, double value) {

    /** Returns an example of images of one gray each. */
    public static Example flat(
        PatchBatch.Shape shape, float prediction, float target, double value) {
      float[] predictions = new float[shape.size()];
      float[] targets = new float[shape.size()];
      Arrays.fill(predictions, prediction);
      Arrays.fill(targets, target);
      return new Example(shape, predictions, targets, value);
    }

    /** Returns the example of 0.1 0.4 / 0.3 0.9 where 0.2 0.2 / 0.3 0.5 was wanted. */
    public static Example square(double value) {
      float[] prediction = {0.1f, 0.4f, 0.3f, 0.9f};
      float[] target = {0.2f, 0.2f, 0.3f, 0.5f};
      return new Example(new PatchBatch.Shape(1, 1, 2, 2), prediction, target, value);
    }
  }

  /** Returns the loss; each call an equal one. */
  protected abstract Loss loss();

  /** Returns a case that pins the formula, which all else that is checked leaves open. */
  protected abstract Example example();

  /** Override if the loss wants other images: more channels, larger sides. */
  protected PatchBatch.Shape shape() {
    return new PatchBatch.Shape(2, 3, 12, 10);
  }

  /** Override to return false only if a perfect prediction costs something, as with a prior. */
  protected boolean isZeroWhenPerfect() {
    return true;
  }

  /** Override to return false only if the loss cannot be written as text. */
  protected boolean hasText() {
    return true;
  }

  /**
   * Returns by what part of the largest gradient a sample's may differ from finite differences.
   * Override if the value is computed in 32-bit floats, whose rounding the differences magnify.
   */
  protected double gradientTolerance() {
    return 1e-3;
  }

  /** Returns the relative difference allowed between two ways to compute a value. */
  protected double valueTolerance() {
    return 1e-6; // the gradient is stored in 32-bit floats
  }

  @Test
  void value_isThatOfTheExample() {
    Example example = example();
    double value =
        loss()
            .evaluate(
                example.shape(),
                example.prediction(),
                example.target(),
                new float[example.prediction().length]);

    assertThat(value)
        .isCloseTo(example.value(), within(10 * valueTolerance() * Math.abs(example.value())));
  }

  @Test
  void perfectPrediction_costsNothing() {
    assumeTrue(isZeroWhenPerfect(), "a perfect prediction costs something on purpose");
    float[] image = prediction(shape());

    assertThat(loss().evaluate(shape(), image, image.clone(), new float[image.length])).isZero();
  }

  @Test
  void imperfectPrediction_costsSomething() {
    assertThat(value(prediction(shape()))).isFinite().isPositive();
  }

  @Test
  void gradient_matchesFiniteDifferences() {
    float[] prediction = prediction(shape());
    float[] gradient = gradient();
    double largest = largest(gradient);
    SplittableRandom random = new SplittableRandom(3);
    for (int probe = 0; probe < PROBES; probe++) {
      int i = random.nextInt(prediction.length);
      float[] up = prediction.clone();
      float[] down = prediction.clone();
      up[i] += (float) STEP;
      down[i] -= (float) STEP;
      double expected = (value(up) - value(down)) / ((double) up[i] - down[i]);
      assertThat((double) gradient[i])
          .as("gradient %s, largest %s", place(i), largest)
          .isCloseTo(expected, within(gradientTolerance() * largest));
    }
  }

  /** All samples at once: catches what single ones are too small to show. */
  @Test
  void gradient_matchesDifferencesAlongItself() {
    float[] prediction = prediction(shape());
    float[] gradient = gradient();
    double largest = largest(gradient);
    float[] up = prediction.clone();
    float[] down = prediction.clone();
    double expected = 0; // the product of the gradient and the step along its signs
    for (int i = 0; i < up.length; i++) {
      up[i] += (float) (STEP * gradient[i] / largest);
      down[i] -= (float) (STEP * gradient[i] / largest);
      expected += gradient[i] * ((double) up[i] - down[i]);
    }
    assertThat(value(up) - value(down))
        .isCloseTo(expected, within(gradientTolerance() * Math.abs(expected)));
  }

  @Test
  void gradient_overwritesWhatWasThere() {
    float[] prediction = prediction(shape());
    float[] dirty = new float[prediction.length];
    Arrays.fill(dirty, Float.NaN);
    loss().evaluate(shape(), prediction, target(shape()), dirty);

    assertThat(dirty).isEqualTo(gradient());
  }

  @Test
  void inputs_areNotWrittenTo() {
    float[] prediction = prediction(shape());
    float[] target = target(shape());
    loss().evaluate(shape(), prediction, target, new float[prediction.length]);

    assertThat(prediction).isEqualTo(prediction(shape()));
    assertThat(target).isEqualTo(target(shape()));
  }

  @Test
  void times_scalesValueAndGradient() {
    float[] prediction = prediction(shape());
    float[] actual = new float[prediction.length];
    double value = loss().times(3).evaluate(shape(), prediction, target(shape()), actual);
    float[] once = gradient();

    double expected = 3 * value(prediction);
    assertThat(value).isCloseTo(expected, within(valueTolerance() * expected));
    assertClose(actual, i -> 3 * once[i], 3 * largest(once));
  }

  @Test
  void plus_addsValuesAndGradients() {
    float[] prediction = prediction(shape());
    float[] target = target(shape());
    float[] actual = new float[prediction.length];
    double value = loss().plus(Losses.mse()).evaluate(shape(), prediction, target, actual);
    float[] own = gradient();
    float[] mse = new float[prediction.length];
    double expected = value(prediction) + Losses.mse().evaluate(shape(), prediction, target, mse);

    assertThat(value).isCloseTo(expected, within(valueTolerance() * expected));
    assertClose(actual, i -> (double) own[i] + mse[i], largest(own) + largest(mse));
  }

  @Test
  void batchOfTheSameTwice_costsTheSame() {
    PatchBatch.Shape one = shape();
    PatchBatch.Shape two =
        new PatchBatch.Shape(2 * one.batch(), one.channels(), one.height(), one.width());
    float[] gradientOfTwo = new float[two.size()];
    double value = loss().evaluate(two, twice(prediction(one)), twice(target(one)), gradientOfTwo);
    float[] gradientOfOne = gradient();

    double expected = value(prediction(one));
    assertThat(value).isCloseTo(expected, within(valueTolerance() * expected));
    assertClose(
        gradientOfTwo, i -> gradientOfOne[i % gradientOfOne.length] / 2.0, largest(gradientOfOne));
  }

  @Test
  void constantImages_areFinite() {
    for (float level : new float[] {0, 0.25f, 1}) {
      float[] prediction = new float[shape().size()];
      float[] target = new float[prediction.length];
      float[] gradient = new float[prediction.length];
      Arrays.fill(prediction, level);
      Arrays.fill(target, 0.25f);
      double value = loss().evaluate(shape(), prediction, target, gradient);

      assertThat(value).as("value at %s", level).isFinite();
      for (int i = 0; i < gradient.length; i++) {
        assertThat(gradient[i]).as("gradient at %s, %s", level, place(i)).isFinite();
      }
    }
  }

  @Test
  void oneLoss_usedByManyThreads_givesWhatOneGives() {
    Loss shared = loss();
    float[] prediction = prediction(shape());
    float[] target = target(shape());
    float[] expected = gradient();
    double value = value(prediction);
    IntStream.range(0, 16)
        .parallel()
        .forEach(
            i -> {
              float[] gradient = new float[prediction.length];
              assertThat(shared.evaluate(shape(), prediction, target, gradient)).isEqualTo(value);
              assertThat(gradient).isEqualTo(expected);
            });
  }

  @Test
  void text_isReadBackAsAnEqualLoss() {
    assumeTrue(hasText(), "the loss cannot be written as text");

    assertThat(Losses.parse(loss().toString())).isEqualTo(loss());
    Loss sum = loss().times(0.25).plus(Losses.l1());
    assertThat(Losses.parse(sum.toString())).isEqualTo(sum);
  }

  private double value(float[] prediction) {
    return loss().evaluate(shape(), prediction, target(shape()), new float[prediction.length]);
  }

  private float[] gradient() {
    float[] gradient = new float[shape().size()];
    loss().evaluate(shape(), prediction(shape()), target(shape()), gradient);
    return gradient;
  }

  /** Steps of a sixteenth in each direction, none of them 0, with a little noise. */
  private static float[] prediction(PatchBatch.Shape shape) {
    SplittableRandom random = new SplittableRandom(1);
    float[] samples = new float[shape.size()];
    for (int i = 0; i < samples.length; i++) {
      int x = i % shape.width();
      int y = i / shape.width() % shape.height();
      int plane = i / (shape.width() * shape.height());
      int level = (7 * x + 11 * y + 5 * plane) % 16;
      samples[i] = (float) (0.25 + level / 32.0 + 0.01 * random.nextDouble());
    }
    return samples;
  }

  /** Off by steps of an eightieth that differ from those of all neighbours, up or down. */
  private static float[] target(PatchBatch.Shape shape) {
    SplittableRandom random = new SplittableRandom(2);
    float[] samples = prediction(shape);
    for (int i = 0; i < samples.length; i++) {
      int x = i % shape.width();
      int y = i / shape.width() % shape.height();
      double distance = 0.1 + (3 * x + 5 * y) % 8 / 80.0 + 0.01 * random.nextDouble();
      samples[i] += (float) (random.nextBoolean() ? distance : -distance);
    }
    return samples;
  }

  private static float[] twice(float[] samples) {
    float[] result = Arrays.copyOf(samples, 2 * samples.length);
    System.arraycopy(samples, 0, result, samples.length, samples.length);
    return result;
  }

  private static double largest(float[] gradient) {
    double largest = 0;
    for (float sample : gradient) {
      largest = Math.max(largest, Math.abs(sample));
    }
    return largest;
  }

  private void assertClose(float[] actual, IntToDoubleFunction expected, double largest) {
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i])
          .as("gradient %s", place(i))
          .isCloseTo(expected.applyAsDouble(i), within(valueTolerance() * largest));
    }
  }

  private String place(int i) {
    PatchBatch.Shape shape = shape();
    int area = shape.height() * shape.width();
    return String.format(
        Locale.ROOT,
        "at n=%d, c=%d, y=%d, x=%d",
        i / area / shape.channels(),
        i / area % shape.channels(),
        i % area / shape.width(),
        i % shape.width());
  }
}
