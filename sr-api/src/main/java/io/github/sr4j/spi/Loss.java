// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import java.util.List;

/**
 * A measure of how far a prediction is from its target, with its gradient.
 *
 * <p>Losses are added and weighted: {@code Losses.l1().plus(Losses.mse().times(0.1))}.
 * Implementations are immutable and safe for use by multiple threads; their {@code toString} is the
 * form that {@link io.github.sr4j.train.Losses#parse} reads, if there is one. Extend {@code
 * LossContract} of sr-testkit to check one.
 */
public interface Loss {

  /**
   * A part of a sum.
   *
   * @param weight the factor of the value and the gradient
   * @param loss a loss that is not itself a sum
   */
  record Term(double weight, Loss loss) {}

  /**
   * Computes the value and its gradient.
   *
   * <p>Both are means over the images of the batch, so that they do not depend on its size.
   *
   * @param shape the shape of the three arrays
   * @param prediction NCHW samples, nominally in [0, 1]
   * @param target NCHW samples in [0, 1]
   * @param gradient receives the derivative of the value with respect to each sample of {@code
   *     prediction}; what it held before is overwritten
   * @return the value; 0 if the prediction is perfect, unless the loss says otherwise
   * @throws IllegalArgumentException if {@link #checkShape} refuses the shape
   */
  double evaluate(PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient);

  /**
   * Refuses images that this loss cannot compare: too small for its windows, or not in colour.
   * Called before training, so that nobody waits for what cannot work; {@link #evaluate} refuses
   * the same. By default every shape is accepted.
   *
   * @throws IllegalArgumentException if {@code shape} cannot be compared; the message says which
   *     can
   */
  default void checkShape(PatchBatch.Shape shape) {}

  /** Returns the weighted losses of which this one is the sum: itself once, unless it is a sum. */
  default List<Term> terms() {
    return List.of(new Term(1, this));
  }

  /**
   * Returns a loss under a name, by which messages, files and resumed runs know it. A lambda has no
   * name that another JVM would give it again, so that only a run under a named one is resumed
   * there.
   *
   * @param name a letter followed by letters, digits, {@code _}, {@code -} or {@code .}; {@link
   *     io.github.sr4j.train.Losses#parse} does not read it
   * @throws IllegalArgumentException if {@code name} is not of this form
   */
  static Loss named(String name, Loss loss) {
    return new NamedLoss(name, loss);
  }

  /** Returns the sum of this loss and another. */
  default Loss plus(Loss other) {
    return WeightedSum.of(terms(), other.terms());
  }

  /**
   * Returns this loss with its value and gradient multiplied.
   *
   * @throws IllegalArgumentException if {@code weight} is negative or not finite
   */
  default Loss times(double weight) {
    return WeightedSum.times(terms(), weight);
  }
}
