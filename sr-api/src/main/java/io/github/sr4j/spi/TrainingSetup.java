// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * The settings of a {@link TrainingSession}: the network and the training of its weights. Immutable
 * and safe for use by multiple threads.
 *
 * <pre>{@code
 * TrainingSetup.of("vdsr", 3, Losses.mse()).scales(List.of(2, 3, 4))
 *     .optimizer("sgd(momentum=0.9)").clipping("adjustable(0.4)")
 * }</pre>
 */
public final class TrainingSetup {

  private final String network;
  private final int scale;
  private final ImmutableList<Integer> scales;
  private final Loss loss;
  private final String optimizer;
  private final long seed;
  private final String clipping;
  private final double averaging;
  private final ImmutableList<String> frozen;
  private final String precision;

  private TrainingSetup(
      String network,
      int scale,
      ImmutableList<Integer> scales,
      Loss loss,
      String optimizer,
      long seed,
      String clipping,
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
        "adam",
        1,
        "none",
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

  /** Returns the rule that turns gradients into steps, with its arguments. */
  public String optimizer() {
    return optimizer;
  }

  /**
   * Sets the rule that turns gradients into steps, such as {@code "sgd(momentum=0.9)"}. Default:
   * {@code "adam"}.
   */
  public TrainingSetup optimizer(String optimizer) {
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
  public String clipping() {
    return clipping;
  }

  /**
   * Sets the clipping of gradients. Default: {@code "none"}.
   *
   * @param clipping {@code "none"}; {@code "norm(1)"}, which scales all gradients so that their
   *     common L2 norm is at most 1; {@code "value(0.1)"}, which clips each gradient to [-0.1,
   *     0.1]; or {@code "adjustable(0.4)"}, which clips each to [-0.4/r, 0.4/r] at the learning
   *     rate r (Kim et al., <i>Accurate Image Super-Resolution Using Very Deep Convolutional
   *     Networks</i>, CVPR 2016, section 3.2)
   */
  public TrainingSetup clipping(String clipping) {
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
}
