// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.testing;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;

/** A network of scale 2 that repeats every pixel, so that results are known exactly. */
public final class NearestNetwork implements BlockUpscaler {

  private final ModelInfo info;

  public NearestNetwork(ModelInfo.Color color) {
    info = ModelInfo.builder("nearest", 2).color(color).halo(0).build();
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
    return TestImages.nearest(block, 2);
  }

  @Override
  public void close() {}
}
