// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import io.github.sr4j.networks.graph.Shape;
import java.util.Map;
import java.util.Set;

/**
 * A graph that an engine has prepared, of which any number of passes share the arrays.
 *
 * @param <A> the arrays of the engine
 */
public interface PreparedGraph<A extends EngineArray<A>> extends AutoCloseable {

  /**
   * Lays the graph out for inputs of given shapes.
   *
   * @param shapes by the names of the inputs
   * @param gradients the names of the parameters and inputs with respect to which passes compute
   *     gradients, all of them of the {@link Objective}
   * @return a pass, to be closed by the caller
   */
  GraphPass<A> pass(Map<String, Shape> shapes, Set<String> gradients);

  /** Frees the memory, when all passes have been closed. */
  @Override
  void close();
}
