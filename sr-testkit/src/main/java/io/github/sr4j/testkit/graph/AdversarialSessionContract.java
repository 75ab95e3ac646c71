// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of adversarial training on an engine: SRGAN at small size, which is SRResNet,
 * pretrained under MSE, against the discriminator.
 */
public abstract class AdversarialSessionContract {

  private static final String GENERATOR = "srresnet(blocks=1, features=8)";
  private static final String SMALL = "compact(features=4, layers=1)";
  private static final String LOSS = "mse + 0.01*adversarial(features=4)";
  private static final double RATE = 1e-3;

  @TempDir Path folder;

  /** For subclasses. */
  protected AdversarialSessionContract() {}

  /** Returns the provider. */
  protected abstract TrainingProvider provider();

  private TrainingSession open(String network, String loss) {
    return open(network, Losses.parse(loss));
  }

  private TrainingSession open(String network, Loss loss) {
    return provider().open(TrainingSetup.of(network, 2, loss));
  }

  /** Patches of 24x24 pixels of the large image, other ones for each number. */
  private static PatchBatch scenes(TrainingSession session, long number) {
    return scenes(session, number, 12);
  }

  private static PatchBatch scenes(TrainingSession session, long number, int side) {
    int channels = session.info().channels();
    PatchBatch.Shape inputShape = new PatchBatch.Shape(4, channels, side, side);
    PatchBatch.Shape targetShape = new PatchBatch.Shape(4, channels, 2 * side, 2 * side);
    float[] input = new float[inputShape.size()];
    float[] target = new float[targetShape.size()];
    for (int i = 0; i < 4; i++) {
      FloatImage highRes = TestImages.scene(channels, 2 * side, 2 * side, 4 * number + i);
      FloatImage lowRes = Resampling.bicubic(highRes, side, side);
      System.arraycopy(lowRes.samples(), 0, input, i * input.length / 4, input.length / 4);
      System.arraycopy(highRes.samples(), 0, target, i * target.length / 4, target.length / 4);
    }
    return new PatchBatch(inputShape, input, targetShape, target);
  }

  private static double train(TrainingSession session, int steps, double rate) {
    double value = Double.NaN;
    for (int step = 0; step < steps; step++) {
      value = session.step(scenes(session, step), rate);
      assertThat(value).as("loss of step %d", step).isFinite();
    }
    return value;
  }

  private static double measure(TrainingSession session, String name) {
    return requireNonNull(session.measures().get(name), name);
  }

  private static float[] output(TrainingSession session) {
    try (BlockUpscaler snapshot = session.snapshot()) {
      return snapshot.upscale(TestImages.noise(session.info().channels(), 9, 7, 1)).samples();
    }
  }

  /** Pretrains, then trains against the discriminator from there, as the paper does. */
  private TrainingSession pretrained(int steps, String loss) throws IOException {
    Path file = folder.resolve("pretrained.ckpt");
    try (TrainingSession session = open(GENERATOR, "mse")) {
      train(session, steps, RATE);
      session.save(file, Map.of());
      TrainingSession adversarial = open(GENERATOR, loss);
      assertThat(adversarial.initialize(file)).isEmpty();
      assertThat(output(adversarial)).isEqualTo(output(session));
      return adversarial;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"standard", "relativistic", "least_squares"})
  void twentySteps_afterPretraining_stayFinite_andTeachTheDiscriminator(String kind)
      throws IOException {
    String loss = "mse + 1e-3*adversarial(kind=" + kind + ", features=4)";
    try (TrainingSession session = pretrained(20, loss)) {
      PatchBatch batch = scenes(session, 0); // the same, as losses of others differ by themselves
      session.step(batch, RATE);
      double first = measure(session, "discriminator.loss");
      for (int step = 0; step < 20; step++) {
        assertThat(session.step(batch, RATE)).as("loss of step %d", step).isFinite();
      }

      assertThat(measure(session, "discriminator.loss")).isLessThan(first);
      assertThat(session.measures())
          .containsOnlyKeys(
              "discriminator.loss",
              "discriminator.accuracy.real",
              "discriminator.accuracy.generated");
      assertThat(measure(session, "discriminator.accuracy.real")).isBetween(0.0, 1.0);
    }
  }

