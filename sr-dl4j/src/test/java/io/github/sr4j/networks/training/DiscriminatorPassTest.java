// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.sr4j.dl4j.Dl4j;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.losses.AdversarialKind;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.spi.PatchBatch;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class DiscriminatorPassTest {

  private static final PatchBatch.Shape SHAPE = new PatchBatch.Shape(3, 3, 20, 17);
  private static final double[] DERIVATIVES = {0.5, -1, 2};
  private static final double STEP = 2e-3; // of finite differences, all samples together

  private static AdversarialLoss settings(int features, boolean isPooled) {
    return new AdversarialLoss(AdversarialKind.STANDARD, features, isPooled, 1);
  }

  /** A discriminator with weights of its own. */
  private static final class Drawn<A extends EngineArray<A>> implements AutoCloseable {

    final NetworkWeights<A> weights;
    final DiscriminatorPass.Differentiated<A> differentiated;

    Drawn(TrainingEngine<A> engine, AdversarialLoss settings, long seed) {
      Graph graph = Discriminator.graph(settings, SHAPE);
      weights = NetworkWeights.draw(engine, graph.parameters(), List.of(graph), seed);
      differentiated = new DiscriminatorPass.Differentiated<>(engine, settings, SHAPE, weights);
    }

    @Override
    public void close() {
      differentiated.close();
      weights.close();
    }
  }

  private static Drawn<?> drawn(AdversarialLoss settings, long seed) {
    return new Drawn<>(Dl4j.engine(), settings, seed);
  }

  private static float[] noise(PatchBatch.Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] samples = new float[shape.size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return samples;
  }

  private static double value(double[] answers) {
    double value = 0;
    for (int i = 0; i < answers.length; i++) {
      value += answers[i] * DERIVATIVES[i];
    }
    return value;
  }

  /**
   * Figure 4 of the paper at its patches of 96x96: convolutions of 3x3 from 3 to 64, 64, 128, 128,
   * 256, 256, 512 and 512 features (4,683,456 weights and 64 biases), normalisation behind seven of
   * them (3,712), and dense layers from 6 * 6 * 512 to 1024 and from that to 1 (18,876,417).
   */
  @Test
  void parameters_areThoseOfThePaper() {
    Graph graph = Discriminator.graph(settings(64, false), new PatchBatch.Shape(1, 3, 96, 96));

    assertThat(
            graph.parameters().stream()
                .filter(Parameter::isTrained)
                .mapToLong(parameter -> parameter.shape().size())
                .sum())
        .isEqualTo(4_683_456 + 64 + 3_712 + 18_876_417);
  }

  @Test
  void answers_areOneForEachPatch_ofAnySizeIfPooled() {
    try (Drawn<?> discriminator = drawn(settings(2, true), 1)) {
      for (PatchBatch.Shape shape :
          new PatchBatch.Shape[] {SHAPE, new PatchBatch.Shape(2, 3, 9, 32)}) {
        try (DiscriminatorPass<?> pass = discriminator.differentiated.towardsWeights(shape)) {
          assertThat(pass.answers(noise(shape, 1))).hasSize(shape.batch()).doesNotHaveDuplicates();
        }
      }
    }
  }

  /** Each weight in turn, moved along its gradient. */
  @Test
  void gradientOfEachWeight_matchesDifferences() {
    for (boolean isPooled : new boolean[] {false, true}) {
      try (Drawn<?> discriminator = drawn(settings(2, isPooled), 1)) {
        assertGradientsMatchDifferences(discriminator, "pooled " + isPooled);
      }
    }
  }

  private static <A extends EngineArray<A>> void assertGradientsMatchDifferences(
      Drawn<A> discriminator, String title) {
    float[] patches = noise(SHAPE, 2);
    try (DiscriminatorPass<A> pass = discriminator.differentiated.towardsWeights(SHAPE)) {
      discriminator
          .weights
          .arrays()
          .forEach(
              (name, weight) -> {
                pass.answers(patches);
                pass.back(DERIVATIVES);
                float[] gradient = pass.gradient(name).samples();
                float[] before = weight.samples();
                double squares = 0;
                for (float derivative : gradient) {
                  squares += (double) derivative * derivative;
                }
                double norm = Math.sqrt(squares);
                double step = STEP / norm;
                weight.write(moved(before, gradient, step));
                double up = value(pass.answers(patches));
                weight.write(moved(before, gradient, -step));
                double down = value(pass.answers(patches));
                weight.write(before);
                // ReLUs bend in between, and 32-bit values are rounded.
                assertThat((up - down) / (2 * step))
                    .as("%s, %s", name, title)
                    .isCloseTo(squares, within(0.1 * squares + 1e-3 * norm));
              });
    }
  }

  private static float[] moved(float[] samples, float[] direction, double step) {
    float[] moved = samples.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (step * direction[i]);
    }
    return moved;
  }

  @Test
  void gradientOfThePatches_matchesDifferences() {
    try (Drawn<?> discriminator = drawn(settings(2, false), 1);
        DiscriminatorPass<?> pass = discriminator.differentiated.towardsPatches(SHAPE)) {
      float[] patches = noise(SHAPE, 2);
      pass.answers(patches);
      pass.back(DERIVATIVES);
      float[] gradient = pass.patchGradient();
      double squares = 0;
      for (float derivative : gradient) {
        squares += (double) derivative * derivative;
      }
      double step = STEP / Math.sqrt(squares);
      float[] up = patches.clone();
      float[] down = patches.clone();
      for (int i = 0; i < patches.length; i++) {
        up[i] += (float) (step * gradient[i]);
        down[i] -= (float) (step * gradient[i]);
      }
      assertThat((value(pass.answers(up)) - value(pass.answers(down))) / (2 * step))
          .isCloseTo(squares, withinPercentage(2));
    }
  }

  @Test
  void equalSeeds_giveEqualAnswers() {
    try (Drawn<?> one = drawn(settings(2, false), 1);
        Drawn<?> same = drawn(settings(2, false), 1);
        Drawn<?> other = drawn(settings(2, false), 2);
        DiscriminatorPass<?> ofOne = one.differentiated.towardsPatches(SHAPE);
        DiscriminatorPass<?> ofSame = same.differentiated.towardsWeights(SHAPE);
        DiscriminatorPass<?> ofOther = other.differentiated.towardsPatches(SHAPE)) {
      double[] answers = ofOne.answers(noise(SHAPE, 1));

      assertThat(ofSame.answers(noise(SHAPE, 1))).isEqualTo(answers);
      assertThat(ofOther.answers(noise(SHAPE, 1))).isNotEqualTo(answers);
      assertThat(Arrays.stream(answers).allMatch(Double::isFinite)).isTrue();
    }
  }
}
