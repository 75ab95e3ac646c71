// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.spi.TrainingProvider;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks are as large as their papers say, or as the programs of their authors are. */
final class NetworkDescriptionsTest {

  /** In billions, for an enlarged image of 1280x720 pixels, as papers compare them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "srcnn(kernels=9-5-5)                       | 2 |  3 |    57281 |  52.7",
        "vdsr                                       | 2 | 20 |   665921 | 612.6",
        "vdsr                                       | 4 | 20 |   665921 | 612.6",
        "edsr                                       | 2 | 36 |  1369859 | 316.3",
        "edsr                                       | 3 | 36 |  1554499 | 160.2",
        "edsr                                       | 4 | 37 |  1517571 | 114.2",
        "edsr(blocks=32, features=256, scaling=0.1) | 2 | 68 | 40729603 | 9385",
        "edsr(blocks=32, features=256, scaling=0.1) | 3 | 68 | 43680003 | 4477",
        "edsr(blocks=32, features=256, scaling=0.1) | 4 | 69 | 43089923 | 2895",
        "imdn                                       | 2 | 46 |   694404 | 158.8",
        "imdn                                       | 3 | 46 |   703059 |  71.5",
        "imdn                                       | 4 | 46 |   715176 |  40.9",
        "espcn                                      | 2 |  3 |    21284 |  4.88",
        "johnson                                    | 1 | 16 |  1677635 | 116.3",
        "johnson                                    | 2 | 13 |   438147 | 111.3",
        "johnson                                    | 4 | 14 |   475139 | 47.1",
        "johnson                                    | 8 | 15 |   512131 | 31.0",
        "mdsr                                       | 2 | 40 |  3227203 | 410.6",
        "mdsr                                       | 3 | 40 |  3227203 | 202.3",
        "mdsr                                       | 4 | 41 |  3227203 | 137.8",
        "mdsr(blocks=80)                            | 4 | 169 |  7953987 | 409.6",
        "srresnet                                   | 2 | 36 |  1400771 | 332.2",
        "srresnet                                   | 3 | 36 |  1585411 | 174.5",
        "srresnet                                   | 4 | 37 |  1548547 | 127.8",
        "srvgg                                      | 4 | 18 |   621424 | 35.7",
        "rcan                                       | 2 | 814 | 15444643 | 3526.8",
        "rcan                                       | 3 | 814 | 15629283 | 1587.2",
        "rcan                                       | 4 | 815 | 15592355 | 916.9",
      })
  void figures_areThePublishedOnes(
      String network, int scale, int layers, long parameters, double billions) {
    TrainingProvider.NetworkDescription description = Networks.describe(network, scale);

    assertThat(description.layers()).hasSize(layers);
    assertThat(description.parameters()).isEqualTo(parameters);
    assertThat(description.multiplyAccumulates() / 1e9).isCloseTo(billions, within(0.5));
  }

  /** Strides whose result is enlarged to the size of the image do not ask for multiples. */
  @ParameterizedTest
  @CsvSource({
    "rlfn, 2, 1",
    "rfdn, 4, 1",
    "safmn, 2, 8",
    "rrdbnet, 2, 2",
    "rrdbnet, 1, 4",
    "rrdbnet, 4, 1",
    "cunet, 1, 4",
    "cunet, 2, 2",
    "imdn-rte, 2, 2",
    "fast-style, 1, 4",
    "vgg7, 1, 1"
  })
  void alignment_isThatOfTheStrides(String network, int scale, int alignment) {
    NetworkGraph graph = NetworkGraph.of(Networks.of(network, scale), NetworkGraph.Mode.INFERENCE);

    assertThat(graph.info(Map.of()).alignment()).isEqualTo(alignment);
  }

