// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.networks.operators.Normalize;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalisation in LibTorch, whose operands are images, weight and bias, and statistics. */
final class Normalizations {

  private static final double NO_MOMENTUM = 0; // running statistics are moved by the session

  private Normalizations() {}

  static Tensor batch(Normalize.Batch batch, List<Tensor> operands) {
    boolean isTraining = batch.isTraining();
    return torch.batch_norm(
        operands.get(0),
        new TensorOptional(operands.get(1)),
        new TensorOptional(operands.get(2)),
        isTraining ? new TensorOptional() : new TensorOptional(operands.get(3)),
        isTraining ? new TensorOptional() : new TensorOptional(operands.get(4)),
        isTraining,
        NO_MOMENTUM,
        batch.epsilon(),
        /* cudnn_enabled= */ true);
  }

  /** Returns variance and mean of each channel of a batch, the variance not corrected. */
  static T_TensorTensor_T statistics(Tensor images) {
    return torch.var_mean(
        images, new long[] {0, 2, 3}, new ScalarOptional(new Scalar(0)), /* keepdim= */ false);
  }

  static Tensor instance(Normalize.Instance instance, List<Tensor> operands) {
    return torch.instance_norm(
        operands.get(0),
        new TensorOptional(operands.get(1)),
        new TensorOptional(operands.get(2)),
        new TensorOptional(),
        new TensorOptional(),
        /* use_input_stats= */ true,
        NO_MOMENTUM,
        instance.epsilon(),
        /* cudnn_enabled= */ true);
  }

  /** In parts: LibTorch has it for the last axes only, which channels are not. */
  static Tensor layer(Normalize.Layer layer, List<Tensor> operands) {
    Tensor images = operands.get(0);
    Tensor difference = images.sub(channelMean(images));
    Tensor variance = channelMean(difference.square());
    Tensor deviation = variance.add(new Scalar(layer.epsilon())).sqrt();
    return difference
        .div(deviation)
        .mul(operands.get(1).reshape(-1, 1, 1))
        .add(operands.get(2).reshape(-1, 1, 1));
  }

  private static Tensor channelMean(Tensor images) {
    return images.mean(new long[] {1}, /* keepdim= */ true, new ScalarTypeOptional());
  }
}
