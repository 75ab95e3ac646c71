// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.Loss;
import io.github.sr4j.train.PatchBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The loss of a network on a batch, and its gradients with respect to the weights.
 *
 * <p>Terms of the loss that have a graph form are part of the graph. Those that have not are
 * evaluated between the forward and the backward pass: with <i>g</i> their gradient with respect to
 * the prediction <i>p</i>, the graph's objective contains sum(<i>p</i> <i>g</i>) with <i>g</i> held
 * constant, the gradient of which is theirs by the chain rule.
 *
 * <p>Confined to one thread. Holds native memory.
 */
final class TrainingStep implements AutoCloseable {

  private static final String TARGET = "target";
  private static final String OUTSIDE_GRADIENT = "outside_gradient";
  private static final String VALUE = "loss_value";

  private final Weights weights;
  private final Loss loss;
  private final SameDiff gradients;
  private final Map<String, String> gradientOfWeight = new LinkedHashMap<>();
  private final Map<String, SDVariable> observed; // statistics, by the names of the running ones
  private final List<Optional<SDVariable>> inGraph = new ArrayList<>(); // weighted, of each term
  private final boolean hasValueInside;
  private final boolean hasValueOutside;
  private final double[] terms;
  private final int channels;
  private final int scale;
  private final int border;
  private final int alignment;
  private @Nullable Layout layout;

  /** The graph laid out for batches of one shape. */
  private record Layout(
      BatchShape inputShape,
      BatchShape predictionShape,
      INDArray input,
      INDArray target,
      INDArray outsideGradient,
      GraphPlan plan) {
    void close() {
      plan.close();
      input.close();
      target.close();
      outsideGradient.close();
    }
  }

  /**
   * Builds the graph.
   *
   * @param trained the names of the weights to compute gradients for, if the network has them
   * @param scale how many times as large as inputs targets are
   */
  TrainingStep(Network network, Weights weights, Set<String> trained, Loss loss, int scale) {
    this.weights = weights;
    this.loss = loss;
    this.scale = scale;
    this.border = network.border();
    NetworkGraph built = NetworkGraph.of(network, weights, true);
    SameDiff graph = built.graph();
    this.observed = built.observed();
    this.alignment = ReceptiveField.alignment(graph, NetworkGraph.INPUT);
    this.channels = (int) graph.getVariable(NetworkGraph.INPUT).getShape()[1];
    SDVariable prediction = built.output();
    SDVariable target = graph.placeHolder(TARGET, DataType.FLOAT, -1, channels, -1, -1);
    this.terms = new double[loss.terms().size()];
    for (Loss.Term term : loss.terms()) {
      inGraph.add(
          GraphLosses.add(graph, term.loss(), prediction, target)
              .map(form -> form.mul(term.weight())));
    }
    Optional<SDVariable> inside =
        inGraph.stream().flatMap(Optional::stream).reduce(SDVariable::add);
    this.hasValueInside = inside.isPresent();
    this.hasValueOutside = inGraph.contains(Optional.<SDVariable>empty());
    SDVariable objective = inside.map(value -> value.rename(VALUE)).orElse(null);
    if (hasValueOutside) {
      SDVariable gradient =
          graph.placeHolder(OUTSIDE_GRADIENT, DataType.FLOAT, -1, channels, -1, -1);
      SDVariable surrogate = prediction.mul(gradient).sum();
      objective = objective == null ? surrogate : objective.add(surrogate);
    }
    if (objective == null) {
      throw new IllegalArgumentException("loss must have at least one term");
    }
    graph.setLossVariables(objective.name());
    graph.createGradFunction();
    this.gradients = graph.getFunction("grad");
    for (String name : trained) {
      if (graph.hasVariable(name)) {
        gradientOfWeight.put(name, graph.getVariable(name).gradient().name());
      }
    }
  }

  /** Computes the loss of a batch; {@link #gradient} then holds its gradients. */
  double evaluate(PatchBatch batch) {
    Layout current = layoutFor(batch);
    Arrays32.write(current.input, batch.input());
    float[] target = cropped(batch, current.predictionShape);
    Arrays32.write(current.target, target);
    double value = 0;
    if (hasValueOutside) {
      current.plan.runUntil(NetworkGraph.OUTPUT);
      value = evaluateOutside(current, target);
      current.plan.runAfter(NetworkGraph.OUTPUT);
    } else {
      current.plan.run();
    }
    for (int i = 0; i < terms.length; i++) {
      if (inGraph.get(i).isPresent()) {
        terms[i] = current.plan.output(inGraph.get(i).get().name()).getDouble(0);
      }
    }
    return hasValueInside ? value + current.plan.output(VALUE).getDouble(0) : value;
  }

