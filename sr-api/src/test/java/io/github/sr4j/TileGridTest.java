// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.TileGrid.Region;
import io.github.sr4j.TileGrid.Tile;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TileGridTest {

  private static final String SIZES =
      """
      1, 1, 16, 0, 1
      1, 1, 16, 5, 8
      1, 100, 16, 3, 1
      100, 1, 16, 3, 1
      15, 17, 16, 4, 1
      16, 16, 16, 4, 1
      17, 33, 16, 40, 1
      31, 37, 16, 7, 4
      97, 64, 32, 6, 8
      1000, 3, 512, 20, 1
      """;

  @ParameterizedTest
  @CsvSource(textBlock = SIZES)
  void cores_coverEveryPixelOnce(int width, int height, int tileSize, int halo, int alignment) {
    int[] covered = new int[width * height];
    for (Tile tile : new TileGrid(width, height, tileSize, halo, alignment).tiles()) {
      Region core = tile.core();
      assertThat(core.width()).isBetween(1, tileSize);
      assertThat(core.height()).isBetween(1, tileSize);
      for (int y = core.y(); y < core.y() + core.height(); y++) {
        for (int x = core.x(); x < core.x() + core.width(); x++) {
          covered[y * width + x]++;
        }
      }
    }
    assertThat(covered).containsOnly(1);
  }

  @ParameterizedTest
  @CsvSource(textBlock = SIZES)
  void sources_holdCoreAndHalo_andAreAligned(
      int width, int height, int tileSize, int halo, int alignment) {
    int paddedWidth = (width + alignment - 1) / alignment * alignment;
    int paddedHeight = (height + alignment - 1) / alignment * alignment;
    for (Tile tile : new TileGrid(width, height, tileSize, halo, alignment).tiles()) {
      Region core = tile.core();
      Region source = tile.source();
      assertThat(source.x()).isNotNegative().isLessThanOrEqualTo(Math.max(0, core.x() - halo));
      assertThat(source.y()).isNotNegative().isLessThanOrEqualTo(Math.max(0, core.y() - halo));
      assertThat(source.x() + source.width())
          .isBetween(Math.min(width, core.x() + core.width() + halo), paddedWidth);
      assertThat(source.y() + source.height())
          .isBetween(Math.min(height, core.y() + core.height() + halo), paddedHeight);
      assertThat(List.of(source.x(), source.y(), source.width(), source.height()))
          .allMatch(edge -> edge % alignment == 0);
    }
  }

  @Test
  void tiles_areOfAboutEqualSize() {
    assertThat(new TileGrid(513, 512, 512, 0, 1).tiles())
        .extracting(tile -> tile.core().width())
        .containsExactly(257, 256);
  }

  @Test
  void whole_isOneTile_paddedToTheAlignment() {
    assertThat(TileGrid.whole(10, 3, 4).tiles())
        .containsExactly(new Tile(new Region(0, 0, 10, 3), new Region(0, 0, 12, 4)));
  }

  @Test
  void coreWithinSource_isEnlarged() {
    Tile tile = new Tile(new Region(16, 8, 4, 5), new Region(13, 8, 10, 9));

    assertThat(tile.coreWithinSource(3)).isEqualTo(new Region(9, 0, 12, 15));
    assertThat(tile.core().scaledBy(3)).isEqualTo(new Region(48, 24, 12, 15));
  }
}
