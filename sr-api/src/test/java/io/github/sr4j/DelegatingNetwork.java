// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;

/** A network that does what another one does, unless a subclass says otherwise. */
class DelegatingNetwork implements BlockUpscaler {

  private final BlockUpscaler delegate;

  DelegatingNetwork(BlockUpscaler delegate) {
    this.delegate = delegate;
  }

  @Override
  public ModelInfo info() {
    return delegate.info();
  }

  @Override
  public DeviceReport device() {
    return delegate.device();
  }

  @Override
  public FloatImage upscale(FloatImage block) {
    return delegate.upscale(block);
  }

  @Override
  public void close() {
    delegate.close();
  }
}
