// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.training.engine.EngineArray;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A float32 tensor without a gradient of its own, whose samples are in PyTorch's order. */
@SuppressWarnings("try") // scopes and modes are for what is between their braces
record TorchArray(Tensor tensor) implements EngineArray<TorchArray> {

  /** Returns an array of what a computation creates, all else of which is freed. */
  static TorchArray of(Supplier<Tensor> computation) {
    try (PointerScope scope = new PointerScope()) {
      return new TorchArray(FloatTensors.keep(computation.get()));
    }
  }

  @Override
  public float[] samples() {
    try (PointerScope scope = new PointerScope()) {
      return FloatTensors.read(tensor);
    }
  }

  @Override
  public void write(float[] samples) {
    try (PointerScope scope = new PointerScope()) {
      FloatTensors.write(tensor, samples);
    }
  }

  @Override
  public io.github.sr4j.networks.graph.Tensor tensor(Parameter parameter) {
    return io.github.sr4j.networks.graph.Tensor.of(parameter.shape(), samples());
  }

  @Override
  public void write(Parameter parameter, io.github.sr4j.networks.graph.Tensor values) {
    write(values.samples());
  }

  @Override
  public TorchArray copy() {
    return of(tensor::clone);
  }

  @Override
  public TorchArray zeros() {
    return of(() -> torch.zeros_like(tensor));
  }

  @Override
  public void clear() {
    try (PointerScope scope = new PointerScope()) {
      tensor.zero_();
    }
  }

  @Override
  public void assign(TorchArray other) {
    try (PointerScope scope = new PointerScope()) {
      tensor.copy_(other.tensor);
    }
  }

  @Override
  public void add(TorchArray other) {
    try (PointerScope scope = new PointerScope()) {
      tensor.add_(other.tensor);
    }
  }

  @Override
  public void multiply(double factor) {
    try (PointerScope scope = new PointerScope()) {
      tensor.mul_(new Scalar(factor));
    }
  }

  @Override
  public void average(TorchArray other, double share) {
    try (PointerScope scope = new PointerScope()) {
      tensor.lerp_(other.tensor, new Scalar(1 - share));
    }
  }

  @Override
  public void close() {
    tensor.close();
  }
}
