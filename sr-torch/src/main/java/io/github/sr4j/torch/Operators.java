// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Concatenate;
import io.github.sr4j.networks.operators.GramMatrix;
import io.github.sr4j.networks.operators.LeakyRelu;
import io.github.sr4j.networks.operators.MatrixProduct;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Permute;
import io.github.sr4j.networks.operators.Prelu;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Reshape;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.Softmax;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.WithNumber;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.PixelShuffle;
import io.github.sr4j.networks.operators.spatial.PixelUnshuffle;
import io.github.sr4j.networks.operators.spatial.Pool;
import io.github.sr4j.networks.operators.spatial.Resize;
import io.github.sr4j.networks.operators.spatial.ResizeTo;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The table of operators: what LibTorch computes for each. */
final class Operators {

  /** The computation of an operator's result from its operands; never one of the operands. */
  private interface Translation<T extends Operator> {
    Tensor apply(T operator, List<Tensor> operands);
  }

  private static final ImmutableMap<Class<?>, Translation<?>> TABLE =
      new Table()
          .put(Binary.class, Operators::binary)
          .put(CollapsedKernel.class, Convolutions::collapsed)
          .put(Concatenate.class, Operators::concatenated)
          .put(Convolve.class, Convolutions::convolve)
          .put(ConvolveTransposed.class, Convolutions::transposed)
          .put(GramMatrix.class, (operator, x) -> gram(x.get(0)))
          .put(
              LeakyRelu.class,
              (operator, x) -> torch.leaky_relu(x.get(0), new Scalar(operator.slope())))
          .put(MatrixProduct.class, Operators::product)
          .put(Normalize.Batch.class, Normalizations::batch)
          .put(Normalize.Instance.class, Normalizations::instance)
          .put(Normalize.Layer.class, Normalizations::layer)
          .put(Pad.class, Rearrangements::pad)
          .put(Permute.class, (operator, x) -> x.get(0).permute(longs(operator.order())))
          .put(PixelShuffle.class, (operator, x) -> torch.pixel_shuffle(x.get(0), operator.block()))
          .put(
              PixelUnshuffle.class,
              (operator, x) -> torch.pixel_unshuffle(x.get(0), operator.block()))
          .put(Pool.class, Convolutions::pool)
          .put(Prelu.class, (operator, x) -> prelu(x.get(0), x.get(1)))
          .put(Reduce.class, Operators::reduce)
          .put(Reshape.class, Rearrangements::reshape)
          .put(Resize.class, Rearrangements::resize)
          .put(ResizeTo.class, Rearrangements::resizeTo)
          .put(Slice.class, Rearrangements::slice)
          .put(Softmax.class, (operator, x) -> torch.softmax(x.get(0), -1))
          .put(Unary.class, (operator, x) -> unary(operator, x.get(0)))
          .put(WithNumber.class, (operator, x) -> withNumber(operator, x.get(0)))
          .build();

  private Operators() {}

  /** The table as it is put together. */
  private static final class Table {

    private final ImmutableMap.Builder<Class<?>, Translation<?>> entries = ImmutableMap.builder();

    <T extends Operator> Table put(Class<T> operator, Translation<T> translation) {
      entries.put(operator, translation);
      return this;
    }

    ImmutableMap<Class<?>, Translation<?>> build() {
      return entries.buildOrThrow();
    }
  }

  /**
   * Computes the result of an operator.
   *
   * @throws IllegalArgumentException if the operator is not in the table
   */
  static Tensor apply(Operator operator, List<Tensor> operands) {
    Class<?> kind =
        operator instanceof Enum<?> constant ? constant.getDeclaringClass() : operator.getClass();
    @SuppressWarnings("unchecked") // entries are put with the class that they translate
    @Nullable Translation<Operator> translation = (Translation<Operator>) TABLE.get(kind);
    if (translation == null) {
      throw new IllegalArgumentException(
          String.format("operator %s is not known to this engine", operator.id()));
    }
    return requireNonNull(translation.apply(operator, operands));
  }

  private static Tensor unary(Unary unary, Tensor x) {
    return switch (unary) {
      case ABS -> x.abs();
      case EXACT_GELU -> torch.gelu(x, "none");
      case EXP -> x.exp();
      case GELU -> torch.gelu(x, "tanh");
      case HARD_SIGMOID -> torch.hardsigmoid(x);
      case HARD_SWISH -> torch.hardswish(x);
      case LOG -> x.log();
      case NEGATE -> x.neg();
      case RELU -> x.relu();
      case SIGMOID -> torch.sigmoid(x);
      case SILU -> torch.silu(x);
      case SQRT -> x.sqrt();
      case SQUARE -> x.square();
      case TANH -> x.tanh();
    };
  }

  private static Tensor binary(Binary binary, List<Tensor> operands) {
    Tensor x = operands.get(0);
    Tensor y = operands.get(1);
    return switch (binary) {
      case ADD -> x.add(y);
      case SUBTRACT -> x.sub(y);
      case MULTIPLY -> x.mul(y);
      case DIVIDE -> x.div(y);
    };
  }

  private static Tensor withNumber(WithNumber with, Tensor x) {
    Scalar number = new Scalar(with.number());
    return switch (with.kind()) {
      case ADD -> x.add(number);
      case MULTIPLY -> x.mul(number);
      case POWER -> x.pow(number);
      case MAX -> torch.clamp_min(x, number);
    };
  }

  private static Tensor concatenated(Concatenate concatenate, List<Tensor> operands) {
    return torch.cat(new TensorVector(operands.toArray(Tensor[]::new)), concatenate.axis());
  }

  private static Tensor reduce(Reduce reduce, List<Tensor> operands) {
    long[] axes = longs(reduce.axes());
    ScalarTypeOptional sameType = new ScalarTypeOptional();
    return reduce.kind() == Reduce.Kind.MEAN
        ? operands.get(0).mean(axes, /* keepdim= */ true, sameType)
        : operands.get(0).sum(axes, /* keepdim= */ true, sameType);
  }

  private static Tensor product(MatrixProduct product, List<Tensor> operands) {
    Tensor second = operands.get(1);
    return operands.get(0).matmul(product.isSecondTransposed() ? second.transpose(-1, -2) : second);
  }

  /** LibTorch takes slopes of the type of the images only, which autocast may have changed. */
  private static Tensor prelu(Tensor images, Tensor slopes) {
    return images.prelu(slopes.to(images.scalar_type()));
  }

  private static Tensor gram(Tensor images) {
    double count = (double) images.size(1) * images.size(2) * images.size(3);
    Tensor rows = images.reshape(images.size(0), images.size(1), images.size(2) * images.size(3));
    return rows.matmul(rows.transpose(-1, -2)).div(new Scalar(count));
  }

  private static long[] longs(List<Integer> numbers) {
    return numbers.stream().mapToLong(Integer::longValue).toArray();
  }
}
