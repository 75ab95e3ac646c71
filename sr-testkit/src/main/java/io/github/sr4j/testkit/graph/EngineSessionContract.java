// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of sessions of engines: what the settings of a session do to the weights, beyond
 * what {@code TrainingProviderContract} asks of every provider.
 */
public abstract class EngineSessionContract {

  private static final TrainingSetup SMALL =
      TrainingSetup.of("compact(features=4, layers=1)", 2, Losses.mse())
          .optimizer(Optimizer.parse("sgd(momentum=0)"));

  @TempDir Path folder;

  /** For subclasses. */
  protected EngineSessionContract() {}

  /** Returns the provider. */
  protected abstract TrainingProvider provider();

  private TrainingSession open(TrainingSetup setup) {
    return provider().open(setup);
  }

  /** Returns the arrays that are trained, by name. */
  private Map<String, float[]> weights(TrainingSession session) throws IOException {
    Path file = folder.resolve("weights.ckpt");
    session.save(file, Map.of());
    Map<String, float[]> weights = new LinkedHashMap<>();
    Npz.read(file, new HashMap<>())
        .forEach(
            (name, array) -> {
              if (name.indexOf('/') < 0) {
                weights.put(name, array.samples());
              }
            });
    return weights;
  }

  /** Returns the changes of all weights, in their order, by steps on one batch. */
  private double[] change(TrainingSetup setup, double rate) throws IOException {
    try (TrainingSession session = open(setup)) {
      float[] before = flat(weights(session));
      session.step(Noise.batch(session, 2, 8), rate);
      float[] after = flat(weights(session));
      double[] change = new double[after.length];
      Arrays.setAll(change, i -> (double) after[i] - before[i]);
      return change;
    }
  }

  private static float[] flat(Map<String, float[]> weights) {
    int length = weights.values().stream().mapToInt(array -> array.length).sum();
    float[] flat = new float[length];
    int position = 0;
    for (float[] array : weights.values()) {
      System.arraycopy(array, 0, flat, position, array.length);
      position += array.length;
    }
    return flat;
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElseThrow();
  }

  @Test
  void clippingOfTheNorm_scalesAllGradientsAlike() throws IOException {
    double[] plain = change(SMALL, 1);
    double[] clipped = change(SMALL.clipping(Clipping.parse("norm(0.01)")), 1);

    assertThat(norm(plain)).isGreaterThan(0.02);
    assertThat(norm(clipped)).isCloseTo(0.01, within(1e-5));
    double factor = 0.01 / norm(plain);
    for (int i = 0; i < plain.length; i++) {
      assertThat(clipped[i]).isCloseTo(plain[i] * factor, within(1e-6));
    }
    assertThat(change(SMALL.clipping(Clipping.parse("norm(1000)")), 1)).isEqualTo(plain);
  }

  @Test
  void clippingOfValues_boundsEachGradient() throws IOException {
    double[] plain = change(SMALL, 1);
    double bound = largest(plain) / 4;
    double[] clipped = change(SMALL.clipping(Clipping.parse("value(" + bound + ")")), 1);

    for (int i = 0; i < plain.length; i++) {
      double expected = Math.max(-bound, Math.min(bound, plain[i]));
      assertThat(clipped[i]).isCloseTo(expected, within(1e-6));
    }
  }

