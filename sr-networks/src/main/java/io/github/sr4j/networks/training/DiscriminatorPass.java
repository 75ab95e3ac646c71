// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.GraphPass;
import io.github.sr4j.networks.training.engine.Objective;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.spi.PatchBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A discriminator laid out for batches of one shape.
 *
 * <p>Confined to one thread. Holds native memory.
 */
final class DiscriminatorPass<A extends EngineArray<A>> implements AutoCloseable {

  private static final String DERIVATIVES = "derivatives";

  private final Differentiated<A> discriminator;
  private final GraphPass<A> pass;

  /** The graph of a discriminator, differentiated, over its weights. */
  static final class Differentiated<A extends EngineArray<A>> implements AutoCloseable {

    private final NetworkWeights<A> weights;
    private final Node answers;
    private final PreparedGraph<A> graph;

    /**
     * Differentiates a discriminator.
     *
     * @param patches the shape of the patches, of which number and sides do not matter here
     */
    Differentiated(
        TrainingEngine<A> engine,
        AdversarialLoss settings,
        PatchBatch.Shape patches,
        NetworkWeights<A> weights) {
      this.weights = weights;
      GraphBuilder builder = new GraphBuilder();
      this.answers = Discriminator.addTo(builder, settings, patches);
      // With the derivatives of a loss with respect to the answers held constant, the gradient of
      // this sum is that of the loss, by the chain rule.
      Node derivatives = builder.input(DERIVATIVES, Shape.of(Shape.FREE, 1, 1, 1));
      Node sum =
          builder.add(Reduce.sum(0, 1, 2, 3), builder.add(Binary.MULTIPLY, answers, derivatives));
      this.graph =
          engine.prepare(
              new Objective(
                  builder.build(sum, answers),
                  sum,
                  answers,
                  List.of(answers),
                  weights.arrays().keySet(),
                  Map.of(Discriminator.PATCHES, TrainingStep.shape(patches).with(0, 1))),
              weights.all());
    }

    /** Lays out what trains the weights. */
    DiscriminatorPass<A> towardsWeights(PatchBatch.Shape shape) {
      return new DiscriminatorPass<>(this, shape, weights.arrays().keySet());
    }

    /** Lays out what trains a generator of the patches. */
    DiscriminatorPass<A> towardsPatches(PatchBatch.Shape shape) {
      return new DiscriminatorPass<>(this, shape, Set.of(Discriminator.PATCHES));
    }

    @Override
    public void close() {
      graph.close();
    }
  }

  private DiscriminatorPass(
      Differentiated<A> discriminator, PatchBatch.Shape shape, Set<String> gradients) {
    this.discriminator = discriminator;
    this.pass =
        discriminator.graph.pass(
            Map.of(
                Discriminator.PATCHES,
                TrainingStep.shape(shape),
                DERIVATIVES,
                Shape.of(shape.batch(), 1, 1, 1)),
            gradients);
  }

  /** Returns the answer for each patch. */
  double[] answers(float[] samples) {
    pass.write(Discriminator.PATCHES, samples);
    pass.forward();
    float[] read = pass.value(discriminator.answers);
    double[] result = new double[read.length];
    Arrays.setAll(result, i -> read[i]);
    return result;
  }

  /** Goes back from the derivatives of a loss with respect to the last answers. */
  void back(double[] derivativesOfAnswers) {
    float[] samples = new float[derivativesOfAnswers.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) derivativesOfAnswers[i];
    }
    pass.write(DERIVATIVES, samples);
    pass.backward();
  }

  /** Returns the gradient for the weights of a name. */
  A gradient(String weight) {
    return pass.gradient(weight);
  }

  /** Returns the gradient with respect to the samples of the patches. */
  float[] patchGradient() {
    return pass.gradient(Discriminator.PATCHES).samples();
  }

  /** Moves the running statistics of normalisations towards those of the last patches. */
  void observe() {
    discriminator.weights.observe(pass.statistics());
  }

  @Override
  public void close() {
    pass.close();
  }
}
