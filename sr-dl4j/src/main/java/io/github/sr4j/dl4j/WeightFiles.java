// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The order of weights in files: convolutions as [out, in, height, width], as PyTorch and ONNX have
 * them, where SameDiff has [height, width, in, out].
 */
final class WeightFiles {

  private WeightFiles() {}

  static Npz.Array toPublished(INDArray array) {
    float[] samples = Arrays32.read(array);
    long[] shape = array.shape();
    if (shape.length != 4) {
      return new Npz.Array(shape, samples);
    }
    int outer = (int) (shape[0] * shape[1]);
    int in = (int) shape[2];
    int out = (int) shape[3];
    float[] oihw = new float[samples.length];
    for (int yx = 0; yx < outer; yx++) {
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          oihw[(o * in + i) * outer + yx] = samples[(yx * in + i) * out + o];
        }
      }
    }
    return new Npz.Array(new long[] {out, in, shape[0], shape[1]}, oihw);
  }

  static float[] fromPublished(Npz.Array array) {
    long[] shape = array.shape();
    if (shape.length != 4) {
      return array.samples();
    }
    int out = (int) shape[0];
    int in = (int) shape[1];
    int outer = (int) (shape[2] * shape[3]);
    float[] yxio = new float[array.samples().length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        for (int yx = 0; yx < outer; yx++) {
          yxio[(yx * in + i) * out + o] = array.samples()[(o * in + i) * outer + yx];
        }
      }
    }
    return yxio;
  }

  /** The shape in a file of an array that SameDiff holds in another. */
  static List<Long> publishedShape(long[] shape) {
    return shape.length == 4
        ? List.of(shape[3], shape[2], shape[0], shape[1])
        : Arrays.stream(shape).boxed().toList();
  }
}
