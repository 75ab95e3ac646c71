// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.training.engine.Objective;
import io.github.sr4j.networks.training.engine.Precision;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Training in LibTorch. */
@SuppressWarnings("try") // scopes and modes are for what is between their braces
final class TorchTraining implements TrainingEngine<TorchArray> {

  private @Nullable Execution execution; // null until trial steps have chosen one
  private final boolean isChosenByTrial;

  TorchTraining(Precision precision) {
    this.isChosenByTrial = precision == Precision.AUTO;
    this.execution =
        switch (precision) {
          case FP32 -> Execution.FLOAT;
          case BF16 -> Execution.BFLOAT16;
          case AUTO -> null;
        };
  }

  /** Returns how networks are trained; the first caller may choose. */
  Execution execution(Supplier<Execution> choice) {
    Execution current = execution;
    if (current == null) {
      current = choice.get();
      execution = current;
    }
    return current;
  }

  @Override
  public Optional<String> execution() {
    return Optional.ofNullable(execution).map(Execution::toString);
  }

  @Override
  public void repeat(String earlier) {
    Execution parsed = Execution.parse(earlier);
    if (isChosenByTrial) {
      execution = parsed;
    }
  }

  @Override
  public Map<String, TorchArray> arrays(
      List<Parameter> parameters,
      Collection<Graph> graphs,
      Map<String, io.github.sr4j.networks.graph.Tensor> values) {
    Map<String, TorchArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      String name = parameter.name();
      arrays.put(
          name, TorchArray.of(() -> FloatTensors.of(requireNonNull(values.get(name), name))));
    }
    return arrays;
  }

  @Override
  public PreparedGraph<TorchArray> prepare(Objective objective, Map<String, TorchArray> arrays) {
    return new TorchPrepared(this, objective, arrays);
  }

  @Override
  public PreparedGraph<TorchArray> prepareInference(Graph graph, Map<String, TorchArray> arrays) {
    return new TorchPrepared(this, graph, arrays);
  }

  @Override
  public void adam(
      Optimizer.Adam rule,
      TorchArray weights,
      TorchArray gradient,
      TorchArray first,
      TorchArray second,
      double rate,
      long iteration) {
    try (PointerScope scope = new PointerScope()) {
      Tensor g = gradient.tensor();
      Tensor m = first.tensor();
      Tensor v = second.tensor();
      m.lerp_(g, new Scalar(1 - rule.beta1()));
      v.mul_(new Scalar(rule.beta2())).addcmul_(g, g, new Scalar(1 - rule.beta2()));
      Tensor deviation = v.sqrt().add_(new Scalar(rule.epsilon()));
      double count = iteration + 1.0;
      double factor =
          -rate
              * Math.sqrt(1 - Math.pow(rule.beta2(), count))
              / (1 - Math.pow(rule.beta1(), count));
      weights.tensor().addcdiv_(m, deviation, new Scalar(factor));
    }
  }

  @Override
  public void sgd(
      Optimizer.Sgd rule,
      TorchArray weights,
      TorchArray gradient,
      TorchArray velocity,
      double rate) {
    try (PointerScope scope = new PointerScope()) {
      Tensor step = velocity.tensor();
      step.mul_(new Scalar(rule.momentum())).add_(gradient.tensor(), new Scalar(rate));
      if (rule.weightDecay() > 0) {
        step.add_(weights.tensor(), new Scalar(rate * rule.weightDecay()));
      }
      weights.tensor().sub_(step);
    }
  }
}
