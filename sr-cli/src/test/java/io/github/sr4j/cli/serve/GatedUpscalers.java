// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/** A service whose network doubles pixels, each tile when a test lets it pass. */
final class GatedUpscalers implements Upscaler.Service {

  private final Semaphore gate;
  private final Semaphore arrived = new Semaphore(0);
  private final Semaphore interrupted = new Semaphore(0);
  private final Upscaler upscaler;

  /**
   * Creates a service.
   *
   * @param permits the tiles that pass at once
   * @param tileSize the side of a tile
   */
  GatedUpscalers(int permits, int tileSize) {
    gate = new Semaphore(permits);
    upscaler =
        Upscaler.builder()
            .tileSize(tileSize)
            .maxPixels(1 << 20)
            .maxResultPixels(1 << 22)
            .build(new Doubling());
  }

  void letPass(int tiles) {
    gate.release(tiles);
  }

  /** Waits until a tile is at the gate, or has passed it. */
  void awaitTile() throws InterruptedException {
    arrived.acquire();
  }

  /** Waits until a tile at the gate is given up. */
  void awaitCancellation() throws InterruptedException {
    interrupted.acquire();
  }

  @Override
  public Upscaler forScale(int scale) {
    if (scale != 2) {
      throw new IllegalArgumentException("no embedded model for scale " + scale);
    }
    return upscaler;
  }

  @Override
  public Upscaler forModel(Model model) {
    return upscaler;
  }

  @Override
  public Upscaler.Statistics statistics() {
    return upscaler.statistics();
  }

  @Override
  public void close() {
    gate.release(1 << 20);
    upscaler.close();
  }

  private final class Doubling implements BlockUpscaler {

    @Override
    public ModelInfo info() {
      return ModelInfo.builder("doubling", 2).color(ModelInfo.Color.RGB).halo(0).build();
    }

    @Override
    public Device.Report device() {
      return new Device.Report(Device.cpu(), Device.cpu(), "");
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      arrived.release();
      try {
        gate.acquire();
      } catch (InterruptedException e) {
        interrupted.release();
        Thread.currentThread().interrupt();
        throw new CancellationException();
      }
      int width = 2 * block.width();
      int height = 2 * block.height();
      float[] samples = new float[block.channels() * height * width];
      for (int i = 0; i < samples.length; i++) {
        int x = i % width / 2;
        int y = i / width % height / 2;
        samples[i] = block.samples()[(i / width / height * block.height() + y) * block.width() + x];
      }
      return FloatImage.wrap(block.channels(), height, width, samples);
    }

    @Override
    public void close() {}
  }
}
