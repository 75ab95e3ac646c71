// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The size and cost of a network, in the figures that papers compare. Immutable.
 *
 * @param network the name with all arguments, from which the same network is built again
 * @param scale the scale of the network
 * @param layers the convolutions, transposed ones included, in the order in which they run
 * @param parameters the number of trainable values
 * @param multiplyAccumulates those of the layers, for one enlarged image of 1280x720 pixels
 * @param halo the radius of the receptive field in pixels of the network's input; empty if the
 *     whole image matters
 * @param globalOperator the first operation that looks at the whole image, which is why there is no
 *     halo; empty if there is one
 */
public record NetworkDescription(
    String network,
    int scale,
    List<Layer> layers,
    long parameters,
    long multiplyAccumulates,
    OptionalInt halo,
    Optional<String> globalOperator) {

  /**
   * A layer with weights.
   *
   * @param name what its weights are named after, such as {@code conv1}
   * @param operation such as {@code conv2d}, in the words of the backend
   * @param weights the shape of its weights: [out, in, height, width] of a convolution, [in, out,
   *     height, width] of a transposed one
   * @param multiplyAccumulates for one enlarged image of 1280x720 pixels
   */
  public record Layer(String name, String operation, List<Long> weights, long multiplyAccumulates) {

    /** Makes an immutable copy of the shape. */
    public Layer {
      requireNonNull(name, "name");
      requireNonNull(operation, "operation");
      weights = List.copyOf(weights);
    }
  }

  /** Makes an immutable copy of the layers. */
  public NetworkDescription {
    requireNonNull(network, "network");
    requireNonNull(halo, "halo");
    requireNonNull(globalOperator, "globalOperator");
    layers = List.copyOf(layers);
  }
}
