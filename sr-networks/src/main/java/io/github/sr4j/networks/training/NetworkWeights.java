// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arrays of a network, by name, in the order of the network: those that are trained, and the
 * running statistics of normalisations, which are not.
 *
 * <p>Confined to one thread; whoever creates it closes it.
 */
final class NetworkWeights<A extends EngineArray<A>> implements AutoCloseable {

  private static final double MOMENTUM = 0.1; // PyTorch's default

  private final Map<String, A> arrays = new LinkedHashMap<>();
  private final Map<String, A> statistics = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new HashMap<>();

  private NetworkWeights() {}

  /**
   * Draws weights.
   *
   * @param parameters in the order in which they are drawn
   * @param graphs those that have these weights
   */
  static <A extends EngineArray<A>> NetworkWeights<A> draw(
      TrainingEngine<A> engine, List<Parameter> parameters, Collection<Graph> graphs, long seed) {
    Map<String, Tensor> drawn = InitialWeights.draw(parameters, seed);
    Map<String, A> created = engine.arrays(parameters, graphs, drawn);
    NetworkWeights<A> weights = new NetworkWeights<>();
    for (Parameter parameter : parameters) {
      String name = parameter.name();
      weights.held(parameter).put(name, requireNonNull(created.get(name), name));
      weights.parameters.put(name, parameter);
    }
    return weights;
  }

  private Map<String, A> held(Parameter parameter) {
    return parameter.isTrained() ? arrays : statistics;
  }

  Parameter parameter(String name) {
    return requireNonNull(parameters.get(name), name);
  }

  /** Returns an array as files have it. */
  Tensor published(String name) {
    return array(name).tensor(parameter(name));
  }

  /** Returns all arrays as files have them. */
  Map<String, Tensor> published() {
    Map<String, Tensor> published = new LinkedHashMap<>();
    all().keySet().forEach(name -> published.put(name, published(name)));
    return published;
  }

  /** Overwrites an array with one of a file, of the same shape. */
  void write(String name, Tensor published) {
    array(name).write(parameter(name), published);
  }

  private A array(String name) {
    return requireNonNull(held(parameter(name)).get(name), name);
  }

  /** Returns the arrays that are trained. */
  Map<String, A> arrays() {
    return arrays;
  }

  /** Returns the arrays that make the network: those that are trained, and the statistics. */
  Map<String, A> all() {
    Map<String, A> all = new LinkedHashMap<>(arrays);
    all.putAll(statistics);
    return all;
  }

  /** Moves running statistics a tenth of the way to those of a batch. */
  void observe(Map<String, A> observed) {
    observed.forEach((name, batch) -> array(name).average(batch, 1 - MOMENTUM));
  }

  /** Returns the number of values that are trained. */
  long count() {
    return arrays.keySet().stream().mapToLong(name -> parameter(name).shape().size()).sum();
  }

  /** Copies the statistics and returns the action that writes them back. */
  Runnable keepStatistics() {
    Map<String, float[]> kept = new HashMap<>();
    statistics.forEach((name, array) -> kept.put(name, array.samples()));
    return () -> kept.forEach((name, samples) -> array(name).write(samples));
  }

  /**
   * Returns these weights with other arrays in the places of those that are trained. It shares the
   * memory of both and is not closed.
   */
  NetworkWeights<A> with(Map<String, A> others) {
    NetworkWeights<A> view = new NetworkWeights<>();
    view.arrays.putAll(others);
    view.statistics.putAll(statistics);
    view.parameters.putAll(parameters);
    return view;
  }

  /** Returns a copy that shares nothing with this one. */
  NetworkWeights<A> copy() {
    NetworkWeights<A> copy = new NetworkWeights<>();
    arrays.forEach((name, array) -> copy.arrays.put(name, array.copy()));
    statistics.forEach((name, array) -> copy.statistics.put(name, array.copy()));
    copy.parameters.putAll(parameters);
    return copy;
  }

  @Override
  public void close() {
    all().values().forEach(EngineArray::close);
    arrays.clear();
    statistics.clear();
  }
}
