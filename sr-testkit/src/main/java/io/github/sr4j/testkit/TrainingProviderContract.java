// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static io.github.sr4j.testkit.ImageAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of {@link TrainingProvider}, for each of its networks: runs can be repeated, resumed
 * and exported.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class TrainingProviderContract {

  private static final long SEED = 7;
  private static final int MAX_SIDE = 64; // of patches: larger ones of some networks take seconds

  @TempDir Path directory;

  /** For subclasses. */
  protected TrainingProviderContract() {}

  /** Returns the provider. */
  protected abstract TrainingProvider provider();

  /**
   * Returns the optimizer to train with; one that has a state of its own if there is such a one.
   */
  protected abstract Optimizer optimizer();

  /** Returns a rate at which twenty steps on one batch lower the mean squared difference. */
  protected abstract double learningRate();

  /** Returns the networks to test, with arguments. Override to add variants. */
  protected List<String> networks() {
    return provider().networks();
  }

  /** Returns a scale that every network has. */
  protected int scale() {
    return 2;
  }

  /** Returns the backend that opens exported files: by default the one on the class path. */
  protected Optional<UpscalerProvider> onnxBackend() {
    return UpscalerProvider.all().stream()
        .filter(provider -> provider.modelExtensions().contains("onnx"))
        .findFirst();
  }

  private TrainingSession open(String network) {
    return open(network, Losses.mse());
  }

  private TrainingSession open(String network, Loss loss) {
    return provider().open(setup(network, loss, SEED));
  }

  private TrainingSetup setup(String network, long seed) {
    return setup(network, Losses.mse(), seed);
  }

  private TrainingSetup setup(String network, Loss loss, long seed) {
    return TrainingSetup.of(network, scale(), loss).optimizer(optimizer()).seed(seed);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void network_isAsDeclared(String network) {
    try (TrainingSession session = open(network)) {
      assertThat(session.info().scale()).isEqualTo(scale());
      assertThat(session.info().provenance()).containsEntry("seed", Long.toString(SEED));
      assertThat(session.info().provenance().get("network"))
          .startsWith(Arguments.parse(network).name());
      assertThat(session.parameters()).isPositive();
      assertThat(session.defaultPatchSize()).isPositive();
      try (BlockUpscaler snapshot = session.snapshot()) {
        FloatImage block = block(session.info());
        FloatImage output = snapshot.upscale(block);
        assertThat(snapshot.info().toString()).isEqualTo(session.info().toString());
        assertThat(output.channels()).isEqualTo(block.channels());
        assertThat(output.width()).isEqualTo(block.width() * session.info().blockScale());
        assertThat(output.height()).isEqualTo(block.height() * session.info().blockScale());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void description_isOfTheNetworkThatTrains(String network) {
    TrainingProvider.NetworkDescription description = provider().describe(network, scale());
    try (TrainingSession session = open(network)) {
      assertThat(description.network()).isEqualTo(session.info().provenance().get("network"));
      assertThat(description.scale()).isEqualTo(scale());
      assertThat(description.parameters()).isPositive().isEqualTo(session.parameters());
      assertThat(description.halo()).isEqualTo(session.info().halo());
      assertThat(description.globalOperator()).isEqualTo(session.info().globalOperator());
      assertThat(description.layers()).isNotEmpty();
      assertThat(description.multiplyAccumulates()).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void twentySteps_lowerTheLoss(String network) {
    try (TrainingSession session = open(network)) {
      PatchBatch batch = batch(session, 0);
      double first = session.step(batch, learningRate());
      double last = train(session, batch, 19);

      assertThat(first).isFinite().isPositive();
      assertThat(last).isLessThan(first);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void lossOfTheCallers_isMinimisedAsTheSameOfTheLibrary(String network) {
    Loss own =
        new Loss() {
          @Override
          public double evaluate(
              PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
            return Losses.mse().evaluate(shape, prediction, target, gradient);
          }
        };
    try (TrainingSession expected = open(network);
        TrainingSession actual = open(network, own)) {
      PatchBatch batch = batch(expected, 0);
      // The two may round differently, which steps then magnify.
      assertThat(train(actual, batch, 3))
          .isCloseTo(train(expected, batch, 3), withinPercentage(0.1));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void equalSeeds_giveEqualWeights(String network) {
    try (TrainingSession one = open(network);
        TrainingSession same = open(network);
        TrainingSession other = provider().open(setup(network, SEED + 1))) {
      assertThat(output(same)).hasSamplesOf(output(one));
      assertThat(output(other)).differsFrom(output(one));
      PatchBatch batch = batch(one, 0);
      train(one, batch, 5);
      train(same, batch, 5);
      assertThat(output(same)).hasSamplesOf(output(one));
    }
  }

  /** In training, not where the network is run: the statistics of batches would be seen twice. */
  @ParameterizedTest
  @MethodSource("networks")
  void gradientsOfSeveralBatches_areAveraged(String network) {
    try (TrainingSession one = open(network);
        TrainingSession same = open(network);
        TrainingSession other = open(network)) {
      PatchBatch a = batch(one, 0);
      PatchBatch b = batch(one, 1);
      double first = one.step(a, learningRate());
      assertThat(same.step(List.of(a, a), learningRate())).isCloseTo(first, withinPercentage(0.01));
      double second = one.step(a, learningRate());
      assertThat(same.step(a, learningRate())).isCloseTo(second, withinPercentage(0.1));

      double otherOfB = other.step(b, 0);
      assertThat(other.step(List.of(a, b), learningRate()))
          .isCloseTo((first + otherOfB) / 2, withinPercentage(0.01));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void averagedWeights_areWhatIsRun(String network) throws IOException {
    TrainingSetup setup = setup(network, SEED);
    Path file = directory.resolve("averaged.ckpt");
    try (TrainingSession plain = provider().open(setup);
        TrainingSession quick = provider().open(setup.averaging(1e-9));
        TrainingSession slow = provider().open(setup.averaging(1 - 1e-9));
        TrainingSession half = provider().open(setup.averaging(0.5))) {
      PatchBatch batch = batch(plain, 0);
      FloatImage before = output(plain);
      for (TrainingSession session : List.of(plain, quick, slow, half)) {
        session.step(batch, learningRate());
      }
      assertThat(output(slow)).differsFrom(output(plain));
      assertThat(output(quick)).isCloseTo(output(plain), 1e-5);
      assertThat(output(half)).differsFrom(output(plain));
      assertThat(output(half)).differsFrom(before);

      half.save(file, Map.of());
      plain.restore(file);
      assertThat(output(plain)).as("average without averaging").hasSamplesOf(output(half));
      quick.initialize(file);
      assertThat(output(quick)).as("start from an average").hasSamplesOf(output(half));
    }
  }

  /**
   * The decay rises from 0.1, so that averages of different decays agree at first, also in a
   * session that goes on from a file; later they do not.
   */
  @Test
  void averages_startWithAWarmUp() throws IOException {
    TrainingSetup setup = setup(networks().get(0), SEED);
    Path file = directory.resolve("warm-up.ckpt");
    try (TrainingSession slow = provider().open(setup.averaging(0.9999));
        TrainingSession half = provider().open(setup.averaging(0.5));
        TrainingSession resumed = provider().open(setup.averaging(0.9999))) {
      PatchBatch batch = batch(slow, 0);
      slow.step(batch, learningRate());
      half.step(batch, learningRate());
      assertThat(output(slow)).as("after a step").isCloseTo(output(half), 1e-6);

      slow.save(file, Map.of());
      resumed.restore(file);
      train(slow, batch, 20);
      train(half, batch, 20);
      train(resumed, batch, 20);
      assertThat(output(slow)).as("later").differsFrom(output(half));
      assertThat(output(resumed)).as("resumed").hasSamplesOf(output(slow));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void initializedSession_hasTheWeights_butNotTheStateOfTheOptimizer(String network)
      throws IOException {
    Path file = directory.resolve("initial.ckpt");
    try (TrainingSession session = open(network);
        TrainingSession initialized = provider().open(setup(network, SEED + 1))) {
      train(session, batch(session, 0), 5);
      session.save(file, Map.of("step", "5"));

      assertThat(initialized.initialize(file)).isEmpty();
      assertThat(output(initialized)).hasSamplesOf(output(session));
      Files.write(file, new byte[100]);
      assertThatThrownBy(() -> initialized.initialize(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("initial.ckpt");
      assertThat(output(initialized)).hasSamplesOf(output(session));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void restoredSession_continuesBitForBit(String network) throws IOException {
    Path file = directory.resolve("session.ckpt");
    Map<String, String> properties = Map.of("step", "5", "text", "ä = \"b\"\n");
    try (TrainingSession session = provider().open(setup(network, SEED).averaging(0.9));
        TrainingSession restored = provider().open(setup(network, SEED + 1).averaging(0.9))) {
      train(session, batch(session, 0), 5);
      session.save(file, properties);
      double expected = train(session, batch(session, 1), 5);

      assertThat(restored.restore(file)).isEqualTo(properties);
      assertThat(train(restored, batch(session, 1), 5)).isEqualTo(expected);
      assertThat(output(restored)).hasSamplesOf(output(session));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void damagedCheckpoint_isRefusedByName_andChangesNothing(String network) throws IOException {
    Path file = directory.resolve("damaged.ckpt");
    try (TrainingSession session = open(network);
        TrainingSession other = open(network)) {
      train(other, batch(other, 0), 1);
      other.save(file, Map.of());
      FloatImage before = output(session);
      byte[] content = Files.readAllBytes(file);
      for (int length : new int[] {0, content.length / 2, content.length - 1}) {
        Files.write(file, Arrays.copyOf(content, length));
        assertThatThrownBy(() -> session.restore(file))
            .as("%d of %d bytes", length, content.length)
            .isInstanceOf(ModelFormatException.class)
            .hasMessageContaining("damaged.ckpt");
      }
      assertThat(output(session)).hasSamplesOf(before);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void snapshot_outlivesLaterStepsAndTheSession(String network) {
    BlockUpscaler snapshot;
    FloatImage expected;
    ModelInfo info;
    try (TrainingSession session = open(network)) {
      info = session.info();
      expected = output(session);
      snapshot = session.snapshot();
      train(session, batch(session, 0), 3);
      assertThat(output(session)).differsFrom(expected);
    }
    try (snapshot) {
      assertThat(snapshot.upscale(block(info))).hasSamplesOf(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void exportedModel_isTheSnapshot(String network) throws IOException {
    Optional<UpscalerProvider> onnx = onnxBackend();
    assumeTrue(onnx.isPresent(), "no backend on the class path opens ONNX files");
    Path file = directory.resolve("exported.onnx");
    try (TrainingSession session = open(network)) {
      session.exportOnnx(file, Map.of("trained_on", "nothing"));
      try (BlockUpscaler exported = onnx.get().open(Model.file(file), Device.cpu(), 1)) {
        assertThat(exported.upscale(block(session.info()))).isCloseTo(output(session), 1e-4);
        assertThat(exported.info().provenance())
            .containsEntry("trained_on", "nothing")
            .containsEntry("seed", Long.toString(SEED));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void divergedStep_changesNothing(String network) {
    Loss diverging =
        new Loss() {
          @Override
          public double evaluate(
              PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
            Arrays.fill(gradient, Float.NaN);
            return Double.NaN;
          }
        };
    try (TrainingSession session = open(network, diverging)) {
      FloatImage before = output(session);

      assertThat(session.step(batch(session, 0), learningRate())).isNaN();
      assertThat(output(session)).hasSamplesOf(before);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gradientsThatAreNotFinite_changeNothing_thoughTheLossIs(String network) {
    Loss diverging =
        new Loss() {
          @Override
          public double evaluate(
              PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
            Arrays.fill(gradient, Float.POSITIVE_INFINITY);
            return 1;
          }
        };
    try (TrainingSession session = open(network, diverging)) {
      FloatImage before = output(session);

      assertThat(Double.isFinite(session.step(batch(session, 0), learningRate()))).isFalse();
      assertThat(output(session)).hasSamplesOf(before);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void batch_ofAnotherScaleOrColour_isRefused(String network) {
    try (TrainingSession session = open(network)) {
      PatchBatch.Shape input = batch(session, 0).inputShape();
      int scale = session.info().blockScale() + 1;
      PatchBatch.Shape larger =
          new PatchBatch.Shape(
              input.batch(), input.channels(), input.height() * scale, input.width() * scale);
      assertThatThrownBy(() -> session.step(zeros(input, larger), learningRate()))
          .isInstanceOf(IllegalArgumentException.class);

      int channels = input.channels() == 1 ? 3 : 1;
      scale = session.info().blockScale();
      PatchBatch.Shape colour =
          new PatchBatch.Shape(input.batch(), channels, input.height(), input.width());
      PatchBatch.Shape target =
          new PatchBatch.Shape(
              input.batch(), channels, input.height() * scale, input.width() * scale);
      assertThatThrownBy(() -> session.step(zeros(colour, target), learningRate()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void close_twice_isHarmless() {
    TrainingSession session = open(networks().get(0));
    session.close();
    session.close();
  }

  @Test
  void unknownNames_areRefused_andKnownOnesListed() {
    String network = provider().networks().get(0);
    assertThatThrownBy(() -> provider().describe("no-such-net", scale()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-such-net")
        .hasMessageContaining(network);
    refuses(setup("no-such-net", SEED), "no-such-net", network);
    refuses(setup(network + "(nonsense=1)", SEED), "nonsense");
    refuses(setup(network, SEED).precision("no-such-precision"), "no-such-precision", "fp32");
    refuses(setup(network, SEED).frozen(List.of("no-such-name")), "no-such-name");
  }

  /** A run asks first, so that it is refused where its settings are; to open is no less strict. */
  private void refuses(TrainingSetup setup, String... words) {
    assertThatThrownBy(() -> provider().check(setup))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
    assertThatThrownBy(() -> provider().open(setup))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void whatIsOpened_isNotRefused() {
    for (String network : networks()) {
      provider().check(setup(network, SEED)); // throws nothing
    }
  }

  private double train(TrainingSession session, PatchBatch batch, int steps) {
    double loss = Double.NaN;
    for (int i = 0; i < steps; i++) {
      loss = session.step(batch, learningRate());
    }
    return loss;
  }

  private static FloatImage output(TrainingSession session) {
    try (BlockUpscaler snapshot = session.snapshot()) {
      return snapshot.upscale(block(session.info()));
    }
  }

  private static FloatImage block(ModelInfo info) {
    int alignment = info.alignment();
    return TestImages.noise(
        info.channels(),
        (37 + alignment - 1) / alignment * alignment,
        (29 + alignment - 1) / alignment * alignment,
        1);
  }

  private static PatchBatch zeros(PatchBatch.Shape input, PatchBatch.Shape target) {
    return new PatchBatch(input, new float[input.size()], target, new float[target.size()]);
  }

  /** Two scenes, and what bicubic reduction makes of them. */
  private static PatchBatch batch(TrainingSession session, long seed) {
    ModelInfo info = session.info();
    int alignment = info.alignment();
    int min = Math.min(session.defaultPatchSize(), MAX_SIDE);
    int side = (min + alignment - 1) / alignment * alignment;
    int targetSide = side * info.blockScale();
    PatchBatch.Shape inputShape = new PatchBatch.Shape(2, info.channels(), side, side);
    PatchBatch.Shape targetShape = new PatchBatch.Shape(2, info.channels(), targetSide, targetSide);
    float[] input = new float[inputShape.size()];
    float[] target = new float[targetShape.size()];
    for (int i = 0; i < 2; i++) {
      FloatImage highRes = TestImages.scene(info.channels(), targetSide, targetSide, 2 * seed + i);
      FloatImage lowRes =
          info.isPreupscaled()
              ? Resampling.bicubic(
                  Resampling.bicubic(
                      highRes,
                      Math.max(1, targetSide / info.scale()),
                      Math.max(1, targetSide / info.scale())),
                  side,
                  side)
              : Resampling.bicubic(highRes, side, side);
      System.arraycopy(lowRes.samples(), 0, input, i * input.length / 2, input.length / 2);
      System.arraycopy(highRes.samples(), 0, target, i * target.length / 2, target.length / 2);
    }
    return new PatchBatch(inputShape, input, targetShape, target);
  }
}
