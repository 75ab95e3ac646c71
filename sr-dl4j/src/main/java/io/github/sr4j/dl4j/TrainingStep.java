// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.ReceptiveField;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.GraphLosses;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.WithNumber;
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

  private final Weights weights;
  private final Loss loss;
  private final Optional<AdversarialTraining> adversary;
  private final SameDiff gradients;
  private final Map<String, String> gradientOfWeight = new LinkedHashMap<>();
  private final Map<String, SDVariable> observed; // statistics, by the names of the running ones
  private final List<Optional<String>> inGraph = new ArrayList<>(); // weighted, of each term
  private final String prediction;
  private final String value; // of all terms in the graph; empty if there are none
  private final boolean hasValueInside;
  private final boolean hasValueOutside;
  private final double[] terms;
  private final int channels;
  private final int scale;
  private final int border;
  private final int alignment;
  private @Nullable Layout layout;

  /** A term of the loss that is not part of the graph: {@link Loss#evaluate}, or the like. */
  private interface OutsideTerm {
    double evaluate(BatchShape shape, float[] prediction, float[] target, float[] gradient);
  }

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
   * @param adversary what evaluates the adversarial term of the loss, if it has one
   * @param scale how many times as large as inputs targets are
   */
  TrainingStep(
      Network network,
      Weights weights,
      Set<String> trained,
      Loss loss,
      Optional<AdversarialTraining> adversary,
      int scale) {
    this.weights = weights;
    this.loss = loss;
    this.adversary = adversary;
    this.scale = scale;
    this.border = network.border();
    this.channels = NetworkGraph.channels(network);
    GraphBuilder builder = new GraphBuilder();
    Node prediction = NetworkGraph.addTo(builder, network, Mode.TRAINING);
    this.alignment = ReceptiveField.alignment(builder.build(prediction));
    Node target = builder.input(TARGET, Shape.ofImages(channels));
    this.terms = new double[loss.terms().size()];
    List<Optional<Node>> forms = new ArrayList<>();
    for (Loss.Term term : loss.terms()) {
      forms.add(
          GraphLosses.add(builder, term.loss(), prediction, target)
              .map(form -> builder.add(times(term.weight()), form)));
    }
    Optional<Node> inside =
        forms.stream().flatMap(Optional::stream).reduce((a, b) -> builder.add(Binary.ADD, a, b));
    this.hasValueInside = inside.isPresent();
    this.hasValueOutside = forms.contains(Optional.<Node>empty());
    checkArgument(hasValueInside || hasValueOutside, "loss must have at least one term");
    Node objective = inside.orElse(null);
    if (hasValueOutside) {
      Node gradient = builder.input(OUTSIDE_GRADIENT, Shape.ofImages(channels));
      Node surrogate =
          builder.add(Reduce.sum(0, 1, 2, 3), builder.add(Binary.MULTIPLY, prediction, gradient));
      objective = objective == null ? surrogate : builder.add(Binary.ADD, objective, surrogate);
    }
    List<Node> outputs = new ArrayList<>(List.of(requireNonNull(objective), prediction));
    forms.forEach(form -> form.ifPresent(outputs::add));
    SameDiffGraph built =
        SameDiffGraph.of(builder.build(outputs.toArray(Node[]::new)), weights.all(), true);
    SameDiff graph = built.graph();
    this.prediction = built.name(prediction);
    this.value = inside.map(built::name).orElse("");
    forms.forEach(form -> inGraph.add(form.map(built::name)));
    this.observed = built.observed();
    graph.setLossVariables(built.name(objective));
    graph.createGradFunction();
    this.gradients = graph.getFunction("grad");
    for (String name : trained) {
      if (graph.hasVariable(name)) {
        gradientOfWeight.put(name, graph.getVariable(name).gradient().name());
      }
    }
  }

  private static WithNumber times(double factor) {
    return new WithNumber(WithNumber.Kind.MULTIPLY, factor);
  }

  /** Computes the loss of a batch; {@link #gradient} then holds its gradients. */
  double evaluate(PatchBatch batch) {
    Layout current = layoutFor(batch);
    FloatArrays.write(current.input, batch.input());
    float[] target = cropped(batch, current.predictionShape);
    FloatArrays.write(current.target, target);
    double outside = 0;
    if (hasValueOutside) {
      current.plan.runUntil(prediction);
      outside = evaluateOutside(current, target);
      current.plan.runAfter(prediction);
    } else {
      current.plan.run();
    }
    for (int i = 0; i < terms.length; i++) {
      if (inGraph.get(i).isPresent()) {
        terms[i] = current.plan.output(inGraph.get(i).get()).getDouble(0);
      }
    }
    return hasValueInside ? outside + current.plan.output(value).getDouble(0) : outside;
  }

  /** Evaluates the terms without a graph form, and hands the sum of their gradients to the plan. */
  private double evaluateOutside(Layout current, float[] target) {
    float[] samples = FloatArrays.read(current.plan.output(prediction));
    float[] gradient = new float[samples.length];
    double[] sum = new double[samples.length];
    double outside = 0;
    for (int i = 0; i < terms.length; i++) {
      if (inGraph.get(i).isEmpty()) {
        Loss.Term term = loss.terms().get(i);
        double weight = term.weight();
        terms[i] =
            weight
                * outside(term.loss()).evaluate(current.predictionShape, samples, target, gradient);
        outside += terms[i];
        for (int s = 0; s < sum.length; s++) {
          sum[s] += weight * gradient[s];
        }
      }
    }
    for (int s = 0; s < sum.length; s++) {
      gradient[s] = (float) sum[s];
    }
    FloatArrays.write(current.outsideGradient, gradient);
    return outside;
  }

  private OutsideTerm outside(Loss term) {
    return term instanceof AdversarialLoss && adversary.isPresent()
        ? adversary.get()::evaluate
        : term::evaluate;
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
      adversary.ifPresent(training -> training.checkShape(prediction));
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
        "targets must be %s times as large as inputs, but were %s for %s (batch x channels x height"
            + " x width)",
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
        "patches must be larger than %sx%s pixels for a network that trains without padding, but"
            + " were %sx%s (width x height)",
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
    outputs.add(prediction);
    if (hasValueInside) {
      outputs.add(value);
      inGraph.stream().flatMap(Optional::stream).forEach(outputs::add);
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
