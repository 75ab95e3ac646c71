// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Parameter.Initial;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InitialWeightsTest {

  /**
   * The weights of a seed are the same in every version, or a run could not be repeated: these are
   * those of versions before networks were graphs, in which each array was drawn in the order of
   * SameDiff. Checksums of the samples, big-endian, array by array.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compact(features=4, layers=1) | 2 | 2a17f529",
        "compact(features=4, layers=2, expansion=3) | 3 | 3aeec0bf",
        "fsrcnn(features=6, shrunk=3, layers=1) | 2 | bf2c1fbc",
        "imdn(blocks=1, features=16) | 4 | 5f85a338",
        "johnson(blocks=1, features=4) | 2 | 3a467739",
        "mdsr(scales=2-3, blocks=1, features=4) | 3 | b5a0b1b6",
        "srcnn(init=he, color=rgb) | 2 | f209351f",
        "srresnet(blocks=1, features=4) | 4 | bec7a38d",
      })
  void weightsOfASeed_areThoseOfEveryVersion(String network, int scale, String checksum) {
    List<Parameter> parameters = Networks.parameters(Networks.of(network, scale));
    CRC32 crc = new CRC32();
    InitialWeights.draw(parameters, 7)
        .forEach(
            (name, array) -> {
              crc.update(name.getBytes(UTF_8));
              ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * array.samples().length);
              bytes.asFloatBuffer().put(array.samples());
              crc.update(bytes);
            });

    assertThat(Long.toHexString(crc.getValue())).isEqualTo(checksum);
  }

  /** Of [out, in, height, width], positions of the kernel come first, then in, then out. */
  @Test
  void kernel_isDrawnPixelByPixel() {
    assertThat(parameter(1, 2, 3, 1, 2).drawingOrder())
        .containsExactly(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11);
  }

  /** Channels before a shuffle: the upper left pixel of every channel, then the next pixel. */
  @Test
  void channelsBeforeAPixelShuffle_areDrawnPixelByPixel() {
    assertThat(parameter(2, 8).drawingOrder()).containsExactly(0, 4, 1, 5, 2, 6, 3, 7);
    assertThat(parameter(2, 8, 1, 1, 1).drawingOrder()).containsExactly(0, 4, 1, 5, 2, 6, 3, 7);
  }

  private static Parameter parameter(int shuffle, long... shape) {
    return new Parameter(
        "w", Shape.of(shape), new Initial.Uniform(0.5), Parameter.Role.TRAINED, shuffle);
  }

  @Test
  void uniform_isWithinItsBoundAndReachesIt() {
    float[] samples = parameter(1, 1000).draw(new SplittableRandom(1)).samples();
    float min = 0;
    float max = 0;
    for (float sample : samples) {
      min = Math.min(min, sample);
      max = Math.max(max, sample);
    }
    assertThat(min).isBetween(-0.5f, -0.45f);
    assertThat(max).isBetween(0.45f, 0.5f);
  }

  /** One network of several scales has one set of weights, whichever of them it is opened for. */
  @Test
  void weightsOfSeveralScales_areDrawnAlike() {
    String text = "mdsr(scales=2-3, blocks=1, features=4)";
    Map<String, Tensor> two = InitialWeights.draw(Networks.parameters(Networks.of(text, 2)), 1);

    assertThat(InitialWeights.draw(Networks.parameters(Networks.of(text, 3)), 1)).isEqualTo(two);
  }
}
