// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Shape;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The copying of samples between Java arrays and float32 tensors, row-major. */
final class FloatTensors {

  private FloatTensors() {}

  /** Creates a tensor of given samples. */
  static Tensor of(Shape shape, float[] samples) {
    Tensor tensor = torch.empty(shape.toArray());
    write(tensor, samples);
    return tensor;
  }

  /**
   * Takes a tensor out of the innermost scope, in which it was created, so that it lives until it
   * is closed.
   */
  static Tensor keep(Tensor tensor) {
    tensor.retainReference();
    requireNonNull(PointerScope.getInnerScope()).detach(tensor);
    return tensor;
  }

  static Tensor of(io.github.sr4j.networks.graph.Tensor tensor) {
    return of(tensor.shape(), tensor.samples());
  }

  /** Overwrites a tensor. */
  static void write(Tensor tensor, float[] samples) {
    if (tensor.is_contiguous()) {
      tensor.data_ptr_float().put(samples, 0, Math.toIntExact(tensor.numel()));
    } else {
      tensor.copy_(of(Shape.of(tensor.shape()), samples));
    }
  }

  /** Returns a copy of the samples of any tensor. */
  static float[] read(Tensor tensor) {
    float[] samples = new float[Math.toIntExact(tensor.numel())];
    Tensor contiguous = tensor.detach().to(torch.ScalarType.Float).contiguous();
    contiguous.data_ptr_float().get(samples);
    return samples;
  }

  /** Returns a copy of a tensor. */
  static io.github.sr4j.networks.graph.Tensor copy(Tensor tensor) {
    return io.github.sr4j.networks.graph.Tensor.of(Shape.of(tensor.shape()), read(tensor));
  }
}
