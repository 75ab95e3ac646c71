// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

import io.github.sr4j.spi.PatchBatch;
import java.util.SplittableRandom;

/** The network, batch and loss that all sides of {@link TrainingBenchmark} train, with Adam. */
public enum TrainingTask {

  /** SRCNN 9-1-5 on the patches of its paper: 33x33, of which unpadded convolutions leave 21x21. */
  SRCNN("srcnn(kernels=9-1-5)", 128, 1, 33, 1, 6, "mse", 1e-4),

  /** VDSR on the batches and patches of its paper. */
  VDSR("vdsr(layers=20, features=64)", 64, 1, 41, 1, 0, "mse", 1e-4),

  /** EDSR's baseline on the batches and patches of its paper. */
  EDSR("edsr(blocks=16, features=64)", 16, 3, 48, 2, 0, "l1", 1e-4),

  /** The network of the embedded models: eight convolutions 3x3, of 32 features, and a shuffle. */
  COMPACT("compact(features=32, layers=6)", 16, 1, 32, 2, 0, "l1", 1e-3),

  /**
   * Fourteen convolutions 3x3, of 48 features, of which twelve are trained as collapsible blocks.
   */
  EXPANDED("compact(features=48, layers=12, expansion=4)", 16, 1, 32, 2, 0, "l1", 1e-3);

  public static final int SCALE = 2;

  public final String network; // as TrainingProvider reads it
  public final int images;
  public final int channels;
  public final int patchSize; // pixels of the network's input
  public final int enlargement; // by how much the network itself enlarges
  public final int lostEdge; // pixels by which a prediction is smaller, on each side
  public final String loss; // as Losses.parse reads it
  public final double learningRate;

  TrainingTask(
      String network,
      int images,
      int channels,
      int patchSize,
      int enlargement,
      int lostEdge,
      String loss,
      double learningRate) {
    this.network = network;
    this.images = images;
    this.channels = channels;
    this.patchSize = patchSize;
    this.enlargement = enlargement;
    this.lostEdge = lostEdge;
    this.loss = loss;
    this.learningRate = learningRate;
  }

  /** Returns the side of a target in pixels. */
  public int targetSize() {
    return patchSize * enlargement;
  }

  /**
   * Returns a batch of waves, and the same waves coarser and with noise as what the network sees.
   */
  public PatchBatch batch(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] target = new float[images * channels * targetSize() * targetSize()];
    float[] input = new float[images * channels * patchSize * patchSize];
    for (int plane = 0; plane < images * channels; plane++) {
      double alongX = random.nextDouble(-0.8, 0.8);
      double alongY = random.nextDouble(-0.8, 0.8);
      double phase = random.nextDouble(2 * Math.PI);
      fill(target, plane, targetSize(), alongX, alongY, phase, 0, random);
      fill(
          input,
          plane,
          patchSize,
          alongX * enlargement,
          alongY * enlargement,
          phase + (alongX + alongY) * (enlargement - 1) / 2,
          0.05,
          random);
    }
    return new PatchBatch(
        new PatchBatch.Shape(images, channels, patchSize, patchSize),
        input,
        new PatchBatch.Shape(images, channels, targetSize(), targetSize()),
        target);
  }

  private static void fill(
      float[] samples, // NCHW, [0, 1]
      int plane,
      int side,
      double alongX,
      double alongY,
      double phase,
      double noise,
      SplittableRandom random) {
    int i = plane * side * side;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        double wave = 0.5 + 0.4 * Math.sin(alongX * x + alongY * y + phase);
        samples[i++] = (float) (wave + noise * (random.nextDouble() - 0.5));
      }
    }
  }
}
