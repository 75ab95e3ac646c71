// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static io.github.sr4j.testkit.ImageAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract of {@link UpscalerProvider}. If a provider passes these tests, the rest of the
 * library works with it; if a bug in a provider gets past them, add the missing test here.
 */
public abstract class UpscalerProviderContract extends BlockUpscalerContract {

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

  /** Returns the device that the models run on: the CPU, unless a subclass tests another one. */
  protected Device device() {
    return Device.cpu();
  }

  /** Override to return false only if the backend has no CUDA support at all. */
  protected boolean supportsCuda() {
    return true;
  }

  @BeforeEach
  void writeModelFile() throws IOException {
    file = writeModel(directory);
  }

  @Override
  protected BlockUpscaler open() {
    return provider().open(Model.file(file), device(), 1);
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
    for (Model.Card embedded : provider().embeddedModels()) {
      try (BlockUpscaler network = provider().open(Model.embedded(embedded.name()), device(), 1)) {
        assertThat(network.info().scale()).as(embedded.name()).isEqualTo(embedded.scale());
        assertThat(network.info().precision()).as(embedded.name()).isEqualTo(Model.Precision.FLOAT);
      }
    }
  }

  @Test
  void int8FormsOfEmbeddedModels_open() {
    for (Model.Card embedded : provider().embeddedModels()) {
      for (Model.Card.Int8 form : embedded.int8().stream().toList()) {
        try (BlockUpscaler network =
            provider().open(Model.embedded(form.name()), Device.cpu(), 1)) {
          assertThat(network.info().scale()).as(form.name()).isEqualTo(embedded.scale());
          assertThat(network.info().precision()).as(form.name()).isEqualTo(Model.Precision.INT8);
        }
      }
    }
  }

  @Test
  void unknownEmbeddedModel_isRefusedByName() {
    assertThatThrownBy(() -> provider().open(Model.embedded("no-such-model"), device(), 1))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("no-such-model");
  }

  @Test
  void info_declaresTheScale() {
    try (BlockUpscaler network = open()) {
      assertThat(network.info().scale()).isEqualTo(scale());
      assertThat(network.device()).isEqualTo(new Device.Report(device(), device(), ""));
    }
  }

  @Test
  void numberOfThreads_changesRoundingAtMost() {
    try (BlockUpscaler one = open();
        BlockUpscaler two = provider().open(Model.file(file), device(), 2)) {
      FloatImage block = noise(one.info(), 37, 29);

      assertThat(two.upscale(block)).isCloseTo(one.upscale(block), TOLERANCE);
    }
  }

  @Test
  void bytesOfAModel_areTheModel() throws IOException {
    Model bytes = Model.bytes(file.getFileName().toString(), Files.readAllBytes(file));
    try (BlockUpscaler fromFile = open();
        BlockUpscaler fromBytes = provider().open(bytes, device(), 1)) {
      FloatImage block = noise(fromFile.info(), 9, 7);

      assertThat(fromBytes.upscale(block)).isCloseTo(fromFile.upscale(block), TOLERANCE);
    }
  }

  @Test
  void truncatedModel_isRefusedByName() throws IOException {
    byte[] content = Files.readAllBytes(file);
    for (int length : new int[] {0, 1, content.length / 2, content.length - 1}) {
      Path truncated = directory.resolve("truncated-" + file.getFileName());
      Files.write(truncated, Arrays.copyOf(content, length));

      assertThatThrownBy(() -> provider().open(Model.file(truncated), device(), 1).close())
          .as("%d of %d bytes", length, content.length)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(truncated.getFileName().toString());
    }
  }

  @Test
  void missingModel_isRefusedByName() {
    Path missing = directory.resolve("missing-" + file.getFileName());

    assertThatThrownBy(() -> provider().open(Model.file(missing), device(), 1))
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
  void gpus_areCards_eachOnce() {
    assertThat(provider().gpus()).doesNotHaveDuplicates();
    for (Device gpu : provider().gpus()) {
      assertThat(gpu.kind()).isNotIn(Device.Kind.AUTO, Device.Kind.GPU, Device.Kind.CPU);
      assertThat(provider().performanceKey(gpu)).isEqualTo(provider().performanceKey(gpu));
    }
  }

  @Test
  void probe_tellsWhatWorks() {
    for (Device works : List.of(Device.cpu(), device())) {
      assertThat(provider().probe(works)).isEqualTo(new Device.Report(works, works, ""));
    }
    Device.Report absent = provider().probe(Device.cuda(999));
    assertThat(absent.requested()).isEqualTo(Device.cuda(999));
    assertThat(absent.actual()).isEqualTo(Device.cpu());
    assertThat(absent.reason()).isNotBlank();
  }
}
