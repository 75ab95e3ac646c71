// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static com.google.common.base.Preconditions.checkArgument;

import ai.onnxruntime.OrtException;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceReport;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import java.util.Arrays;

/** A network in a session of ONNX Runtime, which it owns. */
final class OnnxBlockUpscaler implements BlockUpscaler {

  private final OnnxSession session;
  private final ModelInfo info;
  private final Device device;

  OnnxBlockUpscaler(OnnxSession session, ModelInfo info, Device device) {
    this.session = session;
    this.info = info;
    this.device = device;
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public DeviceReport device() {
    return new DeviceReport(device, device, "");
  }

  @Override
  public FloatImage upscale(FloatImage block) {
    checkArgument(
        block.channels() == info.channels(),
        "block must have %s channels for %s, but had %s",
        info.channels(),
        info.name(),
        block.channels());
    int height = block.height() * info.blockScale();
    int width = block.width() * info.blockScale();
    OnnxSession.Output output;
    try {
      output = session.run(block);
    } catch (OrtException e) {
      throw new SuperResolutionException(
          String.format(
              "%s: ONNX Runtime failed on a block of %sx%s (width x height): %s",
              info.name(), block.width(), block.height(), OnnxRuntime.message(e)),
          e);
    }
    long[] expected = {1, info.channels(), height, width};
    if (!Arrays.equals(output.shape, expected)) {
      throw new SuperResolutionException(
          String.format(
              "%s: a block of %sx%s (width x height) must become %s, but became %s",
              info.name(),
              block.width(),
              block.height(),
              Arrays.toString(expected),
              Arrays.toString(output.shape)),
          null);
    }
    return FloatImage.wrap(info.channels(), height, width, output.samples);
  }

  @Override
  public void close() {
    session.close();
  }
}
