// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
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
 * The discriminator of SRGAN: for a patch, a number that says how real it looks.
 *
 * <p>C. Ledig et al., <i>Photo-Realistic Single Image Super-Resolution Using a Generative
 * Adversarial Network</i>, CVPR 2017, section 2.1.1 and figure 4: eight convolutions of 3x3, from
 * 64 to 512 features, every second one with a stride of 2, leaky rectifiers of slope 0.2, batch
 * normalisation behind all convolutions but the first, and dense layers of 1024 and 1. The sigmoid
 * is part of the loss here. Normalisation takes the statistics of a batch of real or of generated
 * patches, always: the discriminator does nothing but train.
 *
 * <p>Confined to one thread. Holds native memory.
 */
final class Discriminator implements AutoCloseable {

  private static final String PATCHES = "patches";
  private static final String DERIVATIVES = "derivatives";
  private static final int CONVOLUTIONS = 8;
  private static final double SLOPE = 0.2;

  private final Weights weights;
  private final SameDiff gradients;
  private final String answers;
  private final String patchGradient;
  private final Map<String, String> gradientOfWeight = new LinkedHashMap<>();
  private final Map<String, SDVariable> observed;

  /**
   * Draws a discriminator.
   *
   * @param patches the shape of the patches, of which the number does not matter, and the sides do
   *     not if the discriminator takes means over them
   */
  Discriminator(AdversarialLoss settings, BatchShape patches, long seed) {
    this.weights = new Weights(seed);
    SameDiff graph = SameDiff.create();
    SDVariable input =
        graph.var(
            PATCHES,
            Nd4j.create(DataType.FLOAT, 1, patches.channels(), patches.height(), patches.width()));
    Layers layers = new Layers(graph, weights, true, true);
    SDVariable answer =
        build(layers, new Signal(input, patches.channels()), settings, patches).variable();
    this.answers = answer.name();
    this.observed = layers.observed();
    // With the derivatives of a loss with respect to the answers held constant, the gradient of
    // this
    // sum is that of the loss, by the chain rule.
    SDVariable derivatives = graph.placeHolder(DERIVATIVES, DataType.FLOAT, -1, 1, 1, 1);
    graph.setLossVariables(answer.mul(derivatives).sum().name());
    graph.createGradFunction();
    this.gradients = graph.getFunction("grad");
    this.patchGradient = input.gradient().name();
    for (String name : weights.arrays().keySet()) {
      gradientOfWeight.put(name, graph.getVariable(name).gradient().name());
    }
  }

  private static Signal build(
      Layers layers, Signal patches, AdversarialLoss settings, BatchShape shape) {
    Signal x = patches.times(2).plus(-1); // the paper's range of real patches
    for (int i = 1; i <= CONVOLUTIONS; i++) {
      int features = settings.features() << ((i - 1) / 2);
      Convolution convolution = Convolution.of(features, 3).stride(i % 2 == 0 ? 2 : 1);
      x = layers.convolution("conv" + i, x, i == 1 ? convolution : convolution.unbiased());
      x = i == 1 ? x : layers.batchNormalization("norm" + i, x);
      x = layers.leakyRelu(x, SLOPE);
    }
    x = settings.isPooled() ? layers.mean(x) : flattened(x, shape);
    // A dense layer is a convolution of an image of one pixel.
    x = layers.convolution("dense1", x, Convolution.of(16 * settings.features(), 1));
    return layers.convolution("dense2", layers.leakyRelu(x, SLOPE), Convolution.of(1, 1));
  }

  private static Signal flattened(Signal x, BatchShape patches) {
    int height = patches.height();
    int width = patches.width();
    for (int i = 2; i <= CONVOLUTIONS; i += 2) {
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    int samples = x.channels() * height * width;
    return new Signal(x.variable().reshape(-1, samples, 1, 1), samples);
  }

  Weights weights() {
    return weights;
  }

  /** The discriminator laid out for batches of one shape. Holds native memory. */
  final class Pass implements AutoCloseable {

    private final INDArray patches;
    private final INDArray derivatives;
    private final GraphPlan plan;

    private Pass(BatchShape shape, List<String> outputs) {
      this.patches =
          Nd4j.create(
              DataType.FLOAT,
              new long[] {shape.batch(), shape.channels(), shape.height(), shape.width()},
              'c');
      this.derivatives = Nd4j.create(DataType.FLOAT, new long[] {shape.batch(), 1, 1, 1}, 'c');
      Map<String, INDArray> bound = new HashMap<>(weights.arrays());
      bound.put(PATCHES, patches);
      bound.put(DERIVATIVES, derivatives);
      this.plan = GraphPlan.of(gradients, bound, outputs);
    }

    /** Returns the answer for each patch. */
    double[] answers(float[] samples) {
      Arrays32.write(patches, samples);
      plan.runUntil(answers);
      float[] read = Arrays32.read(plan.output(answers));
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
      Arrays32.write(derivatives, samples);
      plan.runAfter(answers);
    }

    /** Returns the gradient for the weights of a name. */
    INDArray gradient(String weight) {
      return plan.output(requireNonNull(gradientOfWeight.get(weight), weight));
    }

    /** Returns the gradient with respect to the samples of the patches. */
    float[] patchGradient() {
      return Arrays32.read(plan.output(patchGradient));
    }

    /** Moves the running statistics of normalisations towards those of the last patches. */
    void observe() {
      observed.forEach((name, statistic) -> weights.observe(name, plan.output(statistic.name())));
    }

    @Override
    public void close() {
      plan.close();
      patches.close();
      derivatives.close();
    }
  }

  /** Lays out what trains the weights. */
  Pass towardsWeights(BatchShape shape) {
    ImmutableList.Builder<String> outputs = ImmutableList.<String>builder().add(answers);
    observed.values().forEach(statistic -> outputs.add(statistic.name()));
    return new Pass(shape, outputs.addAll(gradientOfWeight.values()).build());
  }

  /** Lays out what trains a generator of the patches. */
  Pass towardsPatches(BatchShape shape) {
    return new Pass(shape, List.of(answers, patchGradient));
  }

  @Override
  public void close() {
    weights.close();
  }
}
