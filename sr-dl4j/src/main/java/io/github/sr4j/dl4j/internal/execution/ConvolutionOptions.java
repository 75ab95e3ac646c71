// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * The integer options of libnd4j's {@code conv2d}, {@code deconv2d} and their backward passes.
 *
 * @param height of the kernel
 * @param width of the kernel
 * @param strideDown the distance between rows of results
 * @param strideRight the distance between columns of results
 * @param top the rows of padding above and below
 * @param left the columns of padding left and right
 * @param dilationDown the distance between rows of the kernel
 * @param dilationRight the distance between columns of the kernel
 * @param keepsSize whether padding keeps the size, whatever {@code top} and {@code left} are
 * @param isChannelsLast whether images are NHWC
 * @param weightOrder 0 for [height, width, in, out], of a transposed one [height, width, out, in]
 */
public record ConvolutionOptions(
    long height,
    long width,
    long strideDown,
    long strideRight,
    long top,
    long left,
    long dilationDown,
    long dilationRight,
    boolean keepsSize,
    boolean isChannelsLast,
    long weightOrder) {

  public static final long YXIO = 0;
  public static final long OIYX = 1;

  /** Returns the options of a convolution of a graph. */
  public static ConvolutionOptions of(DifferentialFunction operation) {
    long[] options = ((DynamicCustomOp) operation).iArgs();
    return new ConvolutionOptions(
        options[0],
        options[1],
        options[2],
        options[3],
        options[4],
        options[5],
        options[6],
        options[7],
        options[8] == 1,
        options[9] != 0,
        options.length > 10 ? options[10] : YXIO);
  }

  /** Returns the options of a convolution without dilation. */
  public static ConvolutionOptions of(
      long height, long width, long stride, long top, long left, long weightOrder) {
    return new ConvolutionOptions(
        height, width, stride, stride, top, left, 1, 1, false, false, weightOrder);
  }

  /** Returns the options as libnd4j takes them. */
  public long[] toArray() {
    return new long[] {
      height,
      width,
      strideDown,
      strideRight,
      top,
      left,
      dilationDown,
      dilationRight,
      keepsSize ? 1 : 0,
      isChannelsLast ? 1 : 0,
      weightOrder
    };
  }

  /** Returns whether it has a stride of 1, no dilation, NCHW and weights [height, width, ...]. */
  public boolean isPlain() {
    return strideDown == 1
        && strideRight == 1
        && dilationDown == 1
        && dilationRight == 1
        && !isChannelsLast
        && weightOrder == YXIO;
  }

  /** Returns whether its kernel is one pixel. */
  public boolean hasOnePixel() {
    return height == 1 && width == 1 && top == 0 && left == 0;
  }

  /** Returns whether the image is extended by zeros. */
  public boolean isPadded() {
    return top != 0 || left != 0 || keepsSize;
  }

  /** Returns whether a transposed convolution enlarges by its stride. */
  public boolean isEvenlyCut() {
    return dilationDown == 1
        && dilationRight == 1
        && keepsSize
        && !isChannelsLast
        && weightOrder == YXIO
        && height >= strideDown
        && width >= strideRight;
  }

  /** Returns those of the convolution that a transposed one is the transposition of. */
  public ConvolutionOptions forward() {
    return new ConvolutionOptions(
        height, width, strideDown, strideRight, 0, 0, 1, 1, true, false, YXIO);
  }
}
