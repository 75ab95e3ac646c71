// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.ReceptiveField;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.GraphLosses;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.WithNumber;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.GraphPass;
import io.github.sr4j.networks.training.engine.Objective;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
final class TrainingStep<A extends EngineArray<A>> implements AutoCloseable {

  private static final String TARGET = "target";
  private static final String OUTSIDE_GRADIENT = "outside_gradient";

  private final NetworkWeights<A> weights;
  private final Loss loss;
  private final Optional<AdversarialTraining<A>> adversary;
  private final PreparedGraph<A> graph;
  private final Set<String> trained; // those of the network that have gradients
  private final List<Optional<Node>> inGraph = new ArrayList<>(); // weighted, of each term
  private final Node prediction;
  private final Optional<Node> value; // of all terms in the graph
  private final boolean hasValueOutside;
  private final double[] terms;
  private final int channels;
  private final int scale;
  private final int lostEdge;
  private final int alignment;
  private final LastLayout<PatchBatch.Shape, Layout<A>> layout =
      new LastLayout<>(laid -> laid.pass.close());

  /** A term of the loss that is not part of the graph: {@link Loss#evaluate}, or the like. */
  private interface OutsideTerm {
    double evaluate(PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient);
  }

  /** The graph laid out for batches of one shape. */
  private record Layout<A extends EngineArray<A>>(
      PatchBatch.Shape predictionShape, GraphPass<A> pass) {}

  /**
   * Builds the graph.
   *
   * @param trained the names of the weights to compute gradients for, if the network has them
   * @param adversary what evaluates the adversarial term of the loss, if it has one
   * @param scale how many times as large as inputs targets are
   */
  TrainingStep(
      TrainingEngine<A> engine,
      Network network,
      NetworkWeights<A> weights,
      Set<String> trained,
      Loss loss,
      Optional<AdversarialTraining<A>> adversary,
      int scale) {
    this.weights = weights;
    this.loss = loss;
    this.adversary = adversary;
    this.scale = scale;
    this.lostEdge = network.lostEdge();
    this.channels = NetworkGraph.channels(network);
    GraphBuilder builder = new GraphBuilder();
    this.prediction = NetworkGraph.addTo(builder, network, Mode.TRAINING);
    this.alignment = ReceptiveField.alignment(builder.build(prediction));
    Node target = builder.input(TARGET, Shape.ofImages(channels));
    this.terms = new double[loss.terms().size()];
    for (Loss.Term term : loss.terms()) {
      inGraph.add(
          GraphLosses.add(builder, term.loss(), prediction, target)
              .map(form -> builder.add(times(term.weight()), form)));
    }
    this.value =
        inGraph.stream().flatMap(Optional::stream).reduce((a, b) -> builder.add(Binary.ADD, a, b));
    this.hasValueOutside = inGraph.contains(Optional.<Node>empty());
    checkArgument(!inGraph.isEmpty(), "loss must have at least one term");
    Node objective = value.orElse(null);
    if (hasValueOutside) {
      Node gradient = builder.input(OUTSIDE_GRADIENT, Shape.ofImages(channels));
      Node surrogate =
          builder.add(Reduce.sum(0, 1, 2, 3), builder.add(Binary.MULTIPLY, prediction, gradient));
      objective = objective == null ? surrogate : builder.add(Binary.ADD, objective, surrogate);
    }
    List<Node> values = new ArrayList<>(List.of(prediction));
    value.ifPresent(values::add);
    inGraph.forEach(form -> form.ifPresent(values::add));
    List<Node> outputs = new ArrayList<>(List.of(requireNonNull(objective)));
    outputs.addAll(values);
    Graph built = builder.build(outputs.toArray(Node[]::new));
    this.trained = new LinkedHashSet<>(trained);
    this.trained.retainAll(built.parameters().stream().map(Parameter::name).toList());
    this.graph =
        engine.prepare(
            new Objective(built, objective, prediction, values, this.trained, Map.of()),
            weights.all());
  }

  private static WithNumber times(double factor) {
    return new WithNumber(WithNumber.Kind.MULTIPLY, factor);
  }

