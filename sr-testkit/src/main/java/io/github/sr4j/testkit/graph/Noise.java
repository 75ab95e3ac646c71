// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import java.util.SplittableRandom;

/** Batches of noise, which train every network. */
public final class Noise {

  private Noise() {}

  /** Returns patches of noise of the default size of the session's network. */
  public static PatchBatch batch(TrainingSession session, int images) {
    return batch(session, images, session.defaultPatchSize());
  }

  /**
   * Returns patches of noise.
   *
   * @param side of the network's input, in pixels
   */
  public static PatchBatch batch(TrainingSession session, int images, int side) {
    ModelInfo info = session.info();
    int targetSide = side * info.blockScale();
    PatchBatch.Shape input = new PatchBatch.Shape(images, info.channels(), side, side);
    PatchBatch.Shape target = new PatchBatch.Shape(images, info.channels(), targetSide, targetSide);
    SplittableRandom random = new SplittableRandom(side);
    return new PatchBatch(input, noise(input, random), target, noise(target, random));
  }

  private static float[] noise(PatchBatch.Shape shape, SplittableRandom random) {
    float[] samples = new float[shape.size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return samples;
  }
}
