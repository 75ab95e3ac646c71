// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static io.github.sr4j.onnx.tracing.WalkBudget.MAX_LENGTH;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.AxisRule.Interpolation;
import io.github.sr4j.networks.graph.AxisRule.Nearest;
import io.github.sr4j.networks.graph.AxisRule.Sampling;
import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Image rules of Resize and Upsample. */
final class ResizeRules {

  private static final int OPSET_OF_MODES = 11; // before, positions were those of "asymmetric"
  private static final int OPSET_OF_SCALES = 9; // before, those of Upsample were an attribute
  private static final double EXACT = 1e-6; // a third has no exact float

  private ResizeRules() {}

  static Image upsample(TracedNode node) throws Untraceable, SizeMismatch {
    double[] scales = node.opset() < OPSET_OF_SCALES ? node.node().floats("scales") : null;
    return resized(node, scales == null ? node.constant(1).values() : scales, null, true);
  }

  static Image resize(TracedNode node) throws Untraceable, SizeMismatch {
    boolean isOld = node.opset() < OPSET_OF_MODES;
    double[] sizes = isOld ? null : node.constant(3).values();
    return resized(node, node.constant(isOld ? 1 : 2).values(), sizes, isOld);
  }

  private static Image resized(
      TracedNode node, double @Nullable [] scales, double @Nullable [] sizes, boolean isOld)
      throws Untraceable, SizeMismatch {
    Image image = node.image();
    long[] listed = node.node().integers("axes");
    long[] axes =
        listed == null || listed.length == 0 ? LongStream.range(0, image.rank()).toArray() : listed;
    boolean isBySize = sizes != null && sizes.length > 0;
    double[] given = isBySize ? sizes : scales;
    if (given == null || given.length != axes.length) {
      throw node.unknown("unknown scales");
    }
    if (!node.node().text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
      throw node.unknown("a kept aspect ratio");
    }
    Image result = image;
    for (int i = 0; i < axes.length; i++) {
      int axis = ShapeArithmetic.axis(axes[i], image.rank());
      double scale = isBySize ? given[i] / image.shape()[axis] : given[i];
      if (scale == 1) {
        continue;
      }
      if (!image.isSpatial(axis)) {
        throw node.unknown("scaled channels");
      }
      result = result.withAlong(axis, resized(node, image.along(axis), rule(node, scale, isOld)));
    }
    return result;
  }

  private static ReceptiveInterval resized(
      TracedNode node, ReceptiveInterval source, AxisRule.Sampled rule)
      throws Untraceable, SizeMismatch {
    if (source.length() % rule.down() != 0) {
      throw node.mismatch();
    }
    return node.derive(source, source.length() / rule.down() * rule.up(), rule);
  }

  private static AxisRule.Sampled rule(TracedNode node, double scale, boolean isOld)
      throws Untraceable {
    long up = Math.max(1, Math.round(scale));
    long down = Math.max(1, Math.round(1 / scale));
    // The error of the scale must not add up to a pixel.
    if (!(Math.abs(scale * down / up - 1) <= EXACT) || up > MAX_LENGTH || down > MAX_LENGTH) {
      throw node.unknown("the scale " + scale);
    }
    String positions =
        isOld ? "asymmetric" : node.node().text("coordinate_transformation_mode", "half_pixel");
    long shift =
        switch (positions) {
          case "half_pixel", "pytorch_half_pixel", "half_pixel_symmetric" -> down - up;
          case "tf_half_pixel_for_nn" -> down;
          case "asymmetric" -> 0;
          default -> throw node.global(); // align_corners and the like depend on the size
        };
    AxisRule.Sampled rule = new AxisRule.Sampled(up, down, shift, sampling(node, isOld));
    checkNearest(node, rule, (float) scale, positions.equals("half_pixel_symmetric"));
    return rule;
  }

  private static Sampling sampling(TracedNode node, boolean isOld) {
    String mode = node.node().text("mode", "nearest");
    if (!mode.equals("nearest")) {
      return new Interpolation(
          mode.equals("cubic") ? 2 : 1, node.node().integer("antialias", 0) != 0);
    }
    return switch (isOld ? "floor" : node.node().text("nearest_mode", "round_prefer_floor")) {
      case "floor" -> Nearest.FLOOR;
      case "ceil" -> Nearest.CEIL;
      case "round_prefer_ceil" -> Nearest.ROUND_PREFER_CEIL;
      default -> Nearest.ROUND_PREFER_FLOOR;
    };
  }

  /**
   * Refuses positions exactly between two elements, if the error of a scale such as a seventh makes
   * it depend on their distance from the edge which one is taken.
   */
  private static void checkNearest(
      TracedNode node, AxisRule.Sampled rule, float scale, boolean isSymmetric) throws Untraceable {
    // Quotients are rounded to what they should be if the error of the divisor is half a step.
    double error = Math.abs((double) scale * rule.down() / rule.up() - 1);
    if (!(rule.sampling() instanceof Nearest nearest) || error <= (isSymmetric ? 0 : 0x1p-25)) {
      return;
    }
    boolean isRounding =
        nearest == Nearest.ROUND_PREFER_FLOOR || nearest == Nearest.ROUND_PREFER_CEIL;
    long q = 2 * rule.up();
    for (long i = 0; i < rule.up(); i++) {
      long p = 2 * i * rule.down() + rule.shift();
      if (Math.floorMod(2 * p + (isRounding ? q : 0), 2 * q) == 0) {
        throw node.unknown("the nearest of elements equally far, at the inexact scale " + scale);
      }
    }
  }
}
