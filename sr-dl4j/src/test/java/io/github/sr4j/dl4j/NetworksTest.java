// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.Arguments;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
    public Signal build(Layers layers, Signal input) {
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
    assertThat(of("espcn", 3)).isEqualTo(new Espcn(3));
  }

  @Test
  void name_thatNoneHas_isRefusedWithAllThatThereAre() {
    assertThatThrownBy(() -> of("tinny", 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("network must be one of compact, edsr, ")
        .hasMessageEndingWith(", tiny, vdsr, but was \"tinny\"");
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
                + " io.github.sr4j.dl4j.NetworksTest$Provider; remove that from the class path. See"
                + " docs/errors.md#two-providers");
    List<NetworkProvider> twice = List.of(new Provider("tiny"), new Provider("tiny"));
    assertThatThrownBy(() -> Networks.of("tiny", 2, twice))
        .hasMessageContaining("two networks are named \"tiny\"");
  }

  @Test
  void networkThatMakesOtherImages_isRefused() {
    try (Weights weights = new Weights(1)) {
      assertThatThrownBy(() -> NetworkGraph.of(of("tiny(features=3)", 2), weights, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "tiny(features=3) must make images of 1 channels, as its input has, but makes 3");
    }
  }

  @Test
  void networkThatDoesNotEnlargeAsItSays_isRefused() {
    record Half(int scale) implements Network {
      @Override
      public String text() {
        return "half";
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
      public Signal build(Layers layers, Signal input) {
        return layers.convolution("down", input, Convolution.of(1, 3).stride(2));
      }
    }
    try (Weights weights = new Weights(1)) {
      NetworkGraph graph = NetworkGraph.of(new Half(2), weights, false);
      assertThatThrownBy(() -> graph.info(new Half(2), Map.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "half must make images 2 times as large as its input, but makes them 0.5 times as"
                  + " large");
    }
  }
}
