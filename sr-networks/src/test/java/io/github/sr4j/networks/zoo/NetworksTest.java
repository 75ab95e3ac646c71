// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.NetworkProvider;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.spi.Arguments;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworksTest {

  /** A network of someone else's: one convolution that makes an image of some channels. */
  private record Tiny(int scale, int features) implements Network {
    @Override
    public String text() {
      return "tiny(features=" + features + ")";
    }

    @Override
    public ModelInfo.Color color() {
      return ModelInfo.Color.LUMA;
    }

    @Override
    public int patchSize() {
      return 8;
    }

    @Override
    public FeatureMap build(Layers layers, FeatureMap input) {
      return layers.subPixelConvolution("conv", input, features, 3, scale);
    }
  }

  private record Provider(String name) implements NetworkProvider {
    @Override
    public Network create(Arguments arguments, int scale) {
      return new Tiny(scale, arguments.integer("features", 1, 1, 9));
    }
  }

  private static Network of(String text, int scale) {
    return Networks.of(text, scale, List.of(new Provider("tiny")));
  }

  @Test
  void networkOfAProvider_isFoundByName() {
    assertThat(of("tiny(features=2)", 1)).isEqualTo(new Tiny(1, 2));
    assertThat(of("espcn", 3)).isEqualTo(new Espcn(3, 3, "tanh"));
  }

  @Test
  void name_thatNoneHas_isRefusedWithAllThatThereAre() {
    assertThatThrownBy(() -> of("tinny", 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("network must be one of carn, carn-m, compact, ")
        .hasMessageEndingWith(", tiny, upconv7, vdsr, vgg7, but was \"tinny\"");
  }

  @Test
  void argument_thatAProviderDoesNotRead_isRefused() {
    assertThatThrownBy(() -> of("tiny(layers=2)", 2))
        .hasMessage("tiny has no argument \"layers\"; it has features");
  }

  @Test
  void providerOfANameThatIsTaken_isRefused() {
    assertThatThrownBy(() -> Networks.of("tiny", 2, List.of(new Provider("edsr"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "two networks are named \"edsr\", one of them of"
                + " io.github.sr4j.networks.zoo.NetworksTest$Provider; remove that from the class"
                + " path");
    List<NetworkProvider> twice = List.of(new Provider("tiny"), new Provider("tiny"));
    assertThatThrownBy(() -> Networks.of("tiny", 2, twice))
        .hasMessageContaining("two networks are named \"tiny\"");
  }

  @Test
  void networkThatMakesOtherImages_isRefused() {
    assertThatThrownBy(() -> NetworkGraph.of(of("tiny(features=3)", 2), Mode.INFERENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tiny(features=3) must make images of 1 channels, as its input has, but makes 3");
  }

  @Test
  void networkThatDoesNotEnlargeAsItSays_isRefused() {
    Convolution half = Convolution.of(1, 3).stride(2);
    Convolution unpadded = Convolution.of(1, 3).unpadded();

    assertScale((layers, x) -> layers.convolution("down", x, half), "0.5 times as large");
    assertScale((layers, x) -> layers.convolution("cut", x, unpadded), "0.98 times as large");
    assertScale((layers, x) -> layers.bilinear(x, 3), "3.0 times as large");
    assertScale((layers, x) -> x, "1.0 times as large");
  }

  private static void assertScale(BiFunction<Layers, FeatureMap, FeatureMap> layer, String actual) {
    record Pretender(int scale, BiFunction<Layers, FeatureMap, FeatureMap> layer)
        implements Network {
      @Override
      public String text() {
        return "pretender";
      }

      @Override
      public ModelInfo.Color color() {
        return ModelInfo.Color.LUMA;
      }

      @Override
      public int patchSize() {
        return 8;
      }

      @Override
      public FeatureMap build(Layers layers, FeatureMap input) {
        return layer.apply(layers, input);
      }
    }
    NetworkGraph graph = NetworkGraph.of(new Pretender(2, layer), Mode.INFERENCE);

    assertThatThrownBy(() -> graph.info(Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "pretender must make images 2 times as large as its input, but makes them " + actual);
  }

  @Test
  void names_areThoseOfTheLiterature_inOrder() {
    assertThat(Networks.names())
        .containsExactly(
            "carn",
            "carn-m",
            "compact",
            "cunet",
            "dncnn",
            "edsr",
            "espcn",
            "fast-style",
            "fsrcnn",
            "imdn",
            "imdn-rtc",
            "imdn-rte",
            "johnson",
            "lapsrn",
            "mdsr",
            "msrresnet",
            "pan",
            "rcan",
            "rfdn",
            "rlfn",
            "rrdbnet",
            "safmn",
            "span",
            "srcnn",
            "srresnet",
            "srvgg",
            "upconv7",
            "vdsr",
            "vgg7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "espcn                  | 9 | scale of espcn must be within 1 to 8, but was 9",
        "espcn                  | 0 | scale of espcn must be within 1 to 8, but was 0",
        "johnson                | 3 | scale of johnson must be 1, 2, 4 or 8, but was 3",
        "mdsr                   | 5 | scale of mdsr must be one of its scales, 2-3-4, but was 5",
        "rcan(features=20)      | 2 | features of rcan must be a multiple of 16, but was 20",
        "imdn(features=8)       | 2 | features of imdn must be a multiple of 16, but was 8",
        "srcnn(kernels=9-9-9)   | 2 | kernels of srcnn must be one of 9-1-5, 9-3-5, 9-5-5",
        "srcnn(color=green)     | 2 | color of srcnn must be luma or rgb, but was \"green\"",
        "srresnet(norm=layer)   | 2 | norm of srresnet must be batch or instance, but was"
            + " \"layer\"",
        "edsr(blocks=0)         | 2 | blocks of edsr must be",
        "carn(scales=2-3)       | 4 | scale of carn must be one of its scales, 2-3, but was 4",
        "carn(scales=2-2)       | 2 | scales of carn must be different numbers within 2 to 8",
        "carn-m(features=6)     | 2 | features of carn-m must be a multiple of 4, but was 6",
        "rrdbnet                | 3 | scale of rrdbnet must be 1, 2, 4 or 8, but was 3",
        "rrdbnet(unshuffle=3)   | 2 | unshuffle of rrdbnet must be 1, 2, 4 or 8, but was 3",
        "dncnn                  | 2 | scale of dncnn must be 1, but was 2",
        "dncnn(norm=layer)      | 1 | norm of dncnn must be batch or none, but was \"layer\"",
        "vgg7(color=green)      | 1 | color of vgg7 must be luma or rgb, but was \"green\"",
        "upconv7                | 3 | scale of upconv7 must be 2, but was 3",
        "cunet(features=12)     | 2 | features of cunet must be a multiple of 8, but was 12",
        "cunet                  | 4 | scale of cunet must be 1 or 2, but was 4",
        "lapsrn                 | 3 | scale of lapsrn must be 2, 4 or 8, but was 3",
        "srresnet(output=relu)  | 2 | output of srresnet must be linear or tanh, but was \"relu\"",
        "span(mean=rgb)         | 2 | mean of span must be div2k or none, but was \"rgb\"",
        "espcn(features=3)      | 2 | espcn has no argument \"features\"",
      })
  void argumentsOutOfRange_areRefused(String text, int scale, String message) {
    assertThatThrownBy(() -> Networks.of(text, scale))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  /** The text is in checkpoints and exported files: the same network is made from it again. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "compact(layers=3)",
        "compact(expansion=2)",
        "edsr(scaling=0.1)",
        "espcn",
        "fsrcnn(features=32, shrunk=5, layers=1)",
        "imdn(blocks=2)",
        "johnson(norm=instance)",
        "mdsr(scales=2-4)",
        "rcan(groups=2, blocks=3, reduction=8)",
        "srcnn(kernels=9-5-5, color=rgb, init=he)",
        "srresnet(norm=instance)",
        "vdsr(layers=5)",
        "fsrcnn(kernel=10)",
        "srresnet(output=tanh)",
        "carn(features=8)",
        "carn-m(groups=2, scales=2-4)",
        "imdn-rtc(features=8)",
        "imdn-rte(blocks=2)",
        "pan(upsampled=5)",
        "rfdn(features=6)",
        "rlfn(features=5, middle=7)",
        "safmn(hidden=5)",
        "span(mean=none)",
        "cunet",
        "lapsrn(layers=3)",
        "msrresnet(blocks=2)",
        "rrdbnet(growth=4, unshuffle=1)",
        "upconv7(color=luma)"
      })
  void text_isReadBackAsTheSameNetwork(String text) {
    Network network = Networks.of(text, 2);

    assertThat(Networks.of(network.text(), 2)).isEqualTo(network);
  }

  /** Luma or RGB in and out, at each scale that there is, in training as when run. */
  @ParameterizedTest
  @MethodSource("namesAndScales")
  void network_enlargesAsItSays(String name, int scale) {
    Network network = Networks.of(name, scale);
    NetworkGraph graph = NetworkGraph.of(network, Mode.INFERENCE);
    ModelInfo info = graph.info(Map.of("seed", "1"));

    assertThat(info.scale()).isEqualTo(scale);
    assertThat(info.channels()).isEqualTo(network.color() == ModelInfo.Color.LUMA ? 1 : 3);
    assertThat(info.isPreupscaled()).isEqualTo(network.isPreupscaled());
    assertThat(info.provenance()).containsEntry("seed", "1");
    assertThat(NetworkGraph.of(network, Mode.TRAINING).graph().parameters())
        .extracting(Parameter::name)
        .containsExactlyElementsOf(
            graph.graph().parameters().stream().map(Parameter::name).toList());
  }

  private static boolean hasScale(String name, int scale) {
    return switch (name) {
      case "johnson", "rrdbnet" -> Integer.bitCount(scale) == 1;
      case "lapsrn" -> scale > 1 && Integer.bitCount(scale) == 1;
      case "mdsr" -> scale >= 2 && scale <= 4;
      case "cunet" -> scale <= 2;
      case "dncnn", "fast-style", "vgg7" -> scale == 1;
      case "upconv7" -> scale == 2;
      default -> true;
    };
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> namesAndScales() {
    return Networks.names().stream()
        .flatMap(
            name ->
                IntStream.rangeClosed(1, 8)
                    .filter(scale -> hasScale(name, scale))
                    .mapToObj(
                        scale ->
                            arguments(
                                name.equals("rcan") ? "rcan(groups=1, blocks=2)" : name, scale)));
  }
}
