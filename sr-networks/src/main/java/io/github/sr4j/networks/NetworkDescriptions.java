// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.ReceptiveField;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.spi.TrainingProvider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The figures that papers compare, of networks whose weights nobody needs to draw. */
public final class NetworkDescriptions {

  private static final int WIDTH = 1280;
  private static final int HEIGHT = 720;

  // Work is counted for three sides of the input, at least so long, which tells how it grows with
  // the image.
  private static final int SIDE = 1920;

  private NetworkDescriptions() {}

  /**
   * Describes a network.
   *
   * @param parameters those of all its scales: {@link InitialWeights#parameters}
   */
  public static TrainingProvider.NetworkDescription of(
      Network network, Collection<Parameter> parameters) {
    Graph graph = NetworkGraph.of(network, Mode.INFERENCE).graph();
    ReceptiveField field = ReceptiveField.of(graph);
    int side = (SIDE + field.alignment() - 1) / field.alignment() * field.alignment();
    List<Map<Node, Shape>> sizes =
        List.of(shapes(graph, side), shapes(graph, 2 * side), shapes(graph, 3 * side));
    double reduction = network.isPreupscaled() ? 1 : network.scale();
    double pixels = WIDTH / reduction * (HEIGHT / reduction);
    List<TrainingProvider.NetworkDescription.Layer> layers = new ArrayList<>();
    double total = 0;
    for (Node.Operation operation : graph.operations()) {
      double work = work(operation, sizes, side, pixels);
      total += work;
      if (operation.operator() instanceof Convolve
          || operation.operator() instanceof ConvolveTransposed) {
        layers.add(layer(operation, Math.round(work)));
      }
    }
    return new TrainingProvider.NetworkDescription(
        network.text(),
        network.scale(),
        layers,
        parameters.stream()
            .filter(Parameter::isTrained)
            .mapToLong(parameter -> parameter.shape().size())
            .sum(),
        Math.round(total),
        field.halo(),
        field.globalOperator());
  }

  private static Map<Node, Shape> shapes(Graph graph, int side) {
    return graph.shapes(input -> input.shape().with(0, 1).with(2, side).with(3, side));
  }

  /**
   * Returns the work for images of so many pixels. It is a polynomial of the side, whose linear
   * part comes of pixels beyond the edges, which papers do not count.
   */
  private static double work(
      Node.Operation operation, List<Map<Node, Shape>> sizes, double side, double pixels) {
    double one = work(operation, sizes.get(0));
    double two = work(operation, sizes.get(1));
    double three = work(operation, sizes.get(2));
    double quadratic = (three - 2 * two + one) / 2;
    double linear = two - one - 3 * quadratic;
    double constant = linear == 0 ? one - quadratic : 0;
    return quadratic / (side * side) * pixels + constant;
  }

  private static double work(Node.Operation operation, Map<Node, Shape> shapes) {
    return operation
        .operator()
        .multiplyAccumulates(
            operation.operands().stream().map(shapes::get).toList(),
            requireNonNull(shapes.get(operation)));
  }

  private static TrainingProvider.NetworkDescription.Layer layer(
      Node.Operation operation, long work) {
    Node weight = operation.operands().get(1);
    return new TrainingProvider.NetworkDescription.Layer(
        weight.name().replaceFirst("\\.weight$", ""),
        operation.operator().id(),
        LongStream.of(weight.shape().toArray()).boxed().toList(),
        work);
  }
}
