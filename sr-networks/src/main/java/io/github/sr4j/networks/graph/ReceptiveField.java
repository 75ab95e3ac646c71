// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.math.LongMath;
import com.google.common.primitives.Ints;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How far a network looks, found by following rows and columns of its input through its graph.
 *
 * @param scale by how much the network enlarges
 * @param halo the radius of the receptive field in pixels of the input, over all phases of the
 *     output; empty if the whole image matters
 * @param globalOperator the name of the first node that looks at the whole image; empty if none
 *     does
 * @param alignment the number of which the sides of the input must be multiples, so that no stride
 *     ends between two pixels
 */
public record ReceptiveField(
    int scale, OptionalInt halo, Optional<String> globalOperator, int alignment) {

  // At least so many pixels are followed, rounded up to aligned ones; the larger numbers are for
  // networks that see far.
  private static final int[] LENGTHS = {192, 960, 2880, 20160};

  private static final int ROWS = 2; // axes of NCHW
  private static final int COLUMNS = 3;

  /** The receptive field along one axis. */
  private record Walk(Optional<String> global, int radius) {}

  /** The distance between two elements, in pixels of the input, in lowest terms. */
  private record Spacing(long numerator, long denominator) {

    private Spacing derive(AxisRule rule) {
      long product = Math.multiplyExact(numerator, rule.times());
      long divisor = Math.multiplyExact(denominator, rule.over());
      long common = LongMath.gcd(product, divisor);
      return new Spacing(product / common, divisor / common);
    }
  }

  /**
   * Follows the only input of a graph to its only output.
   *
   * @throws IllegalArgumentException if the output is not a number of times as large as the input,
   *     or it sees too far to be followed
   */
  public static ReceptiveField of(Graph graph) {
    checkArgument(
        graph.inputs().size() == 1 && graph.outputs().size() == 1,
        "a network must have one input and one output");
    int alignment = alignment(graph);
    for (int min : LENGTHS) {
      int length = (min + alignment - 1) / alignment * alignment;
      Map<Node, Shape> shapes = shapes(graph, length);
      int scale = scale(requireNonNull(shapes.get(graph.outputs().get(0))), length);
      Walk rows = walk(graph, shapes, ROWS, length, scale);
      Walk columns = walk(graph, shapes, COLUMNS, length, scale);
      Optional<String> global = rows.global.or(columns::global);
      int halo = Math.max(rows.radius, columns.radius);
      if (global.isPresent()) {
        return new ReceptiveField(scale, OptionalInt.empty(), global, alignment);
      }
      if (2L * halo + alignment <= length) {
        return new ReceptiveField(scale, OptionalInt.of(halo), global, alignment);
      }
    }
    throw new IllegalArgumentException("the network sees too far to be followed");
  }

  /**
   * Returns the number of which the sides of a graph's input must be multiples, whatever else it
   * does to them.
   */
  public static int alignment(Graph graph) {
    return Ints.checkedCast(lcm(alignment(graph, ROWS), alignment(graph, COLUMNS)));
  }

  /** Returns the number of which one side must be a multiple: it holds for sides of any length. */
  private static long alignment(Graph graph, int axis) {
    Map<Node, Spacing> spacings = new HashMap<>(); // of images of more than one pixel
    Map<Node, Long> alignments = new HashMap<>();
    graph.inputs().forEach(input -> spacings.put(input, new Spacing(1, 1)));
    for (Node.Operation operation : graph.operations()) {
      // A remainder that a stride leaves out does not matter where the size is that of another.
      List<Node> operands = sized(operation);
      Optional<Spacing> operand =
          operands.stream().map(spacings::get).filter(Objects::nonNull).findFirst();
      long alignment =
          operands.stream()
              .mapToLong(node -> alignments.getOrDefault(node, 1L))
              .reduce(1, ReceptiveField::lcm);
      boolean isImage = operation.shape().rank() == 4 && operation.shape().length(axis) != 1;
      if (operand.isPresent() && isImage) {
        Spacing result =
            operation.operator().along(axis).map(operand.get()::derive).orElse(operand.get());
        alignment = lcm(alignment, result.numerator);
        spacings.put(operation, result);
      }
      alignments.put(operation, alignment);
    }
    return graph.outputs().stream()
        .mapToLong(output -> alignments.getOrDefault(output, 1L))
        .reduce(1, ReceptiveField::lcm);
  }

  /** Returns the operands from the one on by which the result is measured. */
  private static List<Node> sized(Node.Operation operation) {
    List<Node> operands = operation.operands();
    return operands.subList(operation.operator().sizedBy(), operands.size());
  }

  private static int scale(Shape output, int length) {
    checkArgument(
        output.rank() == 4
            && output.length(ROWS) == output.length(COLUMNS)
            && output.length(ROWS) % length == 0,
        "a network must make images a number of times as large as its input, but makes %s of %s",
        output,
        length);
    return Ints.checkedCast(output.length(ROWS) / length);
  }

  private static Map<Node, Shape> shapes(Graph graph, int length) {
    return graph.shapes(input -> input.shape().with(0, 1).with(ROWS, length).with(COLUMNS, length));
  }

  private static Walk walk(Graph graph, Map<Node, Shape> shapes, int axis, int length, int scale) {
    Map<Node, ReceptiveInterval> intervals = new HashMap<>(); // of images of more than one pixel
    graph.inputs().forEach(input -> intervals.put(input, ReceptiveInterval.input(length)));
    Optional<String> global = Optional.empty();
    for (Node.Operation operation : graph.operations()) {
      ReceptiveInterval operand = union(sized(operation), intervals);
      if (operand == null) {
        continue;
      }
      Optional<AxisRule> rule = operation.operator().along(axis);
      Shape shape = requireNonNull(shapes.get(operation));
      if (rule.isEmpty()) {
        global = global.or(() -> Optional.of(operation.name()));
        if (shape.rank() == 4 && shape.length(axis) == operand.length()) {
          intervals.put(operation, operand);
        }
        continue;
      }
      ReceptiveInterval result =
          rule.get().equals(AxisRule.SAME)
              ? operand
              : operand.derive(Ints.checkedCast(shape.length(axis)), rule.get());
      intervals.put(operation, result);
    }
    ReceptiveInterval output = intervals.get(graph.outputs().get(0));
    int lostEdge = output == null ? 0 : (scale * length - output.length()) / 2;
    return new Walk(global, output == null ? 0 : output.radius(scale, lostEdge));
  }

  private static @Nullable ReceptiveInterval union(
      List<Node> operands, Map<Node, ReceptiveInterval> intervals) {
    ReceptiveInterval union = null;
    for (Node operand : operands) {
      ReceptiveInterval interval = intervals.get(operand);
      if (interval != null) {
        union = union == null ? interval : union.union(interval);
      }
    }
    return union;
  }

  private static long lcm(long a, long b) {
    return a / LongMath.gcd(a, b) * b;
  }
}
