// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import io.github.sr4j.Device;
import io.github.sr4j.DeviceReport;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.spi.BlockUpscaler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network as it was at one moment of its training, run by ND4J: for validation, and as what an
 * exported file is compared with. Blocks are run one at a time.
 */
final class SameDiffBlockUpscaler implements BlockUpscaler {

  private final ModelInfo info;
  private final SameDiffGraph network;
  private final String output;
  private final Weights weights;
  private @Nullable Layout layout;
  private boolean closed;

  /** The graph laid out for blocks of one size. */
  private record Layout(int height, int width, INDArray input, GraphPlan plan) {
    void close() {
      plan.close();
      input.close();
    }
  }

  SameDiffBlockUpscaler(Network network, Weights weights, ModelInfo info) {
    this.weights = weights.copy();
    NetworkGraph graph = NetworkGraph.of(network, Mode.INFERENCE);
    this.network = SameDiffGraph.of(graph.graph(), this.weights.all(), false);
    this.output = this.network.name(graph.output());
    this.info = info;
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public DeviceReport device() {
    return new DeviceReport(Device.cpu(), Device.cpu(), "");
  }

  @Override
  public synchronized FloatImage upscale(FloatImage block) {
    checkState(!closed, "the network is closed");
    checkArgument(
        block.channels() == info.channels(),
        "block must have %s channels, but had %s",
        info.channels(),
        block.channels());
    Layout current = layoutFor(block);
    FloatArrays.write(current.input, block.samples());
    current.plan.run();
    INDArray enlarged = current.plan.output(output);
    return FloatImage.wrap(
        info.channels(),
        block.height() * info.blockScale(),
        block.width() * info.blockScale(),
        FloatArrays.read(enlarged));
  }

  private Layout layoutFor(FloatImage block) {
    Layout current = layout;
    if (current != null && current.height == block.height() && current.width == block.width()) {
      return current;
    }
    if (current != null) {
      layout = null;
      current.close();
    }
    INDArray input =
        Nd4j.create(
            DataType.FLOAT, new long[] {1, block.channels(), block.height(), block.width()}, 'c');
    Map<String, INDArray> bound = new HashMap<>(weights.all());
    bound.put(NetworkGraph.INPUT, input);
    GraphPlan plan = GraphPlan.of(network.graph(), bound, List.of(output));
    Layout created = new Layout(block.height(), block.width(), input, plan);
    layout = created;
    return created;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (layout != null) {
        layout.close();
      }
      weights.close();
    }
  }
}
