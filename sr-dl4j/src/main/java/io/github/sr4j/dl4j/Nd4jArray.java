// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.training.engine.EngineArray;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An array of ND4J, in the order of {@link WeightLayout} if it belongs to a parameter. */
record Nd4jArray(INDArray array) implements EngineArray<Nd4jArray> {

  @Override
  public float[] samples() {
    return FloatArrays.read(array);
  }

  @Override
  public void write(float[] samples) {
    FloatArrays.write(array, samples);
  }

  @Override
  public Tensor tensor(Parameter parameter) {
    return WeightLayout.published(parameter, samples());
  }

  @Override
  public void write(Parameter parameter, Tensor tensor) {
    write(WeightLayout.held(parameter, tensor));
  }

  @Override
  public Nd4jArray copy() {
    return new Nd4jArray(array.dup('c'));
  }

  @Override
  public Nd4jArray zeros() {
    return new Nd4jArray(Nd4j.create(DataType.FLOAT, array.shape(), 'c'));
  }

  @Override
  public void clear() {
    array.assign(0);
  }

  @Override
  public void assign(Nd4jArray other) {
    array.assign(other.array);
  }

  @Override
  public void add(Nd4jArray other) {
    array.addi(other.array);
  }

  @Override
  public void multiply(double factor) {
    array.muli(factor);
  }

  /** In place: an array for each call would pile up. */
  @Override
  public void average(Nd4jArray other, double share) {
    INDArray alike = other.array.reshape('c', array.shape());
    array.subi(alike).muli(share).addi(alike);
  }

  @Override
  public void close() {
    array.close();
  }
}
