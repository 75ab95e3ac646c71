// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.tracing.OnnxOperator;
import io.github.sr4j.onnx.tracing.OnnxOperator.AreaRule;
import io.github.sr4j.onnx.tracing.OnnxOperator.Fusion;
import io.github.sr4j.onnx.tracing.OnnxOperator.Kind;
import io.github.sr4j.onnx.tracing.OnnxOperator.Row;
import io.github.sr4j.onnx.tracing.OnnxOperator.SizeRule;
import io.github.sr4j.onnx.tracing.OnnxOperator.Weights;
import io.github.sr4j.onnx.tracing.OnnxOperator.Work;
import java.util.stream.Stream;

/** The table of the operators of ONNX: each is a row, and what is known of it stands in its row. */
public final class OnnxOperators {

  private static final OnnxOperator UNKNOWN = other("").build();

  private static final ImmutableMap<String, OnnxOperator> BY_NAME =
      Stream.of(
              // Functions of elements
              unary("Abs").fold(ConstantArithmetic::shapeOnly),
              unary("BatchNormalization")
                  .follow(ElementRules::batchNormalization)
                  .weightInputs(3)
                  .fusion(Fusion.ALWAYS),
              unary("Cast").fold(ConstantArithmetic::cast).copy(),
              unary("CastLike"),
              unary("Ceil").fold(ConstantArithmetic.unary(Math::ceil)),
              unary("Celu"),
              unary("DequantizeLinear")
                  .follow(ElementRules::quantization)
                  .fold(ConstantArithmetic::shapeOnly)
                  .weights(Weights.NONE)
                  .carryingWeights(),
              unary("Dropout")
                  .follow(ElementRules::dropout)
                  .fold(ConstantArithmetic::identity)
                  .fusion(Fusion.OMITTED)
                  .copy(),
              unary("Elu"),
              unary("Erf"),
              unary("Exp").fold(ConstantArithmetic::shapeOnly),
              unary("Floor").fold(ConstantArithmetic.unary(Math::floor)),
              unary("Gelu"),
              unary("HardSigmoid"),
              unary("HardSwish"),
              unary("Identity").fold(ConstantArithmetic::identity).fusion(Fusion.OMITTED).copy(),
              unary("LRN").follow(ElementRules::acrossChannels),
              unary("LeakyRelu"),
              unary("Log"),
              unary("Mish"),
              unary("Neg").fold(ConstantArithmetic.unary(v -> -v)),
              unary("Not"),
              unary("QuantizeLinear")
                  .follow(ElementRules::quantization)
                  .fold(ConstantArithmetic::shapeOnly)
                  .weights(Weights.NONE),
              unary("Reciprocal"),
              unary("Relu").fold(ConstantArithmetic::shapeOnly),
              unary("Round"),
              unary("Selu"),
              unary("Shrink"),
              unary("Sigmoid"),
              unary("Sign"),
              unary("Softplus"),
              unary("Softsign"),
              unary("Sqrt").fold(ConstantArithmetic.unary(Math::sqrt)),
              unary("Swish"),
              unary("Tanh"),
              unary("ThresholdedRelu"),
              // Combinations of elements
              combination("Add")
                  .fold(ConstantArithmetic.binary(Double::sum))
                  .fusion(Fusion.WITH_CONSTANT),
              combination("And"),
              combination("Clip").weights(Weights.NONE),
              combination("Div").fold(ConstantArithmetic::divide),
              combination("Equal").fold(ConstantArithmetic.binary((a, b) -> a == b ? 1 : 0)),
              combination("Greater"),
              combination("GreaterOrEqual"),
              combination("Less"),
              combination("LessOrEqual"),
              combination("Max").fold(ConstantArithmetic.binary(Math::max)),
              combination("Mean"),
              combination("Min").fold(ConstantArithmetic.binary(Math::min)),
              combination("Mod")
                  .fold(ConstantArithmetic.binary((a, b) -> a - b * Math.floor(a / b))),
              combination("Mul")
                  .fold(ConstantArithmetic.binary((a, b) -> a * b))
                  .fusion(Fusion.WITH_CONSTANT),
              combination("Or"),
              combination("PRelu").weights(Weights.ALL),
              combination("Pow"),
              combination("Sub").fold(ConstantArithmetic.binary((a, b) -> a - b)),
              combination("Sum"),
              combination("Where").fold(ConstantArithmetic::where),
              combination("Xor"),
              // Windows and resampling
              other("AveragePool").follow(WindowRules::pool).area(AreaRule.DIVIDED_BY_STRIDES),
              other("Conv")
                  .size(SizeRule.PRODUCT)
                  .follow(WindowRules::convolve)
                  .weights(Weights.ALL)
                  .work(Work.PER_RESULT_PIXEL, 1)
                  .area(AreaRule.DIVIDED_BY_STRIDES),
              other("ConvTranspose")
                  .size(SizeRule.PRODUCT)
                  .follow(WindowRules::convolveTransposed)
                  .weights(Weights.ALL)
                  .work(Work.PER_OPERAND_PIXEL, 1)
                  .area(AreaRule.TIMES_STRIDES),
              other("LpPool").follow(WindowRules::pool).area(AreaRule.DIVIDED_BY_STRIDES),
              other("MaxPool").follow(WindowRules::pool).area(AreaRule.DIVIDED_BY_STRIDES),
              other("QLinearConv")
                  .follow(WindowRules::convolveQuantized)
                  .weights(Weights.ALL)
                  .work(Work.PER_RESULT_PIXEL, 3)
                  .area(AreaRule.DIVIDED_BY_STRIDES),
              other("Resize")
                  .size(SizeRule.TIMES_VALUES)
                  .follow(ResizeRules::resize)
                  .weights(Weights.NONE)
                  .area(AreaRule.TIMES_SCALES),
              other("Upsample")
                  .size(SizeRule.TIMES_VALUES)
                  .follow(ResizeRules::upsample)
                  .weights(Weights.NONE)
                  .area(AreaRule.TIMES_SCALES),
              // The same samples elsewhere
              view("Flatten").follow(ReshapeRules::flatten).area(AreaRule.UNKNOWN),
              view("Reshape")
                  .follow(ReshapeRules::reshape)
                  .fold(ConstantArrays::reshape)
                  .area(AreaRule.UNKNOWN),
              view("Squeeze").follow(ReshapeRules::squeeze).fold(ConstantArrays::squeeze),
              view("Unsqueeze").follow(ReshapeRules::unsqueeze).fold(ConstantArrays::unsqueeze),
              shuffle("DepthToSpace").follow(MovingRules::depthToSpace).area(AreaRule.TIMES_BLOCK),
              shuffle("SpaceToDepth")
                  .follow(MovingRules::spaceToDepth)
                  .area(AreaRule.DIVIDED_BY_BLOCK),
              shuffle("Transpose").follow(MovingRules::transpose).fold(ConstantArrays::transpose),
              // Parts, padding and joining
              other("Compress").area(AreaRule.UNKNOWN),
              other("Concat")
                  .size(SizeRule.SUM)
                  .follow(MovingRules::concatenate)
                  .fold(ConstantArrays::concatenate),
              other("Expand")
                  .size(SizeRule.BROADCAST)
                  .follow(MovingRules::expand)
                  .weights(Weights.NONE),
              other("Gather")
                  .size(SizeRule.PRODUCT)
                  .follow(MovingRules::gather)
                  .fold(ConstantArrays::gather),
              other("Pad")
                  .size(SizeRule.TIMES_VALUES)
                  .follow(MovingRules::pad)
                  .weights(Weights.NONE)
                  .keepingLayout(),
              other("Slice")
                  .follow(MovingRules::slice)
                  .fold(ConstantArrays::slice)
                  .area(AreaRule.DIVIDED_BY_STEPS),
              other("Split").followAll(MovingRules::split),
              other("NonZero").size(SizeRule.TIMES_RANK),
              other("OneHot").size(SizeRule.TIMES_VALUES),
              other("Tile").size(SizeRule.TIMES_VALUES).area(AreaRule.UNKNOWN),
              // Reductions
              reduction("ReduceL1"),
              reduction("ReduceL2"),
              reduction("ReduceLogSum"),
              reduction("ReduceLogSumExp"),
              reduction("ReduceMax"),
              reduction("ReduceMean"),
              reduction("ReduceMin"),
              reduction("ReduceProd"),
              reduction("ReduceSum"),
              reduction("ReduceSumSquare"),
              globalPool("GlobalAveragePool"),
              globalPool("GlobalLpPool"),
              globalPool("GlobalMaxPool"),
              // Normalizations along axes
              other("CumSum").follow(ReductionRules::cumulativeSum),
              other("Hardmax").follow(ReductionRules::softmax),
              other("LayerNormalization").follow(ReductionRules::layerNormalization),
              other("LogSoftmax").follow(ReductionRules::softmax),
              other("LpNormalization").follow(ReductionRules::lpNormalization),
              other("MeanVarianceNormalization").follow(ReductionRules::meanVarianceNormalization),
              other("RMSNormalization").follow(ReductionRules::layerNormalization),
              other("Softmax").follow(ReductionRules::softmax),
              // Products
              other("MatMul")
                  .size(SizeRule.PRODUCT)
                  .follow(ReductionRules::matrixProduct)
                  .weights(Weights.ALL)
                  .work(Work.PER_RESULT_PIXEL, 1),
              other("Einsum")
                  .size(SizeRule.PRODUCT)
                  .global()
                  .work(Work.UNKNOWN, 1)
                  .area(AreaRule.UNKNOWN),
              other("Gemm")
                  .size(SizeRule.PRODUCT)
                  .global()
                  .weights(Weights.ALL)
                  .work(Work.PER_RESULT_PIXEL, 1),
              // Operators that look at the whole image
              other("Attention").global(),
              other("DynamicQuantizeLinear").global(),
              other("GRU").global(),
              other("GridSample").global(),
              other("GroupNormalization").global(),
              other("InstanceNormalization").global(),
              other("LSTM").global(),
              other("RNN").global(),
              other("TopK").global(),
              // Constants, shapes, control flow and chance
              other("Constant").fold(ConstantArrays::constant),
              other("ConstantOfShape").fold(ConstantArrays::constantOfShape),
              new Row("Shape", Kind.SHAPE).fold(ConstantArrays::shape),
              new Row("Size", Kind.SHAPE).fold(ConstantArrays::size),
              controlFlow("If"),
              controlFlow("Loop"),
              controlFlow("Scan"),
              random("RandomNormal"),
              random("RandomNormalLike"),
              random("RandomUniform"),
              random("RandomUniformLike"))
          .map(Row::build)
          .collect(toImmutableMap(OnnxOperator::name, row -> row));

