// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;

/** A network of scale 2 that repeats every pixel, so that results are known exactly. */
final class NearestNetwork implements BlockUpscaler {

  private final ModelInfo info;

  NearestNetwork(ModelInfo.Color color) {
    info = ModelInfo.builder("nearest", 2).color(color).halo(0).build();
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
  public FloatImage upscale(FloatImage block) {
    return TestImages.nearest(block, 2);
  }

  @Override
  public void close() {}
}
