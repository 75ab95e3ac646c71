// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import io.github.sr4j.networks.graph.Node;
import java.util.Map;

/**
 * A graph laid out for inputs of one shape. Confined to one thread.
 *
 * @param <A> the arrays of the engine
 */
public interface GraphPass<A extends EngineArray<A>> extends AutoCloseable {

  /** Writes the samples of an input, row-major. */
  void write(String input, float[] samples);

  /** Computes the graph up to the node at which its {@link Objective} pauses, or its output. */
  void forward();

  /** Computes the rest of the graph, and the gradients. */
  void backward();

  /** Returns a copy of the samples of a node, row-major. */
  float[] value(Node node);

  /**
   * Returns the gradient with respect to a parameter or an input, in the engine's order. Whoever
   * reads it may overwrite it; the next run does.
   */
  A gradient(String name);

  /**
   * Returns the statistics of the last batch, by the names of the running ones. Whoever reads them
   * may overwrite them; the next run does.
   */
  Map<String, A> statistics();

  /** Frees the memory. */
  @Override
  void close();
}
