// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.formulas;

import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.WithNumber;
import java.util.stream.IntStream;

/** A node of a graph, with the arithmetic in which losses are written. Immutable. */
public record Formula(GraphBuilder graph, Node node) {

  /** Returns an operator of this node. */
  public Formula then(Operator operator) {
    return new Formula(graph, graph.add(operator, node));
  }

  private Formula with(Binary operator, Formula other) {
    return new Formula(graph, graph.add(operator, node, other.node));
  }

  /** Returns a constant of the same graph. */
  public Formula constant(Tensor tensor) {
    return new Formula(graph, graph.constant(tensor));
  }

  /** Returns the sum of this node and another one. */
  public Formula plus(Formula other) {
    return with(Binary.ADD, other);
  }

  /** Returns this node less another one. */
  public Formula minus(Formula other) {
    return with(Binary.SUBTRACT, other);
  }

  /** Returns the product of this node and another one. */
  public Formula times(Formula other) {
    return with(Binary.MULTIPLY, other);
  }

  /** Returns this node divided by another one. */
  public Formula over(Formula other) {
    return with(Binary.DIVIDE, other);
  }

  /** Returns this node plus a number. */
  public Formula plus(double summand) {
    return then(new WithNumber(WithNumber.Kind.ADD, summand));
  }

  /** Returns this node times a number. */
  public Formula times(double factor) {
    return then(new WithNumber(WithNumber.Kind.MULTIPLY, factor));
  }

  /** Returns this node to a power. */
  public Formula power(double exponent) {
    return then(new WithNumber(WithNumber.Kind.POWER, exponent));
  }

  /** Returns the larger of each sample and a number. */
  public Formula atLeast(double minimum) {
    return then(new WithNumber(WithNumber.Kind.MAX, minimum));
  }

  /** Returns the magnitudes of all samples. */
  public Formula absolute() {
    return then(Unary.ABS);
  }

  /** Returns the squares of all samples. */
  public Formula square() {
    return then(Unary.SQUARE);
  }

  /** Returns the square roots of all samples. */
  public Formula root() {
    return then(Unary.SQRT);
  }

  /** Returns the means over axes. */
  public Formula mean(Integer... axes) {
    return then(Reduce.mean(axes));
  }

  /** Returns the sums over axes. */
  public Formula sum(Integer... axes) {
    return then(Reduce.sum(axes));
  }

  /** Returns the mean of all samples. */
  public Formula mean() {
    return mean(IntStream.range(0, node.shape().rank()).boxed().toArray(Integer[]::new));
  }

  /** Returns the part from one element of an axis to before another: {@link Slice}. */
  public Formula strip(int axis, int from, int to) {
    return then(new Slice(axis, from, to));
  }
}
