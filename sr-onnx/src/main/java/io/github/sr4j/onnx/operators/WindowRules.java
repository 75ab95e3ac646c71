// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static com.google.common.base.Preconditions.checkArgument;
import static io.github.sr4j.onnx.tracing.WalkBudget.MAX_LENGTH;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import java.util.Arrays;

/** Image rules of convolutions, transposed convolutions and pooling. */
final class WindowRules {

  private static final int FIRST_AXIS = 2; // of N, C, H, W

  private WindowRules() {}

  static Image convolve(TracedNode node) throws Untraceable, SizeMismatch {
    return convolve(node, 1);
  }

  static Image convolveQuantized(TracedNode node) throws Untraceable, SizeMismatch {
    return convolve(node, 3);
  }

  private static Image convolve(TracedNode node, int weightInput) throws Untraceable, SizeMismatch {
    Image image = node.plane(node.onlyImage());
    long[] weights = weights(node, weightInput);
    return new Window(node, weights[2], weights[3]).slide(image).withSide(1, weights[0]);
  }

  static Image convolveTransposed(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.plane(node.onlyImage());
    long[] weights = weights(node, 1);
    return new Window(node, weights[2], weights[3])
        .slideTransposed(image)
        .withSide(1, Math.multiplyExact(weights[1], node.node().integer("group", 1)));
  }

  static Image pool(TracedNode node) throws Untraceable, SizeMismatch {
    Image image = node.plane(node.image());
    long[] kernel = node.node().integers("kernel_shape");
    if (kernel == null || kernel.length != 2) {
      throw node.unknown("a kernel of unknown shape");
    }
    return new Window(node, kernel).slide(image);
  }

  private static long[] weights(TracedNode node, int input) throws Untraceable {
    long[] weights = node.constant(input).shape();
    if (weights == null || weights.length != 4) {
      throw node.unknown("weights of unknown shape");
    }
    return weights;
  }

  /** A kernel that slides over rows and columns. */
  private static final class Window {

    private final TracedNode node;
    private final long[] kernel;
    private final long[] strides;
    private final long[] dilations;
    private final long[] pads;
    private final String autoPad;

    Window(TracedNode node, long... kernel) {
      this.node = node;
      this.kernel = kernel;
      this.strides = list("strides", 2, 1);
      this.dilations = list("dilations", 2, 1);
      this.pads = list("pads", 4, 0);
      this.autoPad = node.node().text("auto_pad", "NOTSET");
      for (int i = 0; i < 2; i++) {
        checkArgument(kernel[i] > 0 && strides[i] > 0 && dilations[i] > 0);
        checkArgument(
            kernel[i] < MAX_LENGTH && strides[i] < MAX_LENGTH && dilations[i] < MAX_LENGTH);
      }
      for (long pad : pads) {
        checkArgument(Math.abs(pad) < MAX_LENGTH);
      }
    }

    private long[] list(String attribute, int length, long defaultValue) {
      long[] values = node.node().integers(attribute);
      if (values == null || values.length == 0) {
        values = new long[length];
        Arrays.fill(values, defaultValue);
      }
      checkArgument(values.length == length);
      return values;
    }

    private long reach(int i) {
      return (kernel[i] - 1) * dilations[i] + 1;
    }

    Image slide(Image image) throws Untraceable, SizeMismatch {
      Image result = image;
      for (int i = 0; i < 2; i++) {
        result = result.withAlong(FIRST_AXIS + i, slide(image.along(FIRST_AXIS + i), i));
      }
      return result;
    }

    private ReceptiveInterval slide(ReceptiveInterval source, int i)
        throws Untraceable, SizeMismatch {
      long stride = strides[i];
      long before = pads[i];
      long padded = source.length() + pads[i] + pads[i + 2];
      long length;
      if (autoPad.startsWith("SAME")) {
        if (dilations[i] > 1) {
          // ONNX Runtime pads less than defined
          throw node.unknown("automatic padding and dilations");
        }
        length = (source.length() + stride - 1) / stride;
        before = half(Math.max(0, (length - 1) * stride + reach(i) - source.length()));
      } else {
        if (autoPad.equals("VALID")) {
          before = 0;
          padded = source.length();
        }
        boolean roundsUp = node.node().integer("ceil_mode", 0) != 0;
        length = Math.floorDiv(padded - reach(i) + (roundsUp ? stride - 1 : 0), stride) + 1;
        if (roundsUp && (length - 1) * stride >= source.length() + before) {
          length--; // a window must not start in the padding behind
        }
      }
      if (length < 1) {
        throw node.mismatch();
      }
      return node.derive(
          source, length, new AxisRule.Window(kernel[i], stride, dilations[i], before));
    }

    /** Returns the part of automatic padding that lies before the first element. */
    private long half(long total) {
      return autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
    }

    Image slideTransposed(Image image) throws Untraceable, SizeMismatch {
      long[] outputPadding = list("output_padding", 2, 0);
      long[] outputShape = node.node().integers("output_shape");
      Image result = image;
      for (int i = 0; i < 2; i++) {
        long wanted = outputShape == null ? -1 : outputShape[outputShape.length - 2 + i];
        result =
            result.withAlong(
                FIRST_AXIS + i,
                slideTransposed(image.along(FIRST_AXIS + i), i, outputPadding[i], wanted));
      }
      return result;
    }

    private ReceptiveInterval slideTransposed(
        ReceptiveInterval source, int i, long outputPadding, long wanted)
        throws Untraceable, SizeMismatch {
      long whole = strides[i] * (source.length() - 1) + outputPadding + reach(i);
      long before = pads[i];
      long length = whole - pads[i] - pads[i + 2];
      if (autoPad.equals("VALID")) {
        before = 0;
        length = whole;
      }
      if (autoPad.startsWith("SAME") || wanted >= 0) {
        // A kernel smaller than its stride does not reach the last elements; there are none then.
        length = wanted >= 0 ? wanted : Math.min(whole, source.length() * strides[i]);
        before = half(Math.max(0, whole - length));
      }
      if (length < 1) {
        throw node.mismatch();
      }
      return node.derive(
          source,
          length,
          new AxisRule.TransposedWindow(kernel[i], strides[i], dilations[i], before));
    }
  }
}
