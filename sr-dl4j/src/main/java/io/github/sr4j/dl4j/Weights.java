// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays of a network, by name, in the order of the network: those that are trained, and the
 * running statistics of normalisations, which are not.
 *
 * <p>The graph that trains and the graph that runs are two graphs over the same arrays: whichever
 * is built first draws them, the other finds them here. They are held in the order in which
 * SameDiff's operations train; {@link #published} gives that of files. Confined to one thread;
 * whoever creates it closes it.
 */
final class Weights implements AutoCloseable {

  private static final double MOMENTUM = 0.1; // PyTorch's default

  private final @Nullable SplittableRandom random;
  private final Map<String, INDArray> arrays = new LinkedHashMap<>();
  private final Map<String, INDArray> statistics = new LinkedHashMap<>();
  private final Map<String, Integer> shuffles = new HashMap<>();

  Weights(long seed) {
    this(new SplittableRandom(seed));
  }

  private Weights(@Nullable SplittableRandom random) {
    this.random = random;
  }

  /** Returns weights that are all 0, for whoever needs their shapes. */
  static Weights undrawn() {
    return new Weights(null);
  }

  /** Returns the array of a name, drawn from a normal distribution if there is none. */
  INDArray normal(String name, double deviation, long... shape) {
    return get(arrays, name, source -> source.nextGaussian() * deviation, shape);
  }

  /** Returns the array of a name, drawn evenly from -bound to bound if there is none. */
  INDArray uniform(String name, double bound, long... shape) {
    return get(arrays, name, source -> (2 * source.nextDouble() - 1) * bound, shape);
  }

  /** Returns the array of a name, of one value if there is none. */
  INDArray constant(String name, double value, long... shape) {
    return get(arrays, name, source -> value, shape);
  }

  /** Returns the running statistic of a name, of one value if there is none. */
  INDArray statistic(String name, double value, long... shape) {
    return get(statistics, name, source -> value, shape);
  }

  /** Says that the last axis of an array makes the channels that a pixel shuffle rearranges. */
  void shuffle(String name, int scale) {
    shuffles.put(name, scale);
  }

  /** Returns an array as files have it. */
  Npz.Array published(String name) {
    INDArray array = requireNonNull(all().get(name), name);
    return WeightFiles.toPublished(array, shuffles.getOrDefault(name, 1));
  }

  /** Returns the samples of an array of a file, of the same size, in the order held here. */
  float[] held(String name, Npz.Array published) {
    INDArray array = requireNonNull(all().get(name), name);
    return WeightFiles.fromPublished(published, array.shape(), shuffles.getOrDefault(name, 1));
  }

  private INDArray get(
      Map<String, INDArray> held,
      String name,
      ToDoubleFunction<SplittableRandom> value,
      long... shape) {
    return held.computeIfAbsent(
        name,
        key -> {
          INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c');
          if (random != null) {
            float[] samples = new float[Math.toIntExact(array.length())];
            for (int i = 0; i < samples.length; i++) {
              samples[i] = (float) value.applyAsDouble(random);
            }
            Arrays32.write(array, samples);
          }
          return array;
        });
  }

  /** Returns the arrays that are trained. */
  Map<String, INDArray> arrays() {
    return arrays;
  }

  /** Returns the arrays that make the network: those that are trained, and the statistics. */
  Map<String, INDArray> all() {
    Map<String, INDArray> all = new LinkedHashMap<>(arrays);
    all.putAll(statistics);
    return all;
  }

  /**
   * Moves a running statistic a tenth of the way to that of a batch.
   *
   * @param observed overwritten
   */
  void observe(String name, INDArray observed) {
    INDArray running = requireNonNull(statistics.get(name), name);
    running.muli(1 - MOMENTUM).addi(observed.reshape('c', running.shape()).muli(MOMENTUM));
  }

  /** Returns the number of values that are trained. */
  long count() {
    return arrays.values().stream().mapToLong(INDArray::length).sum();
  }

  /** Returns what makes the statistics what they are now. */
  Runnable keepStatistics() {
    Map<String, float[]> kept = new HashMap<>();
    statistics.forEach((name, array) -> kept.put(name, Arrays32.read(array)));
    return () ->
        kept.forEach(
            (name, samples) -> Arrays32.write(requireNonNull(statistics.get(name), name), samples));
  }

  /**
   * Returns these weights with other arrays in the places of those that are trained. It shares the
   * memory of both and is not closed.
   */
  Weights with(Map<String, INDArray> others) {
    Weights view = undrawn();
    view.arrays.putAll(others);
    view.statistics.putAll(statistics);
    view.shuffles.putAll(shuffles);
    return view;
  }

  /** Returns a copy that shares nothing with this one. */
  Weights copy() {
    Weights copy = undrawn();
    arrays.forEach((name, array) -> copy.arrays.put(name, array.dup('c')));
    statistics.forEach((name, array) -> copy.statistics.put(name, array.dup('c')));
    copy.shuffles.putAll(shuffles);
    return copy;
  }

  @Override
  public void close() {
    all().values().forEach(INDArray::close);
    arrays.clear();
    statistics.clear();
  }
}
