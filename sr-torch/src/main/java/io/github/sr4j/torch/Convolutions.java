// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pool;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Convolutions and pooling in LibTorch. */
final class Convolutions {

  private static final int ROWS = 2; // axes of NCHW
  private static final int COLUMNS = 3;

  private Convolutions() {}

  /** Convolves images, operand 0, with kernels, operand 1. */
  static Tensor convolve(Convolve convolve, List<Tensor> operands) {
    return torch.conv2d(
        operands.get(0),
        operands.get(1),
        bias(operands),
        both(convolve.stride()),
        new long[] {convolve.top(), convolve.left()},
        both(convolve.dilation()),
        convolve.groups());
  }

  /**
   * Convolves transposed. Of an odd excess over {@code stride} times the size, LibTorch cuts off
   * the even part on both sides, and the last row and column are cut off here.
   */
  static Tensor transposed(ConvolveTransposed convolve, List<Tensor> operands) {
    Tensor images = operands.get(0);
    int excess = convolve.kernel() - convolve.stride();
    Tensor result =
        torch.conv_transpose2d(
            images,
            operands.get(1),
            bias(operands),
            both(convolve.stride()),
            both(excess / 2),
            both(0),
            /* groups= */ 1,
            both(1));
    return excess % 2 == 0
        ? result
        : result
            .narrow(ROWS, 0, images.size(ROWS) * convolve.stride())
            .narrow(COLUMNS, 0, images.size(COLUMNS) * convolve.stride());
  }

  private static TensorOptional bias(List<Tensor> operands) {
    return operands.size() > 2 ? new TensorOptional(operands.get(2)) : new TensorOptional();
  }

  /**
   * Computes the kernel of two convolutions, one after the other: the second one's result on the
   * kernels of the first as an image, [1, inner, in, height * width]. A convolution runs in oneDNN;
   * a matrix product would run in OpenBLAS, whose threads keep the cores busy while those of oneDNN
   * compute.
   */
  static Tensor collapsed(CollapsedKernel collapsed, List<Tensor> operands) {
    Tensor expand = operands.get(0); // [inner, in, height, width]
    Tensor project = operands.get(1); // [out, inner, 1, 1]
    long pixels = expand.size(2) * expand.size(3);
    Tensor product =
        torch
            .conv2d(expand.reshape(1, expand.size(0), expand.size(1), pixels), project)
            .reshape(project.size(0), expand.size(1), expand.size(2), expand.size(3));
    return collapsed.hasIdentity() ? product.add(identity(product)) : product;
  }

  /** Returns the kernel that leaves an image as it is. */
  private static Tensor identity(Tensor like) {
    Tensor channels = torch.eye(like.size(0), like.options());
    long bottom = like.size(2) / 2;
    long right = like.size(3) / 2;
    Tensor centre = channels.reshape(like.size(0), like.size(1), 1, 1);
    return torch.constant_pad_nd(centre, right, right, bottom, bottom);
  }

  /** Computes the maximum or mean of each square. */
  static Tensor pool(Pool pool, List<Tensor> operands) {
    Tensor images = operands.get(0);
    long[] kernel = both(pool.kernel());
    long[] stride = both(pool.stride());
    return pool.kind() == Pool.Kind.MAX
        ? torch.max_pool2d(images, kernel, stride, both(0), both(1), /* ceil_mode= */ false)
        : torch.avg_pool2d(
            images,
            kernel,
            stride,
            both(0),
            /* ceil_mode= */ false,
            /* count_include_pad= */ true,
            new LongOptional());
  }

  private static long[] both(long length) {
    return new long[] {length, length};
  }
}
