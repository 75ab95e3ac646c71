// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static io.github.sr4j.testkit.ImageAssert.assertThat;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.onnx.OnnxWriter;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IMDN with weights that take and make samples from 0 to 255, in a file that does not say so. */
final class FoldedRangeIT {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void rangeOf255_isFound(int scale) throws IOException {
    Map<String, Tensor> weights =
        Npz.read(SharedData.path("weights/imdn_x" + scale + ".npz"), new HashMap<>());
    Map<String, Tensor> folded = new LinkedHashMap<>(weights);
    folded.computeIfPresent("fea_conv.weight", (name, array) -> times(array, 1 / 255f));
    folded.computeIfPresent("upsampler.0.weight", (name, array) -> times(array, 255));
    folded.computeIfPresent("upsampler.0.bias", (name, array) -> times(array, 255));

    FloatImage image = TestImages.noise(3, 40, 30, 1);
    try (BlockUpscaler original = open(scale, weights, "original.onnx");
        BlockUpscaler byte255 = open(scale, folded, "folded.onnx")) {
      assertThat(byte255.upscale(image)).isCloseTo(original.upscale(image), 1e-3);
    }
  }

  private BlockUpscaler open(int scale, Map<String, Tensor> weights, String name)
      throws IOException {
    Network network = Networks.of("imdn", scale);
    byte[] model =
        OnnxWriter.write(
            NetworkGraph.of(network, Mode.INFERENCE).graph(), weights, new TreeMap<>());
    Path file = Files.write(folder.resolve(name), model);
    UpscalerProvider onnx = requireNonNull(UpscalerProvider.all().get(0));
    return onnx.open(Model.file(file), Device.cpu(), 2);
  }

  private static Tensor times(Tensor array, float factor) {
    float[] samples = array.samples().clone();
    for (int i = 0; i < samples.length; i++) {
      samples[i] *= factor;
    }
    return Tensor.of(array.shape(), samples);
  }
}
