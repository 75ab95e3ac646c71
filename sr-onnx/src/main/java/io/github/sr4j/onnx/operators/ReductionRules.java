// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import java.util.Arrays;

/** Image rules of operators that compute an element from all elements along some axes. */
final class ReductionRules {

  private static final int OPSET_OF_SINGLE_AXES = 13; // before, all axes from one on were one

  private ReductionRules() {}

  static Image meanVarianceNormalization(TracedNode node) throws Untraceable {
    Image image = node.image();
    long[] listed = node.node().integers("axes");
    return checkNotSpatial(
        node, image, axes(image, listed == null ? new long[] {0, 2, 3} : listed));
  }

  static Image layerNormalization(TracedNode node) throws Untraceable {
    Image image = node.image();
    int first = ShapeArithmetic.axis(node.node().integer("axis", -1), image.rank());
    return checkNotSpatial(node, image, range(image, first, image.rank()));
  }

  static Image cumulativeSum(TracedNode node) throws Untraceable {
    Image image = node.image();
    double[] axis = node.constant(1).values();
    return checkNotSpatial(
        node, image, axis == null ? range(image, 0, image.rank()) : axes(image, (long) axis[0]));
  }

  static Image lpNormalization(TracedNode node) throws Untraceable {
    return checkNotSpatial(node, node.image(), axes(node.image(), node.node().integer("axis", -1)));
  }

  static Image softmax(TracedNode node) throws Untraceable {
    Image image = node.image();
    boolean isSingle = node.opset() >= OPSET_OF_SINGLE_AXES;
    int axis = ShapeArithmetic.axis(node.node().integer("axis", isSingle ? -1 : 1), image.rank());
    return checkNotSpatial(node, image, range(image, axis, isSingle ? axis + 1 : image.rank()));
  }

  /** Follows an image through a mean, a sum and the like along axes. */
  static Image reduce(TracedNode node) throws Untraceable {
    Image image = node.image();
    long[] listed = node.optionalLongs("axes", 1);
    if (listed == null || listed.length == 0) {
      if (node.node().integer("noop_with_empty_axes", 0) != 0) {
        return image;
      }
      throw node.global();
    }
    boolean[] axes = axes(image, listed);
    checkNotSpatial(node, image, axes);
    if (node.node().integer("keepdims", 1) == 0) {
      return image.withShape(
          ShapeArithmetic.remove(image.shape(), listed),
          image.rowAxis() - countBefore(axes, image.rowAxis()),
          image.columnAxis() - countBefore(axes, image.columnAxis()));
    }
    long[] shape = image.shape().clone();
    for (int axis = 0; axis < axes.length; axis++) {
      shape[axis] = axes[axis] ? 1 : shape[axis];
    }
    return image.withShape(shape, image.rowAxis(), image.columnAxis());
  }

  /** Follows an image whose last axis, which is none of an image's, is multiplied by a matrix. */
  static Image matrixProduct(TracedNode node) throws Untraceable {
    if (node.inputs().get(0) instanceof Image image
        && node.inputs().get(1) instanceof Constant matrix) {
      if (matrix.shape() == null || matrix.shape().length != 2) {
        throw node.unknown("a factor that is no matrix");
      }
      int last = image.rank() - 1;
      if (image.isSpatial(last)) {
        throw node.global();
      }
      return image.withSide(last, matrix.shape()[1]);
    }
    throw node.global();
  }

  private static boolean[] axes(Image image, long... listed) {
    boolean[] axes = new boolean[image.rank()];
    for (long axis : listed) {
      axes[ShapeArithmetic.axis(axis, axes.length)] = true;
    }
    return axes;
  }

  private static boolean[] range(Image image, int from, int to) {
    boolean[] axes = new boolean[image.rank()];
    Arrays.fill(axes, from, to, true);
    return axes;
  }

  private static Image checkNotSpatial(TracedNode node, Image image, boolean[] axes)
      throws Untraceable {
    if (axes[image.rowAxis()] || axes[image.columnAxis()]) {
      throw node.global();
    }
    return image;
  }

  private static int countBefore(boolean[] axes, int end) {
    int count = 0;
    for (int i = 0; i < end; i++) {
      count += axes[i] ? 1 : 0;
    }
    return count;
  }
}
