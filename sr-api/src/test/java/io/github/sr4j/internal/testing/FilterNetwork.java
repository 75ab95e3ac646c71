// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.testing;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network in a few lines: every output pixel is a weighted sum of the input pixels around it,
 * zero beyond the edge, with other weights for each channel and each place within an input pixel.
 * If the alignment is greater than 1, the mean of the input's window of that side is added. The
 * lost edge is left out of the output, as by convolutions that are not padded.
 */
public final class FilterNetwork implements BlockUpscaler {

  private final ModelInfo info;
  private final int radius;
  private final float[] weights; // [channel][subpixel y][subpixel x][y][x]
  public final AtomicInteger blocks = new AtomicInteger();
  public final AtomicInteger closings = new AtomicInteger();
  public final Set<float[]> reused =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  private FilterNetwork(ModelInfo info, int radius) {
    this.info = info;
    this.radius = radius;
    int scale = info.blockScale();
    int side = 2 * radius + 1;
    weights = new float[info.channels() * scale * scale * side * side];
    Random random = new Random(7);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextFloat() / (side * side);
    }
  }

  public static FilterNetwork of(ModelInfo.Color color, int scale, int radius) {
    return new FilterNetwork(
        ModelInfo.builder("filter", scale).color(color).halo(radius).build(), radius);
  }

  public static FilterNetwork preupscaled(ModelInfo.Color color, int scale, int radius) {
    return new FilterNetwork(
        ModelInfo.builder("filter", scale).color(color).preupscaled(true).halo(radius).build(),
        radius);
  }

  public static FilterNetwork aligned(int scale, int radius, int alignment) {
    return new FilterNetwork(
        ModelInfo.builder("filter", scale)
            .halo(radius + alignment - 1)
            .alignment(alignment)
            .build(),
        radius);
  }

  public static FilterNetwork withoutHalo(int scale) {
    return new FilterNetwork(ModelInfo.builder("filter", scale).build(), 1);
  }

  /**
   * A filter that is what {@code info} says; its halo is what the radius and the alignment make.
   */
  public static FilterNetwork of(ModelInfo.Builder info, int radius) {
    return new FilterNetwork(info.build(), radius);
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
    blocks.incrementAndGet();
    if (block.channels() != info.channels()
        || block.width() % info.alignment() != 0
        || block.height() % info.alignment() != 0
        || info.blockWidth().orElse(block.width()) != block.width()
        || info.blockHeight().orElse(block.height()) != block.height()) {
      throw new AssertionError("not a block of this network: " + block);
    }
    int scale = info.blockScale();
    int lostEdge = info.lostEdge();
    int width = block.width() * scale - 2 * lostEdge;
    int height = block.height() * scale - 2 * lostEdge;
    float[] samples = new float[block.channels() * height * width];
    for (int c = 0; c < block.channels(); c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          samples[(c * height + y) * width + x] = sample(block, c, x + lostEdge, y + lostEdge);
        }
      }
    }
    return FloatImage.wrap(block.channels(), height, width, samples);
  }

  @Override
  public FloatImage upscale(FloatImage block, float[] reusable) {
    FloatImage result = upscale(block);
    float[] samples = result.samples();
    if (samples.length != reusable.length) {
      return result;
    }
    reused.add(reusable);
    System.arraycopy(samples, 0, reusable, 0, samples.length);
    return FloatImage.wrap(result.channels(), result.height(), result.width(), reusable);
  }

  private float sample(FloatImage block, int c, int x, int y) {
    int scale = info.blockScale();
    int w = ((c * scale + y % scale) * scale + x % scale) * (2 * radius + 1) * (2 * radius + 1);
    double sum = 0;
    for (int v = y / scale - radius; v <= y / scale + radius; v++) {
      for (int u = x / scale - radius; u <= x / scale + radius; u++, w++) {
        if (u >= 0 && u < block.width() && v >= 0 && v < block.height()) {
          sum += weights[w] * block.sample(c, u, v);
        }
      }
    }
    int window = info.alignment();
    if (window > 1) {
      int left = x / scale / window * window;
      int top = y / scale / window * window;
      for (int i = 0; i < window * window; i++) {
        sum += block.sample(c, left + i % window, top + i / window) / (window * window);
      }
    }
    return (float) sum;
  }

  @Override
  public void close() {
    closings.incrementAndGet();
  }
}
