// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArchitecturesTest {

  /**
   * A program that names the layers of a network otherwise, and stores one of them in two parts.
   */
  private static final class Renamed implements Architecture {
    @Override
    public String name() {
      return "Renamed";
    }

    @Override
    public Optional<Candidate> propose(Keys keys) {
      return Optional.of(
          Candidate.of("srvgg(features=2, layers=0)", 2)
              .renaming("^net\\.", "body.")
              .ignoring("mean")
              .deriving(
                  "body.1.weight",
                  List.of("half", "other"),
                  parts ->
                      Tensor.of(
                          Shape.of(2), parts.get(0).samples()[0], parts.get(1).samples()[0])));
    }
  }

  private static Map<String, Shape> shapes(String network, int scale) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    Networks.parameters(Networks.of(network, scale))
        .forEach(parameter -> shapes.put(parameter.name(), parameter.shape()));
    return shapes;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SRVGGNetCompact | srvgg(features=64, layers=16) | 4",
        "SRVGGNetCompact | srvgg(features=48, layers=32) | 1",
        "SRVGGNetCompact | srvgg(features=24, layers=0)  | 3",
      })
  void network_isRecognisedByItsKeysAndShapes(String architecture, String network, int scale) {
    Recognised recognised = Architectures.recognise("some.pth", shapes(network, scale));

    assertThat(recognised.architecture()).isEqualTo(architecture);
    assertThat(recognised.network()).isEqualTo(network);
    assertThat(recognised.scales()).containsExactly(scale);
    assertThat(recognised.evidence()).isNotEmpty();
  }

  @Test
  void nearestArchitecture_isNamedWithWhatDiffers() {
    Map<String, Shape> shapes = shapes("srvgg(features=8, layers=2)", 2);
    shapes.put("body.2.weight", Shape.of(8, 8, 5, 5));
    shapes.remove("body.4.bias");

    assertThatThrownBy(() -> Architectures.recognise("some.pth", shapes))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith("some.pth: must have the weights of a known architecture (")
        .hasMessageContaining(
            "the nearest, SRVGGNetCompact as srvgg(features=8, layers=2), differs: body.2.weight is"
                + " [8, 8, 5, 5], not [8, 8, 3, 3] (and 1 more); its arrays are"
                + " body.0.weight, body.0.bias, ")
        .hasMessageContaining(") or be exported to ONNX, but ");
  }

  @Test
  void arraysThatNoArchitectureHas_areListed() {
    assertThatThrownBy(
            () -> Architectures.recognise("some.pth", Map.of("encoder.q", Shape.of(3, 3))))
        .hasMessageContaining("but they resemble none; its arrays are encoder.q");
  }

  @Test
  void arrayWithoutAPlace_isRefused() {
    Map<String, Shape> shapes = shapes("srvgg(features=8, layers=2)", 2);
    shapes.put("extra", Shape.of(1));

    assertThatThrownBy(() -> Architectures.recognise("some.pth", shapes))
        .hasMessageContaining("differs: extra has no place in it;");
  }

  @Test
  void weights_areRenamedAndComputed() {
    Network network = Networks.of("srvgg(features=2, layers=0)", 2);
    List<Parameter> parameters = Networks.parameters(network);
    Map<String, Tensor> drawn = InitialWeights.draw(parameters, /* seed= */ 1);
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    drawn.forEach(
        (name, tensor) -> {
          if (!name.equals("body.1.weight")) {
            arrays.put(name.replace("body.", "net."), tensor);
          }
        });
    arrays.put("half", Tensor.of(Shape.of(1), 0.25f));
    arrays.put("other", Tensor.of(Shape.of(1), 0.5f));
    arrays.put("mean", Tensor.of(Shape.of(1), 9));
    Map<String, Shape> shapes = new LinkedHashMap<>();
    arrays.forEach((name, array) -> shapes.put(name, array.shape()));

    Recognised recognised =
        Architectures.recognise("some.pth", new Keys(shapes), List.of(new Renamed()));
    Map<String, Tensor> weights = recognised.weights(network, arrays);

    assertThat(weights).hasSameSizeAs(parameters);
    assertThat(weights.get("body.0.weight")).isEqualTo(drawn.get("body.0.weight"));
    assertThat(weights.get("body.1.weight")).isEqualTo(Tensor.of(Shape.of(2), 0.25f, 0.5f));
  }

  @Test
  void keyThatIsDerivedFromAndMissing_isADifference() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes("srvgg(features=2, layers=0)", 2)
        .forEach((name, shape) -> shapes.put(name.replace("body.", "net."), shape));
    shapes.remove("net.1.weight");
    shapes.put("half", Shape.of(1));

    assertThatThrownBy(
            () -> Architectures.recognise("a.pth", new Keys(shapes), List.of(new Renamed())))
        .hasMessageContaining("differs: there is no body.1.weight;");
  }
}
