// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static io.github.sr4j.testkit.ImageAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Device;
import io.github.sr4j.DeviceReport;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.Crops;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What every {@link UpscalerProvider} must do. If a provider passes these tests, the rest of the
 * library works with it; if a bug in a provider gets past them, add the missing test here.
 */
public abstract class UpscalerProviderContract {

  // Sums of a few hundred products in another order, in 32-bit floats on [0, 1].
  private static final double TOLERANCE = 1e-5;

  @TempDir Path directory;
  private Path file;

  /** For subclasses. */
  protected UpscalerProviderContract() {}

  /** Returns the provider. */
  protected abstract UpscalerProvider provider();

  /**
   * Writes a small model in the provider's format, for any size of block if the format has such
   * models.
   *
   * @return the file, in {@code directory}
   */
  protected abstract Path writeModel(Path directory) throws IOException;

  /** Returns by how much the model of {@link #writeModel} enlarges. */
  protected abstract int scale();

  /** Override to return false only if the backend has no CUDA support at all. */
  protected boolean supportsCuda() {
    return true;
  }

  @BeforeEach
  void writeModelFile() throws IOException {
    file = writeModel(directory);
  }

  private BlockUpscaler open() {
    return provider().open(Model.file(file), Device.cpu(), 1);
  }

  private static FloatImage noise(ModelInfo info, int width, int height) {
    return TestImages.noise(
        info.channels(),
        side(info.blockWidth(), width, info.alignment()),
        side(info.blockHeight(), height, info.alignment()),
        1);
  }

  /** The side of a block: the fixed one, or else at least {@code side} and aligned. */
  private static int side(OptionalInt fixed, int side, int alignment) {
    return fixed.orElse((side + alignment - 1) / alignment * alignment);
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
    return Crops.crop(
        output,
        x * scale - info.border(),
        y * scale - info.border(),
        width * scale,
        height * scale);
  }

  @Test
  void names_areLowerCase() {
    assertThat(provider().name()).matches("[a-z][a-z0-9-]*");
    assertThat(provider().modelExtensions())
        .isNotEmpty()
        .allSatisfy(extension -> assertThat(extension).matches("[a-z0-9]+"));
  }

  @Test
  void embeddedModels_open() {
    assertThat(provider().embeddedModels()).extracting("name").doesNotHaveDuplicates();
    for (UpscalerProvider.EmbeddedModel embedded : provider().embeddedModels()) {
      try (BlockUpscaler network =
          provider().open(Model.embedded(embedded.name()), Device.cpu(), 1)) {
        assertThat(network.info().scale()).as(embedded.name()).isEqualTo(embedded.scale());
      }
    }
  }

  @Test
  void unknownEmbeddedModel_isRefusedByName() {
    assertThatThrownBy(() -> provider().open(Model.embedded("no-such-model"), Device.cpu(), 1))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("no-such-model");
  }

  @Test
  void info_declaresTheScale() {
    try (BlockUpscaler network = open()) {
      assertThat(network.info().scale()).isEqualTo(scale());
      assertThat(network.device()).isEqualTo(new DeviceReport(Device.cpu(), Device.cpu(), ""));
    }
  }

  @ParameterizedTest(name = "{0}x{1}")
  @CsvSource({"1, 1", "1, 9", "9, 1", "7, 5", "16, 16", "33, 17"})
  void output_isScaleTimesTheInput(int width, int height) {
    try (BlockUpscaler network = open()) {
      ModelInfo info = network.info();
      // What is left of the smallest block must be at least a pixel.
      int least = 2 * info.border() / info.blockScale();
      FloatImage block = noise(info, width + least, height + least);
      FloatImage output = network.upscale(block);

      int scale = info.blockScale();
      int border = info.border();
      assertThat(output.channels()).isEqualTo(block.channels());
      assertThat(output.width()).isEqualTo(block.width() * scale - 2 * border);
      assertThat(output.height()).isEqualTo(block.height() * scale - 2 * border);
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
      FloatImage part = Crops.crop(whole, core, core, core + 2 * halo, core + 2 * halo);

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
  void numberOfThreads_changesRoundingAtMost() {
    try (BlockUpscaler one = open();
        BlockUpscaler two = provider().open(Model.file(file), Device.cpu(), 2)) {
      FloatImage block = noise(one.info(), 37, 29);

      assertThat(two.upscale(block)).isCloseTo(one.upscale(block), TOLERANCE);
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
  void bytesOfAModel_areTheModel() throws IOException {
    Model bytes = Model.bytes(file.getFileName().toString(), Files.readAllBytes(file));
    try (BlockUpscaler fromFile = open();
        BlockUpscaler fromBytes = provider().open(bytes, Device.cpu(), 1)) {
      FloatImage block = noise(fromFile.info(), 9, 7);

      assertThat(fromBytes.upscale(block)).isCloseTo(fromFile.upscale(block), TOLERANCE);
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
  void truncatedModel_isRefusedByName() throws IOException {
    byte[] content = Files.readAllBytes(file);
    for (int length : new int[] {0, 1, content.length / 2, content.length - 1}) {
      Path truncated = directory.resolve("truncated-" + file.getFileName());
      Files.write(truncated, Arrays.copyOf(content, length));

      assertThatThrownBy(() -> provider().open(Model.file(truncated), Device.cpu(), 1).close())
          .as("%d of %d bytes", length, content.length)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(truncated.getFileName().toString());
    }
  }

  @Test
  void missingModel_isRefusedByName() {
    Path missing = directory.resolve("missing-" + file.getFileName());

    assertThatThrownBy(() -> provider().open(Model.file(missing), Device.cpu(), 1))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(missing.getFileName().toString());
  }

  @Test
  void absentDevice_isReportedNotReplaced() {
    assumeTrue(supportsCuda(), "the backend has no CUDA support");

    assertThatThrownBy(() -> provider().open(Model.file(file), Device.cuda(999), 1))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("cuda:999");
  }

  @Test
  void probe_tellsWhatWorks() {
    assertThat(provider().probe(Device.cpu()))
        .isEqualTo(new DeviceReport(Device.cpu(), Device.cpu(), ""));
    DeviceReport absent = provider().probe(Device.cuda(999));
    assertThat(absent.requested()).isEqualTo(Device.cuda(999));
    assertThat(absent.actual()).isEqualTo(Device.cpu());
    assertThat(absent.reason()).isNotBlank();
  }
}
