// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.ModelInfo.Edges;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Published weights of SRCNN in a network that pads with zeros, as ports of it do, lose 4 dB to the
 * dark edges of Set5, and regain them where the image is extended.
 */
final class EdgesIT {

  /** SRCNN 9-1-5 with padded convolutions. */
  private record Padded() implements Network {

    @Override
    public String text() {
      return "padded";
    }

    @Override
    public int scale() {
      return 2;
    }

    @Override
    public ModelInfo.Color color() {
      return ModelInfo.Color.LUMA;
    }

    @Override
    public boolean isPreupscaled() {
      return true;
    }

    @Override
    public int patchSize() {
      return 33;
    }

    @Override
    public FeatureMap build(Layers layers, FeatureMap input) {
      FeatureMap patches = layers.relu(layers.convolution("conv1", input, Convolution.of(64, 9)));
      FeatureMap mapped = layers.relu(layers.convolution("conv2", patches, Convolution.of(32, 1)));
      return layers.convolution("conv3", mapped, Convolution.of(1, 5));
    }
  }

  @ParameterizedTest
  @CsvSource({"NETWORK, 32.51", "REPLICATE, 36.33", "MIRROR, 36.33"})
  void zerosAtTheEdges_costDecibels_thatExtendedImagesKeep(Edges edges, double psnr)
      throws IOException {
    WeightFile weights = WeightFile.read(SharedData.path("weights/srcnn_9-1-5_x2.npz"));
    byte[] onnx = StoredNetwork.of(new Padded(), weights.tensors(), Map.of()).onnx(Map.of());

    try (Upscaler upscaler =
        Upscaler.builder()
            .model(Model.bytes("padded.onnx", onnx))
            .device(Device.cpu())
            .edges(edges)
            .build()) {
      EvaluationReport report = Evaluation.luma().of(upscaler, SharedData.path("images/Set5"));

      assertThat(upscaler.info().edges()).isEqualTo(edges);
      assertThat(report.psnr()).as(report.toText()).isCloseTo(psnr, within(0.02));
    }
  }
}
