// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.stream.Collectors;

/** A sum of weighted losses, flat: no term is itself a sum. */
record WeightedSum(ImmutableList<Term> terms) implements Loss {

  static Loss of(List<Term> first, List<Term> second) {
    return new WeightedSum(ImmutableList.<Term>builder().addAll(first).addAll(second).build());
  }

  static Loss times(List<Term> terms, double weight) {
    checkArgument(
        Double.isFinite(weight) && weight >= 0,
        "weight must be finite and at least 0, but was %s",
        weight);
    return new WeightedSum(
        terms.stream()
            .map(term -> new Term(term.weight() * weight, term.loss()))
            .collect(ImmutableList.toImmutableList()));
  }

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    terms.forEach(term -> term.loss().checkShape(shape));
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    double value = 0;
    double[] sum = new double[gradient.length];
    for (Term term : terms) {
      value += term.weight() * term.loss().evaluate(shape, prediction, target, gradient);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += term.weight() * gradient[i];
      }
    }
    for (int i = 0; i < sum.length; i++) {
      gradient[i] = (float) sum[i];
    }
    return value;
  }

  @Override
  public String toString() {
    return terms.stream()
        .map(
            term -> term.weight() == 1 ? term.loss().toString() : term.weight() + "*" + term.loss())
        .collect(Collectors.joining(" + "));
  }
}
