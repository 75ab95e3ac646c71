// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings of a {@link TrainingSession}: the network and the training of its weights. Immutable
 * and safe for use by multiple threads.
 *
 * <pre>{@code
 * TrainingSetup.of("vdsr", 3, Losses.mse()).scales(List.of(2, 3, 4))
 *     .optimizer(Optimizer.sgd(0.9)).clipping(Clipping.adjustable(0.4))
 * }</pre>
 */
public final class TrainingSetup {

  private final String network;
  private final int scale;
  private final ImmutableList<Integer> scales;
  private final Loss loss;
  private final Optimizer optimizer;
  private final long seed;
  private final Clipping clipping;
  private final double averaging;
  private final ImmutableList<String> frozen;
  private final String precision;

  private TrainingSetup(
      String network,
      int scale,
      ImmutableList<Integer> scales,
      Loss loss,
      Optimizer optimizer,
      long seed,
      Clipping clipping,
      double averaging,
      ImmutableList<String> frozen,
      String precision) {
    this.network = network;
    this.scale = scale;
    this.scales = scales;
    this.loss = loss;
    this.optimizer = optimizer;
    this.seed = seed;
    this.clipping = clipping;
    this.averaging = averaging;
    this.frozen = frozen;
    this.precision = precision;
  }

  /**
   * Returns the setup of a network, with everything else as it is by default.
   *
   * @param network the name of a network, with arguments of its own in parentheses if it has any,
   *     such as {@code "srcnn(kernels=9-5-5)"}
   * @param scale by how much the network enlarges
   * @param loss what training minimises
   */
  public static TrainingSetup of(String network, int scale, Loss loss) {
    return new TrainingSetup(
        requireNonNull(network, "network"),
        scale,
        ImmutableList.of(scale),
        requireNonNull(loss, "loss"),
        Optimizer.adam(),
        1,
        Clipping.none(),
        0,
        ImmutableList.of(),
        "fp32");
  }

  /** Returns the network, with its arguments. */
  public String network() {
    return network;
  }

  /** Returns the scale at which the network is run and exported. */
  public int scale() {
    return scale;
  }

  /** Returns the scales that are trained at once; {@link #scale} is one of them. */
  public List<Integer> scales() {
    return scales;
  }

  /**
   * Sets the scales that are trained at once. Default: {@link #scale} alone.
   *
   * @throws IllegalArgumentException if {@link #scale} is not among them, or one is there twice
   */
  public TrainingSetup scales(List<Integer> scales) {
    checkArgument(
        scales.contains(scale) && scales.stream().distinct().count() == scales.size(),
        "scales must be different and contain the scale %s, but were %s",
        scale,
        scales);
    ImmutableList<Integer> copied = ImmutableList.copyOf(scales);
    return new TrainingSetup(
        network, scale, copied, loss, optimizer, seed, clipping, averaging, frozen, precision);
  }

  /** Returns the loss, which training minimises. */
  public Loss loss() {
    return loss;
  }

  /** Returns the rule that turns gradients into steps. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /** Sets the rule that turns gradients into steps. Default: {@link Optimizer#adam}. */
  public TrainingSetup optimizer(Optimizer optimizer) {
    requireNonNull(optimizer, "optimizer");
    return new TrainingSetup(
        network, scale, scales, loss, optimizer, seed, clipping, averaging, frozen, precision);
  }

  /** Returns the seed of the weights; equal seeds give equal weights. */
  public long seed() {
    return seed;
  }

  /** Sets the seed of the weights. Default: 1. */
  public TrainingSetup seed(long seed) {
    return new TrainingSetup(
        network, scale, scales, loss, optimizer, seed, clipping, averaging, frozen, precision);
  }

  /** Returns the clipping of gradients. */
  public Clipping clipping() {
    return clipping;
  }

  /** Sets the clipping of gradients. Default: {@link Clipping#none}. */
  public TrainingSetup clipping(Clipping clipping) {
    requireNonNull(clipping, "clipping");
    return new TrainingSetup(
        network, scale, scales, loss, optimizer, seed, clipping, averaging, frozen, precision);
  }

  /** Returns the decay of the average of the weights; 0 if none is kept. */
  public double averaging() {
    return averaging;
  }

  /**
   * Sets the decay of the exponential moving average (EMA) of the weights: a = d a + (1 - d) w
   * after step t, counted from 0, where d is the smaller one of the decay and (1 + t) / (10 + t),
   * so that the average soon forgets the initial weights. Snapshots and exports have the average.
   * Default: 0, no average.
   *
   * @throws IllegalArgumentException if {@code averaging} is not at least 0 and less than 1
   */
  public TrainingSetup averaging(double averaging) {
    checkArgument(
        averaging >= 0 && averaging < 1,
        "averaging must be at least 0 and less than 1, but was %s",
        averaging);
    return new TrainingSetup(
        network, scale, scales, loss, optimizer, seed, clipping, averaging, frozen, precision);
  }

  /** Returns the names of the weights that stay as they are. */
  public List<String> frozen() {
    return frozen;
  }

