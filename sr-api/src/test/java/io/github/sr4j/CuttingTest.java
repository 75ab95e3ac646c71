// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Cutting.Cut;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CuttingTest {

  /** Length, tile size, halo or context, alignment. */
  private static final String SIDES =
      """
      1, 16, 0, 1
      1, 16, 5, 8
      100, 16, 3, 1
      15, 16, 4, 1
      16, 16, 4, 1
      17, 16, 40, 1
      31, 16, 7, 4
      97, 32, 6, 8
      1000, 512, 20, 1
      """;

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void cores_coverEveryPlaceOnce(int length, int tileSize, int halo, int alignment) {
    assertPartition(Cutting.clipped(length, tileSize, halo, alignment), tileSize);
    assertPartition(Cutting.mirrored(length, tileSize, halo, alignment), tileSize);
    int block = 2 * (halo + alignment) + 13;
    assertPartition(Cutting.fixed(length, block, halo, alignment), block - 2 * halo);
  }

  private static void assertPartition(Cutting cutting, int most) {
    int end = 0;
    for (Cut cut : cutting.cuts()) {
      assertThat(cut.core()).isEqualTo(end);
      assertThat(cut.coreLength()).isBetween(1, most);
      end = cut.coreEnd();
    }
    assertThat(end).isEqualTo(cutting.length());
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void clipped_sourcesHoldCoreAndHalo_andAreAligned(
      int length, int tileSize, int halo, int alignment) {
    int padded = (length + alignment - 1) / alignment * alignment;
    for (Cut cut : Cutting.clipped(length, tileSize, halo, alignment).cuts()) {
      assertThat(cut.source()).isBetween(0, Math.max(0, cut.core() - halo));
      assertThat(cut.sourceEnd()).isBetween(Math.min(length, cut.coreEnd() + halo), padded);
      assertThat(cut.source() % alignment).isZero();
      assertThat(cut.sourceEnd() % alignment).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void mirrored_sourcesReachBeyondTheEnds_andAreAligned(
      int length, int tileSize, int context, int alignment) {
    for (Cut cut : Cutting.mirrored(length, tileSize, context, alignment).cuts()) {
      assertThat(cut.source()).isLessThanOrEqualTo(cut.core() - context);
      assertThat(cut.sourceEnd()).isGreaterThanOrEqualTo(cut.coreEnd() + context);
      assertThat(Math.floorMod(cut.source(), alignment)).isZero();
      assertThat(cut.sourceLength() % alignment).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void fixed_sourcesAreOfTheBlocksLength_andHoldTheContext(
      int length, int tileSize, int context, int alignment) {
    int block = 2 * (context + alignment) + 13;
    for (Cut cut : Cutting.fixed(length, block, context, alignment).cuts()) {
      assertThat(cut.sourceLength()).isEqualTo(block);
      assertThat(cut.source()).isLessThanOrEqualTo(cut.core() - context);
      assertThat(cut.sourceEnd()).isGreaterThanOrEqualTo(cut.coreEnd() + context);
      assertThat(Math.floorMod(cut.source(), alignment)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"100, 32, 8, 1", "33, 32, 31, 1", "65, 32, 16, 4", "1000, 64, 8, 8", "34, 32, 8, 16"})
  void overlapping_neighboursShareTheOverlapAtLeast(
      int length, int core, int overlap, int alignment) {
    Cutting cutting = Cutting.overlapping(length, core, overlap, 3, alignment, core + 20, true);

    assertThat(cutting.cuts().get(0).core()).isZero();
    assertThat(cutting.cuts().get(cutting.cuts().size() - 1).coreEnd()).isEqualTo(length);
    for (int i = 0; i < cutting.cuts().size(); i++) {
      Cut cut = cutting.cuts().get(i);
      assertThat(cut.sourceLength()).isEqualTo(core + 20);
      assertThat(cut.source()).isLessThanOrEqualTo(cut.core() - 3);
      assertThat(Math.floorMod(cut.source(), alignment)).isZero();
      if (i > 0) {
        assertThat(cutting.cuts().get(i - 1).coreEnd() - cut.core())
            .isGreaterThanOrEqualTo(overlap);
      }
    }
  }

  @Test
  void clipped_coresAreOfAboutEqualLength() {
    assertThat(Cutting.clipped(513, 512, 0, 1).cuts())
        .extracting(Cut::coreLength)
        .containsExactly(257, 256);
  }

  @Test
  void mirror_doesNotRepeatTheEdge_andFoldsAsOftenAsNeeded() {
    Cutting three = Cutting.mirrored(3, 16, 1, 1);
    assertThat(IntStream.rangeClosed(-5, 6).mapToObj(three::seenAt))
        .containsExactly(1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2);
    assertThat(Cutting.mirrored(1, 16, 1, 1).seenAt(-7)).isZero();
  }

  @Test
  void clipped_repeatsTheLastSample() {
    Cutting cutting = Cutting.clipped(3, 16, 1, 8);

    assertThat(cutting.cuts()).containsExactly(new Cut(0, 3, 0, 8));
    assertThat(cutting.seenAt(7)).isEqualTo(2);
  }
}
