// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import io.github.sr4j.onnx.OnnxGraph.Tensor;
import org.jspecify.annotations.Nullable;

/** What is known of a tensor while an input of one size is followed through a graph. */
sealed interface GraphValue {

  /** A tensor that does not depend on pixels. */
  final class Constant implements GraphValue {

    static final Constant UNKNOWN = new Constant(null, null, false);

    private final long @Nullable [] shape;
    private final double @Nullable [] values;
    private final boolean isInteger;

    Constant(long @Nullable [] shape, double @Nullable [] values, boolean isInteger) {
      this.shape = shape;
      this.values = values;
      this.isInteger = isInteger;
    }

    static Constant of(Tensor tensor) {
      return new Constant(
          tensor.shape(), tensor.hasValues() ? tensor.values() : null, tensor.isInteger());
    }

    Constant with(long @Nullable [] newShape, double @Nullable [] newValues) {
      return new Constant(newShape, newValues, isInteger);
    }

    Constant withList(double[] newValues) {
      return with(new long[] {newValues.length}, newValues);
    }

    /** Returns the shape, or null if it is not known. */
    long @Nullable [] shape() {
      return shape;
    }

    /** Returns the values, row-major, or null if they are not known. */
    double @Nullable [] values() {
      return values;
    }

    /** Returns whether the values are whole numbers by their type. */
    boolean isInteger() {
      return isInteger;
    }
  }

  /** A tensor that does: along two of its axes different elements see different pixels. */
  final class Image implements GraphValue {

    private final long[] shape;
    private final Span rows;
    private final Span columns;
    private final int rowAxis;
    private final int columnAxis;

    Image(long[] shape, Span rows, Span columns, int rowAxis, int columnAxis) {
      this.shape = shape;
      this.rows = rows;
      this.columns = columns;
      this.rowAxis = rowAxis;
      this.columnAxis = columnAxis;
    }

    long[] shape() {
      return shape;
    }

    Span rows() {
      return rows;
    }

    Span columns() {
      return columns;
    }

    int rowAxis() {
      return rowAxis;
    }

    int columnAxis() {
      return columnAxis;
    }

    boolean isSpatial(int axis) {
      return axis == rowAxis || axis == columnAxis;
    }

    Span span(int axis) {
      return axis == rowAxis ? rows : columns;
    }

    Image withSide(int axis, long side) {
      long[] changed = shape.clone();
      changed[axis] = side;
      return new Image(changed, rows, columns, rowAxis, columnAxis);
    }

    Image withSpan(int axis, Span span) {
      long[] changed = shape.clone();
      changed[axis] = span.length();
      return axis == rowAxis
          ? new Image(changed, span, columns, rowAxis, columnAxis)
          : new Image(changed, rows, span, rowAxis, columnAxis);
    }
  }

  /** Why a graph has no known receptive field. */
  final class Obstacle extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean isGlobal;

    private Obstacle(boolean isGlobal, String reason) {
      super(reason, null, false, false);
      this.isGlobal = isGlobal;
    }

    /** Returns that an operator looks at the whole image. */
    static Obstacle global(String operator) {
      return new Obstacle(true, operator);
    }

    /** Returns that it is not known how far an operator looks. */
    static Obstacle unknown(String reason) {
      return new Obstacle(false, reason);
    }

    boolean isGlobal() {
      return isGlobal;
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  /** The refusal of an input's size by a node, such as one that cannot halve its sides. */
  final class Misfit extends Exception {

    private static final long serialVersionUID = 1L;

    Misfit(String reason) {
      super(reason, null, false, false);
    }
  }
}
