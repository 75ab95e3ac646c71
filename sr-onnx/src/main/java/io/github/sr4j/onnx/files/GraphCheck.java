// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.files;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.math.LongMath;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Attribute;
import io.github.sr4j.onnx.graph.OnnxGraph.Body;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.onnx.operators.ShapeArithmetic;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The refusal of graphs before ONNX Runtime sees them: of parameters that no operator can have, of
 * which some end its process, and of what would exhaust the machine. Parameters that are computed
 * from the input are not known here.
 */
public final class GraphCheck {

  // Of all graphs together. Transformers as they are exported have tens of thousands; the time that
  // ONNX Runtime takes for some is bounded by whoever opens the model.
  private static final int MAX_NODES = 50_000;
  private static final int MAX_ROUNDS = 1024; // of a loop
  private static final long MAX_SIDE = 1 << 20; // of kernels, strides, paddings and the like
  private static final long MAX_ELEMENTS = 1 << 28; // of a tensor that a parameter makes
  // Of what is computed from constants, at most so many times as many as those have.
  private static final long MAX_GROWTH = 8;

  private static final int NONE = Integer.MAX_VALUE; // an attribute only

  /** A parameter that is a list of whole numbers, and the input that may hold it instead. */
  private record Parameter(String attribute, int input, long min, long max) {}

  private static final ImmutableMap<String, List<Parameter>> PARAMETERS =
      ImmutableMap.<String, List<Parameter>>builder()
          .put("Split", List.of(new Parameter("split", 1, 0, Integer.MAX_VALUE)))
          .put("Reshape", List.of(new Parameter("shape", 1, -1, Integer.MAX_VALUE)))
          .put("Expand", List.of(new Parameter("shape", 1, 0, Integer.MAX_VALUE)))
          .put("ConstantOfShape", List.of(new Parameter("shape", 0, 0, Integer.MAX_VALUE)))
          .put("RandomNormal", List.of(new Parameter("shape", NONE, 0, Integer.MAX_VALUE)))
          .put("RandomUniform", List.of(new Parameter("shape", NONE, 0, Integer.MAX_VALUE)))
          .put("Tile", List.of(new Parameter("repeats", 1, 0, MAX_SIDE)))
          .put("Pad", List.of(new Parameter("pads", 1, -MAX_SIDE, MAX_SIDE)))
          .put("TopK", List.of(new Parameter("k", 1, 0, Integer.MAX_VALUE)))
          .buildOrThrow();

  // Of any operator.
  private static final ImmutableMap<String, Parameter> ATTRIBUTES =
      ImmutableMap.<String, Parameter>builder()
          .put("kernel_shape", new Parameter("kernel_shape", NONE, 1, MAX_SIDE))
          .put("strides", new Parameter("strides", NONE, 1, MAX_SIDE))
          .put("dilations", new Parameter("dilations", NONE, 1, MAX_SIDE))
          .put("pads", new Parameter("pads", NONE, -MAX_SIDE, MAX_SIDE))
          .put("output_padding", new Parameter("output_padding", NONE, 0, MAX_SIDE))
          .put("output_shape", new Parameter("output_shape", NONE, 1, MAX_SIDE))
          .put("group", new Parameter("group", NONE, 1, MAX_SIDE))
          .put("blocksize", new Parameter("blocksize", NONE, 1, 1024))
          .put("num_outputs", new Parameter("num_outputs", NONE, 1, MAX_SIDE))
          .put("num_heads", new Parameter("num_heads", NONE, 1, MAX_SIDE))
          .put("hidden_size", new Parameter("hidden_size", NONE, 1, MAX_SIDE))
          .put("num_groups", new Parameter("num_groups", NONE, 1, MAX_SIDE))
          .buildOrThrow();

  // Those of which a parameter says how many elements the result has.
  private static final ImmutableSet<String> MAKING =
      ImmutableSet.of("ConstantOfShape", "Expand", "RandomNormal", "RandomUniform", "Reshape");
  private static final ImmutableSet<String> GROWING =
      ImmutableSet.of(
          "Concat",
          "ConvTranspose",
          "Einsum",
          "Expand",
          "Gather",
          "Pad",
          "Resize",
          "Tile",
          "Upsample");

  private final String model;
  private long given; // elements of the tensors in the file
  private long computed; // elements of what is computed from them

  private GraphCheck(String model) {
    this.model = model;
  }

