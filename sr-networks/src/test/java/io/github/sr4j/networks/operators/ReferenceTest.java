// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.graph.DoubleTensor;
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
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The reference evaluation of operators: values computed by hand, and properties. Engines are held
 * to it, so that it must be right by itself.
 */
final class ReferenceTest {

  private static final double EXACT = 1e-12;
  private static final Shape IMAGES = Shape.of(2, 3, 7, 5);

  private static DoubleTensor random(Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return DoubleTensor.of(shape, i -> random.nextDouble(-1, 1));
  }

  private static DoubleTensor of(Shape shape, double... samples) {
    return DoubleTensor.of(shape, samples);
  }

  private static DoubleTensor row(double... samples) {
    return of(Shape.of(1, 1, 1, samples.length), samples);
  }

  private static DoubleTensor square(int side, double... samples) {
    return of(Shape.of(1, 1, side, side), samples);
  }

  private static double[] run(Operator operator, DoubleTensor... operands) {
    return operator.evaluate(List.of(operands)).samples();
  }

  private static Arguments value(
      Operator operator, List<DoubleTensor> operands, double... expected) {
    return arguments(operator, operands, expected);
  }

  static Stream<Arguments> values() {
    DoubleTensor three = square(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    DoubleTensor deep = of(Shape.of(1, 4, 1, 1), 1, 2, 3, 4);
    DoubleTensor two = square(2, 1, 2, 3, 4);
    DoubleTensor ofOne = of(Shape.of(1), 1);
    DoubleTensor ofThree = of(Shape.of(1), 3);
    return Stream.of(
        // A cross-correlation: the kernel is not mirrored.
        value(new Convolve(1, 2, 1, 1, 1, 0, 0), List.of(row(1, 2, 3), row(10, 1)), 12, 23),
        value(new Convolve(1, 2, 1, 1, 1, 0, 1), List.of(row(1, 2, 3), row(10, 1)), 1, 12, 23, 30),
        value(new Convolve(1, 2, 1, 2, 1, 0, 0), List.of(row(1, 2, 3), row(10, 1)), 13),
        value(new Convolve(1, 1, 2, 1, 1, 0, 0), List.of(row(1, 2, 3), row(10), ofOne), 11, 31),
        value(
            Convolve.of(1, 1, 0),
            List.of(deep, of(Shape.of(2, 4, 1, 1), 1, 10, 100, 1000, 0, 0, 0, 1)),
            4321,
            4),
        value(
            new Convolve(1, 1, 1, 1, 2, 0, 0),
            List.of(deep, of(Shape.of(2, 2, 1, 1), 1, 10, 100, 1000)),
            21,
            4300),
        value(new ConvolveTransposed(2, 2), List.of(row(1, 2), two), 1, 2, 2, 4, 3, 4, 6, 8),
        value(new ConvolveTransposed(3, 1), List.of(square(1, 2), three, ofOne), 11),
        value(Binary.SUBTRACT, List.of(two, row(1, 2)), 0, 0, 2, 2),
        value(Binary.DIVIDE, List.of(of(Shape.of(), 12), two), 12, 6, 4, 3),
        value(
            Binary.ADD,
            List.of(of(Shape.of(2, 1), 10, 20), of(Shape.of(3), 1, 2, 3)),
            11,
            12,
            13,
            21,
            22,
            23),
        value(new WithNumber(WithNumber.Kind.POWER, 2), List.of(row(-3, 4)), 9, 16),
        value(new WithNumber(WithNumber.Kind.MAX, 1), List.of(row(-3, 4)), 1, 4),
        value(new Concatenate(1), List.of(deep, of(Shape.of(1, 1, 1, 1), 9)), 1, 2, 3, 4, 9),
        value(new Concatenate(3), List.of(two, of(Shape.of(1, 1, 2, 1), 8, 9)), 1, 2, 8, 3, 4, 9),
        value(new Slice(1, -3, -1), List.of(deep), 2, 3),
        value(new Slice(2, 1, Slice.END), List.of(three), 4, 5, 6, 7, 8, 9),
        value(new Slice(3, 0, -1), List.of(three), 1, 2, 4, 5, 7, 8),
        value(Reduce.sum(2), List.of(three), 12, 15, 18),
        value(Reduce.mean(3), List.of(three), 2, 5, 8),
        value(Reduce.mean(0, 1, 2, 3), List.of(three), 5),
        value(
            new MatrixProduct(2, false),
            List.of(of(Shape.of(1, 2), 1, 2), of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6)),
            9,
            12,
            15),
        value(
            new MatrixProduct(2, true),
            List.of(of(Shape.of(1, 3), 1, 2, 3), of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6)),
            14,
            32),
        value(
            new GramMatrix(),
            List.of(of(Shape.of(1, 2, 1, 2), 1, 2, 3, 4)),
            1.25,
            2.75,
            2.75,
            6.25),
        value(
            Permute.to(0, 1, 3, 2),
            List.of(of(Shape.of(1, 1, 2, 3), 1, 2, 3, 4, 5, 6)),
            1,
            4,
            2,
            5,
            3,
            6),
        value(new PixelShuffle(2), List.of(deep), 1, 2, 3, 4),
        value(
            new PixelShuffle(2),
            List.of(of(Shape.of(1, 4, 1, 2), 1, 2, 3, 4, 5, 6, 7, 8)),
            1,
            3,
            2,
            4,
            5,
            7,
            6,
            8),
        value(new PixelUnshuffle(2, 1), List.of(two), 1, 2, 3, 4),
        value(new Pool(Pool.Kind.MAX, 2, 1), List.of(three), 5, 6, 8, 9),
        value(new Pool(Pool.Kind.AVERAGE, 2, 2), List.of(three), 3),
        value(new Pad(Extension.CONSTANT, 1), List.of(square(1, 5)), 0, 0, 0, 0, 5, 0, 0, 0, 0),
        value(new Pad(Extension.EDGE, 1), List.of(square(1, 5)), 5, 5, 5, 5, 5, 5, 5, 5, 5),
        value(
            new Pad(Extension.REFLECT, 1),
            List.of(two),
            4,
            3,
            4,
            3,
            2,
            1,
            2,
            1,
            4,
            3,
            4,
            3,
            2,
            1,
            2,
            1),
        value(new Prelu(), List.of(row(-2, 2), ofThree), -6, 2),
        value(new LeakyRelu(0.5), List.of(row(-2, 2)), -1, 2),
        value(
            new Normalize.Batch(1, false),
            List.of(row(3, 7), of(Shape.of(1), 10), ofOne, ofThree, ofThree),
            1,
            21),
        value(
            new CollapsedKernel(true),
            List.of(of(Shape.of(2, 1, 1, 3), 1, 2, 3, 4, 5, 6), of(Shape.of(1, 2, 1, 1), 1, 10)),
            41,
            53,
            63));
  }

  @ParameterizedTest(name = "{0} of {1}")
  @MethodSource("values")
  void value_isTheOneComputedByHand(
      Operator operator, List<DoubleTensor> operands, double[] expected) {
    DoubleTensor result = operator.evaluate(operands);

    assertThat(result.samples()).containsExactly(expected, within(EXACT));
    assertThat(result.shape())
        .isEqualTo(operator.shape(operands.stream().map(DoubleTensor::shape).toList()));
  }

  /** As PyTorch's interpolate has it, without aligned corners. */
  @ParameterizedTest
  @CsvSource({
    "2, 0, 0.25, 0.75, 1, 0, 0",
    "3, 0, 0, 0.3333333333333, 0.6666666666667, 1, 1",
  })
  void bilinear_isThatOfPyTorch(
      int scale, double a, double b, double c, double d, double e, double f) {
    double[] all = {a, b, c, d, e, f};
    double[] result = run(new Resize(Resize.Kind.BILINEAR, scale), row(0, 1));

    for (int y = 0; y < scale; y++) {
      assertThat(Arrays.copyOfRange(result, 2 * scale * y, 2 * scale * (y + 1)))
          .containsExactly(Arrays.copyOf(all, 2 * scale), within(EXACT));
    }
  }

  @Test
  void bilinear_isSeparable() {
    double[] result = run(new Resize(Resize.Kind.BILINEAR, 2), square(2, 0, 1, 2, 3));

    assertThat(result)
        .containsExactly(
            new double[] {
              0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3
            },
            within(EXACT));
  }

  @Test
  void nearest_copiesPixels() {
    assertThat(run(new Resize(Resize.Kind.NEAREST, 2), row(1, 2)))
        .containsExactly(1, 1, 2, 2, 1, 1, 2, 2);
  }

  /** By PyTorch 2's functions of the same names, gelu with approximate="tanh". */
  @ParameterizedTest
  @CsvSource({
    "ABS, -1.5, 1.5",
    "EXP, -1.5, 0.22313016014842982",
    "GELU, 1, 0.8411919906082768",
    "GELU, -1, -0.15880800939172324",
    "GELU, 0.5, 0.34571400982514394",
    "HARD_SIGMOID, -4, 0",
    "HARD_SIGMOID, 1.5, 0.75",
    "HARD_SIGMOID, 3.5, 1",
    "HARD_SWISH, -4, 0",
    "HARD_SWISH, 1.5, 1.125",
    "HARD_SWISH, 3.5, 3.5",
    "LOG, 1.5, 0.4054651081081644",
    "NEGATE, 1.5, -1.5",
    "RELU, -1.5, 0",
    "RELU, 1.5, 1.5",
    "SIGMOID, 1, 0.7310585786300049",
    "SILU, 1, 0.7310585786300049",
    "SILU, -2, -0.2384058440442351",
    "SQRT, 2.25, 1.5",
    "SQUARE, -1.5, 2.25",
    "TANH, 0.5, 0.46211715726000973"
  })
  void activation_isThatOfTheLiterature(Unary operator, double x, double expected) {
    assertThat(run(operator, row(x))[0]).isCloseTo(expected, within(EXACT));
  }

  /** The sum of the definition, whatever the evaluation gathers at a time. */
  @ParameterizedTest
  @CsvSource({
    // in, out, height, width, kernel, its width, stride, dilation, groups, top, left
    "3, 5, 7, 9, 3, 3, 1, 1, 1, 1, 1",
    "4, 6, 8, 5, 3, 2, 2, 1, 2, 1, 0",
    "6, 6, 9, 8, 3, 3, 1, 2, 6, 2, 2",
    "2, 3, 3, 4, 1, 1, 3, 1, 1, 0, 0",
    "1, 2, 2, 3, 5, 7, 2, 1, 1, 4, 5",
    "1, 1, 2, 2, 3, 3, 3, 2, 1, 4, 4",
    "40, 2, 61, 50, 3, 3, 1, 1, 1, 1, 1"
  })
  void convolution_isTheSumOfItsDefinition(
      int in,
      int out,
      int rows,
      int columns,
      int kernel,
      int width,
      int stride,
      int dilation,
      int groups,
      int top,
      int left) {
    Convolve operator = new Convolve(kernel, width, stride, dilation, groups, top, left);
    DoubleTensor images = random(Shape.of(2, in, rows, columns), 1);
    DoubleTensor kernels = random(Shape.of(out, in / groups, kernel, width), 2);

    DoubleTensor result = operator.evaluate(List.of(images, kernels));

    int next = 0;
    for (int n = 0; n < 2; n++) {
      for (int o = 0; o < out; o++) {
        for (int y = 0; y < result.length(2); y++) {
          for (int x = 0; x < result.length(3); x++) {
            double sum = 0;
            for (int i = 0; i < in / groups; i++) {
              for (int ky = 0; ky < kernel; ky++) {
                for (int kx = 0; kx < width; kx++) {
                  int row = y * stride - top + ky * dilation;
                  int column = x * stride - left + kx * dilation;
                  int channel = o / (out / groups) * (in / groups) + i;
                  if (row >= 0 && row < rows && column >= 0 && column < columns) {
                    sum +=
                        images.samples()[((n * in + channel) * rows + row) * columns + column]
                            * kernels
                                .samples()[((o * (in / groups) + i) * kernel + ky) * width + kx];
                  }
                }
              }
            }
            assertThat(result.samples()[next]).isCloseTo(sum, within(1e-9));
            next++;
          }
        }
      }
    }
    assertThat(result.samples()).hasSize(next);
  }

  @Test
  void identityKernel_leavesImages() {
    DoubleTensor images = random(IMAGES, 1);
    DoubleTensor kernels =
        DoubleTensor.of(Shape.of(3, 3, 3, 3), i -> i / 27 == i / 9 % 3 && i % 9 == 4 ? 1 : 0);

    assertThat(run(Convolve.of(3, 1, 1), images, kernels)).containsExactly(images.samples());
  }

  /** Groups are convolutions of parts of the channels. */
  @Test
  void groups_areConvolutionsOfTheirOwn() {
    DoubleTensor images = random(Shape.of(2, 6, 7, 5), 1);
    DoubleTensor kernels = random(Shape.of(4, 3, 3, 3), 2);
    Operator joined = new Convolve(3, 3, 2, 1, 2, 1, 1);
    Operator single = new Convolve(3, 3, 2, 1, 1, 1, 1);
    DoubleTensor[] parts = new DoubleTensor[2];
    for (int group = 0; group < 2; group++) {
      parts[group] =
          single.evaluate(
              List.of(
                  new Slice(1, 3 * group, 3 * group + 3).evaluate(List.of(images)),
                  new Slice(0, 2 * group, 2 * group + 2).evaluate(List.of(kernels))));
    }

    assertThat(run(joined, images, kernels))
        .containsExactly(run(new Concatenate(1), parts), within(EXACT));
  }

  /** A dilated kernel is one with zeros between its pixels. */
  @Test
  void dilation_isAKernelWithGaps() {
    DoubleTensor images = random(IMAGES, 1);
    DoubleTensor kernels = random(Shape.of(2, 3, 3, 3), 2);
    DoubleTensor spread =
        DoubleTensor.of(
            Shape.of(2, 3, 5, 5),
            i -> {
              int y = i / 5 % 5;
              int x = i % 5;
              boolean isGap = y % 2 == 1 || x % 2 == 1;
              return isGap ? 0 : kernels.samples()[i / 25 * 9 + y / 2 * 3 + x / 2];
            });

    assertThat(run(new Convolve(3, 3, 1, 2, 1, 2, 2), images, kernels))
        .containsExactly(run(Convolve.of(5, 1, 2), images, spread), within(EXACT));
  }

  /** Of <conv(x), y> = <x, transposed(y)>: padded as far as the transposed one is cut. */
  @ParameterizedTest
  @CsvSource({"3, 1", "2, 2", "4, 2", "6, 2", "3, 3", "9, 3", "5, 1"})
  void transposedConvolution_isTheAdjointOfTheConvolution(int kernel, int stride) {
    Shape small = Shape.of(2, 4, 5, 3);
    DoubleTensor x = random(Shape.of(2, 3, 5L * stride, 3L * stride), 1);
    DoubleTensor y = random(small, 2);
    DoubleTensor kernels = random(Shape.of(4, 3, kernel, kernel), 3);
    double[] convolved = run(Convolve.of(kernel, stride, (kernel - stride) / 2), x, kernels);
    double[] transposed = run(new ConvolveTransposed(kernel, stride), y, kernels);

    assertThat(dot(convolved, y.samples())).isCloseTo(dot(x.samples(), transposed), within(1e-10));
  }

  private static double dot(double[] a, double[] b) {
    assertThat(a).hasSameSizeAs(b);
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3"})
  void unshuffle_isTheInverseOfTheShuffle(int block) {
    DoubleTensor images = random(Shape.of(2, 3, 5L * block, 3L * block), 1);
    DoubleTensor unshuffled = new PixelUnshuffle(block, 3).evaluate(List.of(images));

    assertThat(run(new PixelShuffle(block), unshuffled)).containsExactly(images.samples());
  }

  @Test
  void softmax_sumsToOne_andIgnoresASummand() {
    DoubleTensor images = random(IMAGES, 1);
    DoubleTensor softmax = new Softmax().evaluate(List.of(images));
    DoubleTensor large = new WithNumber(WithNumber.Kind.ADD, 1e4).evaluate(List.of(images));

    assertAll(1, run(Reduce.sum(3), softmax), EXACT);
    assertThat(run(new Softmax(), large)).containsExactly(softmax.samples(), within(1e-10));
    assertThat(run(new Softmax(), row(0, Math.log(3))))
        .containsExactly(new double[] {0.25, 0.75}, within(EXACT));
  }

  private static void assertAll(double expected, double[] samples, double tolerance) {
    double[] all = new double[samples.length];
    Arrays.fill(all, expected);
    assertThat(samples).isNotEmpty().containsExactly(all, within(tolerance));
  }

  /** Over which axes each normalisation takes its statistics. */
  @ParameterizedTest
  @MethodSource("normalizations")
  void normalized_haveMeanZeroAndVarianceOne(Normalize operator, List<Integer> axes) {
    DoubleTensor images = random(IMAGES, 1);
    DoubleTensor ones = DoubleTensor.of(Shape.of(3), i -> 1);
    DoubleTensor zeros = DoubleTensor.of(Shape.of(3), i -> 0);
    DoubleTensor result =
        operator.evaluate(
            operator instanceof Normalize.Batch
                ? List.of(images, ones, zeros, zeros, ones)
                : List.of(images, ones, zeros));
    Reduce mean = new Reduce(Reduce.Kind.MEAN, axes);

    assertAll(0, run(mean, result), 1e-10);
    assertAll(1, run(mean, Unary.SQUARE.evaluate(List.of(result))), 1e-6);
  }

  static Stream<Arguments> normalizations() {
    return Stream.of(
        arguments(new Normalize.Batch(1e-9, true), List.of(0, 2, 3)),
        arguments(new Normalize.Instance(1e-9), List.of(2, 3)),
        arguments(new Normalize.Layer(1e-9), List.of(1)));
  }

  /** Each channel has its weight and its bias. */
  @Test
  void normalized_areScaledAndShiftedByChannel() {
    DoubleTensor images = random(IMAGES, 1);
    DoubleTensor weight = of(Shape.of(3), 1, 2, 3);
    DoubleTensor bias = of(Shape.of(3), 10, 20, 30);
    DoubleTensor result = new Normalize.Instance(1e-9).evaluate(List.of(images, weight, bias));

    assertThat(run(Reduce.mean(2, 3), result))
        .containsExactly(new double[] {10, 20, 30, 10, 20, 30}, within(1e-10));
    DoubleTensor centred =
        Binary.SUBTRACT.evaluate(List.of(result, bias.reshaped(Shape.of(3, 1, 1))));
    assertThat(run(Reduce.mean(2, 3), Unary.SQUARE.evaluate(List.of(centred))))
        .containsExactly(new double[] {1, 4, 9, 1, 4, 9}, within(1e-6));
  }

  @Test
  void collapsedKernel_isTheTwoConvolutionsInOne() {
    DoubleTensor images = random(IMAGES, 1);
    DoubleTensor first = random(Shape.of(5, 3, 3, 3), 2);
    DoubleTensor second = random(Shape.of(3, 5, 1, 1), 3);
    DoubleTensor inner = Convolve.of(3, 1, 1).evaluate(List.of(images, first));
    DoubleTensor both = Convolve.of(1, 1, 0).evaluate(List.of(inner, second));
    DoubleTensor kernels = new CollapsedKernel(false).evaluate(List.of(first, second));
    DoubleTensor withIdentity = new CollapsedKernel(true).evaluate(List.of(first, second));

    assertThat(run(Convolve.of(3, 1, 1), images, kernels))
        .containsExactly(both.samples(), within(EXACT));
    assertThat(run(Convolve.of(3, 1, 1), images, withIdentity))
        .containsExactly(run(Binary.ADD, both, images), within(EXACT));
  }

  /** Mirrored and repeated images are what numpy.pad makes of them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CONSTANT | 0 0 1 2 3 0 0",
        "EDGE     | 1 1 1 2 3 3 3",
        "REFLECT  | 3 2 1 2 3 2 1",
      })
  void extension_isThatOfNumPy(Extension extension, String expected) {
    double[] rows = run(new Pad(extension, 2), square(3, 1, 2, 3, 1, 2, 3, 1, 2, 3));
    double[] middle = Arrays.copyOfRange(rows, 3 * 7, 4 * 7);

    assertThat(middle)
        .containsExactly(
            Arrays.stream(expected.split(" ")).mapToDouble(Double::parseDouble).toArray());
  }
}
