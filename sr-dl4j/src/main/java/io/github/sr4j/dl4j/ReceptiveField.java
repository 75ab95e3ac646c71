// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DepthToSpace;

/**
 * How far a network looks: the distance, in pixels of its input, of the furthest pixel on which an
 * output pixel depends, found by walking the graph.
 */
final class ReceptiveField {

  /** Operations that look at no neighbour; an extension shows nothing that is further away. */
  private static final Set<String> POINTWISE = Set.of("relu", "add", "pad");

  /**
   * Where a variable stands.
   *
   * @param radius in pixels of the network's input
   * @param scale the variable's pixels for one of the network's input
   */
  private record Reach(double radius, int scale) {}

  private ReceptiveField() {}

  /** Returns the radius; empty if an operation looks at the whole image, or is not known. */
  static OptionalInt radius(SameDiff graph, String input, String output) {
    Map<String, Reach> reaches = new HashMap<>();
    reaches.put(input, new Reach(0, 1));
    for (DifferentialFunction operation : graph.ops()) {
      Reach reach = null;
      for (String argument : operation.argNames()) {
        Reach other = reaches.get(argument);
        if (other != null) {
          reach =
              reach == null ? other : new Reach(Math.max(reach.radius, other.radius), reach.scale);
        }
      }
      if (reach == null) {
        continue;
      }
      if (operation instanceof Conv2D convolution) {
        long kernel = Math.max(convolution.getConfig().getKH(), convolution.getConfig().getKW());
        double onEachSide = (kernel - 1) / 2.0;
        reach = new Reach(reach.radius + onEachSide / reach.scale, reach.scale);
      } else if (operation instanceof DepthToSpace shuffle) {
        reach = new Reach(reach.radius, reach.scale * (int) shuffle.iArgs()[0]);
      } else if (!POINTWISE.contains(operation.opName())) {
        return OptionalInt.empty();
      }
      for (String result : operation.outputVariablesNames()) {
        reaches.put(result, reach);
      }
    }
    return OptionalInt.of((int) Math.ceil(requireNonNull(reaches.get(output), output).radius));
  }
}
