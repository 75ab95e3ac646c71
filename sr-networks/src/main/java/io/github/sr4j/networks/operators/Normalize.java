// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;
import java.util.Optional;

/**
 * Images without their means, divided by their standard deviations, then scaled and shifted by two
 * trained numbers for each channel: {@code (x - mean) / sqrt(variance + epsilon) * weight + bias}.
 * Variances are means of squares, not corrected.
 */
public sealed interface Normalize extends Operator {

  /** Returns the number that is added to variances, so that a flat channel can be divided. */
  double epsilon();

  @Override
  default Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, this instanceof Batch ? 5 : 3);
    Shape images = Operands.checkImages(this, operands.get(0));
    for (Shape operand : operands.subList(1, operands.size())) {
      Operands.checkShape(this, "weights", operand, images.length(1));
    }
    return images;
  }

  /** Returns the number of the statistics to which a sample belongs. */
  private int group(Planes images, int index) {
    int plane = images.height() * images.width();
    if (this instanceof Batch) {
      return images.channel(index);
    }
    return this instanceof Instance
        ? index / plane
        : index / (plane * images.channels()) * plane + index % plane;
  }

  private DoubleTensor evaluate(List<DoubleTensor> operands, double[] means, double[] variances) {
    Planes images = new Planes(operands.get(0));
    double[] weight = operands.get(1).samples();
    double[] bias = operands.get(2).samples();
    return DoubleTensor.of(
        operands.get(0).shape(),
        i -> {
          int group = group(images, i);
          double deviation = Math.sqrt(variances[group] + epsilon());
          int channel = images.channel(i);
          return (images.samples()[i] - means[group]) / deviation * weight[channel] + bias[channel];
        });
  }

  private DoubleTensor evaluateWithOwnStatistics(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    int groups = 1 + group(images, images.samples().length - 1);
    double count = (double) images.samples().length / groups;
    double[] means = new double[groups];
    double[] variances = new double[groups];
    for (int i = 0; i < images.samples().length; i++) {
      means[group(images, i)] += images.samples()[i] / count;
    }
    for (int i = 0; i < images.samples().length; i++) {
      int group = group(images, i);
      variances[group] += Math.pow(images.samples()[i] - means[group], 2) / count;
    }
    return evaluate(operands, means, variances);
  }

  /**
   * Batch normalisation (S. Ioffe and C. Szegedy, <i>Batch Normalization: Accelerating Deep Network
   * Training by Reducing Internal Covariate Shift</i>, ICML 2015): of each channel of all images.
   *
   * <p>Its operands are images, weight, bias, running mean and running variance, each of the last
   * four [channels].
   *
   * @param isTraining whether the statistics are those of the batch (algorithm 1), towards which an
   *     engine moves the running ones, and not the running ones themselves (algorithm 2)
   */
  record Batch(double epsilon, boolean isTraining) implements Normalize {

    @Override
    public String id() {
      return "batch_norm";
    }

    /** Its statistics are those of training, which do not depend on the image. */
    @Override
    public Optional<AxisRule> along(int axis) {
      return isTraining ? Optional.empty() : Optional.of(AxisRule.SAME);
    }

    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      checkArgument(!isTraining, "batch_norm of a network in training cannot be written as ONNX");
      nodes.add("BatchNormalization", operands, result, Attribute.of("epsilon", (float) epsilon));
    }

    @Override
    public DoubleTensor evaluate(List<DoubleTensor> operands) {
      return isTraining
          ? Normalize.super.evaluateWithOwnStatistics(operands)
          : Normalize.super.evaluate(
              operands, operands.get(3).samples(), operands.get(4).samples());
    }
  }

  /**
   * Instance normalisation (D. Ulyanov et al., <i>Instance Normalization: The Missing Ingredient
   * for Fast Stylization</i>, 2016, equation 2): of each channel of each image.
   *
   * <p>Its operands are images, weight and bias, each of the last two [channels].
   */
  record Instance(double epsilon) implements Normalize {

    @Override
    public String id() {
      return "instance_norm";
    }

    @Override
    public Optional<AxisRule> along(int axis) {
      return Optional.empty();
    }

    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      nodes.add(
          "InstanceNormalization", operands, result, Attribute.of("epsilon", (float) epsilon));
    }

    @Override
    public DoubleTensor evaluate(List<DoubleTensor> operands) {
      return Normalize.super.evaluateWithOwnStatistics(operands);
    }
  }

  /**
   * Layer normalisation (J. L. Ba et al., <i>Layer Normalization</i>, 2016, equation 3) over
   * channels: of all channels of each pixel, as networks of images have it since Z. Liu et al.,
   * <i>A ConvNet for the 2020s</i>, CVPR 2022.
   *
   * <p>Its operands are images, weight and bias, each of the last two [channels].
   */
  record Layer(double epsilon) implements Normalize {

    @Override
    public String id() {
      return "layer_norm";
    }

    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      // ONNX has it for the last axes only, which channels are not.
      String images = operands.get(0);
      Attribute axes = Attribute.ofList("axes", 1);
      nodes.add("ReduceMean", List.of(images), result + "_mean", axes);
      nodes.add("Sub", List.of(images, result + "_mean"), result + "_difference");
      List<String> twice = List.of(result + "_difference", result + "_difference");
      nodes.add("Mul", twice, result + "_square");
      nodes.add("ReduceMean", List.of(result + "_square"), result + "_variance", axes);
      String summand = nodes.tensor(result + "_epsilon", Tensor.scalar((float) epsilon));
      nodes.add("Add", List.of(result + "_variance", summand), result + "_positive");
      nodes.add("Sqrt", List.of(result + "_positive"), result + "_deviation");
      nodes.add(
          "Div", List.of(result + "_difference", result + "_deviation"), result + "_normalized");
      String weight = nodes.column(operands.get(1));
      nodes.add("Mul", List.of(result + "_normalized", weight), result + "_scaled");
      nodes.add("Add", List.of(result + "_scaled", nodes.column(operands.get(2))), result);
    }

    @Override
    public DoubleTensor evaluate(List<DoubleTensor> operands) {
      return Normalize.super.evaluateWithOwnStatistics(operands);
    }
  }
}
