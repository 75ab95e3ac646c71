// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.quantization;

import com.google.common.collect.Sets;
import io.github.sr4j.onnx.editing.GraphEditor;
import io.github.sr4j.onnx.editing.GraphEditor.Part;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.quantization.QuantizationPlan.Convolution;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The static quantization of a model (R. Krishnamoorthi, Quantizing deep convolutional networks for
 * efficient inference, 2018): weights become signed numbers, with a scale for each output channel,
 * and activations unsigned ones, with the scale that calibration finds. Used once, by one thread.
 *
 * <p>Processors without instructions for it (VNNI) add two products of 8 bits in a number of 16.
 * The weights of such a pair are therefore at most 128 steps together: {@code 255 * 128} fits, so
 * that the pixels are the same everywhere.
 */
public final class QuantizedModel {

  /** The least opset of ONNX that has the operators. */
  public static final int MIN_OPSET = 10;

  private static final int MAX_WEIGHT = 127; // steps
  private static final int MAX_PAIR = 127; // steps; rounding may add one

  private final byte[] model;
  private final OnnxGraph graph;
  private final Set<String> graphOutputs;
  private final QuantizationPlan plan;
  private final Map<String, ActivationRange> ranges = new HashMap<>();
  private final Map<String, Activation> activations = new HashMap<>();
  private final Map<String, String> numbers = new HashMap<>(); // by the tensor that they stand for

  /**
   * Prepares a model.
   *
   * @param model the content of a well-formed file
   * @param graph what was read from it
   * @param graphOutputs the names of its outputs
   */
  public QuantizedModel(byte[] model, OnnxGraph graph, Set<String> graphOutputs) {
    this.model = model;
    this.graph = graph;
    this.graphOutputs = graphOutputs;
    this.plan = new QuantizationPlan(graph, new GraphEditor(model, graph), graphOutputs);
    plan.activations().forEach(name -> ranges.put(name, new ActivationRange()));
  }

  /** Returns how many convolutions compute in 8 bits. */
  public int convolutions() {
    return plan.convolutions().size();
  }

  /** Returns the names of the tensors whose values calibration needs. */
  public Set<String> activations() {
    return plan.activations();
  }

  /** Returns the model with those tensors among its outputs. */
  public byte[] observable() {
    GraphEditor editor = new GraphEditor(model, graph);
    editor.addOutputs(Sets.difference(plan.activations(), graphOutputs));
    return editor.rewritten((node, into) -> false);
  }

  /** Takes values of a tensor for its range, before any are counted. */
  public void widen(String tensor, float[] values) {
    range(tensor).widen(values);
  }

  /** Counts values of a tensor, all of which its range holds. */
  public void count(String tensor, float[] values) {
    range(tensor).count(values);
  }

  /** Chooses the forms of the tensors, all of whose values are counted. */
  public void choose() {
    ranges.forEach((name, range) -> activations.put(name, range.activation()));
  }

  /**
   * Adds values of a tensor, whose form is chosen, to the means of its channels.
   *
   * @param shape N, C, H, W
   */
  public void average(String tensor, float[] values, long... shape) {
    range(tensor).average(activation(tensor), values, (int) shape[1], (int) (shape[2] * shape[3]));
  }

  /** Returns whether all values of the tensors were finite. */
  public boolean isFinite() {
    return ranges.values().stream().allMatch(ActivationRange::isFinite);
  }

  private ActivationRange range(String tensor) {
    ActivationRange range = ranges.get(tensor);
    if (range == null) {
      throw new IllegalArgumentException("no activation: " + tensor);
    }
    return range;
  }

  /**
   * Returns the content of the file.
   *
   * @param metadata entries to be added to those of the model, or to replace them
   */
  public byte[] toBytes(Map<String, String> metadata) {
    GraphEditor editor = new GraphEditor(model, graph);
    editor.putMetadata(metadata);
    editor.omitTensors(plan.replacedTensors());
    return editor.rewritten(this::write);
  }

