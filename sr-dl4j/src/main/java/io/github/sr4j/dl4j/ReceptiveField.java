// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import com.google.common.math.IntMath;
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
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
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

    private Range plus(int pixels) {
      return new Range(least + pixels, greatest + pixels);
    }

    private int radius(int centre) {
      return Math.max(centre - least, greatest - centre);
    }
  }

  /**
   * Where a variable stands.
   *
   * @param step after how many pixels of the network's input the variable's pixels begin anew: 1,
   *     but behind strides a multiple of them
   * @param phases for each of the variable's pixels that stand for one step, which pixels of the
   *     input it sees, relative to the first one of the step; empty if the variable has one pixel
   *     for the whole image
   * @param global the first operation that looks at the whole image, or is not known; the ranges
   *     are meaningless then
   */
  record Reach(int step, List<Range> phases, Optional<String> global) {

    /** Returns the variable's pixels for one of the network's input; 0 if there is one in all. */
    double scale() {
      return phases.size() / (double) step;
    }

    /** Returns the same with several steps in one. */
    private Reach times(int factor) {
      int count = phases.size();
      return new Reach(
          step * factor,
          IntStream.range(0, count * factor)
              .mapToObj(i -> phases.get(i % count).plus(i / count * step))
              .toList(),
          global);
    }

    private Reach and(Reach other) {
      if (step != other.step) {
        int common = step / IntMath.gcd(step, other.step) * other.step;
        return times(common / step).and(other.times(common / other.step));
      }
      int count = phases.size();
      Reach larger = count < other.phases.size() ? other : this;
      List<Range> both =
          count == other.phases.size()
              ? IntStream.range(0, count)
                  .mapToObj(i -> phases.get(i).with(other.phases.get(i)))
                  .toList()
              : larger.phases;
      return new Reach(step, both, global.or(other::global));
    }

    /** Returns the reach of a variable made of this one, given which pixels each of its sees. */
    private Reach then(int count, IntFunction<Range> seen) {
      if (phases.isEmpty()) {
        return this;
      }
      return new Reach(
          step, IntStream.range(0, count).mapToObj(seen).map(this::inInput).toList(), global);
    }

    /** Returns the reach of a convolution, whose first pixel sees some before it. */
    private Reach convolved(int kernel, int stride, int before) {
      int count = phases.size();
      if (count % stride != 0) {
        return times(stride / IntMath.gcd(count, stride)).convolved(kernel, stride, before);
      }
      return then(
          count / stride,
          pixel -> new Range(pixel * stride - before, pixel * stride - before + kernel - 1));
    }

    private Range inInput(Range pixels) {
      return IntStream.rangeClosed(pixels.least, pixels.greatest)
          .mapToObj(this::inInput)
          .reduce(Range::with)
          .orElseThrow();
    }

    private Range inInput(int pixel) {
      int count = phases.size();
      return phases.get(Math.floorMod(pixel, count)).plus(Math.floorDiv(pixel, count) * step);
    }

    private Reach everywhere(DifferentialFunction operation, List<Range> newPhases) {
      return new Reach(step, newPhases, global.or(() -> Optional.of(operation.getOwnName())));
    }

    /** Returns the radius in whole pixels; empty if the whole image matters. */
    OptionalInt halo() {
      return global.isPresent()
          ? OptionalInt.empty()
          : IntStream.range(0, phases.size())
              .map(i -> phases.get(i).radius((int) ((long) i * step / phases.size())))
              .reduce(Math::max);
    }
  }

  private ReceptiveField() {}

  /** Returns where each variable stands that depends on the input. */
  static Map<String, Reach> reaches(SameDiff graph, String input) {
    Map<String, Reach> reaches = new HashMap<>();
    reaches.put(input, new Reach(1, List.of(new Range(0, 0)), Optional.empty()));
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

  private static Reach after(DifferentialFunction operation, Reach reach) {
    if (operation instanceof Conv2D convolution) {
      Conv2DConfig config = convolution.getConfig();
      int kernel = Math.toIntExact(Math.max(config.getKH(), config.getKW()));
      int stride = Math.toIntExact(config.getSH());
      // The image of one that does not pad was extended before, by as much as its kernel needs.
      int before = config.getPH() > 0 ? Math.toIntExact(config.getPH()) : (kernel - 1) / 2;
      return reach.convolved(kernel, stride, before);
    } else if (operation instanceof DeConv2D convolution) {
      DeConv2DConfig config = convolution.getConfig();
      int stride = Math.toIntExact(config.getSH());
      return reach.then(reach.phases.size() * stride, pixel -> enlargedFrom(config, pixel));
    } else if (operation instanceof DepthToSpace shuffle) {
      int by = Math.toIntExact(shuffle.iArgs()[0]);
      return reach.then(reach.phases.size() * by, pixel -> new Range(pixel / by, pixel / by));
    } else if (operation.opName().equals("reduce_mean")) {
      return reach.everywhere(operation, List.of());
    }
    return POINTWISE.contains(operation.opName())
        ? reach
        : reach.everywhere(operation, reach.phases);
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

  /**
   * Returns of which number of pixels the sides of images must be multiples, so that no stride ends
   * between two pixels.
   */
  static int alignment(SameDiff graph, String input) {
    return reaches(graph, input).values().stream()
        .mapToInt(Reach::step)
        .reduce(1, (a, b) -> a / IntMath.gcd(a, b) * b);
  }
}
