// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static com.google.common.base.Preconditions.checkArgument;
import static io.github.sr4j.onnx.tracing.WalkBudget.MAX_LENGTH;

import com.google.common.primitives.Ints;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Image rules of operators that move elements: shuffles, padding, parts and their joining. */
final class MovingRules {

  private MovingRules() {}

  static Image depthToSpace(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.plane(node.image());
    long block = block(node);
    long channels = image.shape()[1];
    if (channels % (block * block) != 0) {
      throw node.mismatch();
    }
    AxisRule rule = new AxisRule.Stretch(block);
    return image
        .withAlong(2, node.derive(image.along(2), image.shape()[2] * block, rule))
        .withAlong(3, node.derive(image.along(3), image.shape()[3] * block, rule))
        .withSide(1, channels / (block * block));
  }

  static Image spaceToDepth(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.plane(node.image());
    long block = block(node);
    AxisRule rule = new AxisRule.Window(block, block, 1, 0);
    Image result = image;
    for (int axis = 2; axis < 4; axis++) {
      if (image.shape()[axis] % block != 0) {
        throw node.mismatch();
      }
      result =
          result.withAlong(axis, node.derive(image.along(axis), image.shape()[axis] / block, rule));
    }
    return result.withSide(1, Math.multiplyExact(image.shape()[1], block * block));
  }

  private static long block(TracedNode node) {
    long block = node.node().integer("blocksize", 0);
    checkArgument(block > 0 && block < MAX_LENGTH);
    return block;
  }

  static Image pad(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.image();
    long[] pads = node.requireLongs(node.opset() >= 2 ? "pads" : "paddings", 1);
    long[] listed = node.optionalLongs("axes", 3);
    int count = listed == null ? image.rank() : listed.length;
    checkArgument(pads.length == 2 * count);
    Image result = image;
    for (int i = 0; i < count; i++) {
      int axis = listed == null ? i : ShapeArithmetic.axis(listed[i], image.rank());
      long before = pads[i];
      long behind = pads[i + count];
      long length = image.shape()[axis] + before + behind;
      if (length < 1) {
        throw node.mismatch();
      }
      if (!image.isSpatial(axis)) {
        result = result.withSide(axis, length);
      } else if (before != 0 || behind != 0) {
        AxisRule rule = new AxisRule.Extended(before, extension(node));
        result = result.withAlong(axis, node.derive(image.along(axis), length, rule));
      }
    }
    return result;
  }

  private static Extension extension(TracedNode node) throws Untraceable {
    return switch (node.node().text("mode", "constant")) {
      case "constant" -> Extension.CONSTANT;
      case "reflect" -> Extension.REFLECT;
      case "edge" -> Extension.EDGE;
      default -> throw node.global(); // "wrap" takes pixels of the edge on the other side
    };
  }

  static Image slice(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.image();
    long[] starts = node.requireLongs("starts", 1);
    long[] ends = node.requireLongs("ends", 2);
    long[] axes = node.optionalLongs("axes", 3);
    long[] steps = node.optionalLongs("steps", 4);
    Image result = image;
    for (int i = 0; i < starts.length; i++) {
      int axis = axes == null ? i : ShapeArithmetic.axis(axes[i], image.rank());
      long step = steps == null ? 1 : steps[i];
      checkArgument(step != 0 && Math.abs(step) < MAX_LENGTH);
      long length = image.shape()[axis];
      long start = bound(starts[i], length, step < 0);
      long end = bound(ends[i], length, step < 0);
      long count = Math.max(0, (end - start + step - Long.signum(step)) / step);
      if (count == 0) {
        throw node.mismatch();
      }
      result = part(node, image, result, axis, start, step, count);
    }
    return result;
  }

  private static long bound(long position, long length, boolean isBackward) {
    long fromStart = position < 0 ? position + length : position;
    return isBackward
        ? Math.max(-1, Math.min(fromStart, length - 1))
        : Math.max(0, Math.min(fromStart, length));
  }

  /** Returns a result whose axis has some elements of an image's. */
  private static Image part(
      TracedNode node, Image image, Image result, int axis, long start, long step, long count)
      throws Untraceable {
    if (!image.isSpatial(axis)) {
      return result.withSide(axis, count);
    }
    if (step < 0) {
      throw node.global();
    }
    return result.withAlong(
        axis, node.derive(image.along(axis), count, new AxisRule.Strip(start, step)));
  }

  static List<Image> split(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.image();
    int axis = ShapeArithmetic.axis(node.node().integer("axis", 0), image.rank());
    long[] sides = node.optionalLongs("split", 1);
    int count = node.node().outputs().size();
    if (sides == null) {
      long max = (image.shape()[axis] + count - 1) / count;
      sides = new long[count];
      Arrays.fill(sides, max);
      sides[count - 1] = image.shape()[axis] - max * (count - 1);
    }
    List<Image> parts = new ArrayList<>();
    long start = 0;
    for (long side : sides) {
      if (side < 0) {
        throw node.mismatch(); // more parts than the length has room for
      }
      parts.add(part(node, image, image, axis, start, 1, side));
      start += side;
    }
    return parts;
  }

  static Image concatenate(TracedNode node) throws Untraceable {
    Image result = null;
    for (GraphValue input : node.inputs()) {
      if (input instanceof Image image) {
        result = result == null ? image : ElementRules.union(node, result, image);
      }
    }
    if (result == null) {
      throw node.unknown();
    }
    int axis = ShapeArithmetic.axis(node.node().integer("axis", 1), result.rank());
    if (result.isSpatial(axis)) {
      // A seam inside the image would be an edge to tiles on either side of it.
      throw node.global();
    }
    long side = 0;
    for (GraphValue input : node.inputs()) {
      long[] shape =
          input instanceof Image image
              ? image.shape()
              : input instanceof Constant constant ? constant.shape() : null;
      if (shape == null || shape.length != result.rank()) {
        throw node.unknown("a part of unknown shape");
      }
      side = Math.addExact(side, shape[axis]);
    }
    return ElementRules.checkUniform(node, result).withSide(axis, side);
  }

  static Image gather(TracedNode node) throws Untraceable {
    Image image = node.image();
    int axis = ShapeArithmetic.axis(node.node().integer("axis", 0), image.rank());
    long[] indices = node.constant(1).shape();
    if (indices == null || indices.length > 1) {
      throw node.unknown("unknown indices");
    }
    if (image.isSpatial(axis)) {
      throw node.global();
    }
    return indices.length == 1
        ? image.withSide(axis, indices[0])
        : image.withShape(
            ShapeArithmetic.remove(image.shape(), new long[] {axis}),
            image.rowAxis() - (axis < image.rowAxis() ? 1 : 0),
            image.columnAxis() - (axis < image.columnAxis() ? 1 : 0));
  }

  static Image transpose(TracedNode node) throws Untraceable {
    Image image = node.image();
    int[] order = ShapeArithmetic.order(node.node(), image.rank());
    return image.withShape(
        ShapeArithmetic.permute(image.shape(), order),
        Ints.indexOf(order, image.rowAxis()),
        Ints.indexOf(order, image.columnAxis()));
  }

  static Image expand(TracedNode node) throws Untraceable {
    Image image = node.image();
    long[] shape = ShapeArithmetic.broadcast(image.shape(), node.requireLongs("shape", 1));
    int shift = shape.length - image.rank();
    return image.withShape(shape, image.rowAxis() + shift, image.columnAxis() + shift);
  }
}
