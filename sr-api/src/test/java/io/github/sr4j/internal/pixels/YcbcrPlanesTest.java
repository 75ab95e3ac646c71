// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Images;
import io.github.sr4j.imaging.Luma;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class YcbcrPlanesTest {

  @Test
  void conversionInPlace_isThatOfAnImage_andLeavesWhatIsBehind() {
    FloatImage image = Images.noise(3, 67, 45);
    int plane = 67 * 45;
    float[] ycbcr = Arrays.copyOf(image.samples(), 3 * plane + 2);
    float[] luma = ycbcr.clone();

    YcbcrPlanes.fromRgb(ycbcr, plane, ycbcr);
    YcbcrPlanes.luma(luma, plane, luma);

    assertThat(ycbcr).startsWith(Luma.toYcbcr(image).samples()).endsWith(0, 0);
    assertThat(luma).startsWith(Luma.of(image).samples());
    float[] expected = Luma.toRgb(Luma.toYcbcr(image)).samples();
    YcbcrPlanes.toRgb(ycbcr, plane, ycbcr);
    assertThat(ycbcr).startsWith(expected).endsWith(0, 0);
  }
}
