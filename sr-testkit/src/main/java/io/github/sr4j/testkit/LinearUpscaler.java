// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import java.util.Locale;

/** A {@link LinearNetwork} in use. */
final class LinearUpscaler implements BlockUpscaler {

  private final LinearNetwork network;
  private volatile boolean closed;

  LinearUpscaler(LinearNetwork network) {
    this.network = network;
  }

  @Override
  public ModelInfo info() {
    return network.info();
  }

  @Override
  public Device.Report device() {
    return new Device.Report(Device.cpu(), Device.cpu(), "");
  }

  @Override
  public FloatImage upscale(FloatImage block) {
    if (closed) {
      throw new IllegalStateException("this network is closed");
    }
    if (block.channels() != info().channels()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "block must have %d channels, but was %s", info().channels(), block));
    }
    return network.apply(block);
  }

  @Override
  public void close() {
    closed = true;
  }
}
