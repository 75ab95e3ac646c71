// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;

/**
 * An instance normalisation, which a SameDiff graph has in parts, as {@link
 * Layers#instanceNormalization} adds them, and ONNX as one operation.
 *
 * @param parts the names of its operations, of which the last computes the result
 */
record InstanceNormalization(
    String input, String weight, String bias, double epsilon, Set<String> parts) {

  /** Returns those of a graph, by the name of their last operation. */
  static Map<String, InstanceNormalization> in(SameDiff graph) {
    Map<String, InstanceNormalization> found = new HashMap<>();
    for (DifferentialFunction operation : graph.ops()) {
      new Matcher(graph, operation)
          .match()
          .filter(normalization -> normalization.isClosed(graph, operation))
          .ifPresent(normalization -> found.put(operation.getOwnName(), normalization));
    }
    return found;
  }

  /** Whether nothing else uses what the parts compute on the way. */
  private boolean isClosed(SameDiff graph, DifferentialFunction last) {
    for (DifferentialFunction operation : graph.ops()) {
      if (!parts.contains(operation.getOwnName())) {
        for (String argument : operation.argNames()) {
          DifferentialFunction before = graph.getVariableOutputOp(argument);
          if (before != null
              && !before.getOwnName().equals(last.getOwnName())
              && parts.contains(before.getOwnName())) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Goes back from the last operation: (x - m) * (weight / sqrt(v + epsilon)) + bias. */
  private static final class Matcher {

    private final SameDiff graph;
    private final DifferentialFunction last;
    private final Set<String> parts = new HashSet<>();

    Matcher(SameDiff graph, DifferentialFunction last) {
      this.graph = graph;
      this.last = last;
    }

    Optional<InstanceNormalization> match() {
      List<String> sum = arguments(last, "add");
      List<String> product = arguments(sum, 0, "multiply");
      List<String> difference = arguments(product, 0, "subtract");
      List<String> mean = arguments(difference, 1, "reduce_mean");
      List<String> factor = arguments(product, 1, "divide");
      List<String> root = arguments(factor, 1, "sqrt");
      List<String> shifted = arguments(root, 0, "add_scalar");
      List<String> variance = arguments(shifted, 0, "reduce_mean");
      List<String> square = arguments(variance, 0, "multiply");
      if (mean.isEmpty()
          || square.isEmpty()
          || !mean.get(0).equals(difference.get(0))
          || !square.equals(List.of(product.get(0), product.get(0)))) {
        return Optional.empty();
      }
      ScalarOp addition = (ScalarOp) graph.getVariableOutputOp(root.get(0));
      double epsilon = addition.scalar().getDouble(0);
      return Optional.of(
          new InstanceNormalization(mean.get(0), factor.get(0), sum.get(1), epsilon, parts));
    }

    /** The arguments of what computes an argument; none if that is another operation. */
    private List<String> arguments(List<String> of, int index, String operation) {
      return of.isEmpty()
          ? List.of()
          : arguments(graph.getVariableOutputOp(of.get(index)), operation);
    }

    private List<String> arguments(@Nullable DifferentialFunction operation, String name) {
      if (operation == null
          || !operation.opName().equals(name)
          || (operation instanceof ReduceOp mean && !isOfImages(mean))) {
        return List.of();
      }
      parts.add(operation.getOwnName());
      return List.of(operation.argNames());
    }

    private static boolean isOfImages(ReduceOp mean) {
      return mean.isKeepDims() && Arrays.equals(mean.dimensions().toIntVector(), new int[] {2, 3});
    }
  }
}
