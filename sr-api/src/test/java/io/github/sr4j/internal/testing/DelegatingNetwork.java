// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.testing;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;

/** A network that does what another one does, unless a subclass says otherwise. */
public class DelegatingNetwork implements BlockUpscaler {

  private final BlockUpscaler delegate;

  public DelegatingNetwork(BlockUpscaler delegate) {
    this.delegate = delegate;
  }

  @Override
  public ModelInfo info() {
    return delegate.info();
  }

  @Override
  public Device.Report device() {
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