  /**
   * Sets the names of the weights that stay as they are; one that ends in {@code *} stands for all
   * that begin so. Default: none.
   */
  public TrainingSetup frozen(List<String> frozen) {
    ImmutableList<String> copied = ImmutableList.copyOf(frozen);
    return new TrainingSetup(
        network, scale, scales, loss, optimizer, seed, clipping, averaging, copied, precision);
  }

  /** Returns the precision of the network's arithmetic. */
  public String precision() {
    return precision;
  }

  /**
   * Sets the precision of the network's arithmetic. Default: {@code "fp32"}.
   *
   * @param precision {@code "fp32"}; {@code "bf16"}, in which convolutions and matrix products are
   *     computed in bfloat16, with weights, losses and optimizers in float32, if the engine has it;
   *     or {@code "auto"}, whichever is faster in trial steps on this machine
   */
  public TrainingSetup precision(String precision) {
    requireNonNull(precision, "precision");
    return new TrainingSetup(
        network, scale, scales, loss, optimizer, seed, clipping, averaging, frozen, precision);
  }

  /**
   * A rule that turns gradients into steps. Immutable; equal if it makes the same steps.
   *
   * <p>Its printed form is the text of {@code run.yaml} and of the command line, which {@link
   * #parse} reads.
   */
  public sealed interface Optimizer {

    /** Returns Adam with its usual settings, {@code adam} in texts. */
    static Adam adam() {
      return new Adam(0.9, 0.999, 1e-8, 0);
    }

    /**
     * Returns AdamW, {@code adamw(weight_decay=0.01)} in texts.
     *
     * @throws IllegalArgumentException if {@code weightDecay} is not at least 0 and less than 1
     */
    static Adam adamW(double weightDecay) {
      return new Adam(0.9, 0.999, 1e-8, weightDecay);
    }

    /**
     * Returns stochastic gradient descent, {@code sgd(momentum=0.9)} in texts.
     *
     * @throws IllegalArgumentException if {@code momentum} is not at least 0 and less than 1
     */
    static Sgd sgd(double momentum) {
      return new Sgd(momentum, 0);
    }

    /**
     * Reads {@code adam(beta1=0.9, beta2=0.999, epsilon=1e-8)}, {@code adamw} with the same
     * arguments and {@code weight_decay=0.01}, or {@code sgd(momentum=0.9, weight_decay=0)}; each
     * argument has the value here if it is left out.
     *
     * @throws IllegalArgumentException if it is none of these; the message lists what there is
     */
    static Optimizer parse(String text) {
      Arguments arguments = Arguments.parse(text);
      Optimizer optimizer =
          switch (arguments.name()) {
            case "adam" -> Adam.of(arguments, 0);
            case "adamw" ->
                Adam.of(arguments, checkedDecay("adamw", arguments.number("weight_decay", 1e-2)));
            case "sgd" ->
                new Sgd(arguments.number("momentum", 0.9), arguments.number("weight_decay", 0));
            default ->
                throw new SettingException(
                    "%s must be one of adam, adamw, sgd, but was \"%s\"",
                    new SettingName("optimizer"), arguments.name());
          };
      arguments.refuseUnread();
      return optimizer;
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
     * Adam: Kingma and Ba, <i>Adam: A Method for Stochastic Optimization</i>, ICLR 2015, algorithm
     * 1, with the order of computation at the end of section 2, in which {@code epsilon} is added
     * to the root of the second moment before its bias is corrected.
     *
     * <p>With a decay of the weights that is no part of the gradient, it is AdamW: Loshchilov and
     * Hutter, <i>Decoupled Weight Decay Regularization</i>, ICLR 2019, algorithm 2, with the rate
     * of the step as its schedule multiplier, as PyTorch has it.
     *
     * @param beta1 the decay of the mean of gradients
     * @param beta2 the decay of the mean of their squares
     * @param epsilon added to the root of that mean
     * @param weightDecay the part of a weight, times the rate, that a step takes away; 0 for Adam
     */
    record Adam(double beta1, double beta2, double epsilon, double weightDecay)
        implements Optimizer {

      /** Checks the settings. */
      public Adam {
        checkArgument(
            beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1,
            "beta1 and beta2 of adam must be at least 0 and less than 1, but were %s and %s",
            beta1,
            beta2);
        checkArgument(epsilon > 0, "epsilon of adam must be positive, but was %s", epsilon);
        checkedDecay("adamw", weightDecay);
      }

      private static Adam of(Arguments arguments, double weightDecay) {
        return new Adam(
            arguments.number("beta1", 0.9),
            arguments.number("beta2", 0.999),
            arguments.number("epsilon", 1e-8),
            weightDecay);
      }

      /** Returns a copy with other decays of the means. */
      public Adam betas(double beta1, double beta2) {
        return new Adam(beta1, beta2, epsilon, weightDecay);
      }

      /** Returns a copy with another {@code epsilon}. */
      public Adam epsilon(double epsilon) {
        return new Adam(beta1, beta2, epsilon, weightDecay);
      }

      @Override
      public String toString() {
        List<String> arguments = new ArrayList<>();
        if (weightDecay != 0) {
          arguments.add("weight_decay=" + Arguments.text(weightDecay));
        }
        if (beta1 != 0.9) {
          arguments.add("beta1=" + Arguments.text(beta1));
        }
        if (beta2 != 0.999) {
          arguments.add("beta2=" + Arguments.text(beta2));
        }
        if (epsilon != 1e-8) {
          arguments.add("epsilon=" + Arguments.text(epsilon));
        }
        String name = weightDecay == 0 ? "adam" : "adamw";
        return arguments.isEmpty() ? name : name + "(" + String.join(", ", arguments) + ")";
      }
    }

    /**
     * Stochastic gradient descent with momentum, as Caffe has it: the rate is inside the velocity,
     * and the decay of the weights is part of the gradient.
     *
     * @param momentum the part of the velocity that a step keeps
     * @param weightDecay the factor of the weights in the gradient
     */
    record Sgd(double momentum, double weightDecay) implements Optimizer {

      /** Checks the settings. */
      public Sgd {
        checkArgument(
            momentum >= 0 && momentum < 1,
            "momentum of sgd must be at least 0 and less than 1, but was %s",
            momentum);
        checkedDecay("sgd", weightDecay);
      }

      /** Returns a copy with another decay of the weights. */
      public Sgd weightDecay(double weightDecay) {
        return new Sgd(momentum, weightDecay);
      }

      @Override
      public String toString() {
        return "sgd(momentum="
            + Arguments.text(momentum)
            + (weightDecay == 0 ? "" : ", weight_decay=" + Arguments.text(weightDecay))
            + ")";
      }
    }
  }