  /** Evaluates the terms without a graph form, and hands the sum of their gradients to the plan. */
  private double evaluateOutside(Layout current, float[] target) {
    float[] prediction = Arrays32.read(current.plan.output(NetworkGraph.OUTPUT));
    float[] gradient = new float[prediction.length];
    double[] sum = new double[prediction.length];
    double value = 0;
    for (int i = 0; i < terms.length; i++) {
      if (inGraph.get(i).isEmpty()) {
        Loss.Term term = loss.terms().get(i);
        double weight = term.weight();
        terms[i] =
            weight * term.loss().evaluate(current.predictionShape, prediction, target, gradient);
        value += terms[i];
        for (int s = 0; s < sum.length; s++) {
          sum[s] += weight * gradient[s];
        }
      }
    }
    for (int s = 0; s < sum.length; s++) {
      gradient[s] = (float) sum[s];
    }
    Arrays32.write(current.outsideGradient, gradient);
    return value;
  }

  /** Returns the weighted value of each term of the loss in the last evaluation. */
  List<Double> terms() {
    return Arrays.stream(terms).boxed().toList();
  }

  /** Returns the names of the weights that have gradients. */
  Set<String> weights() {
    return gradientOfWeight.keySet();
  }

  /** Returns the gradient for the weights of a name; the next evaluation overwrites it. */
  INDArray gradient(String weight) {
    Layout current = layout;
    String name = gradientOfWeight.get(weight);
    if (current == null || name == null) {
      throw new IllegalStateException("nothing was evaluated yet");
    }
    return current.plan.output(name);
  }

  /** Moves the running statistics of normalisations towards those of the last batch. */
  void observe() {
    Layout current = layout;
    if (current == null) {
      throw new IllegalStateException("nothing was evaluated yet");
    }
    observed.forEach(
        (name, statistic) -> weights.observe(name, current.plan.output(statistic.name())));
  }

  private Layout layoutFor(PatchBatch batch) {
    BatchShape input = batch.inputShape();
    Layout current = layout;
    if (current == null || !current.inputShape.equals(input)) {
      BatchShape prediction = predictionShape(batch);
      loss.checkShape(prediction);
      if (current != null) {
        layout = null;
        current.close();
      }
      current = lay(input, prediction);
      layout = current;
    }
    BatchShape target = batch.targetShape();
    checkArgument(
        target.height() == input.height() * scale && target.width() == input.width() * scale,
        "targets must be %s times as large as inputs, but were %s for %s (batch x channels x height x"
            + " width)",
        scale,
        target,
        input);
    return current;
  }

  private BatchShape predictionShape(PatchBatch batch) {
    BatchShape input = batch.inputShape();
    checkArgument(
        input.channels() == channels,
        "patches must have %s channels, but had %s",
        channels,
        input.channels());
    int height = input.height() - 2 * border;
    int width = input.width() - 2 * border;
    checkArgument(
        height > 0 && width > 0,
        "patches must be larger than %sx%s pixels for a network that trains without padding, but were"
            + " %sx%s (width x height)",
        2 * border,
        2 * border,
        input.width(),
        input.height());
    checkArgument(
        width % alignment == 0 && height % alignment == 0,
        "the sides of patches must be multiples of %s for this network, but were %sx%s (width x"
            + " height)",
        alignment,
        input.width(),
        input.height());
    return new BatchShape(input.batch(), channels, height * scale, width * scale);
  }

  private Layout lay(BatchShape inputShape, BatchShape predictionShape) {
    INDArray input = zeros(inputShape);
    INDArray target = zeros(predictionShape);
    INDArray outsideGradient = zeros(predictionShape);
    Map<String, INDArray> bound = new HashMap<>(weights.arrays());
    bound.put(NetworkGraph.INPUT, input);
    bound.put(TARGET, target);
    bound.put(OUTSIDE_GRADIENT, outsideGradient);
    List<String> outputs = new ArrayList<>();
    outputs.add(NetworkGraph.OUTPUT);
    if (hasValueInside) {
      outputs.add(VALUE);
      inGraph.stream().flatMap(Optional::stream).map(SDVariable::name).forEach(outputs::add);
    }
    observed.values().forEach(statistic -> outputs.add(statistic.name()));
    outputs.addAll(gradientOfWeight.values());
    GraphPlan plan = GraphPlan.of(gradients, bound, outputs);
    return new Layout(inputShape, predictionShape, input, target, outsideGradient, plan);
  }

  private static INDArray zeros(BatchShape shape) {
    return Nd4j.create(
        DataType.FLOAT,
        new long[] {shape.batch(), shape.channels(), shape.height(), shape.width()},
        'c');
  }

  /** The centre of the targets, as large as the predictions. */
  private static float[] cropped(PatchBatch batch, BatchShape prediction) {
    BatchShape target = batch.targetShape();
    if (target.equals(prediction)) {
      return batch.target();
    }
    float[] cropped = new float[prediction.size()];
    int top = (target.height() - prediction.height()) / 2;
    int left = (target.width() - prediction.width()) / 2;
    int rows = prediction.batch() * prediction.channels() * prediction.height();
    for (int row = 0; row < rows; row++) {
      int plane = row / prediction.height();
      int y = row % prediction.height() + top;
      System.arraycopy(
          batch.target(),
          (plane * target.height() + y) * target.width() + left,
          cropped,
          row * prediction.width(),
          prediction.width());
    }
    return cropped;
  }

  @Override
  public void close() {
    if (layout != null) {
      layout.close();
      layout = null;
    }
  }
}
