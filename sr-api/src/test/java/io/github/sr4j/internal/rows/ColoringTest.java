// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ColoringTest {

  private static final int GRAY = 0x50_50_50;
  private static final int RED = 0x50_00_00;
  private static final int OPAQUE = 0xff << 24;

  private static Coloring coloring(BufferedImage image) {
    return PixelKind.of(image).coloring();
  }

  private static BufferedImage filled(int type, int color) {
    BufferedImage image = new BufferedImage(300, 200, type);
    for (int i = 0; i < 300 * 200; i++) {
      image.setRGB(i % 300, i / 300, color);
    }
    return image;
  }

  @Test
  void threeEqualChannels_areNotColors() {
    BufferedImage image = filled(BufferedImage.TYPE_INT_RGB, GRAY);
    assertThat(coloring(image)).isEqualTo(Coloring.EQUAL_CHANNELS);

    image.setRGB(299, 199, RED);
    assertThat(coloring(image)).isEqualTo(Coloring.COLORS);
  }

  @Test
  void imageOfOneChannel_isThat() {
    assertThat(coloring(filled(BufferedImage.TYPE_USHORT_GRAY, GRAY)))
        .isEqualTo(Coloring.ONE_CHANNEL);
    assertThat(coloring(filled(BufferedImage.TYPE_BYTE_BINARY, 0))).isEqualTo(Coloring.ONE_CHANNEL);
  }

  @Test
  void hiddenColors_countOnlyIfAllIsHidden() {
    BufferedImage image = filled(BufferedImage.TYPE_INT_ARGB, OPAQUE | GRAY);
    image.setRGB(7, 5, RED);
    assertThat(coloring(image)).isEqualTo(Coloring.EQUAL_CHANNELS);

    image.setRGB(8, 5, 1 << 24 | RED);
    assertThat(coloring(image)).isEqualTo(Coloring.COLORS);
    assertThat(coloring(filled(BufferedImage.TYPE_INT_ARGB, RED))).isEqualTo(Coloring.COLORS);
    assertThat(coloring(filled(BufferedImage.TYPE_INT_ARGB, GRAY)))
        .isEqualTo(Coloring.EQUAL_CHANNELS);
  }

  @Test
  void rowsAddedInBands_areTheImage() {
    BufferedImage image = filled(BufferedImage.TYPE_INT_ARGB, RED);
    image.setRGB(0, 150, OPAQUE | GRAY);
    Coloring.Scan scan = new Coloring.Scan(Optional.empty());

    for (int top = 0; top < 200; top += 50) {
      assertThat(scan.isDone()).isFalse();
      scan.add(image.getSubimage(0, top, 300, 50));
    }

    assertThat(scan.coloring()).isEqualTo(Coloring.EQUAL_CHANNELS);
  }
}
