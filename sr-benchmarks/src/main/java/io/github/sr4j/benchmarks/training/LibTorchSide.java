// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.spi.PatchBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * LibTorch, used as a program for one network would use it: the layers as calls, {@code backward}
 * and LibTorch's own Adam. The additional time of sr-torch's engine is the price of running any
 * graph under any settings.
 */
@SuppressWarnings("try") // scopes are for what is between their braces
public final class LibTorchSide implements TrainingSide {

  private static final long[] ONE = {1, 1};
  private static final int SHUFFLE = TrainingTask.SCALE;

  private final TrainingTask task;
  private final boolean isChannelsLast;
  private final boolean isBfloat16;
  private final PointerScope scope = new PointerScope();
  private final Map<String, Tensor> weights = new LinkedHashMap<>();
  private final List<Adam> optimizers = new ArrayList<>();

  /**
   * Reads the weights.
   *
   * @param weights a file that {@link Sr4jSide} wrote, whose weights this side begins with
   * @param execution {@code fp32}, {@code channels-last} or {@code bf16}, which has the channels
   *     last, too
   */
  public LibTorchSide(TrainingTask task, Path weights, String execution) throws IOException {
    this.task = task;
    this.isBfloat16 = execution.equals("bf16");
    this.isChannelsLast = isBfloat16 || execution.equals("channels-last");
    List<Tensor> fast = new ArrayList<>();
    List<Tensor> slow = new ArrayList<>();
    Npz.read(weights, new HashMap<>())
        .forEach(
            (name, array) -> {
              if (!name.contains("/")) { // a weight, not the state of SR4J's optimizer
                Tensor tensor = torch.empty(array.shape().toArray());
                tensor.data_ptr_float().put(array.samples(), 0, array.samples().length);
                tensor.set_requires_grad(true);
                this.weights.put(name, tensor);
                (task == TrainingTask.SRCNN && name.startsWith("conv3") ? slow : fast).add(tensor);
              }
            });
    optimizers.add(adam(fast, task.learningRate));
    if (!slow.isEmpty()) {
      optimizers.add(adam(slow, task.learningRate / 10));
    }
  }

  private static Adam adam(List<Tensor> tensors, double rate) {
    return new Adam(new TensorVector(tensors.toArray(Tensor[]::new)), new AdamOptions(rate));
  }

  @Override
  public double step(PatchBatch batch) {
    try (PointerScope ofStep = new PointerScope()) {
      Tensor input = tensor(batch.inputShape(), batch.input());
      Tensor target = cropped(tensor(batch.targetShape(), batch.target()));
      torch.set_autocast_dtype(torch.DeviceType.CPU, torch.ScalarType.BFloat16);
      torch.set_autocast_enabled(torch.DeviceType.CPU, isBfloat16);
      Tensor prediction =
          network(isChannelsLast ? input.contiguous(torch.MemoryFormat.ChannelsLast) : input);
      torch.set_autocast_enabled(torch.DeviceType.CPU, false);
      torch.clear_cache();
      Tensor inFloat = prediction.to(torch.ScalarType.Float);
      Tensor loss =
          task.loss.equals("mse")
              ? torch.mse_loss(inFloat, target)
              : torch.l1_loss(inFloat, target);
      optimizers.forEach(Adam::zero_grad);
      loss.backward();
      optimizers.forEach(Adam::step);
      return loss.item_float();
    }
  }

  private static Tensor tensor(PatchBatch.Shape shape, float[] samples) {
    Tensor tensor = torch.empty(shape.batch(), shape.channels(), shape.height(), shape.width());
    tensor.data_ptr_float().put(samples, 0, samples.length);
    return tensor;
  }

  private Tensor cropped(Tensor target) {
    long side = task.targetSize() - 2L * task.lostEdge;
    return task.lostEdge == 0
        ? target
        : target.narrow(2, task.lostEdge, side).narrow(3, task.lostEdge, side);
  }

  private Tensor network(Tensor input) {
    return switch (task) {
      case SRCNN -> {
        Tensor x = convolution("conv1", input, 0).relu();
        yield convolution("conv3", convolution("conv2", x, 0).relu(), 0);
      }
      case VDSR -> convolution("conv20", chain(input, 19), 1).add(input);
      case EDSR -> edsr(input);
      case COMPACT -> compact(input, 6);
      case EXPANDED -> compact(input, 12);
    };
  }

  private Tensor chain(Tensor input, int layers) {
    Tensor x = input;
    for (int i = 1; i <= layers; i++) {
      x = convolution("conv" + i, x, 1).relu();
    }
    return x;
  }

  private Tensor compact(Tensor input, int layers) {
    Tensor residual = convolution("conv" + (layers + 2), chain(input, layers + 1), 1);
    return torch.pixel_shuffle(residual.add(input), SHUFFLE);
  }

  private Tensor edsr(Tensor input) {
    Tensor mean = torch.tensor(0.4488f, 0.4371f, 0.4040f).reshape(1, 3, 1, 1);
    Tensor head = convolution("head.0", input.sub(mean), 1);
    Tensor x = head;
    for (int i = 0; i < 16; i++) {
      String name = "body." + i + ".body.";
      x = x.add(convolution(name + "2", convolution(name + "0", x, 1).relu(), 1));
    }
    x = convolution("body.16", x, 1).add(head);
    x = torch.pixel_shuffle(convolution("tail.0.0", x, 1), SHUFFLE);
    return convolution("tail.1", x, 1).add(mean);
  }

  private Tensor convolution(String layer, Tensor input, long padding) {
    Tensor kernel = weights.get(layer + ".weight");
    return torch.conv2d(
        input,
        kernel == null ? collapsed(layer) : kernel,
        new TensorOptional(weight(layer + ".bias")),
        ONE,
        new long[] {padding, padding},
        ONE,
        /* groups= */ 1);
  }

  private Tensor weight(String name) {
    return requireNonNull(weights.get(name), name);
  }

  /** The kernel of a collapsible linear block, in the form that is fastest in LibTorch. */
  private Tensor collapsed(String layer) {
    Tensor expand = weight(layer + ".expand.weight"); // [inner, in, 3, 3]
    Tensor project = weight(layer + ".project.weight"); // [out, inner, 1, 1]
    torch.set_autocast_enabled(torch.DeviceType.CPU, false);
    Tensor product =
        torch
            .conv2d(expand.reshape(1, expand.size(0), expand.size(1), 9), project)
            .reshape(project.size(0), expand.size(1), 3, 3);
    Tensor centre = torch.eye(product.size(0)).reshape(product.size(0), product.size(1), 1, 1);
    Tensor kernel = product.add(torch.constant_pad_nd(centre, 1, 1, 1, 1));
    torch.set_autocast_enabled(torch.DeviceType.CPU, isBfloat16);
    return kernel;
  }

  @Override
  public void close() {
    scope.close();
  }
}