  /** Those of published files, and of papers where they count biases, too. */
  @ParameterizedTest
  @CsvSource({
    "carn(scales=2-3-4), 2, 1592",
    "carn-m(scales=2-3-4), 2, 415",
    "dncnn(norm=none), 1, 555",
    "pan, 2, 261",
    "pan, 4, 272",
    "rfdn, 4, 433",
    "rlfn, 2, 527",
    "rlfn(features=48), 4, 470",
    "rrdbnet, 4, 16698",
    "rrdbnet, 2, 16703",
    "safmn, 2, 228",
    "safmn, 4, 240",
    "msrresnet, 4, 1518",
    "fast-style, 1, 1679",
  })
  void parameters_areAsManyAsPublished_inThousands(String network, int scale, long thousands) {
    TrainingProvider.NetworkDescription description = Networks.describe(network, scale);

    assertThat(Math.round(description.parameters() / 1e3)).isEqualTo(thousands);
  }

  /** Papers count weights, and leave out biases and slopes. */
  @ParameterizedTest
  @CsvSource({
    "srcnn(kernels=9-1-5), 8032",
    "srcnn(kernels=9-3-5), 24416",
    "srcnn(kernels=9-5-5), 57184",
    "fsrcnn, 12464",
    "vdsr, 664704"
  })
  void weights_areAsManyAsPublished(String network, long weights) {
    assertThat(
            Networks.describe(network, 3).layers().stream()
                .mapToLong(layer -> layer.weights().stream().reduce(1L, (a, b) -> a * b))
                .sum())
        .isEqualTo(weights);
  }

  /** Published are 6.0 billion: those count the transposed kernel for each pixel of the result. */
  @ParameterizedTest
  @CsvSource({"2, 2.872", "3, 1.276", "4, 0.718"})
  void transposedConvolution_countsForEachPixelOfItsArgument(int scale, double billions) {
    TrainingProvider.NetworkDescription description = Networks.describe("fsrcnn", scale);

    assertThat(description.parameters()).isEqualTo(12_464 + 173 + 172);
    assertThat(description.multiplyAccumulates() / 1e9).isCloseTo(billions, within(1e-3));
  }

  @ParameterizedTest
  @CsvSource({
    "johnson, 1, 57",
    "mdsr, 2, 44",
    "mdsr(blocks=80), 3, 172",
    "vdsr, 2, 20",
    "edsr, 2, 36",
    "espcn, 3, 4",
    "fsrcnn, 2, 8",
    "fsrcnn, 3, 7",
    "fsrcnn, 4, 7"
  })
  void halo_isTheRadiusOfTheReceptiveField(String network, int scale, int halo) {
    assertThat(Networks.describe(network, scale).halo()).hasValue(halo);
  }

  @ParameterizedTest
  @CsvSource({"imdn", "rcan"})
  void networkWithChannelAttention_hasNoHalo_andNamesWhatLooksAtTheWholeImage(String network) {
    TrainingProvider.NetworkDescription description = Networks.describe(network, 2);

    assertThat(description.halo()).isEmpty();
    assertThat(description.globalOperator()).hasValue("reduce_mean");
  }

  @Test
  void layers_areNamedAsTheirWeights_whichHaveTheShapesOfFiles() {
    TrainingProvider.NetworkDescription description =
        Networks.describe("fsrcnn(features=5, shrunk=3, layers=1)", 3);
    long pixels = (1280 / 3 * 240L) + 160; // 1280 / 3 x 720 / 3

    assertThat(description.network()).isEqualTo("fsrcnn(features=5, shrunk=3, layers=1)");
    assertThat(description.scale()).isEqualTo(3);
    assertThat(description.globalOperator()).isEmpty();
    assertThat(description.layers().stream().map(TrainingProvider.NetworkDescription.Layer::name))
        .containsExactly("extract", "shrink", "map1", "expand", "deconv");
    assertThat(description.layers().get(1))
        .isEqualTo(
            new TrainingProvider.NetworkDescription.Layer(
                "shrink", "conv2d", List.of(3L, 5L, 1L, 1L), 15 * pixels));
    assertThat(description.layers().get(4))
        .isEqualTo(
            new TrainingProvider.NetworkDescription.Layer(
                "deconv", "deconv2d", List.of(5L, 1L, 9L, 9L), 405 * pixels));
  }
}
