// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static io.github.sr4j.testkit.ImageAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The contract of every {@link BlockUpscaler}, whether a provider opened it or it is the snapshot
 * of a training session: what it declares of itself holds, so that tiles give what the whole image
 * gives.
 */
public abstract class BlockUpscalerContract {

  /** Sums of a few hundred products in another order, in 32-bit floats on [0, 1]. */
  static final double TOLERANCE = 1e-5;

  /** For subclasses. */
  protected BlockUpscalerContract() {}

  /** Opens the network on the CPU; the caller closes it. All that are opened compute the same. */
  protected abstract BlockUpscaler open();

  /** Override only for a network that mirrors its input, and cannot where too little is there. */
  protected int smallestSide() {
    return 1;
  }

  /** A block of at least a size that the network takes. */
  final FloatImage noise(ModelInfo info, int width, int height) {
    return TestImages.noise(
        info.channels(),
        side(info.blockWidth(), width, info.alignment()),
        side(info.blockHeight(), height, info.alignment()),
        1);
  }

  /** The side of a block: the fixed one, or else at least {@code side} and aligned. */
  private int side(OptionalInt fixed, int side, int alignment) {
    int enough = Math.max(side, smallestSide());
    return fixed.orElse((enough + alignment - 1) / alignment * alignment);
  }

  private static void assumeHalo(ModelInfo info) {
    assumeTrue(info.halo().isPresent(), "the network sees the whole image");
    assumeTrue(
        info.blockWidth().isEmpty() && info.blockHeight().isEmpty(),
        "the network takes blocks of one shape only");
  }

  /** The part of a network's output that belongs to a part of its input. */
  private static FloatImage output(
      ModelInfo info, FloatImage output, int x, int y, int width, int height) {
    int scale = info.blockScale();
    return output.crop(
        x * scale - info.lostEdge(), y * scale - info.lostEdge(), width * scale, height * scale);
  }

  @ParameterizedTest(name = "{0}x{1}")
  @CsvSource({"1, 1", "1, 9", "9, 1", "7, 5", "16, 16", "33, 17"})
  void output_isScaleTimesTheInput(int width, int height) {
    try (BlockUpscaler network = open()) {
      ModelInfo info = network.info();
      // What is left of the smallest block must be at least a pixel.
      int min = 2 * info.lostEdge() / info.blockScale();
      FloatImage block = noise(info, width + min, height + min);
      FloatImage output = network.upscale(block);

      int scale = info.blockScale();
      int lostEdge = info.lostEdge();
      assertThat(output.channels()).isEqualTo(block.channels());
      assertThat(output.width()).isEqualTo(block.width() * scale - 2 * lostEdge);
      assertThat(output.height()).isEqualTo(block.height() * scale - 2 * lostEdge);
      for (float sample : output.samples()) {
        assertThat(sample).isFinite();
      }
    }
  }

