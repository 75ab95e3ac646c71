// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.FloatImage;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FiltersTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void jpeg_isSmaller_theLowerTheQuality(int channels) throws IOException {
    FloatImage image = TestImages.scene(channels, 64, 56, 2);
    int lastSize = Integer.MAX_VALUE;
    for (int quality : new int[] {95, 60, 30, 5}) {
      int size = Filters.compressed(image, quality).length;
      assertThat(size).isLessThan(lastSize);
      lastSize = size;
    }
  }
}
