// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.spi.PatchBatch;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The contract of every {@link PatchBatch.Source}, so that runs can be repeated and resumed. */
public abstract class ImagePatchSourceContract {

  private static final long[] NUMBERS = {0, 1, 2, 1_000_000_007, Long.MAX_VALUE};

  // What bicubic enlargement can overshoot [0, 1] by: its weights per axis are at least -1/16 and
  // at
  // most 9/16 at the worst phase, so that a sample is at most 1.125^2 + 0.125^2.
  private static final float OVERSHOOT = 0.2813f;

  /** For subclasses. */
  protected ImagePatchSourceContract() {}

  /** Returns a new source; each call one of the same seed and data. */
  protected abstract PatchBatch.Source source() throws Exception;

  /** Override to return false only if all batches are the same on purpose. */
  protected boolean hasDifferentBatches() {
    return true;
  }

  /** Override to return false only if batches have different scales on purpose. */
  protected boolean hasOneScale() {
    return true;
  }

  @Test
  void batch_dependsOnItsNumberAlone() throws Exception {
    PatchBatch.Source one = source();
    PatchBatch.Source other = source();
    List<PatchBatch> forwards = LongStream.of(NUMBERS).mapToObj(one::batch).toList();
    for (int i = NUMBERS.length - 1; i >= 0; i--) {
      assertEqual(other.batch(NUMBERS[i]), forwards.get(i), NUMBERS[i]);
      assertEqual(one.batch(NUMBERS[i]), forwards.get(i), NUMBERS[i]);
    }
  }

  @Test
  void batches_madeByManyThreads_areThoseOfOne() throws Exception {
    PatchBatch.Source shared = source();
    List<PatchBatch> sequential = LongStream.range(0, 32).mapToObj(source()::batch).toList();
    List<PatchBatch> concurrent =
        LongStream.range(0, 32).parallel().mapToObj(shared::batch).toList();
    for (int i = 0; i < 32; i++) {
      assertEqual(concurrent.get(i), sequential.get(i), i);
    }
  }

  @Test
  void batches_ofOtherNumbers_differ() throws Exception {
    assumeTrue(hasDifferentBatches(), "all batches of this source are the same on purpose");
    PatchBatch.Source source = source();

    assertThat(source.batch(1).input()).isNotEqualTo(source.batch(0).input());
    assertThat(source.batch(2).input()).isNotEqualTo(source.batch(1).input());
  }

  @Test
  void shapes_areThoseOfTheFirstBatch() throws Exception {
    PatchBatch.Source source = source();
    PatchBatch first = source.batch(0);
    for (long number : NUMBERS) {
      PatchBatch batch = source.batch(number);
      PatchBatch.Shape input = batch.inputShape();
      int scale = batch.targetShape().height() / input.height();
      assertThat(batch.targetShape())
          .as("the target is a whole number of times as large as the input")
          .isEqualTo(
              new PatchBatch.Shape(
                  input.batch(), input.channels(), input.height() * scale, input.width() * scale));
      assertThat(input).isEqualTo(first.inputShape());
      if (hasOneScale()) {
        assertThat(batch.targetShape()).isEqualTo(first.targetShape());
      }
    }
  }

  @Test
  void samples_areInRange() throws Exception {
    PatchBatch.Source source = source();
    for (long number : NUMBERS) {
      PatchBatch batch = source.batch(number);
      assertInRange("target", batch.target(), 0, 1);
      assertInRange("input", batch.input(), -OVERSHOOT, 1 + OVERSHOOT);
    }
  }

  private static void assertInRange(String name, float[] samples, float min, float max) {
    for (int i = 0; i < samples.length; i++) {
      assertThat(samples[i]).as("%s, sample %d", name, i).isBetween(min, max);
    }
  }

  private static void assertEqual(PatchBatch actual, PatchBatch expected, long number) {
    assertThat(actual.inputShape())
        .as("input of batch %d", number)
        .isEqualTo(expected.inputShape());
    assertThat(actual.input()).as("input of batch %d", number).isEqualTo(expected.input());
    assertThat(actual.target()).as("target of batch %d", number).isEqualTo(expected.target());
  }
}
