// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.SharedData;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConvertCommandTest {

  @TempDir private Path folder;

  @Test
  void weightsOfRealEsrgan_areConvertedAndShown() {
    Path weights = SharedData.path("models/pth/realesr_animevideov3_x4.safetensors");
    Path model = folder.resolve("anime.onnx");

    assertThat(Invocation.of("convert", weights, model).succeeds().out())
        .contains(
            "SRVGGNetCompact as srvgg(features=64, layers=16) x4, 621424 parameters, parity ");
    assertThat(Invocation.of("inspect", model).succeeds().out())
        .containsPattern("architecture +SRVGGNetCompact")
        .containsPattern("source +realesr_animevideov3_x4.safetensors")
        .containsPattern("source.sha256 +[0-9a-f]{64}");
    assertThat(Invocation.of("inspect", weights).succeeds().out())
        .containsPattern("file +safetensors, F32")
        .containsPattern("recognised +SRVGGNetCompact as srvgg\\(features=64, layers=16\\)")
        .containsPattern("because +features=64 from body.0.weight")
        .containsPattern("scale +4")
        .containsPattern("parameters +621,424");
  }

  @Test
  void pickleThatCallsAFunction_isRefusedInOneLine() throws IOException {
    Path weights = folder.resolve("evil.pth");
    Files.write(weights, "cos\nsystem\n(S'id'\ntR.".getBytes(StandardCharsets.US_ASCII));

    Invocation.of("convert", weights, folder.resolve("evil.onnx"))
        .failsSaying("evil.pth: must hold weights alone, but its pickle calls os.system");
    Invocation.of("inspect", weights).failsSaying("its pickle calls os.system");
    assertThat(folder.resolve("evil.onnx")).doesNotExist();
  }

  /** Numbers of a graph, such as the factor 0.2 of a residual, are no weights. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rrdbnet(blocks=1, features=8, growth=4)",
        "srvgg(features=4, layers=1)",
        "pan(blocks=1, features=8, upsampled=8)",
        "safmn(blocks=1, features=8)",
        "imdn(features=16)",
        "carn(features=16)"
      })
  void onnxModel_isConverted(String network) throws IOException {
    Path model = onnx(network, 4);
    Path converted = folder.resolve("converted.onnx");

    assertThat(Invocation.of("convert", model, converted, "--scale", "4").succeeds().out())
        .contains(" x4, ");
  }

  /** Blocks of 224x224 pixels alone, and the pixel shuffle as reshapes. */
  @Test
  void onnxModelOfPyTorchsTutorial_isConverted() {
    Path model = SharedData.path("models/subpixel_cnn_x3_luma_224.onnx");
    Path converted = folder.resolve("converted.onnx");

    assertThat(Invocation.of("convert", model, converted).succeeds().out())
        .contains("ESPCN as espcn(layers=4, activation=relu) x3, ");
  }

  /** RLFN's authors have samples of 0 to 255, which its weights do not tell. */
  @Test
  void onnxModelThatComputesSomethingElse_isRefused() throws IOException {
    Path model = onnx("rlfn(blocks=1, features=16, middle=16, attention=4)", 2);
    Path converted = folder.resolve("converted.onnx");

    Invocation.of("convert", model, converted)
        .failsSaying(
            "model.onnx: has the weights of RLFN, but computes something else of them",
            "use it as it is");
    assertThat(converted).doesNotExist();
  }

  @Test
  void weightsOfSeveralScales_askForTheOption() throws IOException {
    Path model = onnx("srcnn(kernels=9-1-5)", 2);

    Invocation.of("convert", model, folder.resolve("converted.onnx"))
        .failsSaying("has weights of the scales 2, 3, 4, of which one must be declared: --scale N");
  }

  private Path onnx(String network, int scale) throws IOException {
    Network found = Networks.of(network, scale);
    Path model = folder.resolve("model.onnx");
    Map<String, Tensor> drawn = InitialWeights.draw(Networks.parameters(found), /* seed= */ 1);
    drawn.replaceAll(
        (name, weights) -> name.endsWith(".bias") ? filled(weights.shape(), 0.1f) : weights);
    StoredNetwork.of(found, drawn, Map.of()).exportOnnx(model, Map.of());
    return model;
  }

  private static Tensor filled(Shape shape, float value) {
    float[] samples = new float[(int) shape.size()];
    Arrays.fill(samples, value);
    return Tensor.of(shape, samples);
  }

  @Test
  void modelToWrite_mustBeNamedAsOne() {
    Invocation.of("convert", folder.resolve("a.pth"), folder.resolve("a.txt"))
        .failsSaying("the name of the model to write must end in .onnx");
  }
}
