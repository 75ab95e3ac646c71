// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.training.Objective;
import io.github.sr4j.networks.training.OptimizerRule;
import io.github.sr4j.networks.training.PreparedGraph;
import io.github.sr4j.networks.training.TrainingEngine;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Training in LibTorch. */
@SuppressWarnings("try") // scopes and modes are for what is between their braces
final class TorchTraining implements TrainingEngine<TorchArray> {

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
    return new TorchPrepared(objective, arrays);
  }

  @Override
  public PreparedGraph<TorchArray> prepareInference(Graph graph, Map<String, TorchArray> arrays) {
    return new TorchPrepared(graph, arrays);
  }

  @Override
  public void adam(
      OptimizerRule.Adam rule,
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
      double factor = -rule.correctedRate(rate, iteration);
      weights.tensor().addcdiv_(m, deviation, new Scalar(factor));
    }
  }

  @Override
  public void sgd(
      OptimizerRule.Sgd rule,
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