  private OnnxOperators() {}

  /**
   * Returns the operator of a node. Those of the same name in other domains do the same, but may
   * have other parameters: their images and constants are not followed.
   */
  public static OnnxOperator of(Node node) {
    return BY_NAME.getOrDefault(node.operator(), UNKNOWN);
  }

  /** Returns the rows of the table. */
  static Stream<OnnxOperator> all() {
    return BY_NAME.values().stream();
  }

  private static Row unary(String name) {
    return new Row(name, Kind.ELEMENTWISE).follow(ElementRules::unary);
  }

  private static Row combination(String name) {
    return new Row(name, Kind.ELEMENTWISE)
        .follow(ElementRules::combination)
        .size(SizeRule.BROADCAST);
  }

  private static Row view(String name) {
    return new Row(name, Kind.VIEW);
  }

  private static Row shuffle(String name) {
    return new Row(name, Kind.SHUFFLE);
  }

  private static Row reduction(String name) {
    return new Row(name, Kind.REDUCTION)
        .follow(ReductionRules::reduce)
        .area(AreaRule.ONE_IF_OVER_IMAGE);
  }

  private static Row globalPool(String name) {
    return new Row(name, Kind.REDUCTION).global().area(AreaRule.ONE);
  }

  private static Row controlFlow(String name) {
    return new Row(name, Kind.CONTROL_FLOW).area(AreaRule.UNKNOWN);
  }

  private static Row random(String name) {
    return new Row(name, Kind.RANDOM).global();
  }

  private static Row other(String name) {
    return new Row(name, Kind.OTHER);
  }
}
