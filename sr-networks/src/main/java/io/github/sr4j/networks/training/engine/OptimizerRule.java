// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Arguments;

/** A rule that turns gradients into steps. Immutable. */
public sealed interface OptimizerRule {

  /**
   * Reads a rule, such as {@code sgd(momentum=0.9)}.
   *
   * @throws IllegalArgumentException if it is not one; the message lists those that there are
   */
  static OptimizerRule parse(String text) {
    Arguments arguments = Arguments.parse(text);
    OptimizerRule rule =
        switch (arguments.name()) {
          case "adam" -> adam(arguments, 0);
          case "adamw" ->
              adam(arguments, checkedDecay("adamw", arguments.number("weight_decay", 1e-2)));
          case "sgd" ->
              new Sgd(arguments.number("momentum", 0.9), arguments.number("weight_decay", 0));
          default ->
              throw new SettingException(
                  "%s must be one of adam, adamw, sgd, but was \"%s\"",
                  new SettingName("optimizer"), arguments.name());
        };
    arguments.refuseUnread();
    return rule;
  }

  private static Adam adam(Arguments arguments, double weightDecay) {
    return new Adam(
        arguments.number("beta1", 0.9),
        arguments.number("beta2", 0.999),
        arguments.number("epsilon", 1e-8),
        weightDecay);
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
   * Adam: Kingma and Ba, <i>Adam: A Method for Stochastic Optimization</i>, ICLR 2015, algorithm 1,
   * with the order of computation at the end of section 2, in which {@code epsilon} is added to the
   * root of the second moment before its bias is corrected.
   *
   * <p>With a decay of the weights that is no part of the gradient, it is AdamW: Loshchilov and
   * Hutter, <i>Decoupled Weight Decay Regularization</i>, ICLR 2019, algorithm 2, with the rate of
   * the step as its schedule multiplier, as PyTorch has it.
   */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay)
      implements OptimizerRule {

    /** Checks the settings. */
    public Adam {
      checkArgument(
          beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1,
          "beta1 and beta2 of adam must be at least 0 and less than 1, but were %s and %s",
          beta1,
          beta2);
      checkArgument(epsilon > 0, "epsilon of adam must be positive, but was %s", epsilon);
    }

    /** Returns the factor of {@code m / (sqrt(v) + epsilon)}: the rate, both biases corrected. */
    public double correctedRate(double rate, long iteration) {
      double step = iteration + 1.0;
      return rate * Math.sqrt(1 - Math.pow(beta2, step)) / (1 - Math.pow(beta1, step));
    }
  }

  /**
   * Stochastic gradient descent with momentum, as Caffe has it: the rate is inside the velocity,
   * and the decay of the weights is part of the gradient.
   */
  record Sgd(double momentum, double weightDecay) implements OptimizerRule {

    /** Checks the settings. */
    public Sgd {
      checkArgument(
          momentum >= 0 && momentum < 1,
          "momentum of sgd must be at least 0 and less than 1, but was %s",
          momentum);
      checkedDecay("sgd", weightDecay);
    }
  }
}
