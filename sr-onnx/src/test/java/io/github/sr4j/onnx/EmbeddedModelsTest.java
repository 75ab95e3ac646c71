// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Card;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.onnx.files.EmbeddedModels;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EmbeddedModelsTest {

  @Test
  void index_keepsItsOrder() {
    assertThat(
            EmbeddedModels.parse(
                """
                # comment

                small-x3|3|10|20|30|33.5|0.9|15|33.4|0.8|CC0-1.0|some images\r
                large-x2 | 2 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | - | -
                """))
        .first()
        .isEqualTo(
            Card.of("small-x3", 3)
                .cost(new Card.Cost(10, 20, 30))
                .figures(new Card.Figure("Set5", 33.5, 0.9))
                .int8(
                    new Card.Int8("small-x3-int8", 15, List.of(new Card.Figure("Set5", 33.4, 0.8))))
                .terms(new Card.Terms("CC0-1.0", "some images")));
    assertThat(EmbeddedModels.all())
        .extracting(Card::name)
        .containsExactly("quality-x2", "quality-x3", "quality-x4", "fast-x2", "fast-x3", "fast-x4");
  }

  @Test
  void cards_tellWhatTheModelsAre() {
    for (Card card : EmbeddedModels.all()) {
      try (BlockUpscaler network =
          new OnnxUpscalerProvider().open(Model.embedded(card.name()), Device.cpu(), 1)) {
        ModelInfo info = network.info();
        assertThat(card.cost())
            .as(card.name())
            .contains(
                new Card.Cost(
                    info.multiplyAccumulates().orElseThrow(),
                    info.parameters().orElseThrow(),
                    stored(card.name()).length));
        assertThat(card.figures()).extracting(Card.Figure::images).containsExactly("Set5");
        assertThat(card.figures().get(0).psnr())
            .as("as the file declares it of the weights before they were stored in 16 bits")
            .isCloseTo(Double.parseDouble(info.provenance().get("psnr.set5")), within(0.002));
        assertThat(card.terms()).isPresent();
      }
    }
  }

  @Test
  void contents_computeWhatTheFilesInTheJarDo() {
    FloatImage image = TestImages.scene(1, 40, 30, /* seed= */ 1);
    for (Card card : EmbeddedModels.all()) {
      Model file = Model.bytes(card.name(), stored(card.name()));
      try (BlockUpscaler network = open(card.name());
          BlockUpscaler asStored = new OnnxUpscalerProvider().open(file, Device.cpu(), 1)) {
        ImageAssert.assertThat(network.upscale(image)).isCloseTo(asStored.upscale(image), 1e-5);
      }
    }
  }

  private static byte[] stored(String name) {
    return EmbeddedModels.read("models/" + name + ".onnx");
  }

  @Test
  void int8Forms_areTheModelsInLessBytes() {
    for (Card card : EmbeddedModels.all()) {
      Card.Int8 form = card.int8().orElseThrow();
      try (BlockUpscaler network = open(card.name());
          BlockUpscaler int8 = open(form.name())) {
        ModelInfo info = int8.info();
        assertThat(info.precision()).isEqualTo(Model.Precision.INT8);
        assertThat(info.provenance().get("quantization")).startsWith("int8, ");
        assertThat(info.provenance().get("psnr.set5"))
            .as("made from the embedded weights")
            .isEqualTo(network.info().provenance().get("psnr.set5") + " in float");
        assertThat(info.halo()).isEqualTo(network.info().halo());
        assertThat(info.multiplyAccumulates()).isEqualTo(network.info().multiplyAccumulates());
        assertThat(form.bytes()).isEqualTo(EmbeddedModels.content(form.name()).length);
        assertThat(form.bytes()).isLessThan(card.cost().orElseThrow().bytes());
        assertThat(form.figures().get(0).psnr())
            .isCloseTo(card.figures().get(0).psnr(), within(0.05));
      }
    }
  }

  /** On images that are made here; EmbeddedModelsIT has the figures of Set5. */
  @Test
  void int8Forms_loseLittleOnGeneratedImages() {
    double level = 20 * Math.log10(255); // the PSNR of images that differ by 1 of 255
    for (Card card : EmbeddedModels.all()) {
      try (BlockUpscaler network = open(card.name());
          BlockUpscaler int8 = open(card.int8().orElseThrow().name())) {
        double loss = 0;
        for (int seed = 1; seed <= 3; seed++) {
          FloatImage highRes =
              Luma.of(TestImages.scene(3, 48 * card.scale(), 40 * card.scale(), seed));
          FloatImage lowRes = Resampling.bicubic(highRes, 48, 40);
          FloatImage enlarged = network.upscale(lowRes);
          FloatImage quantized = int8.upscale(lowRes);
          loss += Metrics.psnr(enlarged, highRes) - Metrics.psnr(quantized, highRes);
          assertThat(Metrics.psnr(quantized, enlarged)).as(card.name()).isGreaterThan(level);
        }
        // Drawn images come out so well that 8 bits cost more of it than of photographs.
        assertThat(loss / 3).as(card.name()).isLessThan(0.2);
      }
    }
  }

  private static BlockUpscaler open(String name) {
    return new OnnxUpscalerProvider().open(Model.embedded(name), Device.cpu(), 1);
  }

  @Test
  void everyModelOfTheIndex_opens_andHasItsScale() {
    for (Card model : EmbeddedModels.all()) {
      try (BlockUpscaler network =
          new OnnxUpscalerProvider().open(Model.embedded(model.name()), Device.cpu(), 1)) {
        assertThat(network.info().scale()).as(model.name()).isEqualTo(model.scale());
        assertThat(network.info().name()).isEqualTo(model.name());
        assertThat(network.info().halo()).as("halo of %s", model.name()).isPresent();
      }
    }
  }

  @Test
  void graphOfEveryModel_showsWhatItsMetadataDeclare() throws OrtException {
    for (Card model : EmbeddedModels.all()) {
      OnnxGraph graph = OnnxGraph.parse(model.name(), EmbeddedModels.content(model.name()));
      ReceptiveField.Finding finding =
          ReceptiveField.find(
              graph, new ReceptiveField.Input("input", 1, 1, 0, 0, false), "output", 1);
      assertThat(finding.field())
          .as(model.name())
          .hasValue(
              new ReceptiveField(
                  model.scale(),
                  /* lostEdge= */ 0,
                  declaredHalo(model.name()),
                  /* alignment= */ 1,
                  /* isCentred= */ true,
                  /* isOutputChannelsLast= */ false));
    }
  }

  private static int declaredHalo(String name) throws OrtException {
    try (OrtSession session =
        OnnxRuntime.environment().createSession(EmbeddedModels.content(name))) {
      return Integer.parseInt(session.getMetadata().getCustomMetadata().get("sr4j.halo"));
    }
  }
}
