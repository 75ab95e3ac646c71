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
        "johnson(blocks=1, features=4)  | 1 | 25",
        "johnson(blocks=2, features=4)  | 1 | 33",
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
      int alignment = info.alignment();
      int size = (2 * radius / alignment + 5) * alignment;
      FloatImage image = TestImages.noise(info.channels(), size, size, 1);
      try (SameDiffBlockUpscaler upscaler = new SameDiffBlockUpscaler(network, weights, info)) {
        FloatImage before = upscaler.upscale(image);
        int furthest = 0;
        for (int centre = size / 2; centre < size / 2 + alignment; centre++) {
          float[] samples = image.samples().clone();
          samples[centre * size + centre] += 10;
          FloatImage changed = FloatImage.wrap(info.channels(), size, size, samples);
          FloatImage after = upscaler.upscale(changed);
          furthest = Math.max(furthest, furthest(before, after, centre, info.blockScale()));
        }
        assertThat(radius).isEqualTo(expected);
        assertThat(furthest).isLessThanOrEqualTo(radius).isGreaterThanOrEqualTo(radius - 1);
      }
    }
  }

  /** Returns the distance, in pixels of the input, of the furthest pixel that differs. */
  private static int furthest(FloatImage before, FloatImage after, int centre, int scale) {
    int furthest = 0;
    for (int y = 0; y < before.height(); y++) {
      for (int x = 0; x < before.width(); x++) {
        if (before.sample(0, x, y) != after.sample(0, x, y)) {
          int distance = Math.max(Math.abs(x / scale - centre), Math.abs(y / scale - centre));
          furthest = Math.max(furthest, distance);
        }
      }
    }
    return furthest;
  }

  @Test
  void strides_makeTheAlignment() {
    SameDiff graph = SameDiff.create();
    Layers layers = new Layers(graph, new Weights(1), true, false);
    Signal x = new Signal(graph.placeHolder("x", DataType.FLOAT, -1, 1, -1, -1), 1);
    Signal third = layers.convolution("a", x, Convolution.of(1, 3).stride(3));
    Signal half = layers.convolution("b", x, Convolution.of(1, 3).stride(2));
    Signal back = layers.transposedConvolution("c", third, Convolution.of(1, 3).stride(3));
    Signal same = layers.transposedConvolution("d", half, Convolution.of(1, 2).stride(2));
    back.plus(same).variable().rename("y");

    ReceptiveField.Reach reach = ReceptiveField.of(graph, "x", "y");
    assertThat(ReceptiveField.alignment(graph, "x")).isEqualTo(6);
    assertThat(reach.scale()).isEqualTo(1);
    assertThat(reach.phases()).hasSize(6);
    assertThat(reach.phases().get(0)).isEqualTo(new ReceptiveField.Range(-1, 1));
    // Pixels 0 to 2 are written by one pixel, which has seen pixels -1 to 1.
    assertThat(reach.phases().get(2)).isEqualTo(new ReceptiveField.Range(-1, 3));
    assertThat(reach.halo()).hasValue(3);
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
