// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.onnx.editing.GraphEditor;
import io.github.sr4j.onnx.editing.GraphEditor.Part;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import java.util.List;

/**
 * The rewriting of the {@link NarrowConvolutions} of a file, by which everything else in it stays
 * as it is. Used once, by one thread.
 */
final class ConvolutionRewriter {

  private final GraphEditor editor;
  private final OnnxGraph graph;
  private final NarrowConvolutions narrow;
  private long weightsWritten;

  /**
   * Prepares to rewrite a file.
   *
   * @param model its content, which is well-formed
   * @param graph what was read from it
   */
  ConvolutionRewriter(byte[] model, OnnxGraph graph) {
    this.editor = new GraphEditor(model, graph);
    this.graph = graph;
    this.narrow = new NarrowConvolutions(graph);
  }

  byte[] rewritten() {
    return editor.rewritten(this::rewrite);
  }

  /** Writes what replaces a node, unless the node has to be left as it is. */
  private boolean rewrite(Node node, Part into) {
    int n = narrow.block(node);
    if (n == 1) {
      return false;
    }
    long[] shape = requireNonNull(graph.tensors().get(node.inputs().get(1))).shape();
    int outputs = (int) shape[0];
    float[] weights = editor.floats(node.inputs().get(1), shape);
    float[] bias =
        node.inputs().size() > 2
            ? editor.floats(node.inputs().get(2), outputs)
            : new float[outputs];
    if (weights.length == 0 || bias.length == 0) {
      return false; // not of 32 bits
    }
    weightsWritten += outputs * shape[1] * n * n * (shape[2] + n - 1) * (shape[3] + n - 1);
    if (weightsWritten > NarrowConvolutions.MAX_WEIGHTS) {
      return false; // many convolutions may have the same weights, which the file has once
    }
    write(node, new Kernel(weights, bias, shape), n, into);
    return true;
  }

  /** The weights of a convolution: M, C, H, W. */
  private static final class Kernel {

    private final float[] weights;
    private final float[] bias;
    private final int outputs;
    private final int channels;
    private final int height;
    private final int width;

    Kernel(float[] weights, float[] bias, long... shape) {
      this.weights = weights;
      this.bias = bias;
      this.outputs = (int) shape[0];
      this.channels = (int) shape[1];
      this.height = (int) shape[2];
      this.width = (int) shape[3];
    }

    /** Returns a kernel whose outputs are {@code n x n} pixels of each output of this. */
    Kernel forBlocks(int n) {
      int largeHeight = height + n - 1;
      int largeWidth = width + n - 1;
      float[] large = new float[outputs * n * n * channels * largeHeight * largeWidth];
      float[] largeBias = new float[outputs * n * n];
      for (int output = 0, to = 0; output < outputs; output++) {
        for (int pixel = 0; pixel < n * n; pixel++, to++) {
          largeBias[to] = bias[output];
          for (int row = 0; row < channels * height; row++) {
            int c = row / height;
            int y = row % height + pixel / n;
            System.arraycopy(
                weights,
                (output * channels * height + row) * width,
                large,
                ((to * channels + c) * largeHeight + y) * largeWidth + pixel % n,
                width);
          }
        }
      }
      return new Kernel(
          large, largeBias, (long) outputs * n * n, channels, largeHeight, largeWidth);
    }
  }

  private static void write(Node node, Kernel kernel, int n, Part into) {
    Kernel large = kernel.forBlocks(n);
    long[] declared = node.integers("pads");
    long[] pads = declared == null ? new long[4] : declared; // top, left, bottom, right
    String input = node.inputs().get(0);
    String weights =
        into.floats(large.weights, large.outputs, large.channels, large.height, large.width);
    String bias = into.floats(large.bias, large.outputs);
    String axes = into.integers(2, 3);
    String first = into.integers(0, 0);
    String two = into.integers(2);
    String four = into.integers(4);
    String lostSides =
        into.integers(pads[0] + pads[2] + 1 - kernel.height, pads[1] + pads[3] + 1 - kernel.width);
    String blocks = into.unused();
    into.successor(
        "Conv",
        List.of(input, weights, bias),
        blocks,
        GraphEditor.attribute("kernel_shape", large.height, large.width),
        GraphEditor.attribute("strides", n, n),
        GraphEditor.attribute("pads", pads[0], pads[1], pads[2] + n - 1, pads[3] + n - 1));
    String pixels = into.unused();
    ProtobufWriter mode = new ProtobufWriter().text(1, "mode").text(4, "CRD").integer(20, 3);
    ProtobufWriter size = new ProtobufWriter().text(1, "blocksize").integer(3, n).integer(20, 2);
    into.node("DepthToSpace", List.of(blocks), pixels, size, mode);
    // Where a side is no multiple of n, there is more than there was.
    String inputShape = into.unused();
    String inputSides = into.unused();
    String sides = into.unused();
    into.node("Shape", List.of(input), inputShape);
    into.node("Slice", List.of(inputShape, two, four), inputSides);
    into.node("Add", List.of(inputSides, lostSides), sides);
    into.node("Slice", List.of(pixels, first, sides, axes), node.outputs().get(0));
  }
}
