// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.training.engine.GraphPass;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A pass through a graph: each run is recorded by autograd and differentiated from there. */
@SuppressWarnings("try") // scopes and modes are for what is between their braces
final class TorchPass implements GraphPass<TorchArray> {

  private final TorchPrepared graph;
  private final Map<String, Tensor> given; // inputs, and views of the parameters' arrays
  private final List<String> differentiated;
  private final Map<String, Tensor> gradients = new HashMap<>();
  private Program.@Nullable Run run;

  TorchPass(TorchPrepared graph, Map<String, Tensor> given, Set<String> differentiated) {
    this.graph = graph;
    this.given = given;
    this.differentiated = List.copyOf(differentiated);
  }

  @Override
  public void write(String input, float[] samples) {
    try (PointerScope scope = new PointerScope()) {
      FloatTensors.write(TorchPrepared.named(given, input).detach(), samples);
    }
  }

  @Override
  public void forward() {
    forward(
        differentiated.isEmpty()
            ? Execution.FLOAT // where a network is run, it is in float32
            : graph.engine().execution(() -> Trial.fastest(this::tryOut)));
  }

  private void tryOut(Execution execution) {
    forward(execution);
    backward();
  }

  private void forward(Execution execution) {
    forget();
    try (PointerScope scope = new PointerScope();
        AutoGradMode mode = new AutoGradMode(!differentiated.isEmpty())) {
      Program.Run current = graph.run(given, execution);
      run = current;
      current.forward();
    }
  }

  @Override
  public void backward() {
    Program.Run current = current();
    try (PointerScope scope = new PointerScope();
        AutoGradMode mode = new AutoGradMode(true)) {
      current.rest();
      Tensor objective = current.value(graph.differentiated().orElseThrow());
      List<Tensor> inputs =
          differentiated.stream().map(name -> TorchPrepared.named(given, name)).toList();
      List<Tensor> found = TorchEngine.differentiate(objective.sum(), inputs);
      for (int i = 0; i < found.size(); i++) {
        gradients.put(differentiated.get(i), FloatTensors.keep(found.get(i)));
      }
    }
  }

  private Program.Run current() {
    if (run == null) {
      throw new IllegalStateException("nothing was evaluated yet");
    }
    return run;
  }

  @Override
  public float[] value(Node node) {
    try (PointerScope scope = new PointerScope()) {
      return FloatTensors.read(current().value(node));
    }
  }

  @Override
  public TorchArray gradient(String name) {
    return new TorchArray(requireNonNull(gradients.get(name), name));
  }

  @Override
  public Map<String, TorchArray> statistics() {
    Map<String, TorchArray> statistics = new LinkedHashMap<>();
    current().statistics().forEach((name, tensor) -> statistics.put(name, new TorchArray(tensor)));
    return statistics;
  }

  /** Frees what the last run has left. */
  private void forget() {
    if (run != null) {
      run.close();
      run = null;
    }
    gradients.values().forEach(Tensor::close);
    gradients.clear();
  }

  @Override
  public void close() {
    forget();
    given.values().forEach(Tensor::close);
    given.clear();
  }
}
