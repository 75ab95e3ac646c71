// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.training.internal.data.ImageRefs;
import io.github.sr4j.training.internal.files.ImageFolder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DegradationTest {

  private static FloatImage flat(int channels, int width, int height, float level) {
    float[] samples = new float[channels * width * height];
    Arrays.fill(samples, level);
    return FloatImage.wrap(channels, height, width, samples);
  }

  private static FloatImage apply(String text, FloatImage image, int scale) {
    return Degradation.parse(text).apply(image, scale, 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bicubic",
        "bilinear",
        "area",
        "gaussian(sigma=0.5-2)",
        "blur then area",
        "anisotropic(along=0.5-4, across=0.3-1) then bicubic",
        "sinc then bicubic",
        "resize then bilinear",
        "resize(factor=0.4, method=area) then bicubic",
        "bicubic then noise then jpeg",
        "bicubic then poisson(strength=1, gray=1)",
        "jpeg(quality=40-60, probability=0.5) then bicubic",
        "real-esrgan"
      })
  void result_isScaleTimesSmaller_dependsOnTheSeedIfRandom_andPrintsAsItsText(String text) {
    Degradation degradation = Degradation.parse(text);
    assertThat(degradation).hasToString(text).isEqualTo(Degradation.parse(text));
    for (int channels : new int[] {1, 3}) {
      for (int scale = 1; scale <= 4; scale++) {
        FloatImage image = TestImages.scene(channels, 57, 46, 3);
        FloatImage one = degradation.apply(image, scale, 5);
        FloatImage other = degradation.apply(image, scale, 6);

        assertThat(one).hasToString(57 / scale + "x" + 46 / scale + one.toString().substring(5));
        assertThat(one.channels()).isEqualTo(channels);
        assertThat(degradation.apply(image, scale, 5).samples()).isEqualTo(one.samples());
        if (!degradation.isRandom()) {
          assertThat(other.samples()).isEqualTo(one.samples());
        }
      }
    }
    FloatImage image = TestImages.scene(3, 57, 46, 3);
    long different =
        LongStream.range(0, 8)
            .mapToObj(seed -> degradation.apply(image, 2, seed))
            .map(result -> Arrays.hashCode(result.samples()))
            .distinct()
            .count();
    assertThat(different > 1).isEqualTo(degradation.isRandom());
  }

  @Test
  void bicubic_isThatOfResampling() {
    FloatImage image = TestImages.noise(3, 37, 29, 1);
    FloatImage expected = Resampling.bicubic(image.modCrop(3), 12, 9);
    assertThat(Degradation.bicubic().apply(image, 3, 9).samples()).isEqualTo(expected.samples());
    assertThat(Degradation.bicubic().isRandom()).isFalse();
    assertThat(Degradation.bicubic().isOfColors()).isFalse();
  }

  /** All that is linear: weights sum to 1, and no side is favoured. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bilinear",
        "area",
        "gaussian(sigma=1.2)",
        "blur(sigma=0.2-3) then area",
        "anisotropic then bicubic",
        "sinc then bicubic",
        "resize then bicubic"
      })
  void filters_keepFlatImages_andSymmetry(String text) {
    for (int scale = 1; scale <= 4; scale++) {
      float[] flat = apply(text, flat(3, 40, 36, 0.7f), scale).samples();
      for (float sample : flat) {
        assertThat(sample).isCloseTo(0.7f, within(1e-5f));
      }
      // Mirrored left to right and top to bottom at once, as turned ellipses allow.
      FloatImage image = TestImages.noise(1, 48, 48, 2).crop(0, 0, 48, 48);
      float[] turned = reversed(image.samples());
      float[] expected = reversed(apply(text, image, scale).samples());
      float[] actual = apply(text, FloatImage.wrap(1, 48, 48, turned), scale).samples();
      for (int i = 0; i < actual.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
      }
    }
  }

  private static float[] reversed(float[] samples) {
    float[] reversed = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      reversed[i] = samples[samples.length - 1 - i];
    }
    return reversed;
  }

  @Test
  void area_isTheMean() {
    FloatImage image = TestImages.noise(1, 30, 24, 5);
    FloatImage small = apply("area", image, 3);
    double sum = 0;
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 3; x++) {
        sum += image.sample(0, 12 + x, 6 + y);
      }
    }
    assertThat((double) small.sample(0, 4, 2)).isCloseTo(sum / 9, within(1e-6));
  }

  /** The second moment of a blurred point is the variance of the kernel, along each axis. */
  @ParameterizedTest
  @CsvSource({
    "blur(sigma=2), 2, 2",
    "'anisotropic(along=3, across=1, angle=0)', 3, 1",
    "'anisotropic(along=3, across=1, angle=90)', 1, 3",
    "'anisotropic(along=1.5, across=1.5, angle=30)', 1.5, 1.5"
  })
  void blur_hasTheStandardDeviationsAsked(String text, double across, double down) {
    float[] point = new float[61 * 61];
    point[30 * 61 + 30] = 1;
    FloatImage blurred = apply(text + " then bicubic", FloatImage.wrap(1, 61, 61, point), 1);
    double sum = 0;
    double varianceX = 0;
    double varianceY = 0;
    for (int i = 0; i < point.length; i++) {
      double weight = blurred.samples()[i];
      sum += weight;
      varianceX += weight * Math.pow(i % 61 - 30, 2);
      varianceY += weight * Math.pow(i / 61 - 30, 2);
    }
    assertThat(sum).isCloseTo(1, within(1e-5));
    assertThat(Math.sqrt(varianceX)).isCloseTo(across, within(0.05 * across));
    assertThat(Math.sqrt(varianceY)).isCloseTo(down, within(0.05 * down));
  }

  /** Real-ESRGAN, section 3.3: what is slower passes, what is faster does not. */
  @ParameterizedTest
  @CsvSource({"0.5, 0.9, 1.1", "2.5, 0, 0.1"})
  void sinc_passesFrequenciesBelowTheCutoff(double frequency, double min, double max) {
    float[] wave = new float[96 * 96];
    for (int i = 0; i < wave.length; i++) {
      wave[i] = (float) Math.cos(frequency * (i % 96));
    }
    FloatImage filtered =
        apply("sinc(cutoff=1.5, size=21) then bicubic", FloatImage.wrap(1, 96, 96, wave), 1);
    double highest = 0;
    for (int x = 32; x < 64; x++) {
      highest = Math.max(highest, Math.abs(filtered.sample(0, x, 48)));
    }
    assertThat(highest).isBetween(min, max);
  }

  @ParameterizedTest
  @CsvSource({
    "noise(sigma=10), 0.5, 10",
    "noise(sigma=25), 0.5, 25",
    "poisson(strength=1), 0.5, 11.3", // 255 sqrt(0.5 / 256)
    "poisson(strength=2), 0.05, 7.13", // fewer than 30 photons
    "poisson(strength=0.5), 0.8, 7.13"
  })
  void noise_hasTheStandardDeviationAsked_andNoMean(String text, float level, double sigma) {
    float[] samples = apply("bicubic then " + text, flat(3, 128, 128, level), 1).samples();
    double mean = 0;
    double square = 0;
    for (float sample : samples) {
      double difference = (sample - level) * 255;
      mean += difference / samples.length;
      square += difference * difference / samples.length;
    }
    double count = 128 * 128; // at the least, if it is gray
    assertThat(mean).isCloseTo(0, within(4 * sigma / Math.sqrt(count)));
    assertThat(Math.sqrt(square)).isCloseTo(sigma, within(0.03 * sigma));
  }

  @Test
  void grayNoise_isTheSameInAllChannels_otherNoiseIsNot() {
    FloatImage image = flat(3, 32, 32, 0.5f);
    for (String noise : List.of("noise(sigma=10, gray=", "poisson(strength=1, gray=")) {
      FloatImage gray = apply("bicubic then " + noise + "1)", image, 1);
      FloatImage color = apply("bicubic then " + noise + "0)", image, 1);
      assertThat(gray.channel(0).samples()).isEqualTo(gray.channel(2).samples());
      assertThat(color.channel(0).samples()).isNotEqualTo(color.channel(2).samples());
    }
  }

  @Test
  void jpeg_isWorse_theLowerTheQuality() {
    for (int channels : new int[] {1, 3}) {
      FloatImage image = TestImages.scene(channels, 64, 56, 2);
      double lastError = 0;
      for (int quality : new int[] {95, 60, 30, 5}) {
        FloatImage compressed = apply("bicubic then jpeg(quality=" + quality + ")", image, 1);
        double error = 0;
        for (int i = 0; i < image.samples().length; i++) {
          error += Math.pow(compressed.samples()[i] - image.samples()[i], 2);
        }
        assertThat(error).isGreaterThan(lastError);
        lastError = error;
      }
      assertThat(Math.sqrt(lastError / image.samples().length)).isLessThan(0.1);
    }
  }

  @Test
  void probability_isHowOftenAStepIsDone() {
    FloatImage image = TestImages.scene(1, 16, 16, 2);
    Degradation sometimes = Degradation.parse("bicubic then jpeg(quality=30, probability=0.3)");
    float[] undone = Degradation.bicubic().apply(image, 1, 0).samples();
    int done = 0;
    for (int seed = 0; seed < 400; seed++) {
      done += Arrays.equals(sometimes.apply(image, 1, seed).samples(), undone) ? 0 : 1;
    }
    assertThat(done / 400.0).isCloseTo(0.3, within(0.1)); // four standard deviations
  }

  /** The pipeline as a whole: it does harm, and never more than a photo could have had. */
  @Test
  void secondOrder_keepsTheImageRecognisable() {
    FloatImage image = TestImages.scene(3, 96, 80, 4);
    FloatImage bicubic = Degradation.bicubic().apply(image, 2, 0);
    Degradation degradation = Degradation.parse("real-esrgan");
    assertThat(degradation.isRandom()).isTrue();
    assertThat(degradation.isOfColors()).isTrue();
    for (int seed = 0; seed < 20; seed++) {
      FloatImage result = degradation.apply(image, 2, seed);
      double square = 0;
      double mean = 0;
      for (int i = 0; i < result.samples().length; i++) {
        double difference = result.samples()[i] - bicubic.samples()[i];
        square += difference * difference / result.samples().length;
        mean += difference / result.samples().length;
      }
      assertThat(Math.sqrt(square) * 255).as("seed %d", seed).isBetween(1.0, 60.0);
      assertThat(mean * 255).as("seed %d", seed).isCloseTo(0, within(5.0));
    }
  }

  @Test
  void then_isTheTextsOneAfterTheOther() {
    Degradation degradation =
        Degradation.parse("blur(sigma=1)")
            .then(Degradation.bicubic())
            .then(Degradation.parse("jpeg"));
    assertThat(degradation).hasToString("blur(sigma=1) then bicubic then jpeg");
    FloatImage image = TestImages.scene(3, 40, 40, 1);
    assertThat(degradation.apply(image, 2, 7).samples())
        .isEqualTo(Degradation.parse(degradation.toString()).apply(image, 2, 7).samples());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blurr(sigma=1) then bicubic | no degradation named \"blurr\"; there are anisotropic, area",
        "blur(sigma=1 | expected a name",
        "blur(size=3) then bicubic | blur has no argument \"size\"",
        "bicubic(a=1) | bicubic has no argument \"a\"",
        "noise(sigma=high) | sigma of noise must be a number or a range such as 1-30",
        "jpeg(quality=95-30) | the smaller number first",
        "jpeg(quality=0-30) | quality of jpeg must be within 1.0 to 100.0",
        "resize(method=lanczos) | area, bilinear, bicubic",
        "bicubic then | expected a name"
      })
  void wrongTexts_areRefused(String text, String message) {
    assertThatThrownBy(() -> Degradation.parse(text + " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blur(sigma=1) | must end with a low-resolution image",
        "bicubic then resize | must end with a low-resolution image",
        "resize then gaussian(sigma=1) | gaussian(sigma=1) of the degradation",
        "bicubic then real-esrgan | must come before"
      })
  void stepsThatDoNotFit_areRefused(String text, String message) {
    FloatImage image = TestImages.scene(3, 40, 40, 1);
    assertThatThrownBy(() -> apply(text, image, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void examples_arePairs_andPictures(@TempDir Path directory) throws IOException {
    Path source = TrainingFolders.scenes(directory.resolve("scenes"), 2);
    Path folder = directory.resolve("examples");
    List<Path> files =
        Degradation.parse("bicubic then noise(sigma=10)").writeExamples(source, folder, 2, 3, 1);

    assertThat(files.stream().map(file -> file.getFileName().toString()))
        .containsExactly("scene0-1.png", "scene1-1.png", "scene0-2.png");
    FloatImage look = ImageFolder.read(files.get(0));
    FloatImage highRes = ImageFolder.read(folder.resolve("HR/scene0-1.png"));
    FloatImage lowRes = ImageFolder.read(folder.resolve("LR/scene0-1.png"));
    assertThat(look).hasToString("120x52 (width x height), 3 channels");
    assertThat(look.crop(0, 0, 60, 52).samples()).isEqualTo(highRes.samples());
    assertThat(look.sample(1, 60 + 33, 21)).isEqualTo(lowRes.sample(1, 16, 10));
    assertThat(ImageFolder.read(folder.resolve("LR/scene0-2.png")).samples())
        .isNotEqualTo(lowRes.samples());
    assertThat(ImageRefs.paired(folder.resolve("HR"), folder.resolve("LR"), List.of(2))).hasSize(3);

    Path again = directory.resolve("again");
    Degradation.parse("bicubic then noise(sigma=10)").writeExamples(source, again, 2, 3, 1);
    assertThat(ImageFiles.read(again.resolve("scene0-2.png")).getWidth()).isEqualTo(120);
    assertThat(again.resolve("LR/scene0-2.png"))
        .hasSameBinaryContentAs(folder.resolve("LR/scene0-2.png"));
  }

  @Test
  void examples_replaceEarlierOnes_andNoOtherFile(@TempDir Path directory) throws IOException {
    Path source = TrainingFolders.scenes(directory.resolve("scenes"), 1);
    Files.copy(source.resolve("scene0.png"), source.resolve("scene0-1.png"));
    Degradation bicubic = Degradation.bicubic();
    byte[] original = Files.readAllBytes(source.resolve("scene0-1.png"));

    assertThatThrownBy(() -> bicubic.writeExamples(source, source, 2, 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("must not be that of the images", source.toString());
    assertThatThrownBy(
            () -> bicubic.writeExamples(source, directory.resolve("scenes/../scenes"), 2, 2, 1))
        .isInstanceOf(IllegalArgumentException.class);
    Path list = Files.writeString(source.resolve("list.txt"), "scene0.png\n");
    assertThatThrownBy(() -> bicubic.writeExamples(list, source, 2, 1, 1))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContainingAll("scene0-1.png", "another folder");
    assertThat(source.resolve("scene0-1.png")).hasBinaryContent(original);
    assertThat(source.resolve("HR")).doesNotExist();

    Path examples = directory.resolve("examples");
    List<Path> first = bicubic.writeExamples(list, examples, 2, 1, 1);
    byte[] written = Files.readAllBytes(first.get(0));
    assertThat(bicubic.writeExamples(list, examples, 2, 1, 1)).isEqualTo(first);
    assertThat(first.get(0)).hasBinaryContent(written);
    assertThatThrownBy(() -> bicubic.writeExamples(examples.resolve("HR"), examples, 2, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    Files.writeString(list, "scene0.png\n../examples/HR/scene0-1.png");
    assertThatThrownBy(() -> bicubic.writeExamples(list, examples, 2, 2, 1))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("is one of the images to degrade");
    Files.writeString(first.get(0), "mine");
    assertThatThrownBy(() -> bicubic.writeExamples(source, examples, 2, 2, 1))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("is not an example");
    assertThat(first.get(0)).hasContent("mine");
  }

  @Test
  void imagesOfOneName_haveExamplesOfTheirOwn(@TempDir Path directory) throws IOException {
    Path source = Files.createDirectories(directory.resolve("scenes/a"));
    for (String name : List.of("a_b.png", "a/b.png", "a_b.bmp")) {
      TrainingFolders.write(TestImages.scene(3, 30, 20, 1), directory.resolve("scenes/" + name));
    }
    assertThat(
            Degradation.bicubic()
                .writeExamples(source.getParent(), directory.resolve("out"), 2, 6, 1))
        .doesNotHaveDuplicates()
        .allMatch(Files::exists);
  }
}
