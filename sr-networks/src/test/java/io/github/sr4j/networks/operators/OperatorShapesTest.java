// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.PixelShuffle;
import io.github.sr4j.networks.operators.spatial.PixelUnshuffle;
import io.github.sr4j.networks.operators.spatial.Pool;
import io.github.sr4j.networks.operators.spatial.Resize;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The shapes of results, and the words for operands and settings that cannot be. */
final class OperatorShapesTest {

  private static final long FREE = Shape.FREE;
  private static final Shape IMAGES = Shape.of(2, 3, 7, 5);
  private static final Shape ANY = Shape.ofImages(3);

  private static Arguments result(Shape expected, Operator operator, Shape... operands) {
    return arguments(expected, operator, List.of(operands));
  }

  private static Shape s(long... lengths) {
    return Shape.of(lengths);
  }

  static Stream<Arguments> results() {
    return Stream.of(
        result(s(2, 4, 7, 5), Convolve.of(3, 1, 1), IMAGES, s(4, 3, 3, 3)),
        result(s(2, 4, 4, 3), Convolve.of(3, 2, 1), IMAGES, s(4, 3, 3, 3), s(4)),
        result(s(2, 4, 3, 1), new Convolve(3, 3, 1, 2, 1, 0, 0), IMAGES, s(4, 3, 3, 3)),
        result(s(2, 6, 7, 5), new Convolve(3, 3, 1, 1, 3, 1, 1), IMAGES, s(6, 1, 3, 3)),
        result(s(FREE, 4, FREE, FREE), Convolve.of(3, 2, 1), ANY, s(4, 3, 3, 3)),
        result(s(2, 4, 14, 10), new ConvolveTransposed(9, 2), IMAGES, s(3, 4, 9, 9)),
        result(s(FREE, 4, FREE, FREE), new ConvolveTransposed(3, 3), ANY, s(3, 4, 3, 3), s(4)),
        result(s(4, 3, 5, 5), new CollapsedKernel(false), s(7, 3, 5, 5), s(4, 7, 1, 1)),
        result(IMAGES, Binary.ADD, IMAGES, s(1, 3, 1, 1)),
        result(IMAGES, Binary.ADD, s(5), IMAGES),
        result(ANY, Binary.ADD, ANY, s()),
        result(s(2, 3, 7, 5), Binary.MULTIPLY, s(2, 1, 7, 1), s(1, 3, 1, 5)),
        result(s(FREE, 3, FREE, FREE), Binary.MULTIPLY, ANY, s(FREE, 3, 1, 1)),
        result(IMAGES, Binary.DIVIDE, ANY, IMAGES),
        result(s(2, 7, 7, 5), new Concatenate(1), IMAGES, s(2, 4, 7, 5)),
        result(s(2, 3, 16, 5), new Concatenate(2), IMAGES, s(2, 3, 9, 5)),
        result(s(FREE, 6, FREE, FREE), new Concatenate(1), ANY, ANY),
        result(s(FREE, 3, FREE, FREE), new Concatenate(0), ANY, ANY),
        result(s(2, 2, 7, 5), new Slice(1, 1, 3), IMAGES),
        result(s(2, 3, 6, 5), new Slice(2, 1, Slice.END), IMAGES),
        result(s(2, 3, 7, 3), new Slice(3, -4, -1), IMAGES),
        result(s(FREE, 3, 2, FREE), new Slice(2, 3, 5), ANY),
        result(ANY, new Slice(2, 1, -1), ANY),
        result(s(2, 3, 1, 1), Reduce.mean(2, 3), IMAGES),
        result(s(1, 1, 1, 1), Reduce.sum(0, 1, 2, 3), ANY),
        result(s(2, 3, 3), new GramMatrix(), IMAGES),
        result(s(2, 3, 7, 4), new MatrixProduct(4, false), IMAGES, s(2, 3, 5, 4)),
        result(s(2, 3, 7, 4), new MatrixProduct(4, true), IMAGES, s(2, 3, 4, 5)),
        result(IMAGES, new Softmax(), IMAGES),
        result(s(2, 7, 5, 3), Permute.to(0, 2, 3, 1), IMAGES),
        result(s(2, 3, 35), Reshape.to(0, 3, -1), IMAGES),
        result(s(FREE, 3, FREE), Reshape.to(0, 3, -1), ANY),
        result(s(210), Reshape.to(210), IMAGES),
        result(s(2, 3, 21, 15), new PixelShuffle(3), s(2, 27, 7, 5)),
        result(s(2, 12, 3, 4), new PixelUnshuffle(2, 3), s(2, 3, 6, 8)),
        result(s(2, 3, 28, 20), new Resize(Resize.Kind.BILINEAR, 4), IMAGES),
        result(s(2, 3, 3, 2), new Pool(Pool.Kind.MAX, 2, 2), IMAGES),
        result(s(2, 3, 3, 2), new Pool(Pool.Kind.AVERAGE, 3, 2), IMAGES),
        result(s(2, 3, 15, 13), new Pad(Extension.REFLECT, 4), IMAGES),
        result(ANY, new Pad(Extension.EDGE, 4), ANY),
        result(IMAGES, new Prelu(), IMAGES, s(3)),
        result(IMAGES, new Normalize.Layer(1e-5), IMAGES, s(3), s(3)),
        result(ANY, new Normalize.Batch(1e-5, true), ANY, s(3), s(3), s(3), s(3)));
  }

