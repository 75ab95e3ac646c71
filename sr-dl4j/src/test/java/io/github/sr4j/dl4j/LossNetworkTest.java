// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.GraphLoss;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses on the activations of VGG: of weights made here, and of real ones where there are any. */
final class LossNetworkTest {

  private static final int[] FEATURES = {3, 64, 64, 128, 128, 256};
  private static final List<String> CONVOLUTIONS =
      List.of("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1");

  @TempDir static Path directory;

  /** Weights up to conv2_1 that keep the variance, for inputs as they are. */
  private static Path weights;

  /** The same without preprocess. */
  private static Path plain;

  @BeforeAll
  static void makeWeights() throws IOException {
    SplittableRandom random = new SplittableRandom(5);
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      int in = FEATURES[i];
      int out = FEATURES[i + 1];
      float[] weight = new float[out * in * 9];
      float[] bias = new float[out];
      for (int w = 0; w < weight.length; w++) {
        weight[w] = (float) (random.nextGaussian() * Math.sqrt(2.0 / (9 * in)));
      }
      for (int b = 0; b < out; b++) {
        bias[b] = (float) (0.1 * random.nextGaussian());
      }
      arrays.put(CONVOLUTIONS.get(i) + ".weight", Tensor.of(Shape.of(out, in, 3, 3), weight));
      arrays.put(CONVOLUTIONS.get(i) + ".bias", Tensor.of(Shape.of(out), bias));
    }
    plain = write("plain.npz", arrays);
    float[] toBgr = {0, 0, 4, 0, 4, 0, 4, 0, 0};
    arrays.put("preprocess.weight", Tensor.of(Shape.of(3, 3, 1, 1), toBgr));
    arrays.put("preprocess.bias", Tensor.of(Shape.of(3), new float[] {-1, -2, -3}));
    weights = write("vgg (1), mine.npz", arrays); // a name that is to be quoted
  }

  private static Path write(String name, Map<String, Tensor> arrays) throws IOException {
    Path file = directory.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, Map.of());
    }
    return file;
  }

  abstract static class Contract extends LossContract {

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(1, 3, 7, 6);
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

  /**
   * The result of two layers for an image of one gray, which mirroring does not change: a
   * convolution is the sum of its kernel. Here is one pixel of relu1_1 and one of conv2_1.
   */
  private static List<double[]> flat(double gray) throws IOException {
    Map<String, Tensor> arrays = Npz.read(weights, new LinkedHashMap<>());
    double[] pixel = {4 * gray - 1, 4 * gray - 2, 4 * gray - 3};
    double[] first = relu(flat(arrays, "conv1_1", pixel));
    double[] second = relu(flat(arrays, "conv1_2", first));
    return List.of(first, flat(arrays, "conv2_1", second));
  }

  private static double[] flat(Map<String, Tensor> arrays, String layer, double[] input) {
    float[] weight = arrays.get(layer + ".weight").samples();
    float[] bias = arrays.get(layer + ".bias").samples();
    double[] output = new double[bias.length];
    for (int w = 0; w < weight.length; w++) {
      output[w / 9 / input.length] += weight[w] * input[w / 9 % input.length];
    }
    for (int i = 0; i < output.length; i++) {
      output[i] += bias[i];
    }
    return output;
  }

  private static double[] relu(double[] features) {
    return Arrays.stream(features).map(feature -> Math.max(0, feature)).toArray();
  }

  /** Returns the example of a gray of 0.75 for one of 0.25. */
  private static LossContract.Example example(ToDoubleBiFunction<double[], double[]> distance) {
    try {
      double sum = 0;
      for (int i = 0; i < 2; i++) {
        sum += distance.applyAsDouble(flat(0.75).get(i), flat(0.25).get(i));
      }
      return LossContract.Example.flat(new PatchBatch.Shape(1, 3, 7, 6), 0.75f, 0.25f, sum);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double feature(double[] p, double[] t) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += (p[i] - t[i]) * (p[i] - t[i]);
    }
    return sum / p.length;
  }

  private static double gram(double[] p, double[] t) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p.length; j++) {
        double difference = (p[i] * p[j] - t[i] * t[j]) / p.length;
        sum += difference * difference;
      }
    }
    return sum;
  }

  @Nested
  final class FeatureContract extends Contract {
    @Override
    protected Example example() {
      return LossNetworkTest.example(LossNetworkTest::feature);
    }

    @Override
    protected Loss loss() {
      return Losses.parse("feature(weights=\"" + weights + "\", layers=relu1_1+conv2_1)");
    }
  }

  @Nested
  final class GramContract extends Contract {
    @Override
    protected Example example() {
      return LossNetworkTest.example(LossNetworkTest::gram);
    }

    @Override
    protected Loss loss() {
      return Losses.parse("gram(weights=\"" + weights + "\", layers=relu1_1+conv2_1)");
    }
  }

  /**
   * The distances that numpy computes, in float64, from the equations of the paper and what the
   * file's README says of padding, pooling and input.
   */
  @ParameterizedTest
  @CsvSource({
    "feature, conv2_1, 7.974249341056318",
    "feature, relu2_2, 4.62361604055351",
    "feature, relu3_1, 7.772901027163502",
    "feature, conv3_1+relu1_2, 51.5686214349",
    "gram, relu1_2, 5.023852229888848",
    "gram, conv2_1, 158.69562905340354",
    "gram, conv3_1, 7311.244552061313",
  })
  void realNetwork_givesTheDistancesOfTheEquations(String name, String layers, double expected) {
    Loss loss = Losses.parse(name + "(weights=" + realWeights() + ", layers=" + layers + ")");
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 3, 13, 10);
    double actual =
        loss.evaluate(shape, pattern(7, 11, 5, 16), pattern(3, 5, 2, 13), new float[390]);

    // Sums of squares of float32 products, the order of which changes with the number of threads.
    assertThat(actual).isCloseTo(expected, within(2e-4 * expected));
  }

  private static float[] pattern(int a, int b, int c, int levels) {
    float[] samples = new float[3 * 13 * 10];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (a * (i % 10) + b * (i / 10 % 13) + c * (i / 130)) % levels / (float) levels;
    }
    return samples;
  }

  private static Path realWeights() {
    Path found = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null && found == null; at = at.getParent()) {
      Path file = at.resolve("shared/data/weights/vgg19_normalised_to_conv3_1.npz");
      found = Files.exists(file) ? file : null;
    }
    assumeTrue(found != null, "no folder shared/data beside the repository");
    return found;
  }

  @Test
  void shortForm_isTheLongOne() {
    Loss loss = Losses.parse("1e-4*gram(\"" + weights + ":conv1_2\", relu2_1) + l1");

    assertThat(loss)
        .isEqualTo(
            Losses.parse("1e-4*gram(layers=conv1_2 + relu2_1, weights=\"" + weights + "\") + l1"));
    assertThat(loss.terms().get(0).loss())
        .hasToString("gram(weights=\"" + weights + "\", layers=conv1_2+relu2_1)");
  }

  @Test
  void lossesOfOtherWeightsOrSettings_areNotEqual() throws IOException {
    String text = "feature(weights=" + plain + ", layers=conv1_1, input=";

    assertThat(Losses.parse(text + "caffe)"))
        .isNotEqualTo(Losses.parse(text + "torch)"))
        .isNotEqualTo(Losses.parse(text + "caffe, padding=reflect)"));
  }

  /** Colours whose input to the network is 0 make nothing but the biases. */
  @ParameterizedTest
  @CsvSource({
    "torch, 0.485, 0.456, 0.406, 0.714, 0.68, 0.631",
    "caffe, 0.4850196, 0.4579608, 0.4076039, 0.4889412, 0.4618824, 0.4115255"
  })
  void input_isThatOfTheWeights(
      String input, float r, float g, float b, float nextR, float nextG, float nextB) {
    Loss loss = Losses.parse("feature(weights=" + plain + ", layers=conv1_1, input=" + input + ")");
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 3, 2, 2);
    float[] mean = {r, r, r, r, g, g, g, g, b, b, b, b};
    // One more than the mean in each of the network's input channels.
    float[] next = {
      nextR, nextR, nextR, nextR, nextG, nextG, nextG, nextG, nextB, nextB, nextB, nextB
    };

    assertThat(loss.evaluate(shape, next, mean, new float[12]))
        .isCloseTo(responseToOnes(), within(1e-4));
  }

  /** The mean square of what conv1_1 without its bias makes of 2x2 pixels of 1 amid zeros. */
  private static double responseToOnes() {
    try {
      float[] weight = Npz.read(plain, new LinkedHashMap<>()).get("conv1_1.weight").samples();
      double sum = 0;
      for (int out = 0; out < 64; out++) {
        for (int pixel = 0; pixel < 4; pixel++) {
          double response = 0;
          for (int w = 0; w < 27; w++) {
            int y = pixel / 2 + w % 9 / 3 - 1;
            int x = pixel % 2 + w % 3 - 1;
            response += y >= 0 && y < 2 && x >= 0 && x < 2 ? weight[out * 27 + w] : 0;
          }
          sum += response * response;
        }
      }
      return sum / (64 * 4);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Two losses on one network run it once. */
  @Test
  void activations_areSharedByLosses() {
    GraphBuilder builder = new GraphBuilder();
    Node prediction = builder.input("prediction", Shape.ofImages(3));
    Node target = builder.input("target", Shape.ofImages(3));
    GraphLoss feature =
        (GraphLoss) Losses.parse("feature(weights=\"" + weights + "\", layers=conv2_1)");
    GraphLoss gram = (GraphLoss) Losses.parse("gram(weights=\"" + weights + "\", layers=relu1_2)");
    Node ofFeatures = feature.addTo(builder, prediction, target);
    long before = convolutions(builder.build(ofFeatures));
    Node both = builder.add(Binary.ADD, ofFeatures, gram.addTo(builder, prediction, target));

    assertThat(before).isEqualTo(8); // preprocess and three convolutions, of two images
    assertThat(convolutions(builder.build(both))).isEqualTo(before);
  }

  private static long convolutions(Graph graph) {
    return graph.operations().stream()
        .filter(operation -> operation.operator() instanceof Convolve)
        .count();
  }

  /** The graph form in a step of training gives what the loss gives outside of it. */
  @Test
  void trainingUnderIt_lowersIt() {
    Loss loss =
        Losses.parse(
            "feature(weights=\""
                + weights
                + "\", layers=relu1_1+conv2_1) + 1e-3*gram(weights=\""
                + weights
                + "\", layers=relu1_2) + 1e-4*tv");
    try (TrainingSession session =
        new Dl4jTrainingProvider()
            .open(TrainingSetup.of("edsr(blocks=1, features=8)", 2, loss).seed(3))) {
      PatchBatch batch = Noise.batch(session, 2, 8);
      double first = session.step(batch, 1e-3);
      double last = first;
      for (int i = 0; i < 20; i++) {
        last = session.step(batch, 1e-3);
      }

      assertThat(last).isLessThan(0.9 * first);
    }
  }

  @Test
  void luma_isRefused_sayingWhatToDo() {
    Loss loss = Losses.parse("feature(weights=\"" + weights + "\", layers=conv1_1)");

    assertThatThrownBy(
            () -> new Dl4jTrainingProvider().open(TrainingSetup.of("compact", 2, loss)).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "feature compares images of 3 channels (RGB), but they have 1. Train a network of RGB,"
                + " such as edsr or srcnn(color=rgb)");
    assertThatThrownBy(() -> loss.checkShape(new PatchBatch.Shape(1, 1, 8, 8)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void imagesOfWhichNothingIsLeft_areRefused() {
    Loss loss = Losses.parse("gram(weights=\"" + weights + "\", layers=conv2_1)");

    assertThatThrownBy(() -> loss.checkShape(new PatchBatch.Shape(1, 3, 9, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("images must be at least 4x4 for gram, but were 3x9 (width x height)");
    loss.checkShape(new PatchBatch.Shape(1, 3, 4, 4));
  }

  @Test
  void otherDigest_isRefused() {
    String text = "feature(weights=\"" + weights + "\", layers=conv1_1, sha256=";

    assertThatThrownBy(() -> Losses.parse(text + "0a)"))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(weights + ": must have the SHA-256 0a, but has ");
  }

  @Test
  void rightDigest_isAccepted() throws IOException {
    String digest = MoreFiles.asByteSource(weights).hash(Hashing.sha256()).toString();
    Loss loss =
        Losses.parse("gram(weights=\"" + weights + "\", layers=conv1_1, sha256=" + digest + ")");

    assertThat(loss.toString()).contains(digest);
  }

  @Test
  void layersThatTheFileLacks_areRefusedByName() {
    assertThatThrownBy(() -> Losses.parse("gram(weights=\"" + weights + "\", layers=relu2_2)"))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("needs an array \"conv2_2.weight\" of shape [*, 128, 3, 3]")
        .hasMessageContaining("the file has conv1_1.weight");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "feature | weights of feature must be the file of a network",
        "gram(conv1_1) | weights of gram must be the file of a network",
        "gram(weights=none.npz, layers=conv1_1) | must be a file, but there is none at none.npz",
        "gram(weights=none.npz, layers=conv6_1) | must be names such as conv3_1 or relu3_1",
        "gram(weights=none.npz) | must be names such as conv3_1 or relu3_1",
        "gram(none.npz:conv1_1, layers=conv1_2) | layers of gram must not be given twice",
        "gram(conv1_1, weights=none.npz, layers=conv1_1) | must be a file, but there is none",
        "gram(none.npz:pool1) | must be names such as conv3_1 or relu3_1",
        "gram(none.npz:conv1_1, input=bgr) | input of gram must be caffe or torch, but was \"bgr\"",
        "gram(none.npz:conv1_1, padding=no) | padding of gram must be zeros or reflect",
      })
  void wrongArguments_areRefused(String text, String message) {
    assertThatThrownBy(() -> Losses.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void inputThatTheFileDoesNotSay_mustBeGiven_andOnlyThen() {
    assertThatThrownBy(() -> Losses.parse("gram(weights=" + plain + ", layers=conv1_1)"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("input must be caffe or torch, as " + plain);
    assertThatThrownBy(
            () -> Losses.parse("gram(weights=\"" + weights + "\", layers=conv1_1, input=torch)"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("input must not be given, as " + weights);
  }
}