  /**
   * Checks a graph and those inside it.
   *
   * @param model what messages call the model
   * @throws ModelFormatException if something in it cannot be
   */
  public static void check(OnnxGraph graph, String model) {
    GraphCheck check = new GraphCheck(model);
    long count = graph.nodes().size();
    for (Body body : graph.bodies()) {
      count += body.nodes().size();
    }
    if (count > MAX_NODES) {
      throw check.refused("must have at most " + MAX_NODES + " nodes, but has " + count);
    }
    Map<String, Constant> constants = new HashMap<>();
    ConstantSizes sizes = new ConstantSizes();
    check.check(graph.nodes(), graph.tensors(), constants, sizes);
    for (Body body : graph.bodies()) {
      check.check(body.nodes(), body.tensors(), new HashMap<>(constants), sizes);
    }
  }

  private void check(
      List<Node> nodes,
      Map<String, Tensor> tensors,
      Map<String, Constant> constants,
      ConstantSizes sizes) {
    tensors.forEach((name, tensor) -> constants.put(name, Constant.of(tensor)));
    given = LongMath.saturatedAdd(given, sizes.addTensors(tensors));
    for (Node node : nodes) {
      List<@Nullable GraphValue> inputs = new ArrayList<>();
      boolean isConstant = !node.inputs().isEmpty() || node.operator().equals("Constant");
      for (String name : node.inputs()) {
        Constant value = constants.get(name);
        inputs.add(value);
        isConstant &= value != null || name.isEmpty();
      }
      if (node.isStandard()) {
        check(node, inputs);
      }
      if (isConstant && node.isStandard() && !node.outputs().isEmpty()) {
        Constant result = folded(node, inputs);
        constants.put(node.outputs().get(0), result);
        node.outputs().forEach(output -> constants.putIfAbsent(output, Constant.UNKNOWN));
        checkComputed(node, sizes.add(node, inputs, result));
      }
    }
  }

  private void checkComputed(Node node, long size) {
    computed = LongMath.saturatedAdd(computed, size);
    long limit = Math.max(MAX_ELEMENTS, LongMath.saturatedMultiply(MAX_GROWTH, given));
    if (computed > limit) {
      throw refused(
          String.format(
              "the tensors that are computed from constants must have at most %s elements, but"
                  + " those up to %s have %s",
              limit, node.label(), computed));
    }
  }

  private static Constant folded(Node node, List<@Nullable GraphValue> inputs) {
    try {
      return ShapeArithmetic.fold(node, inputs);
    } catch (ArithmeticException | IndexOutOfBoundsException | IllegalArgumentException e) {
      return Constant.UNKNOWN; // ONNX Runtime says what is wrong with it
    }
  }

  private void check(Node node, List<@Nullable GraphValue> inputs) {
    ATTRIBUTES.forEach((name, parameter) -> check(node, name, values(node, name), parameter));
    for (Parameter parameter : PARAMETERS.getOrDefault(node.operator(), List.of())) {
      long[] values = ShapeArithmetic.longs(node, parameter.attribute, inputs, parameter.input);
      if (values != null) {
        check(node, parameter.attribute, values, parameter);
        checkElements(node, values);
      }
    }
    switch (node.operator()) {
      case "Split" -> checkSplit(node, inputs);
      case "Slice" -> checkSteps(node, inputs);
      case "Resize", "Upsample" -> checkScales(node, inputs);
      case "Range" -> checkRange(node, inputs);
      case "Loop" -> checkLoop(node, inputs);
      default -> {}
    }
  }

  private static long[] values(Node node, String name) {
    Attribute attribute = node.attributes().get(name);
    if (attribute == null) {
      return new long[0];
    }
    return attribute.number().isPresent()
        ? new long[] {(long) attribute.number().getAsDouble()}
        : attribute.integers();
  }

  private void check(Node node, String name, long[] values, Parameter parameter) {
    for (long value : values) {
      if (value < parameter.min || value > parameter.max) {
        throw refused(
            String.format(
                "%s must be within %s to %s in %s, but is %s",
                name, parameter.min, parameter.max, node.label(), value));
      }
    }
  }

  private void checkElements(Node node, long[] values) {
    long product =
        Arrays.stream(values).filter(value -> value > 0).reduce(1, LongMath::saturatedMultiply);
    if (MAKING.contains(node.operator()) && product > MAX_ELEMENTS) {
      throw refused(
          String.format(
              "the shape of %s must have at most %s elements, but has %s",
              node.label(), MAX_ELEMENTS, product));
    }
  }

