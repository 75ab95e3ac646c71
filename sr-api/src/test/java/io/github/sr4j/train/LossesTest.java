// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values by hand, and the reading of texts; LossContract of sr-testkit checks the rest. */
final class LossesTest {

  private static final PatchBatch.Shape SQUARE = new PatchBatch.Shape(1, 1, 2, 2);

  /** The prediction 0.1 0.4 / 0.3 0.9 of 0.2 0.2 / 0.3 0.5 is off by -0.1 0.2 / 0 0.4. */
  @ParameterizedTest
  @CsvSource({
    "l1, 0.175", // 0.7 / 4
    "mse, 0.0525", // (0.01 + 0.04 + 0.16) / 4
    "l2, 0.0525",
    "charbonnier(epsilon=0.3), 0.0691957", // (sqrt(0.1) + sqrt(0.13) + 0.3 + 0.5) / 4 - 0.3
    "tv, 0.8", // (0.3 + 0.6) / 2 + (0.2 + 0.5) / 2
    "edge, 0.5", // (0.3 + 0.4) / 2 + (0.1 + 0.2) / 2
  })
  void value_isThatOfTheFormula(String loss, double expected) {
    float[] prediction = {0.1f, 0.4f, 0.3f, 0.9f};
    float[] target = {0.2f, 0.2f, 0.3f, 0.5f};

    assertThat(Losses.parse(loss).evaluate(SQUARE, prediction, target, new float[4]))
        .isCloseTo(expected, within(1e-6));
  }

  @Test
  void l1OfEqualSamples_hasNoGradient() {
    float[] gradient = {9, 9, 9, 9};
    Losses.l1().evaluate(SQUARE, new float[4], new float[4], gradient);

    assertThat(gradient).containsOnly(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tv", "edge"})
  void flatDifference_costsNothing(String loss) {
    float[] prediction = {0.6f, 0.6f, 0.6f, 0.6f};
    float[] gradient = new float[4];

    assertThat(Losses.parse(loss).evaluate(SQUARE, prediction, new float[4], gradient)).isZero();
    assertThat(gradient).containsOnly(0);
  }

  /** Edge and total variation have no pairs between rows, planes and images. */
  @Test
  void tv_ofPlanesThatAreFlat_isZero() {
    float[] prediction = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4};

    assertThat(
            Losses.tv()
                .evaluate(new PatchBatch.Shape(2, 2, 2, 2), prediction, prediction, new float[16]))
        .isZero();
  }

  @Test
  void ssim_isOneLessTheMetric() {
    float[] prediction = noise(3 * 19 * 15, 1);
    float[] target = noise(3 * 19 * 15, 2);
    double metric =
        Metrics.ssim(FloatImage.wrap(3, 19, 15, prediction), FloatImage.wrap(3, 19, 15, target));

    assertThat(
            Losses.ssim()
                .evaluate(
                    new PatchBatch.Shape(1, 3, 19, 15), prediction, target, new float[3 * 19 * 15]))
        .isCloseTo(1 - metric, within(1e-12));
  }

  /** Images without contrast: cs is 1 at each scale, and the luminance counts at the coarsest. */
  @Test
  void multiScaleSsim_ofFlatImages_isTheLuminanceToItsPower() {
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, 176, 176);
    float[] prediction = new float[shape.size()];
    float[] target = new float[shape.size()];
    Arrays.fill(prediction, 0.25f);
    Arrays.fill(target, 0.75f);
    double luminance = (2 * 0.25 * 0.75 + 1e-4) / (0.25 * 0.25 + 0.75 * 0.75 + 1e-4);

    assertThat(Losses.msSsim().evaluate(shape, prediction, target, new float[shape.size()]))
        .isCloseTo(1 - Math.pow(luminance, 0.1333 / 1.0001), within(1e-9));
  }

  /** No power of a negative similarity exists. */
  @Test
  void multiScaleSsim_ofAnInvertedImage_isFinite() {
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, 22, 22);
    float[] prediction = noise(shape.size(), 1);
    float[] target = new float[prediction.length];
    for (int i = 0; i < target.length; i++) {
      target[i] = 1 - prediction[i];
    }
    float[] gradient = new float[prediction.length];

    assertThat(Losses.msSsim(2).evaluate(shape, prediction, target, gradient)).isBetween(0.9, 1.0);
    for (float sample : gradient) {
      assertThat(sample).isFinite();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tv, 2x2, 1, 5",
    "edge, 2x2, 5, 1",
    "ssim, 11x11, 11, 10",
    "ms_ssim(scales=3), 44x44, 43, 50",
    "l1 + 0.5*ssim, 11x11, 5, 50",
  })
  void imagesTooSmall_areRefused(String text, String least, int width, int height) {
    Loss loss = Losses.parse(text);
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, height, width);
    float[] image = new float[shape.size()];

    assertThatThrownBy(() -> loss.checkShape(shape))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least " + least)
        .hasMessageContaining(width + "x" + height + " (width x height)");
    assertThatThrownBy(() -> loss.evaluate(shape, image, image, image.clone()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_readsWeightsWithExponents() {
    assertThat(Losses.parse("1e+2*l1 + 2.5e-3*mse+tv"))
        .isEqualTo(Losses.l1().times(100).plus(Losses.mse().times(2.5e-3)).plus(Losses.tv()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "l3 | no loss named \"l3\"; there are charbonnier, edge, l1, ms_ssim, mse, ssim, tv",
        "x*l1 | must be a number, but was \"x\"",
        "l1 + | expected a name",
        "ms_ssim(scales=6) | scales of ms_ssim must be a whole number within 2 to 5, but was 6",
        "tv(power=2) | tv has no argument \"power\"; it has none",
        "tv(2) | expected key=value in the parentheses of tv, but was \"2\"",
        "charbonnier(epsilon=0) | epsilon must be positive, but was 0",
        "-1*l1 | weight must be finite and at least 0, but was -1",
        "l1(a=1 | expected a name",
      })
  void parse_ofWhatIsNoLoss_saysWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> Losses.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void named_measuresAsTheLoss_underItsName() {
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, 12, 12);
    float[] prediction = noise(shape.size(), 1);
    float[] target = noise(shape.size(), 2);
    float[] gradient = new float[shape.size()];
    float[] expected = new float[shape.size()];
    Loss mine = Loss.named("mine-2", Losses.ssim());

    assertThat(mine.evaluate(shape, prediction, target, gradient))
        .isEqualTo(Losses.ssim().evaluate(shape, prediction, target, expected));
    assertThat(gradient).isEqualTo(expected);
    assertThat(mine.times(0.5).plus(Losses.l1())).hasToString("0.5*mine-2 + l1");
    assertThatThrownBy(() -> mine.checkShape(new PatchBatch.Shape(1, 1, 10, 10)))
        .hasMessageContaining("at least 11x11");
    assertThatThrownBy(() -> Loss.named("2*mine", Losses.l1()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "name must be a letter followed by letters, digits, _, - or ., but was \"2*mine\"");
  }

  private static float[] noise(int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] samples = new float[size];
    for (int i = 0; i < size; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return samples;
  }
}
