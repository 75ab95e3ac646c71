// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.dl4j.Dl4j;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.train.Losses;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss that a generator minimises, and who has one. */
final class AdversarialTrainingLossTest {

  private static final long SEED = 1;

  private static Optional<? extends AdversarialTraining<?>> training(Loss loss) {
    return AdversarialTraining.of(Dl4j.engine(), loss, TrainingSetup.Optimizer.adam(), SEED);
  }

  /** The generator's part is a loss like others as long as the discriminator is held still. */
  abstract static class Contract extends LossContract {

    // Normalisation leaves nothing of a patch of one pixel.
    private static final PatchBatch.Shape ONE_PIXEL = new PatchBatch.Shape(1, 3, 1, 1);

    abstract String text();

    /** Returns the value if the discriminator answers the same for both patches. */
    abstract double value(double answer);

    @Override
    protected Example example() {
      return Example.flat(ONE_PIXEL, 0.2f, 0.7f, value(answerFromBiases()));
    }

    private double answerFromBiases() {
      AdversarialLoss settings = (AdversarialLoss) Losses.parse(text());
      Map<String, Tensor> weights =
          InitialWeights.draw(Discriminator.graph(settings, ONE_PIXEL), ~SEED);
      double answer = weights.get("dense2.bias").samples()[0];
      float[] biases = weights.get("dense1.bias").samples();
      float[] factors = weights.get("dense2.weight").samples();
      for (int i = 0; i < biases.length; i++) {
        answer += factors[i] * (biases[i] > 0 ? biases[i] : 0.2 * biases[i]);
      }
      return answer;
    }

    /** By the sides of patches, for each of which it draws another discriminator. */
    private final Map<String, AdversarialTraining<?>> trainings = new HashMap<>();

    @AfterEach
    void close() {
      trainings.values().forEach(AdversarialTraining::close);
    }

    @Override
    protected Loss loss() {
      return (shape, prediction, target, gradient) -> {
        synchronized (trainings) { // a session's is confined to one thread
          AdversarialTraining<?> training =
              trainings.computeIfAbsent(
                  shape.height() + "x" + shape.width(),
                  sides -> training(Losses.parse(text())).orElseThrow());
          double value = training.evaluate(shape, prediction, target, gradient);
          training.skip();
          return value;
        }
      };
    }

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(3, 3, 20, 17);
    }

    @Override
    protected boolean isZeroWhenPerfect() {
      return false; // a discriminator may be wrong about real patches, too
    }

    @Override
    protected boolean hasText() {
      return false;
    }

    @Override
    protected double gradientTolerance() {
      return 0.15; // ReLUs bend between the samples compared; DiscriminatorPassTest is strict
    }

    @Override
    protected double valueTolerance() {
      return 1e-5;
    }
  }

  @Nested
  final class Standard extends Contract {
    @Override
    String text() {
      return "adversarial(features=2)";
    }

    @Override
    double value(double answer) {
      return Math.log(1 + Math.exp(-answer));
    }
  }

  @Nested
  final class Relativistic extends Contract {
    @Override
    String text() {
      return "adversarial(kind=relativistic, features=2)";
    }

    @Override
    double value(double answer) {
      return 2 * Math.log(2);
    }
  }

  @Nested
  final class LeastSquares extends Contract {
    @Override
    String text() {
      return "adversarial(kind=least_squares, features=2, pooling=mean)";
    }

    @Override
    double value(double answer) {
      return (answer - 1) * (answer - 1) / 2;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adversarial",
        "adversarial(kind=relativistic)",
        "adversarial(kind=least_squares, features=8, pooling=mean, rate=0.5)"
      })
  void text_isReadBackAsAnEqualLoss(String text) {
    Loss loss = Losses.parse(text);

    assertThat(loss.toString()).isEqualTo(text);
    assertThat(Losses.parse(loss.toString())).isEqualTo(loss);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pooling=max", "rate=-1", "features=0", "size=96"})
  void wrongArguments_areRefused(String argument) {
    assertThatThrownBy(() -> Losses.parse("adversarial(" + argument + ")"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(argument.substring(0, argument.indexOf('=')))
        .hasMessageContaining("adversarial");
  }

  @Test
  void lossOutsideOfASession_isRefused() {
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 3, 16, 16);
    float[] patches = new float[shape.size()];

    assertThatThrownBy(
            () -> Losses.parse("adversarial").evaluate(shape, patches, patches, patches.clone()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("inside a training session that trains its discriminator");
  }

  @Test
  void twoAdversarialTerms_areRefused() {
    Loss loss = Losses.parse("adversarial + 0.5*adversarial(kind=relativistic)");

    assertThatThrownBy(() -> training(loss))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loss must have at most one adversarial term, but had 2");
  }

  @Test
  void lossWithoutAnAdversarialTerm_hasNoAdversarialTraining() {
    assertThat(training(Losses.l1())).isEmpty();
  }
}