  private void checkSplit(Node node, List<@Nullable GraphValue> inputs) {
    long[] sizes = ShapeArithmetic.longs(node, "split", inputs, 1);
    if (sizes != null && sizes.length > 0 && sizes.length != node.outputs().size()) {
      throw refused(
          String.format(
              "split must have a size for each of the %s outputs of %s, but has %s",
              node.outputs().size(), node.label(), sizes.length));
    }
  }

  private void checkSteps(Node node, List<@Nullable GraphValue> inputs) {
    long[] steps = ShapeArithmetic.longs(node, "steps", inputs, 4);
    if (steps != null && Arrays.stream(steps).anyMatch(step -> step == 0)) {
      throw refused("steps must not be 0 in " + node.label());
    }
  }

  private void checkScales(Node node, List<@Nullable GraphValue> inputs) {
    List<double[]> all = new ArrayList<>();
    double[] attribute = node.floats("scales");
    if (attribute != null) {
      all.add(attribute);
    }
    for (int i = 1; i < inputs.size(); i++) {
      // The first input of Resize after the image is a region, before opset 11 the scales.
      if (inputs.get(i) instanceof Constant constant
          && constant.values() != null
          && (i > 1 || inputs.size() == 2)) {
        all.add(constant.values());
      }
    }
    for (double[] values : all) {
      for (double value : values) {
        if (!(value > 0 && value <= MAX_SIDE)) {
          throw refused(
              String.format(
                  "scales and sizes must be above 0 and at most %s in %s, but are %s",
                  MAX_SIDE, node.label(), value));
        }
      }
    }
  }

  private void checkRange(Node node, List<@Nullable GraphValue> inputs) {
    double[] bounds = new double[3];
    for (int i = 0; i < bounds.length; i++) {
      boolean isKnown =
          i < inputs.size()
              && inputs.get(i) instanceof Constant constant
              && constant.values() != null
              && constant.values().length == 1;
      if (!isKnown) {
        return;
      }
      double[] values = ((Constant) inputs.get(i)).values();
      bounds[i] = values == null ? 0 : values[0];
    }
    double count = (bounds[1] - bounds[0]) / bounds[2];
    if (!(count <= MAX_ELEMENTS)) {
      throw refused(
          String.format(
              "%s must make at most %s elements, but would make %s",
              node.label(), MAX_ELEMENTS, count));
    }
  }

  private void checkLoop(Node node, List<@Nullable GraphValue> inputs) {
    double[] rounds =
        !inputs.isEmpty() && inputs.get(0) instanceof Constant constant ? constant.values() : null;
    if (rounds == null || rounds.length != 1 || !(rounds[0] <= MAX_ROUNDS)) {
      throw refused(
          String.format(
              "%s must have a constant number of rounds of at most %s, but has %s",
              node.label(),
              MAX_ROUNDS,
              rounds == null || rounds.length != 1 ? "another" : String.valueOf((long) rounds[0])));
    }
    Attribute attribute = node.attributes().get("body");
    Body body = attribute == null ? null : attribute.body();
    if (body == null || body.inputs().size() < 3) {
      return; // nothing is carried
    }
    // What grows with each round grows exponentially.
    Set<String> carried =
        new HashSet<>(
            body.inputs().subList(Math.min(2, body.inputs().size()), body.inputs().size()));
    Set<String> grown = new HashSet<>();
    for (Node inside : body.nodes()) {
      boolean isCarried = inside.inputs().stream().anyMatch(carried::contains);
      boolean isGrown = inside.inputs().stream().anyMatch(grown::contains);
      if (isCarried) {
        carried.addAll(inside.outputs());
      }
      if (isGrown || (isCarried && GROWING.contains(inside.operator()))) {
        grown.addAll(inside.outputs());
      }
    }
    // The first output is the condition; those beyond the carried ones are collected.
    int end = Math.min(body.outputs().size(), body.inputs().size() - 1);
    for (int i = 1; i < end; i++) {
      if (grown.contains(body.outputs().get(i))) {
        throw refused(node.label() + " must not make what it carries larger with each round");
      }
    }
  }

  private ModelFormatException refused(String problem) {
    return new ModelFormatException(model + ": " + problem, null);
  }
}
