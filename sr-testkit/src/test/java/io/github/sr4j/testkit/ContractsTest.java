// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The contracts find the mistakes that they are there for: each broken implementation fails. */
class ContractsTest {

  private static final Launcher LAUNCHER = LauncherFactory.create();

  static List<Arguments> mistakes() {
    return List.of(
        Arguments.of(WrongSign.class, "gradient_matchesFiniteDifferences"),
        Arguments.of(SumInsteadOfMean.class, "batchOfTheSameTwice_costsTheSame"),
        Arguments.of(AddsToTheGradient.class, "gradient_overwritesWhatWasThere"),
        Arguments.of(WeighsTheValueOnly.class, "times_scalesValueAndGradient"),
        Arguments.of(OfAnotherFormula.class, "value_isThatOfTheExample"),
        Arguments.of(CostsWhenPerfect.class, "perfectPrediction_costsNothing"),
        Arguments.of(DividesByTheSpread.class, "constantImages_areFinite"),
        Arguments.of(WritesToThePrediction.class, "inputs_areNotWrittenTo"),
        Arguments.of(OtherText.class, "text_isReadBackAsAnEqualLoss"),
        Arguments.of(CountsItsCalls.class, "batch_dependsOnItsNumberAlone"),
        Arguments.of(AlwaysTheSameBatch.class, "batches_ofOtherNumbers_differ"),
        Arguments.of(ShapesByNumber.class, "shapes_areThoseOfTheFirstBatch"),
        Arguments.of(Range255.class, "samples_areInRange"),
        Arguments.of(HaloTooSmall.class, "samplesBeyondTheHalo_changeNothing"),
        Arguments.of(HaloTooSmall.class, "partWithItsHalo_equalsThePartOfTheWhole"),
        Arguments.of(SwapsSides.class, "output_isScaleTimesTheInput"),
        Arguments.of(WritesToTheBlock.class, "block_isNotWrittenTo"),
        Arguments.of(ReturnsOneArray.class, "block_filledAgain_leavesEarlierOutputs"),
        Arguments.of(AddsToWhatItReuses.class, "reusableSamples_changeNothing"),
        Arguments.of(KeepsTheFirstSize.class, "blocksOfAnotherSize_changeNothing"),
        Arguments.of(ClosesTheOthers.class, "closedNetwork_leavesOthersOfItsKind"),
        Arguments.of(TakesTheInterrupt.class, "interruptedThread_finishesOrIsCancelled"),
        Arguments.of(BreaksWhenInterrupted.class, "interruptedThread_finishesOrIsCancelled"),
        Arguments.of(CpuInsteadOfCuda.class, "absentDevice_isReportedNotReplaced"),
        Arguments.of(ProbesOnPaper.class, "probe_tellsWhatWorks"),
        Arguments.of(RunsWhenClosed.class, "closedNetwork_refusesToRun"),
        Arguments.of(AcceptsTruncated.class, "truncatedModel_isRefusedByName"),
        Arguments.of(IgnoresTheSeed.class, "equalSeeds_giveEqualWeights"),
        Arguments.of(IsLarger.class, "description_isOfTheNetworkThatTrains"),
        Arguments.of(ForgetsTheOptimizer.class, "restoredSession_continuesBitForBit"),
        Arguments.of(SumsGradients.class, "gradientsOfSeveralBatches_areAveraged"),
        Arguments.of(KeepsNoAverage.class, "averagedWeights_areWhatIsRun"),
        Arguments.of(KeepsNoAverage.class, "averages_startWithAWarmUp"),
        Arguments.of(
            StartsFromNothing.class,
            "initializedSession_hasTheWeights_butNotTheStateOfTheOptimizer"),
        Arguments.of(
            HidesInfiniteGradients.class,
            "gradientsThatAreNotFinite_changeNothing_thoughTheLossIs"),
        Arguments.of(SharesItsWeights.class, "snapshot_outlivesLaterStepsAndTheSession"),
        Arguments.of(Climbs.class, "twentySteps_lowerTheLoss"),
        Arguments.of(StepsOnNan.class, "divergedStep_changesNothing"),
        Arguments.of(RestoresDamaged.class, "damagedCheckpoint_isRefusedByName_andChangesNothing"),
        Arguments.of(ExportsOtherWeights.class, "exportedModel_isTheSnapshot"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("mistakes")
  void mistake_isFound(Class<?> broken, String test) {
    Method method =
        Stream.<Class<?>>iterate(
                broken.getSuperclass().getSuperclass(), Objects::nonNull, Class::getSuperclass)
            .flatMap(contract -> Stream.of(contract.getDeclaredMethods()))
            .filter(candidate -> candidate.getName().equals(test))
            .findFirst()
            .orElseThrow();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LAUNCHER.execute(
        LauncherDiscoveryRequestBuilder.request().selectors(selectMethod(broken, method)).build(),
        summary);

    assertThat(summary.getSummary().getTestsFailedCount()).isPositive();
    assertThat(summary.getSummary().getFailures())
        .allSatisfy(
            failure -> assertThat(failure.getException()).isInstanceOf(AssertionError.class));
  }

  // Losses.

  abstract static class BrokenLoss extends LossContract {
    @Override
    protected Example example() {
      return Example.square(0.0525); // (0.01 + 0.04 + 0.16) / 4
    }

    static double mse(
        PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
      return Losses.mse().evaluate(shape, prediction, target, gradient);
    }
  }

  static final class WrongSign extends BrokenLoss {
    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) ->
          Losses.mse().evaluate(shape, target, prediction, gradient);
    }
  }

  static final class SumInsteadOfMean extends BrokenLoss {
    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) ->
          shape.batch() * mse(shape, prediction, target, gradient);
    }
  }

  static final class AddsToTheGradient extends BrokenLoss {
    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) -> {
        float[] own = new float[gradient.length];
        double value = mse(shape, prediction, target, own);
        for (int i = 0; i < own.length; i++) {
          gradient[i] += own[i];
        }
        return value;
      };
    }
  }

  static final class WeighsTheValueOnly extends BrokenLoss {
    @Override
    protected Loss loss() {
      return new Loss() {
        @Override
        public double evaluate(
            PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
          return mse(shape, prediction, target, gradient);
        }

        @Override
        public Loss times(double weight) {
          return (shape, prediction, target, gradient) ->
              weight * evaluate(shape, prediction, target, gradient);
        }
      };
    }
  }

  static final class OfAnotherFormula extends BrokenLoss {
    @Override
    protected Loss loss() {
      return Losses.mse().times(2);
    }
  }

  static final class CostsWhenPerfect extends BrokenLoss {
    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) ->
          1e-9 + mse(shape, prediction, target, gradient);
    }
  }

  static final class DividesByTheSpread extends BrokenLoss {
    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) ->
          mse(shape, prediction, target, gradient) / (prediction[0] - prediction[1]);
    }
  }

  static final class WritesToThePrediction extends BrokenLoss {
    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) -> {
        double value = mse(shape, prediction, target, gradient);
        prediction[3] = 0;
        return value;
      };
    }
  }

  static final class OtherText extends BrokenLoss {
    @Override
    protected Loss loss() {
      return new Loss() {
        @Override
        public double evaluate(
            PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
          return mse(shape, prediction, target, gradient);
        }

        @Override
        public String toString() {
          return "l1";
        }
      };
    }
  }

  // Sources of patches.

  abstract static class BrokenSource extends ImagePatchSourceContract {
    static PatchBatch batch(long seed, int side, float range) {
      PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, side, side);
      float[] samples = TestImages.noise(1, side, side, seed).samples();
      for (int i = 0; i < samples.length; i++) {
        samples[i] *= range;
      }
      return new PatchBatch(shape, samples, shape, samples);
    }
  }

  static final class CountsItsCalls extends BrokenSource {
    @Override
    protected PatchBatch.Source source() {
      AtomicLong calls = new AtomicLong();
      return number -> batch(calls.getAndIncrement(), 8, 1);
    }
  }

  static final class AlwaysTheSameBatch extends BrokenSource {
    @Override
    protected PatchBatch.Source source() {
      return number -> batch(1, 8, 1);
    }
  }

  static final class ShapesByNumber extends BrokenSource {
    @Override
    protected PatchBatch.Source source() {
      return number -> batch(number, number == 2 ? 9 : 8, 1);
    }
  }

  static final class Range255 extends BrokenSource {
    @Override
    protected PatchBatch.Source source() {
      return number -> batch(number, 8, 255);
    }
  }

  // Backends.

  /** A linear network with something wrong. */
  abstract static class BrokenBackend extends UpscalerProviderContract {

    @Override
    protected Path writeModel(Path directory) throws IOException {
      return new LinearUpscalerProviderTest().writeModel(directory);
    }

    @Override
    protected int scale() {
      return 3;
    }

    @Override
    protected UpscalerProvider provider() {
      return new LinearUpscalerProvider() {
        @Override
        public BlockUpscaler open(Model model, Device device, int threads) {
          return broken(model, device);
        }

        @Override
        public Device.Report probe(Device device) {
          return BrokenBackend.this.probe(device);
        }
      };
    }

    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1));
    }

    Device.Report probe(Device device) {
      return new LinearUpscalerProvider().probe(device);
    }
  }

  private static class Broken implements BlockUpscaler {
    final BlockUpscaler network;

    Broken(BlockUpscaler network) {
      this.network = network;
    }

    @Override
    public ModelInfo info() {
      return network.info();
    }

    @Override
    public Device.Report device() {
      return network.device();
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      return network.upscale(block);
    }

    @Override
    public void close() {
      network.close();
    }
  }

  static final class HaloTooSmall extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public ModelInfo info() {
          return ModelInfo.builder("linear", 3).halo(0).build();
        }
      };
    }
  }

  static final class SwapsSides extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public FloatImage upscale(FloatImage block) {
          FloatImage image = super.upscale(block);
          return FloatImage.wrap(3, image.width(), image.height(), image.samples());
        }
      };
    }
  }

  static final class WritesToTheBlock extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public FloatImage upscale(FloatImage block) {
          FloatImage image = super.upscale(block);
          block.samples()[0] = 0;
          return image;
        }
      };
    }
  }

  static final class ReturnsOneArray extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        private Optional<FloatImage> first = Optional.empty();

        @Override
        public FloatImage upscale(FloatImage block) {
          FloatImage image = super.upscale(block);
          FloatImage kept = first.orElse(image);
          if (kept.samples().length == image.samples().length) {
            System.arraycopy(image.samples(), 0, kept.samples(), 0, image.samples().length);
          }
          first = Optional.of(kept);
          return kept;
        }
      };
    }
  }

  static final class AddsToWhatItReuses extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public FloatImage upscale(FloatImage block, float[] reusable) {
          FloatImage image = upscale(block);
          if (reusable.length != image.samples().length) {
            return image;
          }
          for (int i = 0; i < reusable.length; i++) {
            reusable[i] += image.samples()[i];
          }
          return FloatImage.wrap(image.channels(), image.height(), image.width(), reusable);
        }
      };
    }
  }

  static final class KeepsTheFirstSize extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        private int width;

        @Override
        public FloatImage upscale(FloatImage block) {
          boolean isOther = width != 0 && width != block.width();
          width = width == 0 || isOther ? block.width() : width;
          FloatImage image = super.upscale(block);
          image.samples()[0] += isOther ? 1 : 0;
          return image;
        }
      };
    }
  }

  static final class ClosesTheOthers extends BrokenBackend {
    private boolean isOneClosed;

    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public FloatImage upscale(FloatImage block) {
          FloatImage image = super.upscale(block);
          image.samples()[0] += isOneClosed ? 1 : 0;
          return image;
        }

        @Override
        public void close() {
          super.close();
          isOneClosed = true;
        }
      };
    }
  }

  static final class TakesTheInterrupt extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public FloatImage upscale(FloatImage block) {
          if (Thread.interrupted()) {
            throw new CancellationException("interrupted");
          }
          return super.upscale(block);
        }
      };
    }
  }

  static final class BreaksWhenInterrupted extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public FloatImage upscale(FloatImage block) {
          FloatImage image = super.upscale(block);
          if (Thread.currentThread().isInterrupted()) {
            image.samples()[0] += 1;
          }
          return image;
        }
      };
    }
  }

  static final class CpuInsteadOfCuda extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return super.broken(model, Device.cpu());
    }
  }

  static final class ProbesOnPaper extends BrokenBackend {
    @Override
    Device.Report probe(Device device) {
      return new Device.Report(device, device, "");
    }
  }

  static final class RunsWhenClosed extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      return new Broken(new LinearUpscalerProvider().open(model, device, 1)) {
        @Override
        public void close() {}
      };
    }
  }

  static final class AcceptsTruncated extends BrokenBackend {
    @Override
    BlockUpscaler broken(Model model, Device device) {
      try {
        return super.broken(model, device);
      } catch (ModelFormatException e) {
        try (TrainingSession session =
            new LinearTrainingProvider()
                .open(TrainingSetup.of("linear", 3, Losses.l1()).optimizer(Optimizer.sgd(0)))) {
          return session.snapshot();
        }
      }
    }
  }

  // Training.

  abstract static class BrokenTraining extends TrainingProviderContract {

    @Override
    protected TrainingProvider provider() {
      LinearTrainingProvider linear = new LinearTrainingProvider();
      return new TrainingProvider() {
        @Override
        public String name() {
          return linear.name();
        }

        @Override
        public List<String> networks() {
          return linear.networks();
        }

        @Override
        public void check(TrainingSetup setup) {
          linear.check(setup);
        }

        @Override
        public TrainingSession open(TrainingSetup setup) {
          return broken(linear.open(setup), setup.seed(), setup.loss());
        }

        @Override
        public TrainingProvider.NetworkDescription describe(String network, int scale) {
          return linear.describe(network, scale);
        }
      };
    }

    abstract TrainingSession broken(TrainingSession session, long seed, Loss loss);

    static TrainingSession linear(Loss loss, long seed) {
      return new LinearTrainingProvider()
          .open(
              TrainingSetup.of("linear", 2, loss)
                  .optimizer(Optimizer.parse("sgd(momentum=0.9)"))
                  .seed(seed));
    }

    @Override
    protected Optimizer optimizer() {
      return Optimizer.parse("sgd(momentum=0.9)");
    }

    @Override
    protected double learningRate() {
      return 0.05;
    }

    @Override
    protected Optional<UpscalerProvider> onnxBackend() {
      return Optional.of(new LinearUpscalerProvider());
    }
  }

  private static class BrokenSession implements TrainingSession {
    final TrainingSession session;

    BrokenSession(TrainingSession session) {
      this.session = session;
    }

    @Override
    public ModelInfo info() {
      return session.info();
    }

    @Override
    public long parameters() {
      return session.parameters();
    }

    @Override
    public int defaultPatchSize() {
      return session.defaultPatchSize();
    }

    @Override
    public double step(List<PatchBatch> batches, double learningRate) {
      return session.step(batches, learningRate);
    }

    @Override
    public BlockUpscaler snapshot() {
      return session.snapshot();
    }

    @Override
    public void save(Path file, Map<String, String> properties) throws IOException {
      session.save(file, properties);
    }

    @Override
    public Map<String, String> restore(Path file) throws IOException {
      return session.restore(file);
    }

    @Override
    public List<String> initialize(Path file) throws IOException {
      return session.initialize(file);
    }

    @Override
    public void exportOnnx(Path file, Map<String, String> metadata) throws IOException {
      session.exportOnnx(file, metadata);
    }

    @Override
    public void close() {
      session.close();
    }
  }

  static final class IgnoresTheSeed extends BrokenTraining {
    private long opened;

    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return linear(loss, ++opened);
    }
  }

  static final class IsLarger extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public long parameters() {
          return super.parameters() + 1;
        }
      };
    }
  }

  static final class ForgetsTheOptimizer extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public void save(Path file, Map<String, String> properties) throws IOException {
          super.save(file, properties);
          LinearNetwork.Content content =
              LinearNetwork.Content.read(file.toString(), Files.readAllBytes(file));
          new LinearNetwork.Content(
                  content.network(),
                  new float[content.velocity().length],
                  content.average(),
                  properties)
              .write(file);
        }
      };
    }
  }

  static final class SumsGradients extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public double step(List<PatchBatch> batches, double learningRate) {
          return super.step(batches, learningRate * batches.size());
        }
      };
    }
  }

  static final class KeepsNoAverage extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return linear(loss, seed);
    }
  }

  static final class StartsFromNothing extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public List<String> initialize(Path file) {
          return List.of();
        }
      };
    }
  }

  static final class HidesInfiniteGradients extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public double step(List<PatchBatch> batches, double learningRate) {
          double value = super.step(batches, learningRate);
          return Double.isFinite(value) ? value : 1;
        }
      };
    }
  }

  static final class SharesItsWeights extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public BlockUpscaler snapshot() {
          return new Broken(super.snapshot()) {
            @Override
            public FloatImage upscale(FloatImage block) {
              try (BlockUpscaler now = session.snapshot()) {
                return now.upscale(block);
              }
            }
          };
        }
      };
    }
  }

  static final class Climbs extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public double step(List<PatchBatch> batches, double learningRate) {
          return super.step(batches, -learningRate);
        }
      };
    }
  }

  static final class StepsOnNan extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      TrainingSession stepping = linear(Losses.mse(), seed);
      return new BrokenSession(stepping) {
        @Override
        public double step(List<PatchBatch> batches, double learningRate) {
          super.step(batches, learningRate);
          return session.step(batches, learningRate);
        }
      };
    }
  }

  static final class RestoresDamaged extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public Map<String, String> restore(Path file) throws IOException {
          try {
            return super.restore(file);
          } catch (ModelFormatException e) {
            return Map.of();
          }
        }
      };
    }
  }

  static final class ExportsOtherWeights extends BrokenTraining {
    @Override
    TrainingSession broken(TrainingSession session, long seed, Loss loss) {
      return new BrokenSession(session) {
        @Override
        public void exportOnnx(Path file, Map<String, String> metadata) throws IOException {
          try (TrainingSession other = linear(loss, seed + 1)) {
            other.exportOnnx(file, metadata);
          }
        }
      };
    }
  }
}
