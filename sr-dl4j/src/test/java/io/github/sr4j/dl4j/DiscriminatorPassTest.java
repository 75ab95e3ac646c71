// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.losses.AdversarialKind;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.train.BatchShape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

final class DiscriminatorPassTest {

  private static final BatchShape SHAPE = new BatchShape(3, 3, 20, 17);
  private static final double[] DERIVATIVES = {0.5, -1, 2};
  private static final double STEP = 2e-3; // of finite differences, all samples together

  private static AdversarialLoss settings(int features, boolean isPooled) {
    return new AdversarialLoss(AdversarialKind.STANDARD, features, isPooled, 1);
  }

  /** A discriminator with weights of its own. */
  private static final class Drawn implements AutoCloseable {

    final Weights weights;
    final DiscriminatorPass.Differentiated differentiated;

    Drawn(AdversarialLoss settings, long seed) {
      Graph graph = Discriminator.graph(settings, SHAPE);
      weights = Weights.draw(graph.parameters(), List.of(graph), seed);
      differentiated = new DiscriminatorPass.Differentiated(graph, SHAPE, weights);
    }

    @Override
    public void close() {
      weights.close();
    }
  }

  private static float[] noise(BatchShape shape, long seed) {
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
    Graph graph = Discriminator.graph(settings(64, false), new BatchShape(1, 3, 96, 96));

    assertThat(
            graph.parameters().stream()
                .filter(Parameter::isTrained)
                .mapToLong(parameter -> parameter.shape().size())
                .sum())
        .isEqualTo(4_683_456 + 64 + 3_712 + 18_876_417);
  }

  @Test
  void answers_areOneForEachPatch_ofAnySizeIfPooled() {
    try (Drawn discriminator = new Drawn(settings(2, true), 1)) {
      for (BatchShape shape : new BatchShape[] {SHAPE, new BatchShape(2, 3, 9, 32)}) {
        try (DiscriminatorPass pass = discriminator.differentiated.towardsWeights(shape)) {
          assertThat(pass.answers(noise(shape, 1))).hasSize(shape.batch()).doesNotHaveDuplicates();
        }
      }
    }
  }

  /** Each weight in turn, moved along its gradient. */
  @Test
  void gradientOfEachWeight_matchesDifferences() {
    for (boolean isPooled : new boolean[] {false, true}) {
      try (Drawn discriminator = new Drawn(settings(2, isPooled), 1);
          DiscriminatorPass pass = discriminator.differentiated.towardsWeights(SHAPE)) {
        float[] patches = noise(SHAPE, 2);
        pass.answers(patches);
        pass.back(DERIVATIVES);
        discriminator
            .weights
            .arrays()
            .forEach(
                (name, weight) -> {
                  pass.answers(patches);
                  pass.back(DERIVATIVES);
                  INDArray gradient = pass.gradient(name).dup();
                  double norm = gradient.norm2Number().doubleValue();
                  double step = STEP / norm;
                  weight.addi(gradient.mul(step));
                  double up = value(pass.answers(patches));
                  weight.subi(gradient.mul(2 * step));
                  double down = value(pass.answers(patches));
                  weight.addi(gradient.mul(step));
                  // Rectifiers bend in between, and 32-bit values are rounded.
                  assertThat((up - down) / (2 * step))
                      .as("%s, pooled %s", name, isPooled)
                      .isCloseTo(norm * norm, within(0.1 * norm * norm + 1e-3 * norm));
                });
      }
    }
  }

  @Test
  void gradientOfThePatches_matchesDifferences() {
    try (Drawn discriminator = new Drawn(settings(2, false), 1);
        DiscriminatorPass pass = discriminator.differentiated.towardsPatches(SHAPE)) {
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
    try (Drawn one = new Drawn(settings(2, false), 1);
        Drawn same = new Drawn(settings(2, false), 1);
        Drawn other = new Drawn(settings(2, false), 2);
        DiscriminatorPass ofOne = one.differentiated.towardsPatches(SHAPE);
        DiscriminatorPass ofSame = same.differentiated.towardsWeights(SHAPE);
        DiscriminatorPass ofOther = other.differentiated.towardsPatches(SHAPE)) {
      double[] answers = ofOne.answers(noise(SHAPE, 1));

      assertThat(ofSame.answers(noise(SHAPE, 1))).isEqualTo(answers);
      assertThat(ofOther.answers(noise(SHAPE, 1))).isNotEqualTo(answers);
      assertThat(Arrays.stream(answers).allMatch(Double::isFinite)).isTrue();
    }
  }
}