  /** At a rate r, gradients up to bound / r move a weight by up to the bound. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 1, 10})
  void adjustableClipping_boundsTheSteps_atAnyRate(double rate) throws IOException {
    double bound = largest(change(SMALL, 1)) / 20;

    assertThat(largest(change(SMALL.clipping(Clipping.parse("adjustable(" + bound + ")")), rate)))
        .isCloseTo(bound, within(1e-6));
  }

  @Test
  void adamW_isAdam_andADecayOfTheWeights() throws IOException {
    float[] before;
    try (TrainingSession session = open(SMALL)) {
      before = flat(weights(session));
    }
    double[] adam = change(SMALL.optimizer(Optimizer.parse("adam")), 0.01);
    double[] decayed = change(SMALL.optimizer(Optimizer.parse("adamw(weight_decay=0.1)")), 0.01);

    assertThat(change(SMALL.optimizer(Optimizer.parse("adamw(weight_decay=0)")), 0.01))
        .isEqualTo(adam);
    for (int i = 0; i < adam.length; i++) {
      assertThat(decayed[i]).isCloseTo(adam[i] - 0.01 * 0.1 * before[i], within(1e-6));
    }
  }

  @Test
  void weightDecayOfSgd_isPartOfTheGradient() throws IOException {
    float[] before;
    try (TrainingSession session = open(SMALL)) {
      before = flat(weights(session));
    }
    double[] plain = change(SMALL, 0.5);
    double[] decayed =
        change(SMALL.optimizer(Optimizer.parse("sgd(momentum=0, weight_decay=0.1)")), 0.5);

    for (int i = 0; i < plain.length; i++) {
      assertThat(decayed[i]).isCloseTo(plain[i] - 0.5 * 0.1 * before[i], within(1e-6));
    }
    assertThatThrownBy(() -> open(SMALL.optimizer(Optimizer.parse("sgd(weight_decay=1)"))))
        .hasMessageContaining(
            "weight_decay of sgd must be at least 0 and less than 1, but was 1.0");
  }

  @Test
  void frozenWeights_stayAsTheyAre() throws IOException {
    try (TrainingSession session =
        open(
            SMALL
                .optimizer(Optimizer.parse("adamw(weight_decay=0.5)"))
                .frozen(List.of("conv1.*", "conv3.bias")))) {
      Map<String, float[]> before = weights(session);
      session.step(Noise.batch(session, 2, 8), 0.01);
      Map<String, float[]> after = weights(session);

      assertThat(before).containsKeys("conv1.weight", "conv1.bias", "conv3.bias", "conv3.weight");
      before.forEach(
          (name, array) -> {
            boolean isFrozen = name.startsWith("conv1.") || name.equals("conv3.bias");
            assertThat(Arrays.equals(after.get(name), array)).as(name).isEqualTo(isFrozen);
          });
    }
  }

  @Test
  void unknownFrozenWeights_areRefused_andThereMustBeOthers() {
    assertThatThrownBy(() -> open(SMALL.frozen(List.of("conv9.*"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("conv1.weight")
        .hasMessageContaining("but was \"conv9.*\"");
    assertThatThrownBy(() -> open(SMALL.frozen(List.of("*"))))
        .hasMessageContaining("frozen must leave some weights to train, but was [*]");
  }

  @Test
  void networkOfAnotherScale_startsFromTheLayersThatFit() throws IOException {
    Path two = folder.resolve("x2.ckpt");
    try (TrainingSession source = open(SMALL);
        TrainingSession target =
            open(TrainingSetup.of("compact(features=4, layers=1)", 3, Losses.l1()).seed(5))) {
      Map<String, float[]> fresh = weights(target);
      source.save(two, Map.of());
      assertThat(target.initialize(two)).containsExactly("conv3.weight", "conv3.bias");

      Map<String, float[]> expected = weights(source);
      weights(target)
          .forEach(
              (name, array) ->
                  assertThat(array)
                      .as(name)
                      .isEqualTo((name.startsWith("conv3.") ? fresh : expected).get(name)));
    }
  }

  @Test
  void exportedModel_isWhatANetworkStartsFrom_alsoWithBlocksThatItsExportCollapsed()
      throws IOException {
    Path model = folder.resolve("model.onnx");
    String network = "compact(features=4, layers=2, expansion=%s)";
    FloatImage image = TestImages.noise(1, 13, 11, 1);
    FloatImage expected;
    try (TrainingSession source =
            open(TrainingSetup.of(String.format(network, 2), 2, Losses.l1()));
        BlockUpscaler snapshot = source.snapshot()) {
      source.exportOnnx(model, Map.of());
      expected = snapshot.upscale(image);
    }
    for (String other : List.of("0", "3")) {
      try (TrainingSession target =
          open(TrainingSetup.of(String.format(network, other), 2, Losses.l1()).seed(5))) {
        assertThat(target.initialize(model)).as("expansion %s", other).isEmpty();
        try (BlockUpscaler snapshot = target.snapshot()) {
          ImageAssert.assertThat(snapshot.upscale(image)).isCloseTo(expected, 1e-5);
        }
      }
    }
  }

  @Test
  void fileOfWhichNothingFits_isRefused() throws IOException {
    Path other = folder.resolve("other.ckpt");
    try (TrainingSession source = open(TrainingSetup.of("srcnn(kernels=9-1-5)", 2, Losses.l1()));
        TrainingSession target = open(SMALL)) {
      source.save(other, Map.of());
      assertThatThrownBy(() -> target.initialize(other))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("other.ckpt: must have weights of compact")
          .hasMessageContaining("none of its arrays fits");
    }
  }

  @Test
  void preupscaledNetwork_trainsScalesTogether() {
    try (TrainingSession session =
        open(
            TrainingSetup.of("vdsr(layers=2, features=4)", 3, Losses.mse())
                .scales(List.of(2, 3, 4)))) {
      assertThat(session.info().scale()).isEqualTo(3);
      assertThat(session.step(Noise.batch(session, 2, session.defaultPatchSize()), 1e-3))
          .isFinite();
    }
  }

  @Test
  void networkWithAHeadForEachScale_trainsThatOfTheBatch() throws IOException {
    try (TrainingSession session =
        open(
            TrainingSetup.of("mdsr(blocks=1, features=4)", 2, Losses.mse())
                .scales(List.of(2, 3)))) {
      Map<String, float[]> before = weights(session);
      session.step(batch(2), 1e-3);
      Map<String, float[]> two = weights(session);
      session.step(List.of(batch(3), batch(3)), 1e-3);
      Map<String, float[]> three = weights(session);

      List<String> afterTwo = changed(before, two);
      List<String> afterThree = changed(two, three);
      assertThat(afterTwo).isNotEmpty().isNotEqualTo(afterThree);
      assertThat(afterTwo.stream().filter(afterThree::contains)).as("shared").isNotEmpty();
      assertThat(afterTwo.stream().filter(name -> !afterThree.contains(name))).isNotEmpty();
      assertThat(before.keySet())
          .as("x4 stays")
          .hasSizeGreaterThan(
              (int)
                  before.keySet().stream()
                      .filter(name -> afterTwo.contains(name) || afterThree.contains(name))
                      .count());
      assertThatThrownBy(() -> session.step(batch(4), 1e-3))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static List<String> changed(Map<String, float[]> before, Map<String, float[]> after) {
    return before.keySet().stream()
        .filter(name -> !Arrays.equals(before.get(name), after.get(name)))
        .toList();
  }

  private static PatchBatch batch(int scale) {
    PatchBatch.Shape input = new PatchBatch.Shape(1, 3, 8, 8);
    PatchBatch.Shape target = new PatchBatch.Shape(1, 3, 8 * scale, 8 * scale);
    float[] samples = new float[target.size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (0.5 + 0.3 * Math.sin(i));
    }
    return new PatchBatch(input, Arrays.copyOf(samples, input.size()), target, samples);
  }

  @Test
  void networkOfOneScale_refusesSeveral() {
    assertThatThrownBy(() -> open(TrainingSetup.of("espcn", 2, Losses.l1()).scales(List.of(2, 3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scales of espcn must be among [2], but were [2, 3]");
  }
}
