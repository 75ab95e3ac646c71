// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import io.github.sr4j.dl4j.internal.execution.GraphPlan.OperationStep;
import io.github.sr4j.dl4j.internal.execution.GraphPlan.Scratch;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/** Steps of a plan that take the place of one operation, as they are put together. */
public final class StepSequence {

  private final List<GraphPlan.Step> steps = new ArrayList<>();
  private final Scratch scratch;

  /** Creates an empty sequence. */
  public StepSequence(Scratch scratch) {
    this.scratch = scratch;
  }

  /** Steps that are one. */
  private record Sequence(List<GraphPlan.Step> steps) implements GraphPlan.Step {

    @Override
    public void run() {
      steps.forEach(GraphPlan.Step::run);
    }

    @Override
    public void close() {
      steps.forEach(GraphPlan.Step::close);
    }
  }

  /** Returns whether nothing was added. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /** Returns the sequence as one step. */
  public GraphPlan.Step toStep() {
    return new Sequence(steps);
  }

  /** Returns an array whose content is needed no longer than these steps. */
  public INDArray array(long... shape) {
    return scratch.array(shape);
  }

  /** Turns [N, C, height, width] into [C, N * height * width]. */
  public INDArray sideBySide(INDArray images) {
    long[] shape = images.shape();
    if (shape[0] == 1 || shape[1] == 1) {
      return images.reshape('c', shape[1], images.length() / shape[1]);
    }
    INDArray swapped = array(shape[1], shape[0], shape[2] * shape[3]);
    add("permute", List.of(planes(images)), swapped, 1, 0, 2);
    return swapped.reshape('c', shape[1], images.length() / shape[1]);
  }

  /** Multiplies matrices into images: the way back from {@link #sideBySide}. */
  public void product(INDArray left, int transposed, INDArray right, INDArray images) {
    long[] shape = images.shape();
    if (shape[0] == 1 || shape[1] == 1) {
      INDArray flat = images.reshape('c', shape[1], images.length() / shape[1]);
      add("matmul", List.of(left, right), flat, transposed, 0);
      return;
    }
    INDArray product = array(shape[1], images.length() / shape[1]);
    add("matmul", List.of(left, right), product, transposed, 0);
    INDArray swapped = product.reshape('c', shape[1], shape[0], shape[2] * shape[3]);
    add("permute", List.of(swapped), planes(images), 1, 0, 2);
  }

  /** Returns NCHW images with their rows and columns as one axis, without a copy. */
  public static INDArray planes(INDArray images) {
    return images.reshape('c', images.size(0), images.size(1), images.size(2) * images.size(3));
  }

  /** Other samples of an array, or the same more than once. */
  public static INDArray view(INDArray array, long[] shape, long offset, long... strides) {
    return Nd4j.create(array.data(), shape, strides, array.offset() + offset, 'c');
  }

  /**
   * Sums rows, by the product with a column of ones: {@code reduce_sum} takes ten times as long.
   */
  public void sumRows(INDArray matrix, INDArray sums) {
    INDArray ones = array(matrix.size(1), 1);
    add("ones_as", List.of(ones), ones);
    add("matmul", List.of(matrix, ones), sums.reshape('c', matrix.size(0), 1), 0, 0);
  }

  /** Adds an operation by its name. */
  public void add(String name, List<INDArray> inputs, INDArray output, long... options) {
    DynamicCustomOp operation =
        DynamicCustomOp.builder(name)
            .addInputs(inputs.toArray(INDArray[]::new))
            .addOutputs(output)
            .build();
    operation.addIArgument(options);
    steps.add(primitive(operation, inputs, output));
  }

  private static GraphPlan.Step primitive(
      DynamicCustomOp operation, List<INDArray> inputs, INDArray... outputs) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setArgs(
        inputs.toArray(INDArray[]::new),
        operation.iArgs(),
        operation.dArgs(),
        operation.tArgs(),
        operation.bArgs());
    for (int i = 0; i < outputs.length; i++) {
      context.setOutputArray(i, outputs[i]);
    }
    return new OperationStep(operation, context);
  }

  /** Adds an operation. */
  public void add(DynamicCustomOp operation, List<INDArray> inputs, INDArray... outputs) {
    steps.add(primitive(operation, inputs, outputs));
  }

  /** Adds an operation with a scalar. */
  public void addScalar(Op operation, INDArray input, INDArray result) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setInputArray(0, input);
    context.setOutputArray(0, result);
    steps.add(new OperationStep((DifferentialFunction) operation, context));
  }
}
