// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.spi.TrainingSetup;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A rule with its state: arrays by name, such as {@code adam.m/conv1.weight}.
 *
 * <p>In files, the state is in the order of {@link Parameter#drawingOrder}, the same for all
 * engines: kernels as [height, width, second axis, first axis].
 *
 * <p>Confined to one thread; whoever creates it closes it.
 */
final class Optimizer<A extends EngineArray<A>> implements AutoCloseable {

  private static final String FIRST = "adam.m/";
  private static final String SECOND = "adam.v/";
  private static final String VELOCITY = "sgd.velocity/";

  private final TrainingSetup.Optimizer rule;
  private final TrainingEngine<A> engine;
  private final Map<String, A> state = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>(); // by name of the state

  Optimizer(TrainingSetup.Optimizer rule, TrainingEngine<A> engine, NetworkWeights<A> weights) {
    this.rule = rule;
    this.engine = engine;
    weights
        .arrays()
        .forEach(
            (name, array) -> {
              if (rule instanceof TrainingSetup.Optimizer.Adam) {
                add(SECOND + name, array, weights.parameter(name));
                add(FIRST + name, array, weights.parameter(name));
              } else {
                add(VELOCITY + name, array, weights.parameter(name));
              }
            });
  }

  private void add(String name, A like, Parameter parameter) {
    state.put(name, like.zeros());
    parameters.put(name, parameter);
  }

  /**
   * Changes weights by one step.
   *
   * @param gradient overwritten
   * @param iteration the number of steps done before
   */
  void apply(String name, A weights, A gradient, double rate, long iteration) {
    if (rule instanceof TrainingSetup.Optimizer.Adam adam) {
      if (adam.weightDecay() > 0) {
        weights.multiply(1 - rate * adam.weightDecay());
      }
      engine.adam(
          adam, weights, gradient, array(FIRST + name), array(SECOND + name), rate, iteration);
    } else {
      engine.sgd(
          (TrainingSetup.Optimizer.Sgd) rule, weights, gradient, array(VELOCITY + name), rate);
    }
  }

  private A array(String name) {
    return requireNonNull(state.get(name), name);
  }

  /** Returns the shape of each array of the state in files, by name. */
  Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> shapes.put(name, shape(parameter)));
    return shapes;
  }

  private static Shape shape(Parameter parameter) {
    Shape shape = parameter.shape();
    return shape.rank() == 4
        ? Shape.of(shape.length(2), shape.length(3), shape.length(1), shape.length(0))
        : shape;
  }

  /** Returns the state as files have it. */
  Map<String, Tensor> saved() {
    Map<String, Tensor> saved = new LinkedHashMap<>();
    state.forEach(
        (name, array) -> {
          Parameter parameter = parameter(name);
          float[] samples = array.tensor(parameter).samples();
          int[] places = parameter.drawingOrder();
          float[] ordered = new float[places.length];
          for (int i = 0; i < places.length; i++) {
            ordered[i] = samples[places[i]];
          }
          saved.put(name, Tensor.of(shape(parameter), ordered));
        });
    return saved;
  }

  /**
   * Makes an array of the state what a file has.
   *
   * @param saved of as many samples
   */
  void restore(String name, Tensor saved) {
    Parameter parameter = parameter(name);
    int[] places = parameter.drawingOrder();
    float[] samples = new float[places.length];
    for (int i = 0; i < places.length; i++) {
      samples[places[i]] = saved.samples()[i];
    }
    array(name).write(parameter, Tensor.of(parameter.shape(), samples));
  }

  private Parameter parameter(String name) {
    return requireNonNull(parameters.get(name), name);
  }

  /** Makes the state what it is before the first step. */
  void reset() {
    state.values().forEach(EngineArray::clear);
  }

  @Override
  public void close() {
    state.values().forEach(EngineArray::close);
    state.clear();
  }
}
