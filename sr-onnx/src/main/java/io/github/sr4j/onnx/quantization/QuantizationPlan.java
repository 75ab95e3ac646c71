// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.quantization;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.Lists;
import com.google.common.collect.SetMultimap;
import io.github.sr4j.onnx.editing.GraphEditor;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The convolutions of a graph that compute in 8 bits: those between two others, whose weights are
 * in the file. The first and the last ones, which see and make the samples of the image, stay in
 * float: they cost little, and most of the loss would come from them.
 *
 * <p>The activation of a convolution is its output, or that of the {@code Relu} that alone takes
 * it: 8-bit numbers without a sign cut off what is below zero anyway.
 */
final class QuantizationPlan {

  /** A convolution. */
  static final class Convolution {

    final Node node;
    final String input;
    final String activation; // the name of the tensor that it makes
    final long[] shape; // M, C, H, W
    final float[] weights;
    final float[] bias; // of each of M

    Convolution(
        Node node, String input, String activation, long[] shape, float[] weights, float[] bias) {
      this.node = node;
      this.input = input;
      this.activation = activation;
      this.shape = shape;
      this.weights = weights;
      this.bias = bias;
    }
  }

  private final ImmutableMap<Node, Convolution> convolutions;
  private final ImmutableSet<Node> merged;
  private final ImmutableSet<String> activations;
  private final SetMultimap<String, Node> users = LinkedHashMultimap.create();

  QuantizationPlan(OnnxGraph graph, GraphEditor editor, Collection<String> graphOutputs) {
    for (Node node : graph.nodes()) {
      node.inputs().forEach(input -> users.put(input, node));
    }
    Set<Node> inner = between(graph);
    Map<Node, Convolution> found = new LinkedHashMap<>();
    Set<Node> relus = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (inner.contains(node) && isPlain(node, graph)) {
        long[] shape = requireNonNull(graph.tensors().get(node.inputs().get(1))).shape();
        float[] weights = editor.floats(node.inputs().get(1), shape);
        float[] bias =
            node.inputs().size() > 2
                ? editor.floats(node.inputs().get(2), shape[0])
                : new float[(int) shape[0]];
        if (weights.length > 0 && bias.length > 0) {
          String output = node.outputs().get(0);
          List<Node> takers = ImmutableList.copyOf(users.get(output));
          boolean isRelu =
              takers.size() == 1
                  && takers.get(0).operator().equals("Relu")
                  && takers.get(0).isStandard()
                  && !graphOutputs.contains(output);
          if (isRelu) {
            relus.add(takers.get(0));
            output = takers.get(0).outputs().get(0);
          }
          found.put(
              node, new Convolution(node, node.inputs().get(0), output, shape, weights, bias));
        }
      }
    }
    convolutions = ImmutableMap.copyOf(found);
    merged = ImmutableSet.copyOf(relus);
    ImmutableSet.Builder<String> tensors = ImmutableSet.builder();
    found.values().forEach(each -> tensors.add(each.input).add(each.activation));
    activations = tensors.build();
  }

  /** Returns the convolutions that come after one and before another. */
  private static Set<Node> between(OnnxGraph graph) {
    Set<Node> after = new HashSet<>();
    Set<String> reached = new HashSet<>();
    for (Node node : graph.nodes()) {
      boolean isReached = node.inputs().stream().anyMatch(reached::contains);
      if (isReached && isConvolution(node)) {
        after.add(node);
      }
      if (isReached || isConvolution(node)) {
        reached.addAll(node.outputs());
      }
    }
    Set<Node> between = new HashSet<>();
    Set<String> needed = new HashSet<>();
    for (Node node : Lists.reverse(graph.nodes())) {
      boolean isNeeded = node.outputs().stream().anyMatch(needed::contains);
      if (isNeeded && after.contains(node)) {
        between.add(node);
      }
      if (isNeeded || isConvolution(node)) {
        needed.addAll(node.inputs());
      }
    }
    return between;
  }

  private static boolean isConvolution(Node node) {
    return node.operator().equals("Conv") || node.operator().equals("ConvTranspose");
  }

  private static boolean isPlain(Node node, OnnxGraph graph) {
    if (!node.operator().equals("Conv") || !node.isStandard() || node.inputs().size() < 2) {
      return false;
    }
    Tensor weights = graph.tensors().get(node.inputs().get(1));
    return weights != null && weights.shape().length == 4 && node.outputs().size() == 1;
  }

  /** Returns the convolutions, in the order of the graph, by their nodes. */
  ImmutableMap<Node, Convolution> convolutions() {
    return convolutions;
  }

  /** Returns whether a node is part of the convolution before it. */
  boolean isMerged(Node node) {
    return merged.contains(node);
  }

  /** Returns the names of the tensors that become numbers of 8 bits. */
  ImmutableSet<String> activations() {
    return activations;
  }

  /** Returns the names of the weights and biases that nothing but the convolutions uses. */
  Set<String> replacedTensors() {
    Set<String> tensors = new HashSet<>();
    for (Node node : convolutions.keySet()) {
      node.inputs().stream().skip(1).filter(tensor -> !isUsedInFloat(tensor)).forEach(tensors::add);
    }
    return tensors;
  }

  /** Returns whether a node computes with a tensor in float. */
  boolean isUsedInFloat(String tensor) {
    List<Node> others = new ArrayList<>(users.get(tensor));
    others.removeIf(convolutions::containsKey);
    return !others.isEmpty();
  }
}
