// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.train.BatchShape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A discriminator laid out for batches of one shape.
 *
 * <p>Confined to one thread. Holds native memory.
 */
final class DiscriminatorPass implements AutoCloseable {

  private static final String DERIVATIVES = "derivatives";

  private final Differentiated discriminator;
  private final INDArray patches;
  private final INDArray derivatives;
  private final GraphPlan plan;

  /** The graph of a discriminator and of its gradients, over its weights. */
  static final class Differentiated {

    private final Weights weights;
    private final SameDiff gradients;
    private final String answers;
    private final String patchGradient;
    private final Map<String, String> gradientOfWeight = new LinkedHashMap<>();
    private final Map<String, SDVariable> observed;

    /**
     * Differentiates a discriminator.
     *
     * @param patches the shape of the patches, of which number and sides do not matter here
     */
    Differentiated(Graph discriminator, BatchShape patches, Weights weights) {
      this.weights = weights;
      Map<String, INDArray> variables = new HashMap<>(weights.all());
      variables.put(
          Discriminator.PATCHES,
          Nd4j.create(DataType.FLOAT, 1, patches.channels(), patches.height(), patches.width()));
      SameDiffGraph built = SameDiffGraph.of(discriminator, variables, true);
      SameDiff graph = built.graph();
      Node output = discriminator.outputs().get(0);
      SDVariable answer = built.variable(output);
      this.answers = answer.name();
      this.observed = built.observed();
      // With the derivatives of a loss with respect to the answers held constant, the gradient of
      // this sum is that of the loss, by the chain rule.
      SDVariable derivatives = graph.placeHolder(DERIVATIVES, DataType.FLOAT, -1, 1, 1, 1);
      graph.setLossVariables(answer.mul(derivatives).sum().name());
      graph.createGradFunction();
      this.gradients = graph.getFunction("grad");
      this.patchGradient = graph.getVariable(Discriminator.PATCHES).gradient().name();
      for (String name : weights.arrays().keySet()) {
        gradientOfWeight.put(name, graph.getVariable(name).gradient().name());
      }
    }

    /** Lays out what trains the weights. */
    DiscriminatorPass towardsWeights(BatchShape shape) {
      ImmutableList.Builder<String> outputs = ImmutableList.<String>builder().add(answers);
      observed.values().forEach(statistic -> outputs.add(statistic.name()));
      return new DiscriminatorPass(this, shape, outputs.addAll(gradientOfWeight.values()).build());
    }

    /** Lays out what trains a generator of the patches. */
    DiscriminatorPass towardsPatches(BatchShape shape) {
      return new DiscriminatorPass(this, shape, List.of(answers, patchGradient));
    }
  }

  private DiscriminatorPass(Differentiated discriminator, BatchShape shape, List<String> outputs) {
    this.discriminator = discriminator;
    this.patches =
        Nd4j.create(
            DataType.FLOAT,
            new long[] {shape.batch(), shape.channels(), shape.height(), shape.width()},
            'c');
    this.derivatives = Nd4j.create(DataType.FLOAT, new long[] {shape.batch(), 1, 1, 1}, 'c');
    Map<String, INDArray> bound = new HashMap<>(discriminator.weights.arrays());
    bound.put(Discriminator.PATCHES, patches);
    bound.put(DERIVATIVES, derivatives);
    this.plan = GraphPlan.of(discriminator.gradients, bound, outputs);
  }

  /** Returns the answer for each patch. */
  double[] answers(float[] samples) {
    FloatArrays.write(patches, samples);
    plan.runUntil(discriminator.answers);
    float[] read = FloatArrays.read(plan.output(discriminator.answers));
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
    FloatArrays.write(derivatives, samples);
    plan.runAfter(discriminator.answers);
  }

  /** Returns the gradient for the weights of a name. */
  INDArray gradient(String weight) {
    return plan.output(requireNonNull(discriminator.gradientOfWeight.get(weight), weight));
  }

  /** Returns the gradient with respect to the samples of the patches. */
  float[] patchGradient() {
    return FloatArrays.read(plan.output(discriminator.patchGradient));
  }

  /** Moves the running statistics of normalisations towards those of the last patches. */
  void observe() {
    discriminator.observed.forEach(
        (name, statistic) -> discriminator.weights.observe(name, plan.output(statistic.name())));
  }

  @Override
  public void close() {
    plan.close();
    patches.close();
    derivatives.close();
  }
}
