// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

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
record Formula(GraphBuilder graph, Node node) {

  Formula then(Operator operator) {
    return new Formula(graph, graph.add(operator, node));
  }

  private Formula with(Binary operator, Formula other) {
    return new Formula(graph, graph.add(operator, node, other.node));
  }

  Formula constant(Tensor tensor) {
    return new Formula(graph, graph.constant(tensor));
  }

  Formula plus(Formula other) {
    return with(Binary.ADD, other);
  }

  Formula minus(Formula other) {
    return with(Binary.SUBTRACT, other);
  }

  Formula times(Formula other) {
    return with(Binary.MULTIPLY, other);
  }

  Formula over(Formula other) {
    return with(Binary.DIVIDE, other);
  }

  Formula plus(double summand) {
    return then(new WithNumber(WithNumber.Kind.ADD, summand));
  }

  Formula times(double factor) {
    return then(new WithNumber(WithNumber.Kind.MULTIPLY, factor));
  }

  Formula power(double exponent) {
    return then(new WithNumber(WithNumber.Kind.POWER, exponent));
  }

  Formula atLeast(double minimum) {
    return then(new WithNumber(WithNumber.Kind.MAX, minimum));
  }

  Formula absolute() {
    return then(Unary.ABS);
  }

  Formula square() {
    return then(Unary.SQUARE);
  }

  Formula root() {
    return then(Unary.SQRT);
  }

  Formula mean(Integer... axes) {
    return then(Reduce.mean(axes));
  }

  Formula sum(Integer... axes) {
    return then(Reduce.sum(axes));
  }

  /** Returns the mean of all samples. */
  Formula mean() {
    return mean(IntStream.range(0, node.shape().rank()).boxed().toArray(Integer[]::new));
  }

  /** Returns the part from one element of an axis to before another: {@link Slice}. */
  Formula strip(int axis, int from, int to) {
    return then(new Slice(axis, from, to));
  }
}
