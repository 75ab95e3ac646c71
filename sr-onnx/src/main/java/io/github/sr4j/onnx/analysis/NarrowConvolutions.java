// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import com.google.common.collect.Lists;
import com.google.common.primitives.Longs;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.onnx.operators.OnnxOperators;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions to few channels, such as the last of most networks, and their rewriting. On x86,
 * ONNX Runtime computes sixteen channels of an output at a time (eight without AVX-512), also where
 * there are one or three. Therefore {@code n x n} neighbouring pixels become channels: a
 * convolution with a stride of {@code n}, whose kernel is larger by {@code n - 1}, and then a
 * {@code DepthToSpace} that puts the pixels where they belong.
 *
 * <p>A sum of the new convolution is that of the old one, of the same terms in the same order, and
 * of zeros: results do not change by a bit. Convolutions of which ONNX Runtime would compute other
 * sums are left as they are: from channels of which the last sixteen are not full, which it
 * multiplies as matrices, and before constants that it would multiply into the weights.
 */
public final class NarrowConvolutions {

  /** The largest number of weights of all convolutions that are rewritten. */
  static final int MAX_WEIGHTS = 1 << 24;

  private static final int LANES = 16;
  // Multiplications for each pixel of the output. DepthToSpace and what else moves pixels take as
  // long as half of them.
  private static final int MIN_SAVED = 5000;

  private static final int MIN_OPSET = 11; // DepthToSpace has its mode, Slice its inputs

  private final OnnxGraph graph;
  private final Set<String> folded;

  NarrowConvolutions(OnnxGraph graph) {
    this.graph = graph;
    this.folded = folded(graph);
  }

  /** Returns whether a graph has such convolutions. */
  public static boolean areIn(OnnxGraph graph) {
    NarrowConvolutions narrow = new NarrowConvolutions(graph);
    return graph.opset() >= MIN_OPSET
        && graph.nodes().stream().anyMatch(node -> narrow.block(node) > 1);
  }

  /**
   * Returns a model in which such convolutions are rewritten.
   *
   * @param model the content of a well-formed file
   * @param graph what was read from it
   */
  public static byte[] rewritten(byte[] model, OnnxGraph graph) {
    return new ConvolutionRewriter(model, graph).rewritten();
  }

  /** Returns the tensors of which the next operator would become part of their convolution. */
  private static Set<String> folded(OnnxGraph graph) {
    Set<String> constants = new HashSet<>(graph.tensors().keySet());
    for (Node node : graph.nodes()) {
      if (constants.containsAll(node.inputs())) {
        constants.addAll(node.outputs());
      }
    }
    Set<String> folded = new HashSet<>();
    for (Node node : Lists.reverse(graph.nodes())) {
      boolean isFolding =
          switch (OnnxOperators.of(node).fusion()) {
            case ALWAYS -> true;
            case WITH_CONSTANT -> node.inputs().stream().anyMatch(constants::contains);
            case OMITTED -> node.outputs().stream().anyMatch(folded::contains);
            case NONE -> false;
          };
      if (isFolding) {
        folded.addAll(node.inputs());
      }
    }
    return folded;
  }

  /** Returns the side of the square of pixels that become channels; 1 to leave a node as it is. */
  int block(Node node) {
    if (!node.operator().equals("Conv") || !node.isStandard() || node.inputs().size() < 2) {
      return 1;
    }
    Tensor weights = graph.tensors().get(node.inputs().get(1));
    if (weights == null
        || weights.shape().length != 4
        || weights.shape()[1] % LANES != 0
        || node.outputs().size() != 1
        || folded.contains(node.outputs().get(0))
        || !isKernel(node.integers("kernel_shape"), weights.shape())
        || !isPads(node.integers("pads"))
        || node.integer("group", 1) != 1
        || !node.text("auto_pad", "NOTSET").equals("NOTSET")
        || !isOnes(node.integers("strides"))
        || !isOnes(node.integers("dilations"))
        || (node.inputs().size() > 2 && !graph.tensors().containsKey(node.inputs().get(2)))) {
      return 1;
    }
    long[] shape = weights.shape();
    for (int n = 4; n > 1; n -= 2) {
      double before = (double) shape[2] * shape[3];
      double after = (double) (shape[2] + n - 1) * (shape[3] + n - 1) / (n * n);
      if (shape[0] <= LANES / (n * n)
          && (double) LANES * shape[1] * (before - after) >= MIN_SAVED
          && (double) LANES * shape[1] * after * n * n <= MAX_WEIGHTS) {
        return n;
      }
    }
    return 1;
  }

  private static boolean isKernel(long @Nullable [] declared, long[] shape) {
    return declared == null
        || (declared.length == 2 && declared[0] == shape[2] && declared[1] == shape[3]);
  }

  private static boolean isPads(long @Nullable [] declared) {
    return declared == null || declared.length == 4;
  }

  private static boolean isOnes(long @Nullable [] values) {
    return values == null || Longs.asList(values).stream().allMatch(value -> value == 1);
  }
}
