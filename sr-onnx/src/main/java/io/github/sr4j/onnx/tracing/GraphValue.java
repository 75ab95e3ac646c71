// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import org.jspecify.annotations.Nullable;

/** A tensor, as far as it is known while an input of one size is followed through a graph. */
public sealed interface GraphValue {

  /** A tensor that does not depend on pixels. Immutable. */
  public final class Constant implements GraphValue {

    /** A tensor of which nothing is known. */
    public static final Constant UNKNOWN = new Constant(null, null, false);

    private final long @Nullable [] shape;
    private final double @Nullable [] values;
    private final boolean isInteger;

    /** Creates a constant; an unknown shape is null, and so are unknown values. */
    public Constant(long @Nullable [] shape, double @Nullable [] values, boolean isInteger) {
      this.shape = shape;
      this.values = values;
      this.isInteger = isInteger;
    }

    /** Returns a tensor of the file. */
    public static Constant of(Tensor tensor) {
      return new Constant(
          tensor.shape(), tensor.hasValues() ? tensor.values() : null, tensor.isInteger());
    }

    /** Returns a list of integers. */
    public static Constant ofIntegers(long... values) {
      double[] list = new double[values.length];
      for (int i = 0; i < list.length; i++) {
        list[i] = values[i];
      }
      return new Constant(new long[] {values.length}, list, true);
    }

    /** Returns a constant of the same kind with another shape and other values. */
    public Constant with(long @Nullable [] newShape, double @Nullable [] newValues) {
      return new Constant(newShape, newValues, isInteger);
    }

    /** Returns a constant of the same kind that is a list. */
    public Constant withList(double[] newValues) {
      return with(new long[] {newValues.length}, newValues);
    }

    /** Returns the shape, or null if it is not known. */
    public long @Nullable [] shape() {
      return shape;
    }

    /** Returns the values, row-major, or null if they are not known. */
    public double @Nullable [] values() {
      return values;
    }

    /** Returns whether the values are whole numbers by their type. */
    public boolean isInteger() {
      return isInteger;
    }

    /** Returns whether all elements are known to have the same value. */
    public boolean isUniform() {
      if (values == null) {
        return false;
      }
      for (double value : values) {
        if (Double.compare(value, values[0]) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * A tensor that does: along two of its axes different elements see different pixels. Immutable.
   */
  final class Image implements GraphValue {

    private final long[] shape;
    private final ReceptiveInterval rows;
    private final ReceptiveInterval columns;
    private final int rowAxis;
    private final int columnAxis;

    /** Creates an image from its shape, and what the elements along two of its axes see. */
    public Image(
        long[] shape,
        ReceptiveInterval rows,
        ReceptiveInterval columns,
        int rowAxis,
        int columnAxis) {
      this.shape = shape;
      this.rows = rows;
      this.columns = columns;
      this.rowAxis = rowAxis;
      this.columnAxis = columnAxis;
    }

    /** Returns the length of each axis. */
    public long[] shape() {
      return shape;
    }

    /** Returns the number of axes. */
    public int rank() {
      return shape.length;
    }

    /** Returns the rows of the input that each element along the row axis sees. */
    public ReceptiveInterval rows() {
      return rows;
    }

    /** Returns the columns of the input that each element along the column axis sees. */
    public ReceptiveInterval columns() {
      return columns;
    }

    /** Returns the axis of rows, counted from 0. */
    public int rowAxis() {
      return rowAxis;
    }

    /** Returns the axis of columns, counted from 0. */
    public int columnAxis() {
      return columnAxis;
    }

    /** Returns whether an axis is that of rows or that of columns. */
    public boolean isSpatial(int axis) {
      return axis == rowAxis || axis == columnAxis;
    }

    /** Returns the receptive interval of the elements along one of the two spatial axes. */
    public ReceptiveInterval along(int axis) {
      return axis == rowAxis ? rows : columns;
    }

    /** Returns the image with another length along an axis. */
    public Image withSide(int axis, long side) {
      long[] changed = shape.clone();
      changed[axis] = side;
      return withShape(changed, rowAxis, columnAxis);
    }

    /** Returns the image with another shape, whose spatial axes may stand elsewhere. */
    public Image withShape(long[] newShape, int newRowAxis, int newColumnAxis) {
      return new Image(newShape, rows, columns, newRowAxis, newColumnAxis);
    }

    /** Returns the image with another source interval, and its length, along an axis. */
    public Image withAlong(int axis, ReceptiveInterval interval) {
      long[] changed = shape.clone();
      changed[axis] = interval.length();
      return axis == rowAxis
          ? new Image(changed, interval, columns, rowAxis, columnAxis)
          : new Image(changed, rows, interval, rowAxis, columnAxis);
    }
  }
}
