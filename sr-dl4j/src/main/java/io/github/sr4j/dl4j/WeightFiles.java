// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The order of weights in files, which is that of PyTorch and ONNX.
 *
 * <ul>
 *   <li>Convolutions are [out, in, height, width], where SameDiff has [height, width, in, out];
 *       transposed ones [in, out, height, width], where SameDiff has [height, width, out, in].
 *   <li>The channels before a pixel shuffle are those of the first channel behind it, then those of
 *       the second (CRD). SameDiff's depthToSpace takes the upper left pixel of every channel, then
 *       the next pixel of every channel (DCR).
 *   <li>A slope for each channel is [channels], where SameDiff has [channels, 1, 1].
 * </ul>
 */
final class WeightFiles {

  private WeightFiles() {}

  /**
   * Returns an array as a file has it.
   *
   * @param shuffle by how much the pixel shuffle behind these weights enlarges, 1 if there is none
   */
  static Npz.Array toPublished(INDArray array, int shuffle) {
    float[] held = Arrays32.read(array);
    float[] published = new float[held.length];
    int[] positions = positions(array.shape(), shuffle);
    for (int i = 0; i < held.length; i++) {
      published[positions[i]] = held[i];
    }
    long[] shape = publishedShape(array.shape()).stream().mapToLong(Long::longValue).toArray();
    return new Npz.Array(shape, published);
  }

  /**
   * Returns the samples of an array of a file as SameDiff has them.
   *
   * @param shape the shape that SameDiff has
   * @param shuffle by how much the pixel shuffle behind these weights enlarges, 1 if there is none
   */
  static float[] fromPublished(Npz.Array array, long[] shape, int shuffle) {
    float[] held = new float[array.samples().length];
    int[] positions = positions(shape, shuffle);
    for (int i = 0; i < held.length; i++) {
      held[i] = array.samples()[positions[i]];
    }
    return held;
  }

  /** The shape in a file of an array that SameDiff holds in another. */
  static List<Long> publishedShape(long[] shape) {
    return switch (shape.length) {
      case 4 -> List.of(shape[3], shape[2], shape[0], shape[1]);
      case 3 -> List.of(shape[0]);
      default -> Arrays.stream(shape).boxed().toList();
    };
  }

  /** Where in a file each sample is. */
  private static int[] positions(long[] shape, int shuffle) {
    int rank = shape.length;
    int last = (int) (rank == 4 ? shape[3] : shape[0]);
    int in = (int) (rank == 4 ? shape[2] : 1);
    int kernel = (int) (rank == 4 ? shape[0] * shape[1] : 1);
    int[] positions = new int[last * in * kernel];
    int next = 0;
    for (int yx = 0; yx < kernel; yx++) {
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < last; o++) {
          positions[next++] = (shuffled(o, last, shuffle) * in + i) * kernel + yx;
        }
      }
    }
    return positions;
  }

  private static int shuffled(int channel, int channels, int shuffle) {
    int pixels = shuffle * shuffle;
    int after = channels / pixels;
    return channel % after * pixels + channel / after;
  }
}
