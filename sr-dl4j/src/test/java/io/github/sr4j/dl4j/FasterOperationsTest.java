// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.dl4j.internal.execution.FasterOperations;
import io.github.sr4j.dl4j.internal.execution.GraphPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.DataFormat;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/** A replacement of an operation computes the same as libnd4j's own. */
final class FasterOperationsTest {

  @ParameterizedTest(name = "{0} images, {1} to {2} channels, {3}x{4}, {5}")
  @CsvSource({
    // one pixel
    "3, 5, 4, 1, 1, VALID",
    "3, 5, 4, 1, 1, SAME",
    "3, 5, 1, 1, 1, VALID",
    "3, 1, 4, 1, 1, VALID",
    "1, 5, 4, 1, 1, VALID",
    // from one channel
    "3, 1, 4, 5, 3, VALID",
    "1, 1, 4, 4, 7, VALID",
    "3, 1, 1, 3, 5, VALID",
    // to one channel
    "3, 5, 1, 5, 3, VALID",
    "1, 5, 1, 4, 7, VALID",
  })
  void convolution_isThatOfLibnd4j(
      int images, int in, int out, int height, int width, PaddingMode padding) {
    Convolution convolution = convolution(images, in, out, height, width, padding);

    assertSame(convolution.forward, convolution.forwardArguments, convolution.forwardShapes(), 0);
  }

  @ParameterizedTest(name = "{0} images, {1} to {2} channels, {3}x{4}, {5}")
  @CsvSource({
    // one pixel
    "3, 5, 4, 1, 1, VALID",
    "3, 5, 4, 1, 1, SAME",
    "3, 5, 1, 1, 1, VALID",
    "3, 1, 4, 1, 1, VALID",
    "1, 5, 4, 1, 1, VALID",
    // to one channel
    "3, 5, 1, 5, 3, VALID",
    "1, 5, 1, 4, 7, VALID",
    "3, 1, 1, 3, 5, VALID",
  })
  void backwardPass_isThatOfLibnd4j(
      int images, int in, int out, int height, int width, PaddingMode padding) {
    Convolution convolution = convolution(images, in, out, height, width, padding);

    assertSame(
        convolution.backward, convolution.backwardArguments, convolution.backwardShapes(), 0);
  }

  @ParameterizedTest(name = "{0} images, {1} to {2} channels, {3}x{4}, {5}")
  @CsvSource({
    // one pixel
    "3, 5, 4, 1, 1, VALID",
    // from one channel
    "3, 1, 4, 5, 3, VALID",
    "1, 1, 4, 4, 7, VALID",
    "3, 1, 1, 3, 5, VALID",
    // any other
    "3, 2, 4, 5, 3, VALID",
    "3, 2, 4, 5, 3, SAME",
    "3, 1, 4, 5, 3, SAME",
    "1, 2, 1, 5, 3, VALID",
  })
  void backwardPassOfFirstLayer_isThatOfLibnd4jButForTheImage(
      int images, int in, int out, int height, int width, PaddingMode padding) {
    Convolution convolution = convolution(images, in, out, height, width, padding);

    assertSame(
        convolution.backward, convolution.backwardArguments, convolution.backwardShapes(), 1);
  }

  @ParameterizedTest(name = "{0} to {1} channels")
  @CsvSource({"1, 4", "4, 1"})
  void imageThatUnfoldedTakesTooMuchMemory_isLeftToLibnd4j(int in, int out) {
    Convolution small = new Convolution(1, in, out, 9, 9, PaddingMode.VALID, 450, 460);
    Convolution large = new Convolution(1, in, out, 9, 9, PaddingMode.VALID, 450, 461);

    assertThat(replacement(small)).isPresent();
    assertThat(replacement(large)).isEmpty();
  }