  /** The acceptance of the network: hundreds of steps without divergence or collapse. */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"standard", "relativistic", "least_squares"})
  void fiveHundredSteps_afterPretraining_doNotDiverge(String kind) throws IOException {
    String loss = "mse + 1e-3*adversarial(kind=" + kind + ", features=8, rate=0.5)";
    try (TrainingSession session = pretrained(300, loss);
        TrainingSession content = open(GENERATOR, "mse")) {
      content.initialize(folder.resolve("pretrained.ckpt"));
      double before = content.step(scenes(content, 1000), 0);
      double accuracy = 0;
      for (int step = 0; step < 500; step++) {
        assertThat(session.step(scenes(session, 300 + step), RATE / 10)).isFinite();
        assertThat(session.warning().filter(text -> text.contains("generator has"))).isEmpty();
        accuracy += measure(session, "discriminator.accuracy.generated") / 500;
      }
      session.save(folder.resolve("adversarial.ckpt"), Map.of());
      content.initialize(folder.resolve("adversarial.ckpt"));

      assertThat(accuracy).as("mean accuracy on generated patches").isBetween(0.3, 1.0);
      // What the discriminator asks for costs some of the pixels' accuracy, but not most of it.
      assertThat(content.step(scenes(content, 1000), 0)).isLessThan(2 * before);
    }
  }

  @Test
  void lossTerms_tellContentAndAdversarialPartsApart() {
    try (TrainingSession session = open(SMALL, LOSS);
        TrainingSession content = open(SMALL, "mse")) {
      PatchBatch batch = scenes(session, 0);
      double value = session.step(batch, RATE);

      assertThat(session.lossTerms()).hasSize(2);
      assertThat(session.lossTerms().get(0))
          .isCloseTo(content.step(batch, RATE), withinPercentage(1e-3));
      // Weighted. A discriminator that is not trained yet answers about 0: -log sigmoid(0).
      assertThat(session.lossTerms().get(1)).isCloseTo(0.01 * Math.log(2), withinPercentage(50));
      assertThat(session.lossTerms().get(0) + session.lossTerms().get(1))
          .isCloseTo(value, withinPercentage(1e-3));
    }
  }

  @Test
  void generator_isMovedByTheDiscriminator() {
    try (TrainingSession session = open(SMALL, LOSS);
        TrainingSession content = open(SMALL, "mse")) {
      assertThat(output(session)).isEqualTo(output(content)); // drawn alike
      train(session, 2, RATE);
      train(content, 2, RATE);

      assertThat(output(session)).isNotEqualTo(output(content));
    }
  }

  /** With a rate of 0 it stays as drawn; its loss is then the same on the same patches. */
  @Test
  void rate_isThatOfTheDiscriminatorAlone() {
    try (TrainingSession session = open(SMALL, "mse + 0.01*adversarial(features=4, rate=0)")) {
      PatchBatch batch = scenes(session, 0);
      session.step(batch, 0);
      double before = measure(session, "discriminator.loss");
      session.step(batch, 0);

      assertThat(measure(session, "discriminator.loss")).isEqualTo(before);
      float[] output = output(session);
      session.step(batch, RATE);
      assertThat(output(session)).isNotEqualTo(output);
    }
  }

  @Test
  void severalBatchesInAStep_areOneWithTheirMean() {
    try (TrainingSession one = open(SMALL, LOSS);
        TrainingSession twice = open(SMALL, LOSS)) {
      PatchBatch batch = scenes(one, 0);
      for (int step = 0; step < 3; step++) {
        double expected = one.step(batch, RATE);
        assertThat(twice.step(List.of(batch, batch), RATE))
            .isCloseTo(expected, withinPercentage(1e-3));
        assertThat(twice.measures().get("discriminator.loss"))
            .isCloseTo(one.measures().get("discriminator.loss"), withinPercentage(1e-2));
        assertThat(twice.lossTerms()).hasSize(2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "mean"})
  void restoredSession_continuesBitForBit_withItsDiscriminator(String pooling) throws IOException {
    String loss = "mse + 0.01*adversarial(features=4, pooling=" + pooling + ")";
    Path file = folder.resolve("session.ckpt");
    try (TrainingSession session = open(GENERATOR, loss);
        TrainingSession restored = open(GENERATOR, loss)) {
      train(session, 3, RATE);
      session.save(file, Map.of("step", "3"));
      double expected = train(session, 3, RATE);

      train(restored, 1, RATE); // has a discriminator of its own, which is replaced
      assertThat(restored.restore(file)).isEqualTo(Map.of("step", "3"));
      assertThat(train(restored, 3, RATE)).isEqualTo(expected);
      assertThat(restored.measures()).isEqualTo(session.measures());
      assertThat(output(restored)).isEqualTo(output(session));
    }
  }

  @Test
  void checkpointBeforeTheFirstStep_continuesBitForBit() throws IOException {
    Path file = folder.resolve("fresh.ckpt");
    try (TrainingSession session = open(SMALL, LOSS);
        TrainingSession restored = open(SMALL, LOSS)) {
      session.save(file, Map.of());
      train(restored, 2, RATE);
      restored.restore(file);

      assertThat(train(restored, 2, RATE)).isEqualTo(train(session, 2, RATE));
    }
  }

  @Test
  void checkpointWithAnotherDiscriminator_isRefused_andChangesNothing() throws IOException {
    Path file = folder.resolve("other.ckpt");
    try (TrainingSession session = open(SMALL, LOSS);
        TrainingSession other = open(SMALL, "mse + 0.01*adversarial(features=2)")) {
      train(other, 1, RATE);
      other.save(file, Map.of());
      float[] before = output(session);

      assertThatThrownBy(() -> session.restore(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("other.ckpt")
          .hasMessageContaining(
              "the discriminator needs an array \"discriminator/conv1.weight\" of shape [4, 1, 3,"
                  + " 3], but its shape is [2, 1, 3, 3]");
      assertThat(output(session)).isEqualTo(before);
    }
  }

  /** Pixels only: whoever goes on without the discriminator need not have one. */
  @Test
  void checkpoint_isReadWithoutItsDiscriminatorToo() throws IOException {
    Path file = folder.resolve("adversarial.ckpt");
    try (TrainingSession session = open(SMALL, LOSS);
        TrainingSession content = open(SMALL, "mse")) {
      train(session, 1, RATE);
      session.save(file, Map.of());
      content.restore(file);

      assertThat(output(content)).isEqualTo(output(session));
    }
  }

  @Test
  void exportedFile_hasNoDiscriminator() throws IOException {
    Path before = folder.resolve("before.onnx");
    Path after = folder.resolve("after.onnx");
    try (TrainingSession session = open(SMALL, LOSS)) {
      session.exportOnnx(before, Map.of());
      train(session, 2, RATE);
      session.exportOnnx(after, Map.of());
      long parameters = session.parameters();
      session.save(folder.resolve("last.ckpt"), Map.of());

      assertThat(Files.size(after)).isEqualTo(Files.size(before));
      assertThat(new String(Files.readAllBytes(after), StandardCharsets.ISO_8859_1))
          .doesNotContain("discriminator", "dense1");
      assertThat(parameters).isEqualTo(parametersWithout());
      assertThat(Npz.read(folder.resolve("last.ckpt"), new LinkedHashMap<>()))
          .containsKeys("discriminator/conv1.weight", "discriminator/adam.m/dense2.weight");
    }
  }

  private long parametersWithout() {
    try (TrainingSession session = open(SMALL, "mse")) {
      return session.parameters();
    }
  }

  @Test
  void divergedStep_changesTheDiscriminatorNeither() throws IOException {
    Loss diverging =
        (shape, prediction, target, gradient) ->
            Losses.mse().evaluate(shape, prediction, target, gradient)
                + (prediction[0] > 1e6 ? Double.NaN : 0);
    try (TrainingSession session =
        open(SMALL, diverging.plus(Losses.parse("adversarial(features=4)")))) {
      train(session, 1, RATE);
      session.save(folder.resolve("before.ckpt"), Map.of());
      PatchBatch batch = scenes(session, 1);
      float[] huge = batch.input().clone();
      huge[0] = 1e8f;

      assertThat(
              session.step(
                  new PatchBatch(batch.inputShape(), huge, batch.targetShape(), batch.target()),
                  RATE))
          .isNaN();
      session.save(folder.resolve("after.ckpt"), Map.of());
      assertThat(Files.readAllBytes(folder.resolve("after.ckpt")))
          .isEqualTo(Files.readAllBytes(folder.resolve("before.ckpt")));
    }
  }

  /** A generator that hardly moves, and real patches that are easily told from what it makes. */
  @Test
  void discriminatorWithoutAnOpponent_isToldOf() {
    try (TrainingSession session = open(SMALL, "mse + 1e-3*adversarial(features=2, rate=1e6)")) {
      PatchBatch batch = easy(session);
      int steps = 0;
      do {
        session.step(batch, 1e-8);
        steps++;
      } while (session.warning().isEmpty() && steps < 500);
      assertThat(steps).isBetween(100, 499);
      assertThat(session.warning())
          .get()
          .asString()
          .startsWith(
              "the discriminator has collapsed: for 100 steps it has told all patches right");
      assertThat(session.measures()).containsEntry("discriminator.accuracy.generated", 1.0);
      session.step(batch, 1e-8);
      assertThat(session.warning()).isEmpty(); // once is enough
    }
  }

  /** Targets of noise are unlike anything that a smooth image is enlarged to. */
  private static PatchBatch easy(TrainingSession session) {
    PatchBatch smooth = scenes(session, 0, 8);
    PatchBatch noise = Noise.batch(session, 4, 8);
    return new PatchBatch(smooth.inputShape(), smooth.input(), noise.targetShape(), noise.target());
  }

  @Test
  void discriminatorThatDoesNotLearn_isToldOf() {
    try (TrainingSession session = open(SMALL, "mse + 1e-3*adversarial(features=2, rate=0)")) {
      Optional<String> warning = Optional.empty();
      PatchBatch batch = scenes(session, 0, 8);
      for (int step = 0; step < 100; step++) {
        assertThat(warning).isEmpty();
        session.step(batch, 1e-9);
        warning = session.warning();
      }
      assertThat(warning).get().asString().contains("discriminator").contains("guessing");
    }
  }

  @Test
  void patchesOfAnotherSize_areRefused_unlessPooled() {
    try (TrainingSession session = open(SMALL, LOSS);
        TrainingSession pooled = open(SMALL, "adversarial(features=4, pooling=mean)")) {
      session.step(scenes(session, 0), RATE);

      assertThatThrownBy(() -> session.step(scenes(session, 0, 16), RATE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "patches must be as large as those that the discriminator was made for, 1x24x24, but"
                  + " were 1x32x32 (channels x height x width of the large image). With"
                  + " adversarial(pooling=mean) they may be of any size");
      assertThat(session.step(scenes(session, 1), RATE)).isFinite();
      for (int side : new int[] {12, 16, 12}) {
        assertThat(pooled.step(scenes(pooled, 0, side), RATE)).isFinite();
      }
    }
  }
}
