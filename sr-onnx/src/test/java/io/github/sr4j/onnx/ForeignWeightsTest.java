// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Declaration;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ForeignWeightsTest {

  private static final Network NETWORK = Networks.of("srvgg(features=4, layers=1)", 3);

  private static Map<String, Tensor> weights() {
    return InitialWeights.draw(Networks.parameters(NETWORK), /* seed= */ 1);
  }

  /** Returns the file of safetensors with these arrays. */
  private static byte[] safetensors(Map<String, Tensor> arrays) {
    StringBuilder header = new StringBuilder("{");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    arrays.forEach(
        (name, array) -> {
          ByteBuffer bytes =
              ByteBuffer.allocate(4 * array.samples().length).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(array.samples());
          header
              .append(header.length() == 1 ? "" : ",")
              .append('"')
              .append(name)
              .append("\":{\"dtype\":\"F32\",\"shape\":")
              .append(Arrays.toString(array.shape().toArray()))
              .append(",\"data_offsets\":[")
              .append(data.size())
              .append(',')
              .append(data.size() + bytes.limit())
              .append("]}");
          data.writeBytes(bytes.array());
        });
    byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data.toByteArray())
        .array();
  }

  private static BlockUpscaler open(Model model) {
    return new OnnxUpscalerProvider().open(model, Device.cpu(), 1);
  }

  private static FloatImage noise(int width, int height) {
    float[] samples = new float[3 * width * height];
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return FloatImage.wrap(3, height, width, samples);
  }

  @Test
  void weights_runAsTheReferenceDoes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("any_name.pth");
    Files.write(file, safetensors(weights()));
    FloatImage image = noise(13, 11);

    try (BlockUpscaler opened = open(Model.file(file));
        BlockUpscaler expected = StoredNetwork.of(NETWORK, weights(), Map.of()).snapshot()) {
      float[] reference = expected.upscale(image).samples();
      float[] actual = opened.upscale(image).samples();
      for (int i = 0; i < reference.length; i++) {
        assertThat(actual[i]).isCloseTo(reference[i], offset(1e-4f));
      }
      assertThat(opened.info().scale()).isEqualTo(3);
      assertThat(opened.info().halo()).hasValue(3);
      assertThat(opened.info().provenance())
          .containsEntry("architecture", "SRVGGNetCompact")
          .containsEntry("network", NETWORK.text())
          .containsEntry("source", "any_name.pth")
          .hasEntrySatisfying("source.sha256", sum -> assertThat(sum).matches("[0-9a-f]{64}"));
    }
  }

  @Test
  void networkThatPools_isCompared() {
    Network network = Networks.of("rlfn(blocks=1, features=16, middle=16, attention=4)", 2);
    Map<String, Tensor> drawn = InitialWeights.draw(Networks.parameters(network), /* seed= */ 1);

    try (BlockUpscaler opened = open(Model.bytes("a.pth", safetensors(drawn)))) {
      assertThat(opened.info().scale()).isEqualTo(2);
    }
  }

  @Test
  void bytesOfWeights_areOpened() {
    try (BlockUpscaler opened = open(Model.bytes("a.safetensors", safetensors(weights())))) {
      assertThat(opened.upscale(noise(5, 4)).width()).isEqualTo(15);
    }
  }

  @Test
  void weightsBelowThePrefixOfTheGenerator_areFound() {
    Map<String, Tensor> both = new LinkedHashMap<>();
    weights().forEach((name, array) -> both.put("generator." + name, array));
    both.put("discriminator.conv.weight", Tensor.scalar(1));

    try (BlockUpscaler opened = open(Model.bytes("a.ckpt", safetensors(both)))) {
      assertThat(opened.info().scale()).isEqualTo(3);
    }
  }

  @Test
  void scaleThatTheWeightsDoNotHave_isRefused() {
    Model model =
        Model.bytes("a.pth", safetensors(weights())).declared(Declaration.none().scale(4));

    assertThatThrownBy(() -> open(model))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage("a.pth: the declared scale must be 3, which its weights are of, but is 4");
  }

  @Test
  void weightsOfNoKnownArchitecture_areRefused() {
    byte[] content = safetensors(Map.of("encoder.query", Tensor.scalar(1)));

    assertThatThrownBy(() -> open(Model.bytes("a.safetensors", content)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith("a.safetensors: must have the weights of a known architecture (")
        .hasMessageContaining("encoder.query");
  }

  @Test
  void pickleThatCallsAFunction_isRefusedByItsName() {
    byte[] content = "cos\nsystem\n(S'id'\ntR.".getBytes(StandardCharsets.US_ASCII);

    assertThatThrownBy(() -> open(Model.bytes("a.pth", content)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith("a.pth: must hold weights alone, but its pickle calls os.system,");
  }
}
