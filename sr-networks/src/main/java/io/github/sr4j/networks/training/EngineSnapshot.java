// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.GraphPass;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import java.util.Map;
import java.util.Set;

/**
 * A network as it was at one moment of its training, run by its engine: for validation, and as what
 * an exported file is compared with. Blocks are run one at a time.
 */
final class EngineSnapshot<A extends EngineArray<A>> implements BlockUpscaler {

  private final ModelInfo info;
  private final Node output;
  private final NetworkWeights<A> weights;
  private final PreparedGraph<A> graph;
  private final LastLayout<Shape, GraphPass<A>> layout = new LastLayout<>(GraphPass::close);
  private boolean closed;

  EngineSnapshot(
      TrainingEngine<A> engine, Network network, NetworkWeights<A> weights, ModelInfo info) {
    this.weights = weights.copy();
    NetworkGraph inference = NetworkGraph.of(network, Mode.INFERENCE);
    this.graph = engine.prepareInference(inference.graph(), this.weights.all());
    this.output = inference.output();
    this.info = info;
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
  public synchronized FloatImage upscale(FloatImage block) {
    checkState(!closed, "the network is closed");
    checkArgument(
        block.channels() == info.channels(),
        "block must have %s channels, but had %s",
        info.channels(),
        block.channels());
    GraphPass<A> pass = passFor(block);
    pass.write(NetworkGraph.INPUT, block.samples());
    pass.forward();
    return FloatImage.wrap(
        info.channels(),
        block.height() * info.blockScale(),
        block.width() * info.blockScale(),
        pass.value(output));
  }

  private GraphPass<A> passFor(FloatImage block) {
    Shape shape = Shape.of(1, block.channels(), block.height(), block.width());
    return layout.of(shape, () -> graph.pass(Map.of(NetworkGraph.INPUT, shape), Set.of()));
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      layout.close();
      graph.close();
      weights.close();
    }
  }
}
