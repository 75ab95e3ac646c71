// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.testkit.LinearTrainingProvider;
import io.github.sr4j.testkit.LinearUpscalerProvider;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelExportTest {

  @TempDir Path directory;
  private Path file;
  private TrainingSession session;

  @BeforeEach
  void open() {
    file = directory.resolve("model.onnx");
    session =
        new LinearTrainingProvider()
            .open(
                TrainingSetup.of("linear(color=rgb)", 2, Losses.l1()).optimizer(Optimizer.sgd(0)));
  }

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void export_writesTheNetwork_withItsMetadata() throws IOException {
    double difference = ModelExport.export(session, file, Map.of("trained_on", "nothing"));

    assertThat(difference).isZero();
    assertThat(directory).isDirectoryContaining(path -> path.equals(file));
    try (BlockUpscaler model = new LinearOnnxProvider().open(Model.file(file), Device.cpu(), 1)) {
      assertThat(model.info().provenance())
          .containsEntry("trained_on", "nothing")
          .containsEntry("seed", "1");
    }
  }

  @Test
  void export_returnsTheLargestDifference() throws IOException {
    double difference =
        ModelExport.export(session, file, Map.of(), List.of(new Altering(info -> info, 5e-5f)));

    assertThat(difference).isBetween(4.9e-5, 5.1e-5);
  }

  @Test
  void otherFunction_isRefused_withThePlaceOfTheDifference_andNothingIsLeft() throws IOException {
    assertRefused(new Altering(info -> info, 3e-4f))
        .hasMessageContaining("model.onnx")
        .hasMessageContaining("max |a-b| = 3.0e-04 at c=1, y=17, x=64 exceeds 1e-04");
    assertRefused(new Altering(info -> info, Float.NaN)).hasMessageContaining("max |a-b| = NaN");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void otherDeclaration_isRefused() {
    assertRefused(new Altering(info -> copy(info, 3, info.color(), 1), 0))
        .hasMessageContaining("scale must be 2, but is 3");
    assertRefused(new Altering(info -> copy(info, 2, ModelInfo.Color.LUMA, 1), 0))
        .hasMessageContaining("color must be RGB, but is LUMA");
    assertRefused(new Altering(info -> copy(info, 2, info.color(), 2), 0))
        .hasMessageContaining("halo must be OptionalInt[1], but is OptionalInt[2]");
  }

  @Test
  void refusedExport_keepsTheFileThatWasThere() throws IOException {
    Files.writeString(file, "before");
    assertRefused(new Altering(info -> info, 1));

    assertThat(file).hasContent("before");
  }

  /** The reference evaluation of networks with millions of weights is slow. */
  @ParameterizedTest
  @CsvSource({
    "0, 37x29 16x23",
    "2, 19x15 12x17",
    "6, 13x9 8x11",
    "11, 9x7 6x8",
    "100, 9x7 6x8",
    "100000, 9x7 6x8"
  })
  void convert_comparesBlocksByTheCostOfTheNetwork(long millionsPerPixel, String blocks)
      throws IOException {
    long ofLarge = millionsPerPixel * 1_000_000 * (1280 * 720 / 4); // pixels of the input
    Altering backend =
        new Altering(
            info ->
                ModelInfo.builder(info.name(), 2)
                    .color(info.color())
                    .halo(info.halo().orElseThrow())
                    .multiplyAccumulates(ofLarge)
                    .build(),
            0);

    ModelExport.convert(session, file, Map.of(), List.of(backend));

    assertThat(String.join(" ", backend.blocks)).isEqualTo(blocks);
    backend.blocks.clear();
    ModelExport.export(session, file, Map.of(), List.of(backend));
    assertThat(backend.blocks).containsExactly("37x29", "16x23");
  }

  @Test
  void convert_refusesAnotherFunction() {
    assertThatThrownBy(
            () ->
                ModelExport.convert(
                    session, file, Map.of(), List.of(new Altering(info -> info, 3e-4f))))
        .isInstanceOf(SuperResolutionException.class)
        .hasMessageContaining("exceeds 1e-04");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void missingBackend_isNamed_andNothingIsWritten() {
    assertThatThrownBy(
            () ->
                ModelExport.export(session, file, Map.of(), List.of(new LinearUpscalerProvider())))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("sr-onnx");
    assertThat(directory).isEmptyDirectory();
  }

  private AbstractThrowableAssert<?, ?> assertRefused(UpscalerProvider backend) {
    return assertThatThrownBy(() -> ModelExport.export(session, file, Map.of(), List.of(backend)))
        .isInstanceOf(SuperResolutionException.class);
  }

  private static ModelInfo copy(ModelInfo info, int scale, ModelInfo.Color color, int halo) {
    return ModelInfo.builder(info.name(), scale).color(color).halo(halo).build();
  }

  /** Opens what was exported, but with another declaration or another sample. */
  private static final class Altering extends LinearUpscalerProvider {

    private final UnaryOperator<ModelInfo> declaration;
    private final float error;
    private final List<String> blocks = new ArrayList<>();

    Altering(UnaryOperator<ModelInfo> declaration, float error) {
      this.declaration = declaration;
      this.error = error;
    }

    @Override
    public Set<String> modelExtensions() {
      return Set.of("onnx");
    }

    @Override
    public BlockUpscaler open(Model model, Device device, int threads) {
      BlockUpscaler network = super.open(model, device, threads);
      return new BlockUpscaler() {
        @Override
        public ModelInfo info() {
          return declaration.apply(network.info());
        }

        @Override
        public Device.Report device() {
          return network.device();
        }

        @Override
        public FloatImage upscale(FloatImage block) {
          FloatImage image = network.upscale(block);
          blocks.add(block.width() + "x" + block.height());
          if (image.width() == 2 * 37) {
            image.samples()[(image.height() + 17) * image.width() + 64] += error;
          }
          return image;
        }

        @Override
        public void close() {
          network.close();
        }
      };
    }
  }
}