  @ParameterizedTest(name = "{1} of {2}")
  @MethodSource("results")
  void shape_isThatOfTheResult(Shape expected, Operator operator, List<Shape> operands) {
    assertThat(operator.shape(operands)).isEqualTo(expected);
  }

  private static Arguments refused(String message, Operator operator, Shape... operands) {
    return arguments(message, operator, List.of(operands));
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refused("kernels of conv2d must be of shape [4, 3, 3, 3]", three(), IMAGES, s(4, 2, 3, 3)),
        refused("bias of conv2d must be of shape [4]", three(), IMAGES, s(4, 3, 3, 3), s(3)),
        refused("conv2d must have images, kernels and perhaps a bias, but had 1", three(), IMAGES),
        refused("multiples of its groups, 2", grouped(), IMAGES, s(4, 1, 3, 3)),
        refused("at least 3 pixels wide and high", unpadded(), s(1, 3, 2, 5), s(4, 3, 3, 3)),
        refused("must have images [N, C, H, W]", three(), s(3, 7, 5), s(4, 3, 3, 3)),
        refused("of known channels", three(), s(1, FREE, 7, 5), s(4, 3, 3, 3)),
        refused("kernels of deconv2d must be", new ConvolveTransposed(3, 2), IMAGES, s(4, 3, 3, 3)),
        refused("channels of pixel_shuffle must be a multiple of 4, but were 3", shuffle(), IMAGES),
        refused("must be multiples of 2 for pixel_unshuffle", new PixelUnshuffle(2, 3), IMAGES),
        refused("must be 4, but were 3", new PixelUnshuffle(2, 4), IMAGES),
        refused("but had [2, 3, 7, 5] and [2, 4, 7, 5]", Binary.ADD, IMAGES, s(2, 4, 7, 5)),
        refused("add must have 2 operands, but had 3", Binary.ADD, IMAGES, IMAGES, IMAGES),
        refused("concat must have at least one operand", new Concatenate(1)),
        refused("alike along all axes but 1", new Concatenate(1), IMAGES, s(2, 3, 7, 4)),
        refused("axis of concat must be one of", new Concatenate(4), IMAGES),
        refused("must be alike", new Concatenate(1), IMAGES, s(2, 3)),
        refused("axis of slice must be one of its operand", new Slice(4, 0, 1), IMAGES),
        refused("elements must be among 3", new Slice(1, 0, 4), IMAGES),
        refused("elements 2 to 2", new Slice(1, 2, 2), IMAGES),
        refused("elements -4 to its end", new Slice(1, -4, Slice.END), IMAGES),
        refused("one was 4", Reduce.mean(4), IMAGES),
        refused("order must have each axis of [2, 3, 7, 5] once", Permute.to(0, 1, 2), IMAGES),
        refused("order must have each axis", Permute.to(0, 1, 2, 2), IMAGES),
        refused("samples of [2, 3, 7, 5] must be those of", Reshape.to(0, 4, -1), IMAGES),
        refused("one length of reshape may be -1", Reshape.to(-1, -1), IMAGES),
        refused("lengths of reshape must be positive", Reshape.to(1, 1, 1, 1, 0), IMAGES),
        refused("must fit one another", new MatrixProduct(4, false), IMAGES, IMAGES),
        refused("must have 3 axes, at least 2", new MatrixProduct(3, false), IMAGES, IMAGES),
        refused("are not alike", new MatrixProduct(4, true), IMAGES, s(3, 3, 4, 5)),
        refused("at least 8 pixels wide", new Pool(Pool.Kind.MAX, 8, 1), IMAGES),
        refused("more than 5 pixels wide", new Pad(Extension.REFLECT, 5), IMAGES),
        refused("slopes of prelu must be of shape [3]", new Prelu(), IMAGES, s(4)),
        refused("of layer_norm must be of shape", new Normalize.Layer(1), IMAGES, s(3), s(4)),
        refused("must have a centre", new CollapsedKernel(true), s(7, 3, 2, 2), s(3, 7, 1, 1)),
        refused("as many channels", new CollapsedKernel(true), s(7, 3, 3, 3), s(4, 7, 1, 1)),
        refused(
            "second of collapsed_kernel",
            new CollapsedKernel(false),
            s(7, 3, 3, 3),
            s(4, 6, 1, 1)));
  }

  private static Operator three() {
    return Convolve.of(3, 1, 1);
  }

  private static Operator unpadded() {
    return Convolve.of(3, 1, 0);
  }

  private static Operator grouped() {
    return new Convolve(3, 3, 1, 1, 2, 1, 1);
  }

  private static Operator shuffle() {
    return new PixelShuffle(2);
  }

  @ParameterizedTest(name = "{1} of {2}")
  @MethodSource("refusals")
  void operandsThatCannotBe_areRefused(String message, Operator operator, List<Shape> operands) {
    assertThatThrownBy(() -> operator.shape(operands))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static Arguments setting(String message, ThrowingCallable constructor) {
    return arguments(message, constructor);
  }

  static Stream<Arguments> settings() {
    return Stream.of(
        setting("but were 0, 3, 1, 1, 1", () -> new Convolve(0, 3, 1, 1, 1, 0, 0)),
        setting("but were 3, 3, 0, 1, 1", () -> new Convolve(3, 3, 0, 1, 1, 0, 0)),
        setting("but were 3, 3, 1, 0, 1", () -> new Convolve(3, 3, 1, 0, 1, 0, 0)),
        setting("but were 3, 3, 1, 1, 0", () -> new Convolve(3, 3, 1, 1, 0, 0, 0)),
        setting(
            "padding must be at least 0, but was -1, 0", () -> new Convolve(3, 3, 1, 1, 1, -1, 0)),
        setting(
            "kernel must be at least the stride, 3, but was 2", () -> new ConvolveTransposed(2, 3)),
        setting("block must be at least 1, but was 0", () -> new PixelShuffle(0)),
        setting("block must be at least 1, but was 0", () -> new PixelUnshuffle(0, 3)),
        setting("channels must be at least 1, but were 0", () -> new PixelUnshuffle(2, 0)),
        setting("must be at least 1, but were 0 and 1", () -> new Pool(Pool.Kind.MAX, 0, 1)),
        setting("must be at least 1, but were 1 and 0", () -> new Pool(Pool.Kind.MAX, 1, 0)),
        setting("pixels must be at least 0, but were -1", () -> new Pad(Extension.EDGE, -1)),
        setting("scale must be at least 1, but was 0", () -> new Resize(Resize.Kind.NEAREST, 0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void settingsThatCannotBe_areRefused(String message, ThrowingCallable constructor) {
    assertThatThrownBy(constructor)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  /** Papers count the multiplications of convolutions and of products of matrices. */
  @ParameterizedTest(name = "{1}")
  @MethodSource("costs")
  void multiplyAccumulates_areThoseOfPapers(
      double expected, Operator operator, List<Shape> operands) {
    assertThat(operator.multiplyAccumulates(operands, operator.shape(operands)))
        .isEqualTo(expected);
  }

  private static Arguments cost(double expected, Operator operator, Shape... operands) {
    return arguments(expected, operator, List.of(operands));
  }

  static Stream<Arguments> costs() {
    return Stream.of(
        cost(2 * 35 * 4 * 3 * 9, three(), IMAGES, s(4, 3, 3, 3)),
        cost(2 * 12 * 4 * 3 * 9, Convolve.of(3, 2, 1), IMAGES, s(4, 3, 3, 3), s(4)),
        cost(2 * 35 * 3 * 9, new Convolve(3, 3, 1, 1, 3, 1, 1), IMAGES, s(3, 1, 3, 3)),
        cost(2 * 35 * 3 * 4 * 81, new ConvolveTransposed(9, 2), IMAGES, s(3, 4, 9, 9)),
        cost(2 * 3 * 7 * 4 * 5, new MatrixProduct(4, true), IMAGES, s(2, 3, 4, 5)),
        cost(2 * 3 * 3 * 35, new GramMatrix(), IMAGES),
        cost(0, Binary.MULTIPLY, IMAGES, IMAGES),
        cost(0, new Pool(Pool.Kind.AVERAGE, 2, 2), IMAGES));
  }
}
