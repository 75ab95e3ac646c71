// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.SharedData;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.networks.zoo.Networks;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scale of weights whose arrays do not tell it is found by running them, or asked for. */
final class ScaleTrialTest {

  private static final int KERNEL = 9; // of the transposed convolution, which crops 4 pixels

  @TempDir private Path folder;

  private WeightFile file(Map<String, Tensor> arrays) throws IOException {
    Path file = folder.resolve("weights.npz");
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, Map.of());
    }
    return WeightFile.read(file);
  }

  /** Returns an FSRCNN whose convolutions pass the image on, and whose last one interpolates. */
  private static Map<String, Tensor> bilinearFsrcnn(int scale) {
    float[] last = new float[KERNEL];
    float[] sums = new float[scale];
    for (int k = 0; k < KERNEL; k++) {
      last[k] = (float) Math.max(0, 1 - Math.abs((k - 3.5) / scale - 0.5));
      sums[k % scale] += last[k];
    }
    float[] kernel = new float[KERNEL * KERNEL];
    for (int i = 0; i < kernel.length; i++) {
      int y = i / KERNEL;
      int x = i % KERNEL;
      kernel[i] = last[y] / sums[y % scale] * last[x] / sums[x % scale];
    }
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put("first_part.0.weight", middle(5));
    arrays.put("mid_part.0.weight", middle(1));
    arrays.put("mid_part.2.weight", middle(3));
    arrays.put("mid_part.4.weight", middle(1));
    for (String name : new String[] {"first_part.", "mid_part.", "mid_part.2", "mid_part.4"}) {
      String number = name.replaceFirst("[a-z_]+\\.", "");
      String part = name.substring(0, name.length() - number.length());
      int layer = number.isEmpty() ? 0 : Integer.parseInt(number);
      arrays.put(part + layer + ".bias", Tensor.of(Shape.of(1), 0));
      arrays.put(part + (layer + 1) + ".weight", Tensor.of(Shape.of(1), 0.25f));
    }
    arrays.put("last_part.weight", Tensor.of(Shape.of(1, 1, KERNEL, KERNEL), kernel));
    arrays.put("last_part.bias", Tensor.of(Shape.of(1), 0));
    return arrays;
  }

  private static Tensor middle(int side) {
    float[] samples = new float[side * side];
    samples[samples.length / 2] = 1;
    return Tensor.of(Shape.of(1, 1, side, side), samples);
  }

  private static Map<String, Tensor> untrained(String network, int scale) {
    Map<String, Tensor> weights =
        InitialWeights.draw(Networks.parameters(Networks.of(network, scale)), /* seed= */ 1);
    return new LinkedHashMap<>(weights);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void fsrcnn_isRunAtTheScaleAtWhichItWorks(int scale) throws IOException {
    ForeignNetwork network = ForeignNetwork.of(file(bilinearFsrcnn(scale)), OptionalInt.empty());

    assertThat(network.network().info().scale()).isEqualTo(scale);
    assertThat(network.recognised().isScaleUntold()).isFalse();
    assertThat(network.recognised().evidence())
        .anySatisfy(
            evidence ->
                assertThat(evidence)
                    .startsWith("scale=" + scale + " found by trial: a drawn picture gains"));
  }

  @Test
  void declaredScale_isTaken_withoutATrial() throws IOException {
    ForeignNetwork network = ForeignNetwork.of(file(bilinearFsrcnn(3)), OptionalInt.of(4));

    assertThat(network.network().info().scale()).isEqualTo(4);
    assertThat(network.recognised().evidence()).contains("scale=4 as declared");
  }

  @Test
  void untrainedWeights_areAskedAbout() throws IOException {
    WeightFile file = file(untrained("pan(blocks=1, features=4, upsampled=4)", 3));

    assertThat(ForeignNetwork.recognise(file, OptionalInt.empty()).isScaleUntold()).isTrue();
    assertThat(ForeignNetwork.recognise(file, OptionalInt.empty()).scales()).containsExactly(2, 3);
    assertThatThrownBy(() -> ForeignNetwork.of(file, OptionalInt.empty()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageEndingWith(
            "weights.npz: has weights of one of the scales 2, 3, of which one must be declared:"
                + " scale N");
    assertThatThrownBy(() -> ForeignNetwork.of(file, OptionalInt.of(4)))
        .hasMessageEndingWith(
            "the declared scale must be 2 or 3, which its weights are of, but is 4");
    assertThat(ForeignNetwork.of(file, OptionalInt.of(3)).network().info().scale()).isEqualTo(3);
  }

  @Test
  void panOfFour_tellsItsScale() throws IOException {
    WeightFile file = file(untrained("pan(blocks=1, features=4, upsampled=4)", 4));

    assertThat(ForeignNetwork.recognise(file, OptionalInt.empty()).scales()).containsExactly(4);
  }

  @ParameterizedTest
  @CsvSource({"fsrcnn_x2.pth, 2", "PANx2_DF2K.pth, 2"})
  void filesOfTheirAuthors_areRunAtTheirScale(String name, int scale) throws IOException {
    WeightFile file = WeightFile.read(SharedData.path("models/pth/" + name));

    Recognised recognised = ForeignNetwork.recognise(file, OptionalInt.empty());

    assertThat(recognised.scales()).as(recognised.evidence().toString()).containsExactly(scale);
  }
}
