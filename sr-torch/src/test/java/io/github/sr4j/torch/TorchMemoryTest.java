// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training takes no more native memory after many steps than after few, without the collector. */
final class TorchMemoryTest {

  private static final int SIDE = 24;
  private static final Path STATUS = Path.of("/proc/self/stat"); // proc(5)

  @TempDir private Path folder;

  private static PatchBatch batch(int step) {
    float[] low = TestImages.scene(3, SIDE, SIDE, step).samples();
    float[] high = TestImages.scene(3, 2 * SIDE, 2 * SIDE, step).samples();
    return new PatchBatch(
        new PatchBatch.Shape(1, 3, SIDE, SIDE),
        low,
        new PatchBatch.Shape(1, 3, 2 * SIDE, 2 * SIDE),
        high);
  }

  private void steps(TrainingSession session, int count) throws IOException {
    for (int step = 0; step < count; step++) {
      session.step(List.of(batch(step), batch(step + 1)), 1e-4);
      if (step % 10 == 0) {
        session.save(folder.resolve("memory.ckpt"), Map.of());
        session.restore(folder.resolve("memory.ckpt"));
        try (BlockUpscaler snapshot = session.snapshot()) {
          snapshot.upscale(TestImages.noise(3, 9, 7, step));
        }
      }
    }
  }

  /** Everything that a session keeps or creates: statistics, averages, a discriminator. */
  private static TrainingSession open(Loss loss) {
    return new TorchTrainingProvider()
        .open(
            TrainingSetup.of("srresnet(blocks=1, features=4)", 2, loss)
                .optimizer(Optimizer.parse("adamw"))
                .clipping(Clipping.parse("value(0.1)"))
                .averaging(0.99));
  }

  @Test
  void pointers_areFreedByEachStep() throws IOException {
    Loss outside = (shape, p, t, gradient) -> Losses.tv().evaluate(shape, p, t, gradient);
    Loss loss =
        Losses.parse("l1 + 0.1*ssim + 1e-3*adversarial(features=2)").plus(outside.times(0.1));
    long before = Pointer.totalCount();
    long settled;
    long later;
    try (TrainingSession session = open(loss)) {
      steps(session, 3);
      settled = Pointer.totalCount();
      steps(session, 30);
      later = Pointer.totalCount();
    }
    assertThat(later).as("after 30 further steps").isEqualTo(settled);
    assertThat(Pointer.totalCount()).as("after the session").isEqualTo(before);
  }

  /** By default, glibc returns the memory of a step: 8,000 pages of this network. */
  @Test
  void memoryOfAStep_isThatOfTheStepBefore() throws IOException {
    assumeTrue(
        Files.exists(STATUS), "page faults are counted in " + STATUS + ", which is not here");
    TrainingSetup setup = TrainingSetup.of("compact", 2, Losses.parse("l1"));
    try (TrainingSession session = new TorchTrainingProvider().open(setup)) {
      for (int step = 0; step < 3; step++) {
        session.step(List.of(large(step)), 1e-4);
      }
      long settled = pageFaults();
      for (int step = 0; step < 10; step++) {
        session.step(List.of(large(step)), 1e-4);
      }
      assertThat((pageFaults() - settled) / 10).isLessThan(1000);
    }
  }

  private static PatchBatch large(int step) {
    float[] low = new float[16 * 32 * 32];
    float[] high = new float[4 * low.length];
    Arrays.fill(low, 0.1f * step);
    return new PatchBatch(
        new PatchBatch.Shape(16, 1, 32, 32), low, new PatchBatch.Shape(16, 1, 64, 64), high);
  }

  private static long pageFaults() throws IOException {
    String status = Files.readString(STATUS);
    String afterName = status.substring(status.lastIndexOf(')') + 2);
    return Long.parseLong(Splitter.on(' ').splitToList(afterName).get(7)); // minflt
  }

  @Tag("long")
  @Test
  void residentMemory_overTwoThousandSteps_isFlat() throws IOException {
    try (TrainingSession session = open(Losses.parse("l1 + 0.1*ssim"))) {
      steps(session, 500);
      long settled = Pointer.physicalBytes();
      steps(session, 2000);

      assertThat(Pointer.physicalBytes() - settled).isLessThan(64L << 20);
    }
  }
}
