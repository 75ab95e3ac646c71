// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.spi.Arguments;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A rule that turns gradients into steps, with its state.
 *
 * <p>Confined to one thread; whoever creates it closes it.
 */
abstract class Optimizer implements AutoCloseable {

  /** State arrays by name, such as {@code adam.m/conv1.weight}. */
  final Map<String, INDArray> state = new LinkedHashMap<>();

  static Optimizer of(String text, Weights weights) {
    Arguments arguments = Arguments.parse(text);
    Optimizer optimizer =
        switch (arguments.name()) {
          case "adam" ->
              new Adam(
                  arguments.number("beta1", 0.9),
                  arguments.number("beta2", 0.999),
                  arguments.number("epsilon", 1e-8));
          case "adamw" ->
              new AdamW(
                  arguments.number("beta1", 0.9),
                  arguments.number("beta2", 0.999),
                  arguments.number("epsilon", 1e-8),
                  arguments.number("weight_decay", 1e-2));
          case "sgd" ->
              new Sgd(arguments.number("momentum", 0.9), arguments.number("weight_decay", 0));
          default ->
              throw new IllegalArgumentException(
                  String.format(
                      "optimizer must be one of adam, adamw, sgd, but was \"%s\"",
                      arguments.name()));
        };
    arguments.refuseUnread();
    weights.arrays().forEach(optimizer::prepare);
    return optimizer;
  }

  final void zeros(String name, INDArray like) {
    state.put(name, Nd4j.create(DataType.FLOAT, like.shape(), 'c'));
  }

  abstract void prepare(String name, INDArray weights);

  /**
   * Changes weights by one step.
   *
   * @param gradient overwritten
   * @param iteration the number of steps done before
   */
  abstract void apply(
      String name, INDArray weights, INDArray gradient, double rate, long iteration);

  INDArray state(String name) {
    INDArray array = state.get(name);
    if (array == null) {
      throw new IllegalStateException("no state named " + name);
    }
    return array;
  }

  @Override
  public void close() {
    state.values().forEach(INDArray::close);
    state.clear();
  }

  /** Kingma and Ba, <i>Adam: A Method for Stochastic Optimization</i>, ICLR 2015, algorithm 1. */
  private static class Adam extends Optimizer {

    private final double beta1;
    private final double beta2;
    private final double epsilon;

    Adam(double beta1, double beta2, double epsilon) {
      checkArgument(
          beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1,
          "beta1 and beta2 of adam must be at least 0 and less than 1, but were %s and %s",
          beta1,
          beta2);
      checkArgument(epsilon > 0, "epsilon of adam must be positive, but was %s", epsilon);
      this.beta1 = beta1;
      this.beta2 = beta2;
      this.epsilon = epsilon;
    }

    @Override
    void prepare(String name, INDArray weights) {
      zeros("adam.v/" + name, weights);
      zeros("adam.m/" + name, weights);
    }

    @Override
    void apply(String name, INDArray weights, INDArray gradient, double rate, long iteration) {
      INDArray second = state("adam.v/" + name);
      INDArray first = state("adam.m/" + name);
      // The operator counts steps in 32 bits; the bias correction is 1 long before that matters.
      int step = (int) Math.min(iteration, Integer.MAX_VALUE - 1);
      Nd4j.exec(
          new AdamUpdater(
              gradient, second, first, gradient, second, first, rate, beta1, beta2, epsilon, step));
      if (rate > 0) { // instead of a rate of 0, the operator takes epsilon
        weights.subi(gradient);
      }
    }
  }

  /**
   * Adam with a decay of the weights that is no part of the gradient. Loshchilov and Hutter,
   * <i>Decoupled Weight Decay Regularization</i>, ICLR 2019, algorithm 2, with the rate of the step
   * as its schedule multiplier, as PyTorch has it.
   */
  private static final class AdamW extends Adam {

    private final double weightDecay;

    AdamW(double beta1, double beta2, double epsilon, double weightDecay) {
      super(beta1, beta2, epsilon);
      this.weightDecay = checkedDecay("adamw", weightDecay);
    }

    @Override
    void apply(String name, INDArray weights, INDArray gradient, double rate, long iteration) {
      weights.muli(1 - rate * weightDecay);
      super.apply(name, weights, gradient, rate, iteration);
    }
  }

  private static double checkedDecay(String optimizer, double weightDecay) {
    checkArgument(
        weightDecay >= 0 && weightDecay < 1,
        "weight_decay of %s must be at least 0 and less than 1, but was %s",
        optimizer,
        weightDecay);
    return weightDecay;
  }

  /**
   * Stochastic gradient descent with momentum, as Caffe has it: the rate is inside the velocity,
   * and the decay of the weights is part of the gradient.
   */
  private static final class Sgd extends Optimizer {

    private final double momentum;
    private final double weightDecay;

    Sgd(double momentum, double weightDecay) {
      checkArgument(
          momentum >= 0 && momentum < 1,
          "momentum of sgd must be at least 0 and less than 1, but was %s",
          momentum);
      this.momentum = momentum;
      this.weightDecay = checkedDecay("sgd", weightDecay);
    }

    @Override
    void prepare(String name, INDArray weights) {
      zeros("sgd.velocity/" + name, weights);
    }

    @Override
    void apply(String name, INDArray weights, INDArray gradient, double rate, long iteration) {
      INDArray velocity = state("sgd.velocity/" + name);
      velocity.muli(momentum).addi(gradient.muli(rate));
      if (weightDecay > 0) {
        velocity.addi(gradient.assign(weights).muli(rate * weightDecay));
      }
      weights.subi(velocity);
    }
  }
}
