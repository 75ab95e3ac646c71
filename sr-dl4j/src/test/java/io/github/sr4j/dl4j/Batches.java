// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.BatchShape;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import java.util.SplittableRandom;

/** Batches of noise for a session. */
final class Batches {

  private Batches() {}

  static PatchBatch random(TrainingSession session, int images) {
    return random(session, images, session.defaultPatchSize());
  }

  static PatchBatch random(TrainingSession session, int images, int size) {
    ModelInfo info = session.info();
    int targetSize = size * info.blockScale();
    BatchShape input = new BatchShape(images, info.channels(), size, size);
    BatchShape target = new BatchShape(images, info.channels(), targetSize, targetSize);
    SplittableRandom random = new SplittableRandom(size);
    return new PatchBatch(input, noise(input, random), target, noise(target, random));
  }

  private static float[] noise(BatchShape shape, SplittableRandom random) {
    float[] samples = new float[shape.size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return samples;
  }
}