  @Test
  void block_isNotWrittenTo() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 9, 7);
      network.upscale(block);

      assertThat(block).hasSamplesOf(noise(network.info(), 9, 7));
    }
  }

  @Test
  void block_filledAgain_leavesEarlierOutputs() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 9, 7);
      FloatImage output = network.upscale(block);
      float[] expected = output.samples().clone();
      for (int i = 0; i < block.samples().length; i++) {
        block.samples()[i] = 1 - block.samples()[i];
      }
      network.upscale(block);

      assertThat(output.samples()).isEqualTo(expected);
    }
  }

  @Test
  void interruptedThread_finishesOrIsCancelled() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 33, 17);
      FloatImage expected = network.upscale(block);
      boolean isInterrupted;
      Thread.currentThread().interrupt();
      try {
        assertThat(network.upscale(block)).isCloseTo(expected, TOLERANCE);
      } catch (CancellationException e) {
        assertThat(e).hasMessageContaining("interrupt");
      } finally {
        isInterrupted = Thread.interrupted();
      }
      assertThat(isInterrupted).as("the interrupt status is still set").isTrue();

      assertThat(network.upscale(block)).isCloseTo(expected, TOLERANCE);
    }
  }

  @Test
  void block_ofOtherChannels_isRefused() {
    try (BlockUpscaler network = open()) {
      int channels = network.info().channels() == 1 ? 3 : 1;

      assertThatThrownBy(() -> network.upscale(TestImages.noise(channels, 8, 8, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Integer.toString(channels));
    }
  }

  @Test
  void partWithItsHalo_equalsThePartOfTheWhole() {
    try (BlockUpscaler network = open()) {
      ModelInfo info = network.info();
      assumeHalo(info);
      // The halo, rounded up so that what is cut stays aligned.
      int halo =
          (info.halo().getAsInt() + info.alignment() - 1) / info.alignment() * info.alignment();
      int core = 4 * info.alignment();
      FloatImage whole = noise(info, 2 * halo + 2 * core + 5, 2 * halo + 3 * core + 3);
      FloatImage part = whole.crop(core, core, core + 2 * halo, core + 2 * halo);

      assertThat(output(info, network.upscale(part), halo, halo, core, core))
          .isCloseTo(
              output(info, network.upscale(whole), core + halo, core + halo, core, core),
              TOLERANCE);
    }
  }

  @Test
  void samplesBeyondTheHalo_changeNothing() {
    try (BlockUpscaler network = open()) {
      ModelInfo info = network.info();
      assumeHalo(info);
      int halo = info.halo().getAsInt();
      FloatImage block = noise(info, 2 * halo + 9, 2 * halo + 11);
      int x = block.width() / 2;
      int y = block.height() / 2;
      float[] samples = block.samples().clone();
      for (int i = 0; i < samples.length; i++) {
        int column = i % block.width();
        int row = i / block.width() % block.height();
        if (Math.abs(column - x) > halo || Math.abs(row - y) > halo) {
          samples[i] = 1 - samples[i];
        }
      }
      FloatImage changed =
          FloatImage.wrap(block.channels(), block.height(), block.width(), samples);

      assertThat(output(info, network.upscale(changed), x, y, 1, 1))
          .isCloseTo(output(info, network.upscale(block), x, y, 1, 1), TOLERANCE);
    }
  }

  @Test
  void oneNetwork_usedByManyThreads_givesWhatOneGives() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 19, 13);
      FloatImage expected = network.upscale(block);

      IntStream.range(0, 16)
          .parallel()
          .forEach(i -> assertThat(network.upscale(block)).isCloseTo(expected, TOLERANCE));
    }
  }

  @Test
  void close_twice_isHarmless() {
    BlockUpscaler network = open();
    network.close();
    network.close();
  }

  @Test
  void closedNetwork_refusesToRun() {
    BlockUpscaler network = open();
    FloatImage block = noise(network.info(), 8, 8);
    network.close();

    assertThatThrownBy(() -> network.upscale(block)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void reusableSamples_changeNothing() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 9, 7);
      FloatImage expected = network.upscale(block);
      int length = expected.samples().length;
      for (int reusable : new int[] {0, length - 1, length, length + 1}) {
        float[] samples = new float[reusable];
        Arrays.fill(samples, 0.5f);

        assertThat(network.upscale(block, samples)).isCloseTo(expected, TOLERANCE);
      }
    }
  }

  @Test
  void blocksOfAnotherSize_changeNothing() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 9, 7);
      FloatImage expected = network.upscale(block);
      network.upscale(noise(network.info(), 7, 9));
      network.upscale(noise(network.info(), 12, 16));

      assertThat(network.upscale(block)).isCloseTo(expected, TOLERANCE);
    }
  }

  @Test
  void closedNetwork_leavesOthersOfItsKind() {
    try (BlockUpscaler network = open()) {
      FloatImage block = noise(network.info(), 9, 7);
      FloatImage expected;
      try (BlockUpscaler other = open()) {
        expected = other.upscale(block);
      }

      assertThat(network.upscale(block)).isCloseTo(expected, TOLERANCE);
    }
  }
}
