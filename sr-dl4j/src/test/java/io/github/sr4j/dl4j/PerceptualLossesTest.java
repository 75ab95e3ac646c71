// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses on what networks see, against {@link ReferenceNetwork}; a style; and LPIPS. */
final class PerceptualLossesTest {

  private static final List<String> LPIPS_LAYERS =
      List.of("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3");

  @TempDir static Path directory;

  private static Map<String, Tensor> vgg;
  private static Map<String, Tensor> alexnet;
  private static Path vggFile;
  private static Path alexnetFile;
  private static FloatImage style;
  private static Path styleFile;

  @BeforeAll
  static void write() throws IOException {
    vgg = LossFiles.withLinear(LossFiles.vgg16("conv5_3", 4), 3, 4, 5, 6, 7);
    alexnet = LossFiles.withLinear(LossFiles.alexnet(2), 3, 4, 5, 6, 7);
    vggFile = LossFiles.write(directory.resolve("vgg.npz"), vgg);
    alexnetFile = LossFiles.write(directory.resolve("alexnet.npz"), alexnet);
    LossFiles.write(directory.resolve("smooth_vgg.npz"), LossFiles.smooth(vgg));
    LossFiles.write(directory.resolve("smooth_alexnet.npz"), LossFiles.smooth(alexnet));
    styleFile = directory.resolve("my style.png");
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 21, 18, 3)), styleFile);
    style = AwtImages.toFloat(ImageFiles.read(styleFile));
  }

  abstract static class Contract extends LossContract {

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(2, 3, 19, 17);
    }

    @Override
    protected double gradientTolerance() {
      return 3e-2; // ReLUs and maxima have kinks; the value is computed in float32
    }

    @Override
    protected double valueTolerance() {
      return 1e-5;
    }
  }

  @Nested
  final class Lpips extends Contract {
    @Override
    protected Example example() {
      return PerceptualLossesTest.example(lpipsOfVgg(LossFiles.smooth(vgg)));
    }

    @Override
    protected Loss loss() {
      return Losses.parse("lpips(weights=" + directory.resolve("smooth_vgg.npz") + ")");
    }
  }

  @Nested
  final class LpipsOfAlexnet extends Contract {
    @Override
    protected Example example() {
      return scenes(37, 41, lpipsOfAlexnet(LossFiles.smooth(alexnet)));
    }

    @Override
    protected Loss loss() {
      return Losses.parse("lpips(weights=" + directory.resolve("smooth_alexnet.npz") + ")");
    }

    @Override
    protected double gradientTolerance() {
      return 1e-1; // maxima of nine have more kinks
    }

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(1, 3, 67, 63);
    }
  }

  @Nested
  final class Style extends Contract {
    @Override
    protected Example example() {
      return PerceptualLossesTest.example(toStyle(prediction(), List.of("relu1_2", "conv2_1")));
    }

    @Override
    protected Loss loss() {
      return Losses.parse(gram("relu1_2+conv2_1", styleFile));
    }

    @Override
    protected boolean isZeroWhenPerfect() {
      return false; // the target plays no part
    }
  }

  @Nested
  final class ContentBeforeActivation extends Contract {
    @Override
    protected Example example() {
      double distance = expected(List.of("conv2_2"), ReferenceNetwork::featureDistance);
      return PerceptualLossesTest.example(distance / (12.75 * 12.75));
    }

    @Override
    protected Loss loss() {
      return Losses.parse(
          "feature(weights=" + vggFile + ", layers=conv2_2, input=torch, divisor=12.75)");
    }
  }

  private static String gram(String layers, Path style) {
    return "gram(" + vggFile + ":" + layers + ", input=torch, style=\"" + style + "\")";
  }

  /** The example of two scenes. */
  private static LossContract.Example example(double value) {
    return scenes(21, 18, value);
  }

  private static LossContract.Example scenes(int width, int height, double value) {
    return new LossContract.Example(
        new PatchBatch.Shape(1, 3, height, width),
        TestImages.scene(3, width, height, 1).samples(),
        TestImages.scene(3, width, height, 2).samples(),
        value);
  }

  /** Sums a distance over layers, in float64. */
  private static double expected(
      List<String> layers,
      ToDoubleBiFunction<ReferenceNetwork.Features, ReferenceNetwork.Features> distance) {
    List<ReferenceNetwork.Features> p =
        ReferenceNetwork.vgg16(vgg, prediction().samples(), 18, 21, layers);
    List<ReferenceNetwork.Features> t =
        ReferenceNetwork.vgg16(vgg, target().samples(), 18, 21, layers);
    double sum = 0;
    for (int i = 0; i < layers.size(); i++) {
      sum += distance.applyAsDouble(p.get(i), t.get(i));
    }
    return sum;
  }

  private static FloatImage prediction() {
    return TestImages.scene(3, 21, 18, 1);
  }

  private static FloatImage target() {
    return TestImages.scene(3, 21, 18, 2);
  }

  private static double evaluate(String loss) {
    return evaluate(loss, prediction(), target());
  }

  private static double evaluate(String loss, FloatImage prediction, FloatImage target) {
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 3, prediction.height(), prediction.width());
    return Losses.parse(loss)
        .evaluate(shape, prediction.samples(), target.samples(), new float[shape.size()]);
  }

  @ParameterizedTest
  @CsvSource({"relu2_2", "relu1_1+conv3_2", "conv5_3", "relu5_3"})
  void feature_isThatOfThePaper(String layers) {
    double expected = expected(List.of(layers.split("\\+")), ReferenceNetwork::featureDistance);

    assertThat(evaluate("feature(" + vggFile + ":" + layers + ", input=torch)"))
        .isCloseTo(expected, within(1e-5 * expected));
  }

  /** SRGAN divides features by 12.75 first, which is to divide the loss by its square. */
  @Test
  void divisor_dividesFeatures() {
    double expected = expected(List.of("conv5_3"), ReferenceNetwork::featureDistance) / 162.5625;

    assertThat(evaluate("feature(" + vggFile + ":conv5_3, input=torch, divisor=12.75)"))
        .isCloseTo(expected, within(1e-5 * expected));
  }

  @ParameterizedTest
  @CsvSource({"relu2_2", "relu1_1+conv3_2"})
  void gram_isThatOfThePaper(String layers) {
    double expected = expected(List.of(layers.split("\\+")), ReferenceNetwork::gramDistance);

    assertThat(evaluate("gram(" + vggFile + ":" + layers + ", input=torch)"))
        .isCloseTo(expected, within(1e-5 * expected));
  }

  @Test
  void gramOfAStyle_isTheDistanceToThePicture_whateverTheTarget() {
    FloatImage larger = TestImages.scene(3, 30, 23, 7);
    double expected = toStyle(larger, List.of("relu1_1", "conv3_2"));
    String loss = gram("relu1_1+conv3_2", styleFile);

    assertThat(evaluate(loss, larger, larger)).isCloseTo(expected, within(1e-5 * expected));
    assertThat(evaluate(loss, style, target())).isCloseTo(0, within(1e-9));
  }

  private static double toStyle(FloatImage image, List<String> layers) {
    List<ReferenceNetwork.Features> p =
        ReferenceNetwork.vgg16(vgg, image.samples(), image.height(), image.width(), layers);
    List<ReferenceNetwork.Features> s =
        ReferenceNetwork.vgg16(vgg, style.samples(), style.height(), style.width(), layers);
    return ReferenceNetwork.gramDistance(p.get(0), s.get(0))
        + ReferenceNetwork.gramDistance(p.get(1), s.get(1));
  }

  @Test
  void grayStyle_isTheSameInEachChannel() throws IOException {
    FloatImage gray = TestImages.scene(1, 20, 20, 3);
    Path file = directory.resolve("gray.png");
    ImageFiles.write(TestImages.buffered(gray), file);
    float[] samples = AwtImages.toFloat(ImageFiles.read(file)).samples();
    float[] rgb = new float[3 * samples.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = samples[i % samples.length];
    }
    FloatImage image = FloatImage.wrap(3, 20, 20, rgb);

    assertThat(evaluate(gram("conv2_1", file), image, image)).isCloseTo(0, within(1e-9));
  }

  @Test
  void lossesOfOtherStyles_areNotEqual() throws IOException {
    Path copy = directory.resolve("copy.png");
    Path other = directory.resolve("other.png");
    Files.copy(styleFile, copy);
    ImageFiles.write(TestImages.buffered(target()), other);
    Loss loss = Losses.parse(gram("conv2_1", styleFile));

    assertThat(loss).isNotEqualTo(Losses.parse(gram("conv2_1", other)));
    assertThat(loss.toString()).endsWith("style=\"" + styleFile + "\")");
    assertThat(Losses.parse(gram("conv2_1", copy))).isEqualTo(loss);
    assertThat(Losses.parse("gram(" + vggFile + ":conv2_1, input=torch)")).isNotEqualTo(loss);
  }

  @Test
  void lpips_isThatOfThePaper() {
    double expected = lpipsOfVgg(vgg);

    assertThat(evaluate("lpips(" + vggFile + ")")).isCloseTo(expected, within(1e-5 * expected));
  }

  private static double lpipsOfVgg(Map<String, Tensor> arrays) {
    return lpips(
        arrays,
        ReferenceNetwork.vgg16(arrays, prediction().samples(), 18, 21, LPIPS_LAYERS),
        ReferenceNetwork.vgg16(arrays, target().samples(), 18, 21, LPIPS_LAYERS));
  }

  private static double lpips(
      Map<String, Tensor> arrays,
      List<ReferenceNetwork.Features> prediction,
      List<ReferenceNetwork.Features> target) {
    double sum = 0;
    for (int i = 0; i < 5; i++) {
      float[] weights = arrays.get("lin" + i + ".weight").samples();
      sum += ReferenceNetwork.perceptualDistance(prediction.get(i), target.get(i), weights);
    }
    return sum;
  }

  @Test
  void lpipsOfAlexnet_isThatOfThePaper() {
    FloatImage prediction = TestImages.scene(3, 37, 41, 1);
    FloatImage target = TestImages.scene(3, 37, 41, 2);
    double expected = lpipsOfAlexnet(alexnet);

    assertThat(evaluate("lpips(" + alexnetFile + ")", prediction, target))
        .isCloseTo(expected, within(1e-5 * expected));
  }

  private static double lpipsOfAlexnet(Map<String, Tensor> arrays) {
    return lpips(
        arrays,
        ReferenceNetwork.alexnet(arrays, TestImages.scene(3, 37, 41, 1).samples(), 41, 37),
        ReferenceNetwork.alexnet(arrays, TestImages.scene(3, 37, 41, 2).samples(), 41, 37));
  }

  @ParameterizedTest
  @CsvSource({"vgg.npz, 16", "alexnet.npz, 31"})
  void imagesOfWhichNothingIsLeft_areRefused(String file, int min) {
    Loss loss = Losses.parse("lpips(" + directory.resolve(file) + ")");
    loss.checkShape(new PatchBatch.Shape(1, 3, min, min));

    assertThatThrownBy(() -> loss.checkShape(new PatchBatch.Shape(1, 3, min - 1, min)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least " + min + "x" + min + " for lpips");
  }

  @Test
  void lpipsOfAFileWithoutLinearWeights_isRefused() throws IOException {
    Path file = LossFiles.write(directory.resolve("bare.npz"), LossFiles.vgg16("conv5_3", 1));

    assertThatThrownBy(() -> Losses.parse("lpips(" + file + ")"))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("needs an array \"lin0.weight\" of shape [1, 3, 1, 1]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lpips | weights of lpips must be a file, as in lpips(weights=lpips_vgg.npz)",
        "lpips(none.npz) | weights of lpips must be a file, but there is none at none.npz",
        "feature(V:relu1_1, input=torch, divisor=0) | divisor of feature must be positive",
        "gram(V:relu1_1, input=torch, style=none.png) | there is none at none.png",
        "feature(V:relu1_1+relu2, input=torch) | are of VGG and of AlexNet",
        "feature(V:conv1_4, input=torch) | VGG has no layer conv1_4",
        "feature(A:conv3, input=torch, padding=reflect) | padding must be zeros for the layers",
      })
  void wrongArguments_areRefused(String text, String message) {
    String loss = text.replace("V", vggFile.toString()).replace("A:", alexnetFile + ":");
    assertThatThrownBy(() -> Losses.parse(loss))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void styleThatIsNoImage_isRefused() {
    assertThatThrownBy(() -> Losses.parse(gram("conv1_1", vggFile)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(vggFile + ": cannot be read because it is an archive");
  }

  @Test
  void tooSmallAStyle_isRefused() throws IOException {
    Path small = directory.resolve("small.png");
    ImageFiles.write(TestImages.buffered(TestImages.noise(3, 9, 8, 1)), small);

    assertThatThrownBy(() -> Losses.parse(gram("conv5_1+conv5_3", small)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 16x16 for the style of gram, but were 9x8");
  }
}
