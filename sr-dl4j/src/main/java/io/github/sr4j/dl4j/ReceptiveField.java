// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DeConv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DepthToSpace;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;

/**
 * How far a network looks: the distance, in pixels of its input, of the furthest pixel on which an
 * output pixel depends, found by walking the graph.
 */
final class ReceptiveField {

  /** Operations that look at no neighbour; an extension shows nothing that is further away. */
  private static final Set<String> POINTWISE =
      Set.of(
          "relu",
          "leakyrelu",
          "prelu",
          "tanh",
          "sigmoid",
          "sqrt",
          "add",
          "subtract",
          "multiply",
          "add_scalar",
          "mul_scalar",
          "concat",
          "slice", // of channels
          "pad");

  /**
   * Where a variable stands.
   *
   * @param radius in pixels of the network's input
   * @param scale the variable's pixels for one of the network's input; 0 if it has one pixel for
   *     the whole image
   * @param global the first operation that looks at the whole image, or is not known; the radius is
   *     meaningless then
   */
  record Reach(double radius, int scale, Optional<String> global) {

    Reach and(Reach other) {
      return new Reach(
          Math.max(radius, other.radius), Math.max(scale, other.scale), global.or(other::global));
    }

    private Reach further(double pixels) {
      return scale == 0 ? this : new Reach(radius + pixels / scale, scale, global);
    }

    private Reach enlarged(long by) {
      return new Reach(radius, scale * Math.toIntExact(by), global);
    }

    private Reach everywhere(DifferentialFunction operation, int newScale) {
      return new Reach(radius, newScale, global.or(() -> Optional.of(operation.getOwnName())));
    }

    /** Returns the radius in whole pixels; empty if the whole image matters. */
    OptionalInt halo() {
      return global.isPresent() ? OptionalInt.empty() : OptionalInt.of((int) Math.ceil(radius));
    }
  }

  private ReceptiveField() {}

  /** Returns where each variable stands that depends on the input. */
  static Map<String, Reach> reaches(SameDiff graph, String input) {
    Map<String, Reach> reaches = new HashMap<>();
    reaches.put(input, new Reach(0, 1, Optional.empty()));
    for (DifferentialFunction operation : graph.ops()) {
      Reach reach = null;
      for (String argument : operation.argNames()) {
        Reach other = reaches.get(argument);
        if (other != null) {
          reach = reach == null ? other : reach.and(other);
        }
      }
      if (reach != null) {
        Reach result = after(operation, reach);
        for (String name : operation.outputVariablesNames()) {
          reaches.put(name, result);
        }
      }
    }
    return reaches;
  }

  private static Reach after(DifferentialFunction operation, Reach before) {
    if (operation instanceof Conv2D convolution) {
      long kernel = Math.max(convolution.getConfig().getKH(), convolution.getConfig().getKW());
      return before.further((kernel - 1) / 2.0);
    } else if (operation instanceof DeConv2D convolution) {
      DeConv2DConfig config = convolution.getConfig();
      return before.further(radius(config)).enlarged(config.getSH());
    } else if (operation instanceof DepthToSpace shuffle) {
      return before.enlarged(shuffle.iArgs()[0]);
    } else if (operation.opName().equals("reduce_mean")) {
      return before.everywhere(operation, 0);
    }
    return POINTWISE.contains(operation.opName())
        ? before
        : before.everywhere(operation, before.scale);
  }

  /**
   * Pixel {@code p} of the input reaches from {@code p * stride - cut} for as many pixels as the
   * kernel has; of these, pixel {@code p} lies in the middle of those that are its own.
   */
  private static int radius(DeConv2DConfig config) {
    long stride = config.getSH();
    long kernel = config.getKH();
    long cut = (kernel - stride) / 2;
    long before = Math.floorDiv(stride - 1 + cut, stride);
    long after = Math.floorDiv(kernel - 1 - cut, stride);
    return Math.toIntExact(Math.max(before, after));
  }

  /** Returns where the output of a graph stands. */
  static Reach of(SameDiff graph, String input, String output) {
    return requireNonNull(reaches(graph, input).get(output), output);
  }
}
