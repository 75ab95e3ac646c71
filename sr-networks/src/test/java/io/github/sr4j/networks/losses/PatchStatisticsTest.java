// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.spi.PatchBatch;
import org.junit.jupiter.api.Test;

final class PatchStatisticsTest {

  private static final PatchBatch.Shape TWO = new PatchBatch.Shape(2, 1, 1, 2);

  @Test
  void contrast_isWithinAPatch_varietyFromOneToAnother() {
    PatchStatistics flat = PatchStatistics.of(TWO, new float[] {0.25f, 0.25f, 0.75f, 0.75f});
    assertThat(flat.contrast()).isZero();
    assertThat(flat.variety()).isCloseTo(0.25, within(1e-6));

    PatchStatistics same = PatchStatistics.of(TWO, new float[] {0.25f, 0.75f, 0.25f, 0.75f});
    assertThat(same.contrast()).isCloseTo(0.25, within(1e-6));
    assertThat(same.variety()).isZero();
  }

  @Test
  void channels_haveContrastsOfTheirOwn() {
    PatchStatistics color =
        PatchStatistics.of(
            new PatchBatch.Shape(1, 2, 1, 2), new float[] {0.25f, 0.25f, 0.75f, 0.75f});
    assertThat(color.contrast()).isZero();
    assertThat(color.variety()).isNaN();
  }

  @Test
  void saturation_isTheShareOfBlackAndWhite() {
    assertThat(PatchStatistics.of(TWO, new float[] {-0.1f, 0, 0.5f, 1}).saturation())
        .isEqualTo(0.75);
  }
}
