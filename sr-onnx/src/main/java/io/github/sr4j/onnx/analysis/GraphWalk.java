// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import com.google.common.collect.Lists;
import com.google.common.math.LongMath;
import com.google.common.primitives.Ints;
import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.onnx.graph.Printable;
import io.github.sr4j.onnx.operators.OnnxOperators;
import io.github.sr4j.onnx.operators.ShapeArithmetic;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.OnnxOperator;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import io.github.sr4j.onnx.tracing.WalkBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The following of an input of a given size through a graph: shapes, and for each tensor that
 * depends on pixels, on which. Used once, by one thread.
 *
 * <p>Sizes are concrete, so that what exporters compute from shapes (and there is much of it) is
 * plain arithmetic, and so that the dependence of each element is known exactly, whatever mixture
 * of strides, phases and paddings it comes through.
 */
final class GraphWalk {

  /**
   * The network's output, as the walk found it.
   *
   * @param traits a hash of what does not depend on the input's size if the network does the same
   *     at all sizes: its numbers, and how much larger than the input its tensors are
   */
  record Result(
      ReceptiveInterval rows,
      ReceptiveInterval columns,
      long alignment,
      boolean isChannelsLast,
      int traits) {}

  private static final long MAX_ELEMENTS = 1 << 24; // of 8 bytes

  private final OnnxGraph graph;
  private final Map<String, GraphValue> values = new HashMap<>();
  private final boolean isForSizes;
  private int traits;
  private long elements; // along the axes of all images that are kept
  private long samples; // of all images that are kept
  private long maxSamples; // that were kept at a time

  GraphWalk(OnnxGraph graph) {
    this(graph, false);
  }

  /**
   * Prepares a walk.
   *
   * @param isForSizes whether nothing but sizes matters: an operator that cannot be followed is
   *     taken to return images like the largest that it takes
   */
  private GraphWalk(OnnxGraph graph, boolean isForSizes) {
    this.graph = graph;
    this.isForSizes = isForSizes;
  }

