// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A graph as a sequence of LibTorch's operations, in two halves. Immutable, without native memory.
 */
final class Program {

  private final Graph graph;
  private final List<Step> forward = new ArrayList<>();
  private final List<Step> rest = new ArrayList<>();

  /**
   * An operation.
   *
   * @param last the operands that no later operation needs
   */
  private record Step(Node.Operation operation, List<Node> last) {}

  /**
   * Prepares a graph.
   *
   * @param pause the node with which the forward half ends; if empty, there is no other half
   */
  Program(Graph graph, Optional<Node> pause) {
    this.graph = graph;
    List<Node.Operation> operations = graph.operations();
    int end = pause.map(node -> operations.indexOf(node) + 1).orElse(operations.size());
    Set<Node> needed = new HashSet<>(graph.outputs());
    pause.ifPresent(needed::add);
    for (int i = operations.size() - 1; i >= 0; i--) {
      List<Node> last =
          operations.get(i).operands().stream()
              .filter(node -> node instanceof Node.Operation && needed.add(node))
              .toList();
      (i < end ? forward : rest).add(0, new Step(operations.get(i), last));
    }
  }

  /** Returns the constants of the graph, to be closed by the caller. */
  Map<Node, Tensor> constants() {
    Map<Node, Tensor> constants = new HashMap<>();
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Constant constant) {
        constants.put(node, FloatTensors.of(constant.tensor()));
      }
    }
    return constants;
  }

  /**
   * Begins a run.
   *
   * @param arrays the inputs and parameters, by name
   * @param constants those of {@link #constants}
   * @param execution how the first half is computed; the other half is in float32, always
   */
  Run run(Map<String, Tensor> arrays, Map<Node, Tensor> constants, Execution execution) {
    Map<Node, Tensor> given = new HashMap<>(constants);
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Input || node instanceof Node.Weights) {
        given.put(node, requireNonNull(arrays.get(node.name()), node.name()));
      }
    }
    return new Run(given, execution);
  }

  /**
   * One run of the graph, which owns its results. Confined to one thread. Each half is computed in
   * a {@code PointerScope} of the caller.
   */
  final class Run implements AutoCloseable {

    private final Map<Node, Tensor> given;
    private final Map<Node, Tensor> computed = new HashMap<>();
    private final Map<String, Tensor> statistics = new LinkedHashMap<>();
    private final Execution execution;

    private Run(Map<Node, Tensor> given, Execution execution) {
      this.given = given;
      this.execution = execution;
    }

    /** Computes the first half. */
    @SuppressWarnings("try") // the mode is for what is between its braces
    void forward() {
      try (Autocast mode = new Autocast(execution.isBfloat16())) {
        forward.forEach(this::compute);
      }
      if (execution.isBfloat16()) {
        computed.replaceAll((node, value) -> inFloat(value));
      }
    }

    /** Takes the place of a tensor in float32. */
    private Tensor inFloat(Tensor value) {
      if (value.scalar_type() == torch.ScalarType.Float) {
        return value;
      }
      Tensor converted = FloatTensors.keep(value.to(torch.ScalarType.Float));
      value.close();
      return converted;
    }

    /** Computes the other half. */
    void rest() {
      rest.forEach(this::compute);
    }

    private void compute(Step step) {
      Node.Operation operation = step.operation;
      List<Tensor> operands = operation.operands().stream().map(this::value).toList();
      if (operation.operator() instanceof Normalize.Batch batch && batch.isTraining()) {
        observe(operation, operands.get(0));
      }
      computed.put(operation, FloatTensors.keep(result(operation.operator(), operands)));
      step.last.forEach(node -> requireNonNull(computed.remove(node)).close());
    }

    @SuppressWarnings("try") // the mode is for what is between its braces
    private Tensor result(Operator operator, List<Tensor> operands) {
      if (operator instanceof CollapsedKernel) { // of weights alone, which are in float32
        try (Autocast mode = new Autocast(false)) {
          return Operators.apply(operator, operands);
        }
      }
      Tensor result = Operators.apply(operator, operands);
      return operator instanceof Convolve && execution.isChannelsLast()
          ? result.contiguous(torch.MemoryFormat.ChannelsLast)
          : result;
    }

    @SuppressWarnings("try") // the guard is for what is between its braces
    private void observe(Node.Operation operation, Tensor images) {
      try (NoGradGuard guard = new NoGradGuard()) {
        T_TensorTensor_T observed = Normalizations.statistics(images.to(torch.ScalarType.Float));
        statistics.put(
            operation.operands().get(3).name(), FloatTensors.keep(observed.get1().detach()));
        statistics.put(
            operation.operands().get(4).name(), FloatTensors.keep(observed.get0().detach()));
      }
    }

    /** Returns the value of an output, or of a node that is still to be used. */
    Tensor value(Node node) {
      Tensor value = computed.get(node);
      return value == null ? requireNonNull(given.get(node), node.name()) : value;
    }

    /** Returns the statistics of the batch, by the names of the running ones. */
    Map<String, Tensor> statistics() {
      return statistics;
    }

    @Override
    public void close() {
      computed.values().forEach(Tensor::close);
      computed.clear();
      statistics.values().forEach(Tensor::close);
      statistics.clear();
    }
  }
}
