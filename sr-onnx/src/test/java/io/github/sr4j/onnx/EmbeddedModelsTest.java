// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.onnx.files.EmbeddedModels;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.spi.UpscalerProvider.EmbeddedModel;
import org.junit.jupiter.api.Test;

final class EmbeddedModelsTest {

  @Test
  void index_keepsItsOrder() {
    assertThat(EmbeddedModels.parse("# comment\n\nsmall-x3=3\r\nlarge-x2 = 2\nsmall-x2=2\n"))
        .containsExactly(
            new EmbeddedModel("small-x3", 3),
            new EmbeddedModel("large-x2", 2),
            new EmbeddedModel("small-x2", 2));
  }

  @Test
  void everyModelOfTheIndex_opens_andHasItsScale() {
    for (EmbeddedModel model : EmbeddedModels.all()) {
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
    for (EmbeddedModel model : EmbeddedModels.all()) {
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
