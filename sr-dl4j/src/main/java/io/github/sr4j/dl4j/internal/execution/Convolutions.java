// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pool;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** Convolutions and pooling in SameDiff, of kernels [height, width, in, out]. */
public final class Convolutions {

  private final SameDiff graph;
  private final Rearrangements rearrangements;

  /** Creates the convolutions of a graph. */
  public Convolutions(SameDiff graph, Rearrangements rearrangements) {
    this.graph = graph;
    this.rearrangements = rearrangements;
  }

  /**
   * Adds a convolution.
   *
   * @param bias none or one
   */
  public SDVariable convolve(
      Convolve convolve, SDVariable images, SDVariable kernels, List<SDVariable> bias) {
    if (convolve.groups() == 1) {
      return ungrouped(convolve, images, kernels, bias);
    }
    // libnd4j has no groups: one after the other.
    long in = kernels.getShape()[2];
    long out = kernels.getShape()[3] / convolve.groups();
    List<SDVariable> results = new ArrayList<>();
    for (int group = 0; group < convolve.groups(); group++) {
      int first = group;
      results.add(
          ungrouped(
              convolve,
              graph.slice(images, new int[] {0, (int) (group * in), 0, 0}, -1, (int) in, -1, -1),
              graph.slice(kernels, new int[] {0, 0, 0, (int) (group * out)}, -1, -1, -1, (int) out),
              bias.stream()
                  .map(all -> graph.slice(all, new int[] {(int) (first * out)}, (int) out))
                  .toList()));
    }
    return graph.concat(1, results.toArray(SDVariable[]::new));
  }

  private SDVariable ungrouped(
      Convolve convolve, SDVariable images, SDVariable kernels, List<SDVariable> bias) {
    return convolve.dilation() == 1
        ? plain(convolve, images, kernels, bias)
        : dilated(convolve, images, kernels, bias);
  }

  /**
   * Adds a dilated convolution: the sum of what each pixel of the kernel makes of the image, moved
   * by its place. oneDNN, as ND4J calls it, has none.
   */
  private SDVariable dilated(
      Convolve convolve, SDVariable images, SDVariable kernels, List<SDVariable> bias) {
    SDVariable padded = rearrangements.padded(images, convolve.top(), convolve.left());
    Convolve one = Convolve.of(1, 1, 0);
    int bottom = (convolve.height() - 1) * convolve.dilation();
    int right = (convolve.width() - 1) * convolve.dilation();
    SDVariable sum = null;
    for (int y = 0; y < convolve.height(); y++) {
      for (int x = 0; x < convolve.width(); x++) {
        int top = y * convolve.dilation();
        int left = x * convolve.dilation();
        SDVariable moved =
            rearrangements.part(
                padded,
                new int[] {top, left},
                new int[] {bottom - top, right - left},
                convolve.stride());
        SDVariable kernel = graph.slice(kernels, new int[] {y, x, 0, 0}, 1, 1, -1, -1);
        SDVariable term = plain(one, moved, kernel, sum == null ? bias : List.of());
        sum = sum == null ? term : sum.add(term);
      }
    }
    return requireNonNull(sum);
  }

  private SDVariable plain(
      Convolve convolve, SDVariable images, SDVariable kernels, List<SDVariable> bias) {
    // What libnd4j does to keep a size is as fast as none, but begins elsewhere if there is a
    // stride.
    boolean keepsSize =
        convolve.stride() == 1
            && convolve.height() % 2 == 1
            && convolve.width() % 2 == 1
            && convolve.top() == (convolve.height() - 1) / 2
            && convolve.left() == (convolve.width() - 1) / 2;
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(convolve.height())
            .kW(convolve.width())
            .sH(convolve.stride())
            .sW(convolve.stride())
            .pH(keepsSize ? 0 : convolve.top())
            .pW(keepsSize ? 0 : convolve.left())
            .paddingMode(keepsSize ? PaddingMode.SAME : PaddingMode.VALID)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    return bias.isEmpty()
        ? graph.cnn().conv2d(images, kernels, config)
        : graph.cnn().conv2d(images, kernels, bias.get(0), config);
  }

  /**
   * Adds a transposed convolution.
   *
   * @param kernels [height, width, out, in]
   * @param bias none or one
   */
  public SDVariable transposed(
      ConvolveTransposed convolve, SDVariable images, SDVariable kernels, List<SDVariable> bias) {
    DeConv2DConfig config =
        DeConv2DConfig.builder()
            .kH(convolve.kernel())
            .kW(convolve.kernel())
            .sH(convolve.stride())
            .sW(convolve.stride())
            .isSameMode(true)
            .dataFormat(DeConv2DConfig.NCHW)
            .build();
    return bias.isEmpty()
        ? graph.cnn().deconv2d(images, kernels, config)
        : graph.cnn().deconv2d(images, kernels, bias.get(0), config);
  }

  /**
   * Adds the kernel of two convolutions, one after the other.
   *
   * @param oihw the shape of the result in files
   */
  public SDVariable collapsed(
      CollapsedKernel collapsed, SDVariable expand, SDVariable project, long[] oihw) {
    long[] shape = {oihw[2], oihw[3], oihw[1], oihw[0]};
    long inner = expand.getShape()[3];
    SDVariable product =
        graph.reshape(
            graph
                .reshape(expand, shape[0] * shape[1] * shape[2], inner)
                .mmul(graph.reshape(project, inner, shape[3])),
            shape);
    return collapsed.hasIdentity() ? product.add(identity(shape)) : product;
  }

  /** Returns the kernel that leaves an image as it is. */
  private SDVariable identity(long... shape) {
    INDArray kernel = Nd4j.zeros(DataType.FLOAT, shape);
    for (int channel = 0; channel < shape[3]; channel++) {
      kernel.putScalar(new long[] {shape[0] / 2, shape[1] / 2, channel, channel}, 1);
    }
    return graph.constant(kernel);
  }

  /** Adds the maximum or mean of each square. */
  public SDVariable pool(Pool pool, SDVariable images) {
    Pooling2DConfig config =
        Pooling2DConfig.builder()
            .kH(pool.kernel())
            .kW(pool.kernel())
            .sH(pool.stride())
            .sW(pool.stride())
            .build();
    return pool.kind() == Pool.Kind.MAX
        ? graph.cnn().maxPooling2d(images, config)
        : graph.cnn().avgPooling2d(images, config);
  }
}
