// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;

/**
 * An array of float32 samples in the memory of an engine, which may hold them in an order of its
 * own. Confined to one thread; whoever creates it closes it.
 *
 * @param <A> the arrays of the engine
 */
public interface EngineArray<A extends EngineArray<A>> extends AutoCloseable {

  /** Returns a copy of the samples, in the engine's order. */
  float[] samples();

  /** Overwrites the samples, in the engine's order. */
  void write(float[] samples);

  /** Returns a copy of the samples in PyTorch's order, if they belong to a parameter. */
  Tensor tensor(Parameter parameter);

  /** Overwrites the samples of a parameter with some in PyTorch's order. */
  void write(Parameter parameter, Tensor tensor);

  /** Returns a copy that shares nothing with this array. */
  A copy();

  /** Returns an array of the same shape and order that is all 0. */
  A zeros();

  /** Makes all samples 0. */
  void clear();

  /** Makes the samples those of another array. */
  void assign(A other);

  /** Adds the samples of another array. */
  void add(A other);

  /** Multiplies the samples by a factor. */
  void multiply(double factor);

  /**
   * Moves the samples towards those of another array of as many samples: {@code share * this + (1 -
   * share) * other}, without allocating memory for each call.
   */
  void average(A other, double share);

  /** Frees the memory. */
  @Override
  void close();
}
