// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import java.util.List;
import java.util.Optional;

/**
 * An operation on arrays, as a value: its name, the shape of its result, how far it looks, what it
 * costs, its form in ONNX, and its reference evaluation. An engine translates operators to its own
 * and is held to the reference by {@code GraphEngineContract} of sr-testkit.
 *
 * <p>Implementations are immutable; two operators that do the same are equal. The operators that
 * engines know are those of {@code io.github.sr4j.networks.operators}.
 */
public interface Operator {

  /** Returns the word for it in names and messages, in lower case, such as {@code conv2d}. */
  String id();

  /**
   * Returns the shape of the result.
   *
   * @param operands the shapes of the operands, of which lengths may be free
   * @throws IllegalArgumentException if the operator cannot take such operands; the message says
   *     which it takes
   */
  Shape shape(List<Shape> operands);

  /**
   * Returns how samples of the result depend on those of its operands along an axis of images;
   * empty if each depends on the whole image. By default, each depends on those of the same place
   * alone.
   *
   * @param axis 2 for the rows of images, 3 for their columns
   */
  default Optional<AxisRule> along(int axis) {
    return Optional.of(AxisRule.SAME);
  }

  /**
   * Returns the index of the operand by which height and width of the result are measured, however
   * large the others are. By default, it is the first.
   */
  default int sizedBy() {
    return 0;
  }

  /**
   * Returns the multiply-accumulates, as papers count them: those of convolutions and matrix
   * products; 0 by default.
   *
   * @param operands shapes without free lengths
   * @param result the shape of the result
   */
  default double multiplyAccumulates(List<Shape> operands, Shape result) {
    return 0;
  }

  /**
   * Writes the operator as nodes of an ONNX graph of operator set 17.
   *
   * @param operands the names of the operands
   * @param result the name that the last node must give its result
   */
  void write(OnnxNodes nodes, List<String> operands, String result);

  /**
   * Computes the result, in double precision. It is what the operator means, and the oracle of
   * every engine: written to be read, not to be fast.
   */
  DoubleTensor evaluate(List<DoubleTensor> operands);
}
