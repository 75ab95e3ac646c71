// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.losses.AdversarialKind.Objective;
import io.github.sr4j.spi.Arguments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class AdversarialKindTest {

  private static final double STEP = 1e-4;

  private final double[] real = {2, 0};
  private final double[] generated = {-1, 1};

  /**
   * By hand, with f(x) = log(1 + exp(x)): f(-2) = 0.126928, f(-1) = 0.313262, f(0) = 0.693147, f(1)
   * = 1.313262, f(2) = 2.126928. The means of real and generated answers are 1 and 0.
   *
   * <ul>
   *   <li>standard: (f(-2) + f(0))/2 + (f(-1) + f(1))/2 against (f(1) + f(-1))/2
   *   <li>relativistic: (f(0 - 2) + f(0 - 0))/2 + (f(-1 - 1) + f(1 - 1))/2 against (f(2) + f(0))/2
   *       + (f(1 + 1) + f(1 - 1))/2
   *   <li>least squares: ((1 + 1)/2 + (1 + 1)/2)/2 against ((4 + 0)/2)/2
   * </ul>
   */
  @ParameterizedTest
  @CsvSource({
    "STANDARD, 1.223300, 0.813262",
    "RELATIVISTIC, 0.820075, 2.820075",
    "LEAST_SQUARES, 1, 1"
  })
  void values_areThoseOfTheFormula(AdversarialKind kind, double discriminator, double generator) {
    assertThat(kind.discriminator(real, generated).value()).isCloseTo(discriminator, within(1e-6));
    assertThat(kind.generator(real, generated).value()).isCloseTo(generator, within(1e-6));
  }

  @ParameterizedTest
  @EnumSource
  void derivatives_matchFiniteDifferences(AdversarialKind kind) {
    double[] r = {0.7, -0.4, 1.9};
    double[] g = {-1.3, 0.2, 0.9};
    Objective discriminator = kind.discriminator(r, g);
    Objective generator = kind.generator(r, g);
    for (int i = 0; i < r.length; i++) {
      double[] up = r.clone();
      double[] down = r.clone();
      up[i] += STEP;
      down[i] -= STEP;
      double difference = kind.discriminator(up, g).value() - kind.discriminator(down, g).value();
      assertThat(discriminator.real()[i]).isCloseTo(difference / (2 * STEP), within(1e-6));
    }
    for (int i = 0; i < g.length; i++) {
      double[] up = g.clone();
      double[] down = g.clone();
      up[i] += STEP;
      down[i] -= STEP;
      double ofDiscriminator =
          kind.discriminator(r, up).value() - kind.discriminator(r, down).value();
      double ofGenerator = kind.generator(r, up).value() - kind.generator(r, down).value();
      assertThat(discriminator.generated()[i])
          .isCloseTo(ofDiscriminator / (2 * STEP), within(1e-6));
      assertThat(generator.generated()[i]).isCloseTo(ofGenerator / (2 * STEP), within(1e-6));
    }
  }

  @ParameterizedTest
  @EnumSource
  void guessing_costsWhatIsSaid(AdversarialKind kind) {
    double cannotTell = kind == AdversarialKind.LEAST_SQUARES ? 0.5 : 0;
    double[] answers = {cannotTell, cannotTell};

    assertThat(kind.discriminator(answers, answers).value())
        .isCloseTo(kind.lossOfGuessing(), within(1e-12));
  }

  @ParameterizedTest
  @EnumSource
  void largeAnswers_areFinite(AdversarialKind kind) {
    Objective sure = kind.discriminator(new double[] {1e4}, new double[] {-1e4});
    Objective wrong = kind.discriminator(new double[] {-1e4}, new double[] {1e4});

    assertThat(sure.value()).isFinite();
    assertThat(wrong.value()).isFinite().isGreaterThan(1e4);
    assertThat(kind.generator(new double[] {1e4}, new double[] {-1e4}).generated()[0])
        .isNegative()
        .isFinite();
  }

  /** Real answers 2 and 0, generated ones -1 and 1: one of the latter looks real. */
  @ParameterizedTest
  @CsvSource({"STANDARD, 0.5, 0.5", "RELATIVISTIC, 0.5, 0.5", "LEAST_SQUARES, 0.5, 0.5"})
  void accuracy_isTheShareOnTheRightSide(AdversarialKind kind, double onReal, double onGenerated) {
    assertThat(kind.accuracyOnReal(real, generated)).isEqualTo(onReal);
    assertThat(kind.accuracyOnGenerated(real, generated)).isEqualTo(onGenerated);
    assertThat(kind.accuracyOnReal(new double[] {2}, new double[] {-1})).isEqualTo(1);
    assertThat(kind.accuracyOnGenerated(new double[] {-1}, new double[] {2})).isZero();
  }

  @Test
  void unknownKind_isRefused() {
    assertThatThrownBy(() -> AdversarialKind.of(Arguments.parse("adversarial(kind=wasserstein)")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "kind of adversarial must be one of standard, relativistic, least_squares, but was"
                + " \"wasserstein\"");
  }
}