  @ParameterizedTest(name = "{0} images, {1} to {2} channels, kernel {3}, stride {4}, bias {5}")
  @CsvSource({
    "2, 5, 3, 3, 2, false",
    "2, 5, 3, 3, 2, true",
    "1, 4, 1, 9, 2, true",
    "2, 4, 1, 9, 3, true",
    "2, 3, 4, 4, 2, false",
    "2, 3, 4, 4, 4, true",
    "3, 2, 2, 5, 1, true",
    "2, 3, 4, 1, 1, false",
  })
  void transposedConvolution_isThatOfLibnd4j_bothWays(
      int images, int in, int out, int kernel, int stride, boolean hasBias) {
    SameDiff graph = SameDiff.create();
    INDArray x = noise(1, images, in, 5, 7);
    INDArray weights = noise(2, kernel, kernel, out, in);
    INDArray gradient = noise(3, images, out, 5L * stride, 7L * stride);
    DeConv2DConfig config =
        DeConv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .sH(stride)
            .sW(stride)
            .isSameMode(true)
            .dataFormat(DeConv2DConfig.NCHW)
            .build();
    SDVariable image = graph.var("x", x);
    SDVariable kernels = graph.var("weights", weights);
    List<INDArray> forward = new ArrayList<>(List.of(x, weights));
    if (hasBias) {
      forward.add(noise(4, out));
    }
    SDVariable y =
        hasBias
            ? graph.cnn().deconv2d(image, kernels, graph.var("bias", forward.get(2)), config)
            : graph.cnn().deconv2d(image, kernels, config);
    List<INDArray> backward = new ArrayList<>(forward);
    backward.add(gradient);

    assertSame(graph.ops()[0], forward, new long[][] {gradient.shape()}, 0);
    DifferentialFunction operation = backward(graph, y, "deconv2d_bp");
    long[][] shapes = forward.stream().map(INDArray::shape).toArray(long[][]::new);
    assertSame(operation, backward, shapes, 0);
    assertSame(operation, backward, shapes, 1);
  }

  /** Slopes of channels, attention to those of each image, and either side of the product. */
  @ParameterizedTest(name = "{0} images, factors {1}, first: {2}")
  @CsvSource({
    "3, 5x1x1, false",
    "1, 5x1x1, false",
    "3, 1x5x1x1, false",
    "3, 3x5x1x1, false",
    "3, 3x5x1x1, true",
  })
  void backwardPassOfAProductWithChannels_isThatOfLibnd4j(
      int images, String factors, boolean isFactorFirst) {
    long[] shape = Arrays.stream(factors.split("x")).mapToLong(Long::parseLong).toArray();
    INDArray x = noise(1, images, 5, 4, 7);
    INDArray factor = noise(2, shape);
    List<INDArray> sides = isFactorFirst ? List.of(factor, x) : List.of(x, factor);
    SameDiff graph = SameDiff.create();
    SDVariable product = graph.var("a", sides.get(0)).mul(graph.var("b", sides.get(1)));
    DifferentialFunction backward = backward(graph, product, "multiply_bp");
    List<INDArray> arguments = List.of(sides.get(0), sides.get(1), noise(3, images, 5, 4, 7));
    long[][] shapes = {sides.get(0).shape(), sides.get(1).shape()};

    for (int firstNeeded = 0; firstNeeded < 2; firstNeeded++) {
      assertSame(backward, arguments, shapes, firstNeeded);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.05, 1})
  void backwardPassOfALeakyRelu_isThatOfLibnd4j(double slope) {
    SameDiff graph = SameDiff.create();
    INDArray x = noise(1, 2, 3, 4, 5);
    SDVariable y = graph.nn().leakyRelu(graph.var("x", x), slope);

    assertSame(
        backward(graph, y, "lrelu_bp"),
        List.of(x, noise(2, 2, 3, 4, 5)),
        new long[][] {x.shape()},
        0);
  }

  @ParameterizedTest(name = "{0} images, {1} channels, blocks of {2}x{2}")
  @CsvSource({"1, 1, 2", "3, 5, 2", "2, 3, 3", "2, 1, 4"})
  void pixelShuffle_isThatOfLibnd4j_bothWays(int images, int channels, int block) {
    SameDiff graph = SameDiff.create();
    INDArray deep = noise(1, images, (long) channels * block * block, 5, 7);
    INDArray wide = noise(2, images, channels, 5L * block, 7L * block);
    SDVariable y = graph.cnn().depthToSpace(graph.var("x", deep), block, DataFormat.NCHW);
    DifferentialFunction forward = graph.ops()[0];

    assertSame(forward, List.of(deep), new long[][] {wide.shape()}, 0);
    assertSame(backward(graph, y, "space_to_depth"), List.of(wide), new long[][] {deep.shape()}, 0);
  }

  private static DifferentialFunction backward(SameDiff graph, SDVariable of, String name) {
    graph.setLossVariables(of.mul(of).sum().name());
    graph.createGradFunction();
    return Arrays.stream(graph.getFunction("grad").ops())
        .filter(operation -> operation.opName().equals(name))
        .reduce((before, last) -> last)
        .orElseThrow();
  }

