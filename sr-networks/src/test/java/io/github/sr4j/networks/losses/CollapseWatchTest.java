// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.losses.CollapseWatch.Observation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CollapseWatchTest {

  private static final double GUESSING = AdversarialKind.STANDARD.lossOfGuessing();
  private static final Observation BALANCED = new Observation(1.0, 0.8, 0.9, 0.9, 0.1);
  private static final Observation INFALLIBLE = new Observation(1e-3, 1, 0.9, 0.9, 0.1);

  private final CollapseWatch watch = new CollapseWatch(GUESSING);

  /** Returns the steps that had something to tell, from 1. */
  private List<Integer> told(int steps, Observation observation) {
    List<Integer> told = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      if (watch.observe(observation).isPresent()) {
        told.add(step);
      }
    }
    return told;
  }

  @Test
  void balance_isNothingToTellOf() {
    assertThat(told(500, BALANCED)).isEmpty();
  }

  @Test
  void whatHoldsForAWhile_isToldOnce() {
    assertThat(told(500, INFALLIBLE)).containsExactly(100);
  }

  @Test
  void whatHoldsNotForLong_isNotTold() {
    assertThat(told(90, INFALLIBLE)).isEmpty();
    assertThat(told(60, BALANCED)).isEmpty();
    assertThat(told(90, INFALLIBLE)).isEmpty();
  }

  /** Single batches may look otherwise. */
  @Test
  void whatHoldsOnTheWhole_isTold() {
    List<Integer> told = new ArrayList<>();
    for (int step = 1; step <= 300; step++) {
      double accuracy = step % 2 == 0 ? 0.25 : 0.75;
      if (watch.observe(new Observation(1.37 + accuracy / 20, accuracy, 1, 1, 0)).isPresent()) {
        told.add(step);
      }
    }
    assertThat(told).containsExactly(100);
  }

  /** The mean loss is that of guessing, but the discriminator is sometimes right. */
  @Test
  void balanceCloseToGuessing_isNothingToTellOf() {
    for (int step = 0; step < 300; step++) {
      double loss = GUESSING + (step % 2 == 0 ? 0.1 : -0.1);
      assertThat(watch.observe(new Observation(loss, 0.55, 0.9, 0.9, 0.1))).isEmpty();
    }
  }

  @Test
  void episode_endsWhenItWasOverForAWhile() {
    assertThat(told(150, INFALLIBLE)).containsExactly(100);
    assertThat(told(50, BALANCED)).isEmpty();
    assertThat(told(150, INFALLIBLE)).isEmpty(); // the same episode
    assertThat(told(250, BALANCED)).isEmpty();
    assertThat(told(150, INFALLIBLE)).hasSize(1);
  }

  /** The loss of guessing is 1.386. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1e-3 | 1   | 0.9  | 0.9  | 0.1 | the discriminator has collapsed: for 100 steps it has"
            + " told all",
        "1.38 | 0.5 | 0.9  | 0.9  | 0.1 | the discriminator has collapsed: for 100 steps it has"
            + " been no better",
        "2.7  | 0.5 | 0.9  | 0.9  | 0.1 | the discriminator has collapsed: for 100 steps it has"
            + " been no better",
        "1.0  | 0.8 | 0.01 | 0.9  | 0.1 | the generator has collapsed: for 100 steps its patches"
            + " have been flat",
        "1.0  | 0.8 | 0.9  | 0.01 | 0.1 | the generator has collapsed: for 100 steps its patches"
            + " have all been",
        "1.0  | 0.8 | 0.9  | 0.9  | 1   | the generator has collapsed: for 100 steps its patches"
            + " have been black",
      })
  void collapse_isToldByItsName(
      double loss,
      double accuracy,
      double contrast,
      double variety,
      double saturation,
      String message) {
    Observation step = new Observation(loss, accuracy, contrast, variety, saturation);
    told(99, step);

    assertThat(watch.observe(step)).get().asString().startsWith(message);
  }

  @Test
  void lossThatIsNoNumber_isToldAtOnce() {
    assertThat(watch.observe(new Observation(Double.NaN, 0, 0.9, 0.9, 0.1)))
        .get()
        .asString()
        .startsWith("the discriminator has collapsed: its loss is NaN");
  }

  /** Of one patch there is no variety to speak of, and flat real patches have no contrast. */
  @Test
  void whatCannotBeSaid_isNotTold() {
    assertThat(told(200, new Observation(1, 0.8, Double.NaN, Double.NaN, 0.1))).isEmpty();
  }
}
