// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gradients of a step, by the names of the weights: those of its batch, or the mean of those of
 * several. Confined to one thread; whoever creates it closes it.
 */
final class Gradients implements AutoCloseable {

  private final Map<String, INDArray> sums = new HashMap<>(); // made when there is a second batch
  private final Map<String, INDArray> current = new LinkedHashMap<>();

  /** Forgets the batches. */
  void clear() {
    current.clear();
  }

  /**
   * Adds those of a batch.
   *
   * @param isLast whether no other batch follows; that of the only one are not copied
   */
  void add(TrainingStep training, boolean isLast) {
    boolean isFirst = current.isEmpty();
    for (String name : training.weights()) {
      INDArray gradient = training.gradient(name);
      if (isFirst && isLast) {
        current.put(name, gradient);
        continue;
      }
      INDArray sum =
          sums.computeIfAbsent(name, key -> Nd4j.create(DataType.FLOAT, gradient.shape(), 'c'));
      if (current.put(name, sum) == null) {
        sum.assign(gradient);
      } else {
        sum.addi(gradient);
      }
    }
  }

  /** Makes a mean of the sum over some batches. */
  void divide(int batches) {
    if (batches > 1) {
      current.values().forEach(sum -> sum.divi(batches));
    }
  }

  /**
   * Returns their common L2 norm; not finite if one of them is not. Summed here, in the order of
   * the weights, for its bits must not depend on the number of threads.
   */
  double norm() {
    double sum = 0;
    for (INDArray gradient : current.values()) {
      for (float sample : FloatArrays.read(gradient)) {
        sum += (double) sample * sample;
      }
    }
    return Math.sqrt(sum);
  }

  /** Returns the gradients by name; whoever uses them may overwrite them. */
  Map<String, INDArray> all() {
    return current;
  }

  @Override
  public void close() {
    sums.values().forEach(INDArray::close);
    sums.clear();
    current.clear();
  }
}
