// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The copying of samples between Java arrays and contiguous float32 arrays of ND4J, in one call. On
 * CUDA, where an array is in two places, it is that of the host, which is told to ND4J.
 */
final class FloatArrays {

  private FloatArrays() {}

  static void write(INDArray array, float[] samples) {
    pointer(array).put(samples, 0, Math.toIntExact(array.length()));
    Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST);
  }

  static float[] read(INDArray array) {
    float[] samples = new float[Math.toIntExact(array.length())];
    Nd4j.getAffinityManager().ensureLocation(array, AffinityManager.Location.HOST);
    pointer(array).get(samples);
    return samples;
  }

  private static FloatPointer pointer(INDArray array) {
    return new FloatPointer(array.data().addressPointer());
  }

  /** Returns a copy of an array. */
  static Tensor tensor(INDArray array) {
    return Tensor.of(Shape.of(array.shape()), read(array));
  }
}
