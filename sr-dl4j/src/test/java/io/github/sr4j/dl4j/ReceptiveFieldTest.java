// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.testkit.TestImages;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

final class ReceptiveFieldTest {

  /** What is found by walking the graph is what changing a pixel shows. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compact(features=8, layers=0)  | 2 | 2",
        "compact(features=8, layers=1)  | 5 | 3",
        "compact(features=8, layers=4)  | 3 | 6",
        "edsr(blocks=1, features=8)     | 2 | 6",
        "edsr(blocks=1, features=8)     | 4 | 6",
        "espcn                          | 3 | 4",
        "fsrcnn(features=8, layers=1)   | 2 | 5",
        "fsrcnn(features=8, layers=1)   | 3 | 4",
        "fsrcnn(features=8, layers=1)   | 5 | 4",
        "johnson(blocks=1, features=8)  | 2 | 9",
        "johnson(blocks=1, features=8)  | 4 | 8",
        "srresnet(blocks=1, features=8) | 3 | 10",
        "vdsr(layers=4, features=8)     | 2 | 4",
      })
  void radius_isThatOfTheChangeThatOnePixelMakes(String text, int scale, int expected) {
    Network network = Networks.of(text, scale);
    try (Weights weights = new Weights(3)) {
      ModelInfo info = NetworkGraph.of(network, weights, false).info(network, Map.of());
      int radius = info.halo().orElseThrow();
      int size = 2 * radius + 5;
      FloatImage image = TestImages.noise(info.channels(), size, size, 1);
      float[] samples = image.samples().clone();
      int centre = size / 2;
      samples[centre * size + centre] += 10;
      FloatImage changed = FloatImage.wrap(info.channels(), size, size, samples);
      try (SameDiffBlockUpscaler upscaler = new SameDiffBlockUpscaler(network, weights, info)) {
        FloatImage before = upscaler.upscale(image);
        FloatImage after = upscaler.upscale(changed);
        int furthest = 0;
        for (int y = 0; y < before.height(); y++) {
          for (int x = 0; x < before.width(); x++) {
            if (before.sample(0, x, y) != after.sample(0, x, y)) {
              int distance =
                  Math.max(
                      Math.abs(x / info.blockScale() - centre),
                      Math.abs(y / info.blockScale() - centre));
              furthest = Math.max(furthest, distance);
            }
          }
        }
        assertThat(radius).isEqualTo(expected);
        assertThat(furthest).isLessThanOrEqualTo(radius).isGreaterThanOrEqualTo(radius - 1);
      }
    }
  }

  @Test
  void operationOverTheWholeImage_hasNone() {
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 1, -1, -1);
    x.add(x.mean(true, 2, 3)).rename("y");

    ReceptiveField.Reach reach = ReceptiveField.of(graph, "x", "y");
    assertThat(reach.halo()).isEmpty();
    assertThat(reach.global()).contains("reduce_mean");
  }
}
