// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import org.jspecify.annotations.Nullable;

/** Image rules of operators that return the same samples in another shape. */
final class ReshapeRules {

  private ReshapeRules() {}

  static Image reshape(TracedNode node) throws Untraceable, SizeMismatch {
    return reshaped(node, node.requireLongs("shape", 1));
  }

  static Image flatten(TracedNode node) throws Untraceable, SizeMismatch {
    long[] shape = node.image().shape();
    int axis = (int) node.node().integer("axis", 1);
    axis = axis < 0 ? axis + shape.length : axis;
    long outer = 1;
    for (int i = 0; i < axis; i++) {
      outer = Math.multiplyExact(outer, shape[i]);
    }
    return reshaped(node, outer, -1);
  }

  static Image squeeze(TracedNode node) throws Untraceable, SizeMismatch {
    return reshaped(
        node, ShapeArithmetic.remove(node.image().shape(), node.optionalLongs("axes", 1)));
  }

  static Image unsqueeze(TracedNode node) throws Untraceable, SizeMismatch {
    return reshaped(
        node, ShapeArithmetic.insert(node.image().shape(), node.requireLongs("axes", 1)));
  }

  /** Axes [firstOld, endOld) that become axes [firstNew, endNew). */
  private record Group(int firstOld, int endOld, int firstNew, int endNew) {}

  /** An image's rows or columns in a result. */
  private record Placed(boolean areRows, int axis, ReceptiveInterval interval) {}

  /**
   * Splits and merges axes, as pixel shuffles written without their operator do. The sides of 1
   * apart, a shape and its successor consist of groups of axes with equal products.
   */
  private static Image reshaped(TracedNode node, long... wanted) throws Untraceable, SizeMismatch {
    Image image = node.image();
    long[] from = image.shape();
    long[] to = ShapeArithmetic.resolve(from, wanted, node.node().integer("allowzero", 0) != 0);
    Placed rows = null;
    Placed columns = null;
    int i = 0;
    int j = 0;
    while (i < from.length || j < to.length) {
      int firstOld = i;
      int firstNew = j;
      long oldCount = i < from.length ? from[i++] : 1;
      long newCount = j < to.length ? to[j++] : 1;
      while (oldCount != newCount) {
        if (oldCount < newCount && i < from.length) {
          oldCount = Math.multiplyExact(oldCount, from[i++]);
        } else if (newCount < oldCount && j < to.length && to[j] > 0) {
          newCount = Math.multiplyExact(newCount, to[j++]);
        } else {
          throw node.mismatch();
        }
      }
      Placed placed = place(node, image, to, new Group(firstOld, i, firstNew, j));
      rows = placed != null && placed.areRows ? placed : rows;
      columns = placed != null && !placed.areRows ? placed : columns;
    }
    // Each axis is in a group, and those of an image are placed or refused.
    requireNonNull(rows, "rows");
    requireNonNull(columns, "columns");
    return new Image(to, rows.interval, columns.interval, rows.axis, columns.axis);
  }

  /** Returns where the rows or columns in a group go; null if it has neither. */
  private static @Nullable Placed place(TracedNode node, Image image, long[] to, Group group)
      throws Untraceable {
    int spatial = -1;
    long outside = 1; // of the spatial axis, within the group
    long inside = 1;
    for (int axis = group.firstOld; axis < group.endOld; axis++) {
      if (image.isSpatial(axis)) {
        if (spatial >= 0) {
          throw node.global("joins rows and columns");
        }
        spatial = axis;
      } else if (spatial < 0) {
        outside *= image.shape()[axis];
      } else {
        inside *= image.shape()[axis];
      }
    }
    if (spatial < 0) {
      return null;
    }
    int place = -1;
    int wide = 0; // new axes of more than one element
    for (int axis = group.endNew - 1; axis >= group.firstNew; axis--) {
      if (to[axis] != 1) {
        place = axis;
        wide++;
      }
    }
    if (outside != 1 || wide == 0) {
      throw node.global(); // a channel's rows follow those of another: no axis is an image's
    }
    ReceptiveInterval interval = image.along(spatial);
    long length = interval.length();
    if (wide > 1 && inside == 1) {
      long merged = length / to[place];
      interval = node.derive(interval, to[place], new AxisRule.Window(merged, merged, 1, 0));
    } else if (wide == 1 && inside != 1) {
      interval = node.derive(interval, length * inside, new AxisRule.Stretch(inside));
    } else if (wide > 1 && to[place] != length) {
      throw node.unknown("axes that are split and merged at once");
    }
    return new Placed(spatial == image.rowAxis(), place, interval);
  }
}
