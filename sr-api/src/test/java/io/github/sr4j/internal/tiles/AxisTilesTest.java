// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.internal.tiles.AxisTiles.AxisTile;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AxisTilesTest {

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
    assertPartition(AxisTiles.clipped(length, tileSize, halo, alignment), tileSize);
    assertPartition(AxisTiles.extended(length, tileSize, halo, alignment, true), tileSize);
    int block = 2 * (halo + alignment) + 13;
    assertPartition(AxisTiles.fixed(length, block, halo, alignment, true), block - 2 * halo);
  }

  private static void assertPartition(AxisTiles axis, int max) {
    int end = 0;
    for (AxisTile tile : axis.tiles()) {
      assertThat(tile.core()).isEqualTo(end);
      assertThat(tile.coreLength()).isBetween(1, max);
      end = tile.coreEnd();
    }
    assertThat(end).isEqualTo(axis.length());
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void clipped_sourcesHoldCoreAndHalo_andAreAligned(
      int length, int tileSize, int halo, int alignment) {
    int padded = (length + alignment - 1) / alignment * alignment;
    for (AxisTile tile : AxisTiles.clipped(length, tileSize, halo, alignment).tiles()) {
      assertThat(tile.source()).isBetween(0, Math.max(0, tile.core() - halo));
      assertThat(tile.sourceEnd()).isBetween(Math.min(length, tile.coreEnd() + halo), padded);
      assertThat(tile.source() % alignment).isZero();
      assertThat(tile.sourceEnd() % alignment).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void extended_sourcesReachBeyondTheEnds_andAreAligned(
      int length, int tileSize, int context, int alignment) {
    for (AxisTile tile : AxisTiles.extended(length, tileSize, context, alignment, true).tiles()) {
      assertThat(tile.source()).isLessThanOrEqualTo(tile.core() - context);
      assertThat(tile.sourceEnd()).isGreaterThanOrEqualTo(tile.coreEnd() + context);
      assertThat(Math.floorMod(tile.source(), alignment)).isZero();
      assertThat(tile.sourceLength() % alignment).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIDES)
  void fixed_sourcesAreOfTheBlocksLength_andHoldTheContext(
      int length, int tileSize, int context, int alignment) {
    int block = 2 * (context + alignment) + 13;
    for (AxisTile tile : AxisTiles.fixed(length, block, context, alignment, true).tiles()) {
      assertThat(tile.sourceLength()).isEqualTo(block);
      assertThat(tile.source()).isLessThanOrEqualTo(tile.core() - context);
      assertThat(tile.sourceEnd()).isGreaterThanOrEqualTo(tile.coreEnd() + context);
      assertThat(Math.floorMod(tile.source(), alignment)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"100, 32, 8, 1", "33, 32, 31, 1", "65, 32, 16, 4", "1000, 64, 8, 8", "34, 32, 8, 16"})
  void overlapping_neighboursShareTheOverlapAtLeast(
      int length, int core, int overlap, int alignment) {
    AxisTiles axis = AxisTiles.overlapping(length, core, overlap, 3, alignment, core + 20, true);

    assertThat(axis.tiles().get(0).core()).isZero();
    assertThat(axis.tiles().get(axis.tiles().size() - 1).coreEnd()).isEqualTo(length);
    for (int i = 0; i < axis.tiles().size(); i++) {
      AxisTile tile = axis.tiles().get(i);
      assertThat(tile.sourceLength()).isEqualTo(core + 20);
      assertThat(tile.source()).isLessThanOrEqualTo(tile.core() - 3);
      assertThat(Math.floorMod(tile.source(), alignment)).isZero();
      if (i > 0) {
        assertThat(axis.tiles().get(i - 1).coreEnd() - tile.core()).isGreaterThanOrEqualTo(overlap);
      }
    }
  }

  @Test
  void clipped_coresAreOfAboutEqualLength() {
    assertThat(AxisTiles.clipped(513, 512, 0, 1).tiles())
        .extracting(AxisTile::coreLength)
        .containsExactly(257, 256);
  }

  @Test
  void mirror_doesNotRepeatTheEdge_andFoldsAsOftenAsNeeded() {
    AxisTiles three = AxisTiles.extended(3, 16, 1, 1, true);
    assertThat(IntStream.rangeClosed(-5, 6).mapToObj(three::seenAt))
        .containsExactly(1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2);
    assertThat(AxisTiles.extended(1, 16, 1, 1, true).seenAt(-7)).isZero();
  }

  @Test
  void extended_repeatsTheEdge() {
    AxisTiles three = AxisTiles.extended(3, 16, 5, 1, false);
    assertThat(IntStream.rangeClosed(-3, 6).mapToObj(three::seenAt))
        .containsExactly(0, 0, 0, 0, 1, 2, 2, 2, 2, 2);
  }

  @Test
  void clipped_repeatsTheLastSample() {
    AxisTiles axis = AxisTiles.clipped(3, 16, 1, 8);

    assertThat(axis.tiles()).containsExactly(new AxisTile(0, 3, 0, 8));
    assertThat(axis.seenAt(7)).isEqualTo(2);
  }
}
