// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Networks whose result is known: each pixel becomes a square of pixels. */
public final class TestNetworks {

  private TestNetworks() {}

  /** Returns a network that repeats samples; of scale 1, it returns what it gets. */
  public static Upscaler repeating(int scale, ModelInfo.Color color) {
    return repeating(scale, color, new AtomicInteger());
  }

  /** Returns a network that repeats samples and counts its runs. */
  public static Upscaler repeating(int scale, ModelInfo.Color color, AtomicInteger runs) {
    ModelInfo info = ModelInfo.builder("repeating", scale).color(color).halo(0).build();
    return network(
        info,
        block -> {
          runs.incrementAndGet();
          return repeated(block, scale);
        });
  }

  /** Returns an RGB network of scale 1 that tells the colours of the first pixel. */
  public static Upscaler watching(float[] seen) {
    return network(
        ModelInfo.builder("watching", 1).halo(0).build(),
        block -> {
          for (int i = 0; i < seen.length; i++) {
            seen[i] = block.sample(i, 0, 0);
          }
          return repeated(block, 1);
        });
  }

  private static Upscaler network(ModelInfo info, UnaryOperator<FloatImage> function) {
    return Upscaler.of(
        new BlockUpscaler() {
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
            return function.apply(block);
          }

          @Override
          public void close() {}
        });
  }

  private static FloatImage repeated(FloatImage block, int scale) {
    int width = scale * block.width();
    int height = scale * block.height();
    float[] samples = new float[block.channels() * width * height];
    for (int i = 0; i < samples.length; i++) {
      int x = i % width / scale;
      int y = i / width % height / scale;
      samples[i] = block.sample(i / (width * height), x, y);
    }
    return FloatImage.wrap(block.channels(), height, width, samples);
  }
}
