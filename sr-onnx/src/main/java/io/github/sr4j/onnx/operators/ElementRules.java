// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import org.jspecify.annotations.Nullable;

/** Image rules of operators that compute each element from those at the same place. */
final class ElementRules {

  private ElementRules() {}

  /** Follows an image through a function of its elements. */
  static Image unary(TracedNode node) throws Untraceable {
    return node.onlyImage();
  }

  static Image batchNormalization(TracedNode node) throws Untraceable {
    Image image = node.onlyImage();
    if (node.node().integer("training_mode", 0) != 0) {
      throw node.global();
    }
    return checkNotSpatial(node, image, 1);
  }

  static Image dropout(TracedNode node) throws Untraceable {
    Image image = node.onlyImage();
    double[] isTraining = node.constant(2).values();
    if (node.has(2) && (isTraining == null || isTraining.length != 1 || isTraining[0] != 0)) {
      throw node.global(); // at random
    }
    return image;
  }

  /** Follows an image through an operator of pixels: of all channels at a place. */
  static Image acrossChannels(TracedNode node) throws Untraceable {
    return checkNotSpatial(node, node.onlyImage(), 1);
  }

  static Image quantization(TracedNode node) throws Untraceable {
    Image image = node.onlyImage();
    return node.constant(1).isUniform()
        ? image
        : checkNotSpatial(node, image, node.node().integer("axis", 1));
  }

  /** Refuses rows and columns as an axis along which elements are not treated alike. */
  private static Image checkNotSpatial(TracedNode node, Image image, long axis) throws Untraceable {
    if (image.isSpatial(ShapeArithmetic.axis(axis, image.rank()))) {
      throw node.global();
    }
    return image;
  }

  /** Follows images through a function of elements of all inputs, which are broadcast. */
  static Image combination(TracedNode node) throws Untraceable {
    Image result = null;
    long[] shape = {};
    for (GraphValue value : node.inputs()) {
      if (value instanceof Image image) {
        shape = ShapeArithmetic.broadcast(shape, image.shape());
        result = result == null ? image : union(node, result, image);
      } else if (value instanceof Constant constant) {
        if (constant.shape() == null) {
          throw node.unknown("a parameter of unknown shape");
        }
        shape = ShapeArithmetic.broadcast(shape, constant.shape());
      }
    }
    if (result == null) {
      throw node.unknown();
    }
    int shift = shape.length - result.rank();
    return checkUniform(
        node, result.withShape(shape, result.rowAxis() + shift, result.columnAxis() + shift));
  }

  /** Follows two images of the same size, element by element. */
  static Image union(TracedNode node, Image a, Image b) throws Untraceable {
    int shift = b.rank() - a.rank();
    if (b.rowAxis() - a.rowAxis() != shift
        || b.columnAxis() - a.columnAxis() != shift
        || !isAlike(a.rows(), b.rows())
        || !isAlike(a.columns(), b.columns())) {
      throw node.unknown("inputs of different sizes");
    }
    Image larger = shift > 0 ? b : a;
    return new Image(
        larger.shape(),
        node.union(a.rows(), b.rows()),
        node.union(a.columns(), b.columns()),
        larger.rowAxis(),
        larger.columnAxis());
  }

  private static boolean isAlike(ReceptiveInterval a, ReceptiveInterval b) {
    return a.length() == b.length() && a.hasSpacingOf(b);
  }

  /**
   * Refuses constants with a value of their own for each pixel: tiles would get those of others.
   */
  static Image checkUniform(TracedNode node, Image image) throws Untraceable {
    for (GraphValue value : node.inputs()) {
      if (isPositional(value, image)) {
        throw node.global("a value for each position");
      }
    }
    return image;
  }

  private static boolean isPositional(@Nullable GraphValue value, Image image) {
    if (!(value instanceof Constant constant) || constant.shape() == null) {
      return false;
    }
    long[] shape = constant.shape();
    int shift = image.rank() - shape.length;
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] != 1 && image.isSpatial(axis + shift) && !constant.isUniform()) {
        return true;
      }
    }
    return false;
  }
}
