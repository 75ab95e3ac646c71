// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.dl4j.ReceptiveField.Reach;
import java.util.Map;
import java.util.OptionalInt;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DeConv2D;

/**
 * What a network amounts to, in the figures that papers compare.
 *
 * @param layers the convolutions, transposed ones included
 * @param parameters the trainable values
 * @param multiplyAccumulates of the convolutions, for one image of the size asked for
 * @param halo the radius of the receptive field in pixels of the input; empty if it is the whole
 *     image
 */
record NetworkDescription(int layers, long parameters, long multiplyAccumulates, OptionalInt halo) {

  /**
   * Describes a network.
   *
   * @param width the width of the enlarged image
   * @param height the height of the enlarged image
   */
  static NetworkDescription of(Network network, int width, int height) {
    try (Weights weights = Weights.undrawn()) {
      NetworkGraph built = NetworkGraph.of(network, weights, false);
      Map<String, Reach> reaches = ReceptiveField.reaches(built.graph(), NetworkGraph.INPUT);
      int layers = 0;
      double operations = 0; // halves and thirds of pixels, if the size is no multiple of the scale
      double reduction = network.isPreupscaled() ? 1 : network.scale();
      for (DifferentialFunction operation : built.graph().ops()) {
        if (!(operation instanceof Conv2D || operation instanceof DeConv2D)) {
          continue;
        }
        layers++;
        // A convolution uses each weight once for each pixel of its result, a transposed one for
        // each pixel of its argument.
        String counted =
            operation instanceof Conv2D
                ? operation.outputVariablesNames()[0]
                : operation.argNames()[0];
        int scale = requireNonNull(reaches.get(counted), counted).scale();
        double pixels = scale == 0 ? 1 : width / reduction * scale * (height / reduction * scale);
        String weight = operation.argNames()[1];
        operations += pixels * requireNonNull(weights.arrays().get(weight), weight).length();
      }
      return new NetworkDescription(
          layers,
          weights.count(),
          Math.round(operations),
          requireNonNull(reaches.get(NetworkGraph.OUTPUT), NetworkGraph.OUTPUT).halo());
    }
  }
}
