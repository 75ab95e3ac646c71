// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.stored;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * A network run by the reference evaluation of its operators, in double precision.
 *
 * <p>Safe for use by multiple threads.
 */
final class ReferenceUpscaler implements BlockUpscaler {

  private final NetworkGraph network;
  private final ModelInfo info;
  private final Map<String, DoubleTensor> weights = new HashMap<>();
  private volatile boolean closed;

  ReferenceUpscaler(NetworkGraph network, ModelInfo info, Map<String, Tensor> weights) {
    this.network = network;
    this.info = info;
    weights.forEach((name, tensor) -> this.weights.put(name, DoubleTensor.of(tensor)));
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public Device.Report device() {
    return new Device.Report(Device.cpu(), Device.cpu(), "");
  }

  @Override
  public FloatImage upscale(FloatImage block) {
    checkState(!closed, "the network is closed");
    checkArgument(
        block.channels() == info.channels(),
        "block must have %s channels, but had %s",
        info.channels(),
        block.channels());
    Shape shape = Shape.of(1, block.channels(), block.height(), block.width());
    DoubleTensor input = DoubleTensor.of(Tensor.of(shape, block.samples()));
    DoubleTensor enlarged =
        requireNonNull(
            network
                .graph()
                .evaluate(Map.of(NetworkGraph.INPUT, input), weights)
                .get(network.output()));
    return FloatImage.wrap(
        info.channels(), enlarged.length(2), enlarged.length(3), enlarged.toTensor().samples());
  }

  @Override
  public void close() {
    closed = true;
  }
}