  private boolean write(Node node, Part into) {
    @Nullable Convolution convolution = plan.convolutions().get(node);
    if (convolution == null) {
      return plan.isMerged(node);
    }
    Activation input = activation(convolution.input);
    Activation output = activation(convolution.activation);
    @Nullable String inputNumbers = numbers.get(convolution.input);
    if (inputNumbers == null) {
      inputNumbers = into.unused();
      numbers.put(convolution.input, inputNumbers);
      into.node(
          "QuantizeLinear",
          List.of(convolution.input, into.scalar(input.scale()), into.uint8(input.zeroPoint())),
          inputNumbers);
    }
    String outputNumbers = into.unused();
    numbers.put(convolution.activation, outputNumbers);
    String outputScale = into.scalar(output.scale());
    String outputZero = into.uint8(output.zeroPoint());
    float[] scales = scales(convolution);
    byte[] weights = weights(convolution, scales);
    into.twin(
        "QLinearConv",
        List.of(
            inputNumbers,
            into.scalar(input.scale()),
            into.uint8(input.zeroPoint()),
            into.int8s(weights, convolution.shape),
            into.floats(scales, scales.length),
            into.int8s(new byte[scales.length], scales.length),
            outputScale,
            outputZero,
            into.int32s(bias(convolution, weights, scales, input.scale()), scales.length)),
        outputNumbers);
    String activation = convolution.activation;
    if (graphOutputs.contains(activation) || plan.isUsedInFloat(activation)) {
      into.node("DequantizeLinear", List.of(outputNumbers, outputScale, outputZero), activation);
    }
    return true;
  }

  private Activation activation(String tensor) {
    Activation activation = activations.get(tensor);
    if (activation == null) {
      throw new IllegalArgumentException("no activation: " + tensor);
    }
    return activation;
  }

  /** Returns the value of a step of the weights to each output. */
  private static float[] scales(Convolution convolution) {
    float[] weights = convolution.weights;
    float[] scales = new float[convolution.bias.length];
    int perOutput = weights.length / scales.length;
    int plane = perOutput / (int) convolution.shape[1];
    for (int output = 0; output < scales.length; output++) {
      int from = output * perOutput;
      float largest = 0;
      float pair = 0;
      for (int i = 0; i < perOutput; i++) {
        float weight = weights[from + i];
        largest = Math.max(largest, Math.abs(weight));
        // Products are added of neighbours in a row of the kernel, or in the order of channels.
        if (i % 2 == 0 && i + 1 < perOutput) {
          pair = Math.max(pair, Math.abs(weight + weights[from + i + 1]));
        }
        if (i / plane % 2 == 0 && i + plane < perOutput) {
          pair = Math.max(pair, Math.abs(weight + weights[from + i + plane]));
        }
      }
      float scale = Math.max(largest / MAX_WEIGHT, pair / MAX_PAIR);
      scales[output] = scale > 0 ? scale : 1;
    }
    return scales;
  }

  private static byte[] weights(Convolution convolution, float[] scales) {
    float[] weights = convolution.weights;
    int perOutput = weights.length / scales.length;
    byte[] steps = new byte[weights.length];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = (byte) Math.rint(weights[i] / scales[i / perOutput]);
    }
    return steps;
  }

  /**
   * Returns the bias in steps of the product, corrected by what the rounding of weights and input
   * adds to an output on average: with the means {@code m} of the channels, the output keeps its
   * mean {@code w m + b} if the bias is {@code b + w m - w' m'} (M. Nagel et al., Data-free
   * quantization through weight equalization and bias correction, ICCV 2019).
   */
  private int[] bias(Convolution convolution, byte[] steps, float[] scales, float inputScale) {
    ActivationRange input = range(convolution.input);
    float[] weights = convolution.weights;
    int perOutput = weights.length / scales.length;
    int inputs = (int) convolution.shape[1]; // of a group
    int plane = perOutput / inputs;
    int outputsOfGroup = (int) (scales.length / convolution.node.integer("group", 1));
    int[] bias = new int[scales.length];
    for (int output = 0; output < bias.length; output++) {
      double value = convolution.bias[output];
      for (int i = 0; i < perOutput; i++) {
        int channel = output / outputsOfGroup * inputs + i / plane;
        int w = output * perOutput + i;
        value +=
            weights[w] * input.mean(channel)
                - (double) steps[w] * scales[output] * input.quantizedMean(channel);
      }
      // A cast of a double saturates.
      bias[output] = (int) Math.rint(value / ((double) inputScale * scales[output]));
    }
    return bias;
  }
}
