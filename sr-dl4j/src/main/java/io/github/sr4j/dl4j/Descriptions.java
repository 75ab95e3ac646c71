// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.dl4j.ReceptiveField.Reach;
import io.github.sr4j.spi.NetworkDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DeConv2D;

/** What networks amount to, found by walking their graphs. */
final class Descriptions {

  private static final int WIDTH = 1280;
  private static final int HEIGHT = 720;

  private Descriptions() {}

  static NetworkDescription of(Network network) {
    try (Weights weights = Weights.undrawn()) {
      NetworkGraph.declare(network, weights);
      NetworkGraph built = NetworkGraph.of(network, weights, false);
      Constants constants = new Constants(built.graph(), weights.all(), NetworkGraph.INPUT);
      Map<String, Reach> reaches = ReceptiveField.reaches(built.graph(), NetworkGraph.INPUT);
      List<NetworkDescription.Layer> layers = new ArrayList<>();
      double reduction = network.isPreupscaled() ? 1 : network.scale();
      double total = 0; // halves and thirds of pixels, if the size is no multiple of the scale
      for (DifferentialFunction operation : built.graph().ops()) {
        if (!(operation instanceof Conv2D || operation instanceof DeConv2D)) {
          continue;
        }
        // A convolution uses each weight once for each pixel of its result, a transposed one for
        // each pixel of its argument.
        String counted =
            operation instanceof Conv2D
                ? operation.outputVariablesNames()[0]
                : operation.argNames()[0];
        double scale = requireNonNull(reaches.get(counted), counted).scale();
        double pixels = scale == 0 ? 1 : WIDTH / reduction * scale * (HEIGHT / reduction * scale);
        String name = operation.argNames()[1];
        INDArray weight = constants.array(name);
        double operations = pixels * weight.length();
        total += operations;
        layers.add(
            new NetworkDescription.Layer(
                name.replaceFirst("\\.weight$", ""),
                operation.opName(),
                WeightFiles.publishedShape(weight.shape()),
                Math.round(operations)));
      }
      Reach reach = requireNonNull(reaches.get(NetworkGraph.OUTPUT), NetworkGraph.OUTPUT);
      return new NetworkDescription(
          network.text(),
          network.scale(),
          layers,
          weights.count(),
          Math.round(total),
          reach.halo(),
          reach.global());
    }
  }
}
