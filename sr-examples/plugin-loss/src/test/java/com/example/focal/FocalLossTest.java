// SPDX-License-Identifier: Apache-2.0
package com.example.focal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.train.Losses;
import org.junit.jupiter.api.Test;

/** The contract checks value, gradient, weights, sums and text. */
class FocalLossTest extends LossContract {

  @Override
  protected Loss loss() {
    return Losses.parse("focal(gamma=2)"); // found by its name, as the command line finds it
  }

  @Override
  protected Example example() {
    float[] prediction = {0.5f, 0.75f};
    float[] target = {0.25f, 0.75f};
    return new Example(
        new PatchBatch.Shape(1, 1, 1, 2), prediction, target, 0.25 * 0.25 * 0.25 / 2);
  }

  @Test
  void sumWithLossesOfTheLibrary_isReadFromText() {
    assertThat(Losses.parse("l1 + 0.1*focal(gamma=3)"))
        .isEqualTo(Losses.l1().plus(new FocalLoss(3).times(0.1)));
  }

  @Test
  void argumentThatDoesNotExist_isRefused() {
    assertThatThrownBy(() -> Losses.parse("focal(alpha=1)"))
        .hasMessage("focal has no argument \"alpha\"; it has gamma");
  }
}