  private static Optional<GraphPlan.Step> replacement(Convolution convolution) {
    return FasterOperations.replace(
        convolution.forward,
        convolution.forwardArguments,
        arrays(convolution.forwardShapes()),
        variable -> true,
        FasterOperationsTest::used);
  }

  private static Convolution convolution(
      int images, int in, int out, int height, int width, PaddingMode padding) {
    return new Convolution(images, in, out, height, width, padding, 13, 10);
  }

  /** The two operations of a convolution in a differentiated graph, and arguments for them. */
  private static final class Convolution {
    final DifferentialFunction forward;
    final DifferentialFunction backward;
    final List<INDArray> forwardArguments;
    final List<INDArray> backwardArguments;

    Convolution(
        int images,
        int in,
        int out,
        int height,
        int width,
        PaddingMode padding,
        int imageHeight,
        int imageWidth) {
      SameDiff graph = SameDiff.create();
      INDArray x = noise(1, images, in, imageHeight, imageWidth);
      INDArray weights = noise(2, height, width, in, out);
      INDArray bias = noise(3, out);
      Conv2DConfig config =
          Conv2DConfig.builder()
              .kH(height)
              .kW(width)
              .paddingMode(padding)
              .dataFormat("NCHW")
              .weightsFormat(WeightsFormat.YXIO)
              .build();
      SDVariable y =
          graph
              .cnn()
              .conv2d(
                  graph.var("x", x),
                  graph.var("weights", weights),
                  graph.var("bias", bias),
                  config);
      graph.setLossVariables(y.mul(y).sum().name());
      graph.createGradFunction();
      forward = operation(graph, "conv2d");
      backward = operation(graph.getFunction("grad"), "conv2d_bp");
      boolean keepsSize = padding == PaddingMode.SAME;
      long rows = keepsSize ? imageHeight : imageHeight - height + 1;
      long columns = keepsSize ? imageWidth : imageWidth - width + 1;
      forwardArguments = List.of(x, weights, bias);
      backwardArguments = List.of(x, weights, bias, noise(4, images, out, rows, columns));
    }

    long[][] forwardShapes() {
      return new long[][] {backwardArguments.get(3).shape()};
    }

    long[][] backwardShapes() {
      return forwardArguments.stream().map(INDArray::shape).toArray(long[][]::new);
    }

    private static DifferentialFunction operation(SameDiff graph, String name) {
      return Arrays.stream(graph.ops()).filter(o -> o.opName().equals(name)).findFirst().get();
    }
  }

  private static void assertSame(
      DifferentialFunction operation, List<INDArray> arguments, long[][] shapes, int firstNeeded) {
    List<INDArray> expected = arrays(shapes);
    List<INDArray> actual = arrays(shapes);
    DynamicCustomOp original = (DynamicCustomOp) operation;
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setArgs(
        arguments.toArray(INDArray[]::new),
        original.iArgs(),
        original.dArgs(),
        original.tArgs(),
        original.bArgs());
    for (int i = 0; i < shapes.length; i++) {
      context.setOutputArray(i, expected.get(i));
    }
    GraphPlan.Step libnd4j = new GraphPlan.OperationStep(operation, context);
    List<String> needed =
        Arrays.asList(operation.outputVariablesNames()).subList(firstNeeded, shapes.length);

    Optional<GraphPlan.Step> ours =
        FasterOperations.replace(
            operation, arguments, actual, needed::contains, FasterOperationsTest::used);

    assertThat(ours).as("replacement").isPresent();
    libnd4j.run();
    ours.get().run();
    ours.get().run();
    for (int i = firstNeeded; i < shapes.length; i++) {
      float[] e = FloatArrays.read(expected.get(i));
      float[] a = FloatArrays.read(actual.get(i));
      for (int k = 0; k < e.length; k++) {
        assertThat(a[k])
            .as("result %d, value %d", i, k)
            .isCloseTo(e[k], within(1e-5f * Math.max(1, Math.abs(e[k]))));
      }
    }
    libnd4j.close();
    ours.get().close();
  }

  private static List<INDArray> arrays(long[][] shapes) {
    return Arrays.stream(shapes).map(FasterOperationsTest::used).toList();
  }

  /** An array in which something was left that does not belong there. */
  private static INDArray used(long... shape) {
    return Nd4j.create(DataType.FLOAT, shape, 'c').assign(Float.NaN);
  }

  private static INDArray noise(long seed, long... shape) {
    INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c');
    SplittableRandom random = new SplittableRandom(seed);
    float[] samples = new float[(int) array.length()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble() - 0.5f;
    }
    FloatArrays.write(array, samples);
    return array;
  }
}