  /**
   * A bound on gradients. Immutable.
   *
   * <p>Its printed form is the text of {@code run.yaml} and of the command line, which {@link
   * #parse} reads.
   *
   * @param kind the way in which they are bounded
   * @param bound the number in its parentheses; 0 for {@link Kind#NONE}
   */
  public record Clipping(Kind kind, double bound) {

    /** The way in which gradients are bounded. */
    public enum Kind {
      /** They are not. */
      NONE,
      /** All gradients are scaled so that their common L2 norm is at most the bound. */
      NORM,
      /** Each gradient is clipped to the bound and its negative. */
      VALUE,
      /**
       * Each gradient is clipped to the bound divided by the learning rate: J. Kim et al.,
       * <i>Accurate Image Super-Resolution Using Very Deep Convolutional Networks</i>, CVPR 2016,
       * section 3.2.
       */
      ADJUSTABLE
    }

    /** Checks the bound. */
    public Clipping {
      requireNonNull(kind, "kind");
      checkArgument(
          kind == Kind.NONE ? bound == 0 : bound > 0 && Double.isFinite(bound),
          "bound of clipping must be positive, and 0 for none, but was %s for %s",
          bound,
          kind);
    }

    /** Returns no bound, {@code none} in texts. */
    public static Clipping none() {
      return new Clipping(Kind.NONE, 0);
    }

    /** Returns a bound on the common L2 norm of all gradients, {@code norm(1)} in texts. */
    public static Clipping norm(double bound) {
      return new Clipping(Kind.NORM, bound);
    }

    /** Returns a bound on each gradient, {@code value(0.1)} in texts. */
    public static Clipping value(double bound) {
      return new Clipping(Kind.VALUE, bound);
    }

    /** Returns a bound on each step, {@code adjustable(0.4)} in texts. */
    public static Clipping adjustable(double bound) {
      return new Clipping(Kind.ADJUSTABLE, bound);
    }

    /**
     * Reads a clipping.
     *
     * @throws IllegalArgumentException if it is not one; the message lists those that there are
     */
    public static Clipping parse(String text) {
      Arguments arguments = Arguments.parse(text);
      Kind kind =
          switch (arguments.name()) {
            case "none" -> Kind.NONE;
            case "norm" -> Kind.NORM;
            case "value" -> Kind.VALUE;
            case "adjustable" -> Kind.ADJUSTABLE;
            default -> throw refused(text);
          };
      List<String> bounds = kind == Kind.NONE ? List.of() : arguments.unnamed();
      arguments.refuseUnread();
      if (kind == Kind.NONE) {
        return none();
      }
      try {
        double bound = bounds.size() == 1 ? Double.parseDouble(bounds.get(0)) : Double.NaN;
        checkArgument(
            bound > 0 && Double.isFinite(bound),
            "clipping %s must have one positive number in its parentheses, as in %s(1), but was"
                + " \"%s\"",
            arguments.name(),
            arguments.name(),
            text);
        return new Clipping(kind, bound);
      } catch (NumberFormatException e) {
        throw refused(text);
      }
    }

    private static IllegalArgumentException refused(String text) {
      return new SettingException(
          "%s must be one of none, norm(1), value(0.1), adjustable(0.4), but was \"%s\"",
          new SettingName("clipping"), text);
    }

    @Override
    public String toString() {
      String name = Ascii.toLowerCase(kind.name());
      return kind == Kind.NONE ? name : name + "(" + Arguments.text(bound) + ")";
    }
  }
}