  /**
   * Returns how many samples the images of a graph have that are in memory at a time, at most. An
   * operator of elements writes over what it takes, if that is not needed any more, as ONNX Runtime
   * lets it.
   *
   * @param shape as of {@link #walk}
   * @return the samples; empty if the graph cannot take the size
   */
  static OptionalLong maxSamples(
      OnnxGraph graph, String input, String output, long[] shape, boolean isChannelsLast) {
    GraphWalk walk = new GraphWalk(graph, true);
    try {
      walk.follow(input, output, shape, isChannelsLast);
    } catch (SizeMismatch | Untraceable | ArithmeticException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(walk.maxSamples);
  }

  /**
   * Follows an input.
   *
   * @param shape four sides
   * @param isChannelsLast whether they are N, H, W, C and not N, C, H, W
   * @throws Untraceable if the receptive field is not finite or not known
   * @throws SizeMismatch if a node cannot take the size
   */
  Result walk(String input, String output, long[] shape, boolean isChannelsLast)
      throws Untraceable, SizeMismatch {
    WalkBudget budget = follow(input, output, shape, isChannelsLast);
    if (values.get(output) instanceof Image image
        && image.shape().length == 4
        && image.columnAxis() == image.rowAxis() + 1
        && image.rowAxis() > 0) {
      return new Result(
          image.rows(), image.columns(), budget.alignment(), image.rowAxis() == 1, traits);
    }
    throw Untraceable.unknown("an output that is no image");
  }

  private WalkBudget follow(String input, String output, long[] shape, boolean isChannelsLast)
      throws Untraceable, SizeMismatch {
    int rowAxis = isChannelsLast ? 1 : 2;
    for (Tensor tensor : graph.tensors().values()) {
      values.put(tensor.name(), Constant.of(tensor));
    }
    ReceptiveInterval rows = ReceptiveInterval.input(Ints.checkedCast(shape[rowAxis]));
    ReceptiveInterval columns = ReceptiveInterval.input(Ints.checkedCast(shape[rowAxis + 1]));
    keep(input, new Image(shape, rows, columns, rowAxis, rowAxis + 1));
    WalkBudget budget = new WalkBudget();
    List<Node> live = live(output);
    Map<String, Integer> lastUses = new HashMap<>();
    lastUses.put(output, live.size());
    for (int i = 0; i < live.size(); i++) {
      for (String name : live.get(i).inputs()) {
        lastUses.merge(name, i, Math::max);
      }
    }
    for (int i = 0; i < live.size(); i++) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("interrupted while the model was opened");
      }
      Node node = live.get(i);
      List<? extends GraphValue> outputs;
      try {
        outputs = follow(node, budget);
      } catch (ArithmeticException | IndexOutOfBoundsException | IllegalArgumentException e) {
        // Parameters that do not fit one another; ONNX Runtime says what is wrong with them.
        outputs =
            substitutes(
                node,
                Untraceable.unknown("parameters of " + node.label() + " that cannot be followed"));
      } catch (Untraceable e) {
        outputs = substitutes(node, e);
      }
      boolean isInPlace = OnnxOperators.of(node).isInPlace();
      for (String name : node.inputs()) {
        if (isInPlace && Objects.equals(lastUses.get(name), i)) {
          release(name);
        }
      }
      // What is left out, such as the mask of a Dropout, counts as missing where it is used.
      for (int k = 0; k < Math.min(outputs.size(), node.outputs().size()); k++) {
        if (lastUses.containsKey(node.outputs().get(k))) {
          keep(node.outputs().get(k), outputs.get(k));
        }
      }
      if (elements > MAX_ELEMENTS) {
        throw Untraceable.unknown("more tensors at a time than can be followed");
      }
      for (String name : node.inputs()) {
        if (Objects.equals(lastUses.get(name), i)) {
          release(name);
        }
      }
    }
    return budget;
  }

  private void keep(String name, GraphValue value) {
    values.put(name, value);
    elements += elements(value);
    samples = LongMath.saturatedAdd(samples, samples(value));
    maxSamples = Math.max(maxSamples, samples);
  }

  private void release(String name) {
    GraphValue value = values.remove(name);
    elements -= elements(value);
    samples -= graph.tensors().containsKey(name) ? 0 : samples(value); // weights are not kept
  }

  private static long samples(@Nullable GraphValue value) {
    // A constant may follow the size of the image, as a mask does that is made of its shape.
    long @Nullable [] shape =
        value instanceof Image image
            ? image.shape()
            : value instanceof Constant constant ? constant.shape() : null;
    return shape == null ? 0 : Arrays.stream(shape).reduce(1, LongMath::saturatedMultiply);
  }

  /**
   * Returns the values that replace the outputs of an untraceable node.
   *
   * @throws Untraceable the reason, if more than sizes matters
   */
  private List<GraphValue> substitutes(Node node, Untraceable reason) throws Untraceable {
    if (!isForSizes) {
      throw reason;
    }
    GraphValue largest = Constant.UNKNOWN;
    for (String name : node.inputs()) {
      GraphValue value = values.get(name);
      if (samples(value) > samples(largest)) {
        largest = value == null ? largest : value;
      }
    }
    return Collections.nCopies(
        node.outputs().size(), OnnxOperators.of(node).isReduction() ? Constant.UNKNOWN : largest);
  }

  /** Returns the nodes on which the output depends: of others, nothing needs to be known. */
  private List<Node> live(String output) {
    Set<String> needed = new HashSet<>(Set.of(output));
    List<Node> live = new ArrayList<>();
    for (Node node : Lists.reverse(graph.nodes())) {
      if (node.outputs().stream().anyMatch(needed::contains)) {
        needed.addAll(node.inputs());
        live.add(node);
      }
    }
    return Lists.reverse(live);
  }

  private List<? extends GraphValue> follow(Node node, WalkBudget budget)
      throws Untraceable, SizeMismatch {
    List<@Nullable GraphValue> inputs = new ArrayList<>();
    boolean takesPixels = false;
    for (String name : node.inputs()) {
      GraphValue value = values.get(name);
      if (value == null && !name.isEmpty()) {
        throw Untraceable.unknown(
            "the missing tensor \"" + Printable.name(name) + "\" of " + node.label());
      }
      inputs.add(value);
      takesPixels |= value instanceof Image;
    }
    OnnxOperator operator = OnnxOperators.of(node);
    if (!takesPixels || operator.isOfShape()) {
      return List.of(constant(node, operator, inputs));
    }
    List<Image> images = operator.follow(new TracedNode(node, inputs, graph.opset(), budget));
    addTraits(inputs, images);
    return images;
  }

  private static long elements(@Nullable GraphValue value) {
    return value instanceof Image image ? image.rows().length() + image.columns().length() : 0;
  }

  private void addTraits(List<@Nullable GraphValue> inputs, List<Image> outputs) {
    for (GraphValue input : inputs) {
      // Whole numbers are shapes, places and the like, which may follow the input's size.
      if (input instanceof Constant constant && !constant.isInteger()) {
        traits = 31 * traits + Arrays.hashCode(constant.values());
      }
    }
    for (Image output : outputs) {
      traits = 31 * traits + Long.hashCode(output.rows().excess());
      traits = 31 * traits + Long.hashCode(output.columns().excess());
    }
  }

  private static Constant constant(
      Node node, OnnxOperator operator, List<@Nullable GraphValue> inputs) throws Untraceable {
    if (operator.isRandom()) {
      throw Untraceable.global(node.label());
    }
    if (operator.isControlFlow()) {
      throw Untraceable.unknown(node.label() + ", which may take pixels from around it");
    }
    return ShapeArithmetic.fold(node, inputs);
  }
}
