// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The trainable arrays of a network, by name, in the order of the network.
 *
 * <p>The graph that trains and the graph that runs are two graphs over the same arrays: whichever
 * is built first draws them, the other finds them here. Convolution weights are held as [height,
 * width, in, out], the only order in which SameDiff's convolution trains. Confined to one thread;
 * whoever creates it closes it.
 */
final class Weights implements AutoCloseable {

  private final SplittableRandom random;
  private final Map<String, INDArray> arrays = new LinkedHashMap<>();

  Weights(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Returns the array of a name, drawn from a normal distribution if there is none. */
  INDArray normal(String name, double deviation, long... shape) {
    return get(name, () -> deviation == 0 ? 0 : random.nextGaussian() * deviation, shape);
  }

  private INDArray get(String name, DoubleSupplier value, long... shape) {
    return arrays.computeIfAbsent(
        name,
        key -> {
          INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c');
          float[] samples = new float[Math.toIntExact(array.length())];
          for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) value.getAsDouble();
          }
          Arrays32.write(array, samples);
          return array;
        });
  }

  Map<String, INDArray> arrays() {
    return arrays;
  }

  long count() {
    return arrays.values().stream().mapToLong(INDArray::length).sum();
  }

  /** Returns a copy that shares nothing with this one. */
  Weights copy() {
    Weights copy = new Weights(0);
    arrays.forEach((name, array) -> copy.arrays.put(name, array.dup('c')));
    return copy;
  }

  @Override
  public void close() {
    arrays.values().forEach(INDArray::close);
    arrays.clear();
  }
}
