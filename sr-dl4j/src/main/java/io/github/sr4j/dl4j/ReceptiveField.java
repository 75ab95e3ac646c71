// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DeConv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.DepthToSpace;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;

/**
 * How far a network looks: the distance, in pixels of its input, of the furthest pixel on which an
 * output pixel depends, found by walking the graph. It is exact: exported files are compared with
 * it, for which their own graph is walked.
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
          "divide",
          "batchnorm",
          "add_scalar",
          "mul_scalar",
          "concat",
          "slice", // of channels
          "pad");

  /** Pixels side by side, both ends included. */
  record Range(int least, int greatest) {

    private Range with(Range other) {
      return new Range(Math.min(least, other.least), Math.max(greatest, other.greatest));
    }
  }

  /**
   * Where a variable stands.
   *
   * @param phases for each of the variable's pixels that stand for one of the network's input,
   *     which pixels of the input it sees, relative to that one; empty if the variable has one
   *     pixel for the whole image
   * @param global the first operation that looks at the whole image, or is not known; the ranges
   *     are meaningless then
   */
  record Reach(List<Range> phases, Optional<String> global) {

    /** Returns the variable's pixels for one of the network's input; 0 if there is one in all. */
    int scale() {
      return phases.size();
    }

    private Reach and(Reach other) {
      Reach larger = scale() < other.scale() ? other : this;
      List<Range> both =
          scale() == other.scale()
              ? IntStream.range(0, scale())
                  .mapToObj(i -> phases.get(i).with(other.phases.get(i)))
                  .toList()
              : larger.phases;
      return new Reach(both, global.or(other::global));
    }

    /** Returns the reach of a variable made of this one, given which pixels each of its sees. */
    private Reach then(int newScale, IntFunction<Range> seen) {
      if (scale() == 0) {
        return this;
      }
      return new Reach(
          IntStream.range(0, newScale).mapToObj(seen).map(this::inInput).toList(), global);
    }

    private Range inInput(Range pixels) {
      return IntStream.rangeClosed(pixels.least, pixels.greatest)
          .mapToObj(this::inInput)
          .reduce(Range::with)
          .orElseThrow();
    }

    private Range inInput(int pixel) {
      int before = Math.floorDiv(pixel, scale());
      Range phase = phases.get(Math.floorMod(pixel, scale()));
      return new Range(before + phase.least, before + phase.greatest);
    }

    private Reach everywhere(DifferentialFunction operation, List<Range> newPhases) {
      return new Reach(newPhases, global.or(() -> Optional.of(operation.getOwnName())));
    }

    /** Returns the radius in whole pixels; empty if the whole image matters. */
    OptionalInt halo() {
      return global.isPresent()
          ? OptionalInt.empty()
          : phases.stream()
              .mapToInt(range -> Math.max(-range.least, range.greatest))
              .reduce(Math::max);
    }
  }

  private ReceptiveField() {}

  /** Returns where each variable stands that depends on the input. */
  static Map<String, Reach> reaches(SameDiff graph, String input) {
    Map<String, Reach> reaches = new HashMap<>();
    reaches.put(input, new Reach(List.of(new Range(0, 0)), Optional.empty()));
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
      int radius = Math.toIntExact(kernel / 2);
      return before.then(before.scale(), pixel -> new Range(pixel - radius, pixel + radius));
    } else if (operation instanceof DeConv2D convolution) {
      DeConv2DConfig config = convolution.getConfig();
      int stride = Math.toIntExact(config.getSH());
      return before.then(before.scale() * stride, pixel -> enlargedFrom(config, pixel));
    } else if (operation instanceof DepthToSpace shuffle) {
      int by = Math.toIntExact(shuffle.iArgs()[0]);
      return before.then(before.scale() * by, pixel -> new Range(pixel / by, pixel / by));
    } else if (operation.opName().equals("reduce_mean")) {
      return before.everywhere(operation, List.of());
    }
    return POINTWISE.contains(operation.opName())
        ? before
        : before.everywhere(operation, before.phases);
  }

  /**
   * Pixel {@code p} of the argument writes to as many pixels as the kernel has, from {@code p *
   * stride - cut}; these are the {@code p} that write to a pixel of the result.
   */
  private static Range enlargedFrom(DeConv2DConfig config, int pixel) {
    int stride = Math.toIntExact(config.getSH());
    int kernel = Math.toIntExact(config.getKH());
    int position = pixel + (kernel - stride) / 2;
    return new Range(
        -Math.floorDiv(kernel - 1 - position, stride), Math.floorDiv(position, stride));
  }

  /** Returns where the output of a graph stands. */
  static Reach of(SameDiff graph, String input, String output) {
    return requireNonNull(reaches(graph, input).get(output), output);
  }
}