  /** Computes the loss of a batch; {@link #gradient} then holds its gradients. */
  double evaluate(PatchBatch batch) {
    Layout<A> current = layoutFor(batch);
    GraphPass<A> pass = current.pass;
    pass.write(NetworkGraph.INPUT, batch.input());
    float[] target = cropped(batch, current.predictionShape);
    pass.write(TARGET, target);
    pass.forward();
    double outside = hasValueOutside ? evaluateOutside(current, target) : 0;
    pass.backward();
    for (int i = 0; i < terms.length; i++) {
      if (inGraph.get(i).isPresent()) {
        terms[i] = pass.value(inGraph.get(i).get())[0];
      }
    }
    return value.isPresent() ? outside + pass.value(value.get())[0] : outside;
  }

  /** Evaluates the terms without a graph form, and hands the sum of their gradients to the pass. */
  private double evaluateOutside(Layout<A> current, float[] target) {
    float[] samples = current.pass.value(prediction);
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
    current.pass.write(OUTSIDE_GRADIENT, gradient);
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
    return trained;
  }

  /** Returns the gradient for the weights of a name; the next evaluation overwrites it. */
  A gradient(String weight) {
    return pass().gradient(weight);
  }

  /** Moves the running statistics of normalisations towards those of the last batch. */
  void observe() {
    weights.observe(pass().statistics());
  }

  private GraphPass<A> pass() {
    return layout
        .last()
        .orElseThrow(() -> new IllegalStateException("nothing was evaluated yet"))
        .pass;
  }

  private Layout<A> layoutFor(PatchBatch batch) {
    PatchBatch.Shape input = batch.inputShape();
    if (!layout.isOf(input)) {
      PatchBatch.Shape prediction = predictionShape(batch);
      loss.checkShape(prediction);
      adversary.ifPresent(training -> training.checkShape(prediction));
    }
    Layout<A> current = layout.of(input, () -> lay(input, predictionShape(batch)));
    PatchBatch.Shape target = batch.targetShape();
    checkArgument(
        target.height() == input.height() * scale && target.width() == input.width() * scale,
        "targets must be %s times as large as inputs, but were %s for %s (batch x channels x height"
            + " x width)",
        scale,
        target,
        input);
    return current;
  }

  private PatchBatch.Shape predictionShape(PatchBatch batch) {
    PatchBatch.Shape input = batch.inputShape();
    checkArgument(
        input.channels() == channels,
        "patches must have %s channels, but had %s",
        channels,
        input.channels());
    int height = input.height() - 2 * lostEdge;
    int width = input.width() - 2 * lostEdge;
    checkArgument(
        height > 0 && width > 0,
        "patches must be larger than %sx%s pixels for a network that trains without padding, but"
            + " were %sx%s (width x height)",
        2 * lostEdge,
        2 * lostEdge,
        input.width(),
        input.height());
    checkArgument(
        width % alignment == 0 && height % alignment == 0,
        "the sides of patches must be multiples of %s for this network, but were %sx%s (width x"
            + " height)",
        alignment,
        input.width(),
        input.height());
    return new PatchBatch.Shape(input.batch(), channels, height * scale, width * scale);
  }

  private Layout<A> lay(PatchBatch.Shape inputShape, PatchBatch.Shape predictionShape) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(NetworkGraph.INPUT, shape(inputShape));
    shapes.put(TARGET, shape(predictionShape));
    if (hasValueOutside) {
      shapes.put(OUTSIDE_GRADIENT, shape(predictionShape));
    }
    return new Layout<>(predictionShape, graph.pass(shapes, trained));
  }

  static Shape shape(PatchBatch.Shape shape) {
    return Shape.of(shape.batch(), shape.channels(), shape.height(), shape.width());
  }

  /** The centre of the targets, as large as the predictions. */
  private static float[] cropped(PatchBatch batch, PatchBatch.Shape prediction) {
    PatchBatch.Shape target = batch.targetShape();
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
    layout.close();
    graph.close();
  }
}
