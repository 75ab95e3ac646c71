// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.Crops;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.testkit.ImagePatchSourceContract;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.ImagePatchSource;
import io.github.sr4j.train.PatchBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderPatchSourceTest extends ImagePatchSourceContract {

  @TempDir Path directory;

  @Override
  protected ImagePatchSource source() throws IOException {
    Path folder = directory.resolve("scenes");
    if (!Files.exists(folder)) {
      TrainingFolders.scenes(folder, 3);
    }
    return FolderPatchSource.of(folder, network(2, ModelInfo.Color.LUMA, true), 12, 4, 1);
  }

  private static ModelInfo network(int scale, ModelInfo.Color color, boolean preupscaled) {
    return ModelInfo.builder("test", scale).color(color).preupscaled(preupscaled).build();
  }

  /**
   * Finds each patch of noise in the image, in one of eight orientations, and requires the input to
   * be what bicubic reduction of the whole image has at the same place.
   */
  @ParameterizedTest(name = "x{0} {1} preupscaled={2}")
  @CsvSource({
    "2, LUMA, false",
    "3, LUMA, false",
    "4, LUMA, false",
    "2, LUMA, true",
    "3, LUMA, true",
    "4, RGB, true",
    "2, RGB, false",
    "3, RGB, false"
  })
  void input_isWhereTheTargetIs(int scale, ModelInfo.Color color, boolean preupscaled)
      throws IOException {
    FloatImage image = TestImages.noise(3, 18 * scale + 1, 15 * scale + 1, 3).rounded();
    TrainingFolders.write(image, directory.resolve("noise.png"));
    ModelInfo network = network(scale, color, preupscaled);
    FloatImage highRes =
        Crops.modCrop(color == ModelInfo.Color.LUMA ? Luma.of(image).rounded() : image, scale);
    FloatImage lowRes =
        Resampling.bicubic(highRes, highRes.width() / scale, highRes.height() / scale).rounded();
    FloatImage whole =
        preupscaled ? Resampling.bicubic(lowRes, highRes.width(), highRes.height()) : lowRes;
    int side = 8;
    PatchBatch batch = FolderPatchSource.of(directory, network, side, 48, 1).batch(0);

    int blockScale = network.blockScale();
    assertThat(batch.inputShape()).isEqualTo(new BatchShape(48, network.channels(), side, side));
    assertThat(batch.targetShape())
        .isEqualTo(new BatchShape(48, network.channels(), side * blockScale, side * blockScale));
    Set<String> orientations = new TreeSet<>();
    for (int i = 0; i < 48; i++) {
      FloatImage input = patch(batch.inputShape(), batch.input(), i);
      FloatImage target = patch(batch.targetShape(), batch.target(), i);
      orientations.add(find(input, target, whole, highRes));
    }
    assertThat(orientations).hasSize(8).doesNotContain("nowhere");
  }

  private static FloatImage patch(BatchShape shape, float[] samples, int index) {
    int size = shape.size() / shape.batch();
    return FloatImage.wrap(
        shape.channels(),
        shape.height(),
        shape.width(),
        Arrays.copyOfRange(samples, index * size, (index + 1) * size));
  }

  private static String find(
      FloatImage input, FloatImage target, FloatImage whole, FloatImage highRes) {
    int side = input.width();
    int scale = target.width() / side;
    for (int orientation = 0; orientation < 8; orientation++) {
      FloatImage upright = turned(target, orientation);
      for (int y = 0; y <= whole.height() - side; y++) {
        for (int x = 0; x <= whole.width() - side; x++) {
          if (upright.sample(0, 0, 0) == highRes.sample(0, x * scale, y * scale)
              && Arrays.equals(
                  upright.samples(),
                  Crops.crop(highRes, x * scale, y * scale, side * scale, side * scale)
                      .samples())) {
            assertThat(turned(input, orientation).samples())
                .isEqualTo(Crops.crop(whole, x, y, side, side).samples());
            return "orientation " + orientation;
          }
        }
      }
    }
    return "nowhere";
  }

  /** Turns a square by quarters, and mirrors it from the fifth orientation on. */
  private static FloatImage turned(FloatImage image, int orientation) {
    int side = image.width();
    float[] samples = image.samples();
    for (int quarter = 0; quarter < orientation % 4; quarter++) {
      float[] next = new float[samples.length];
      for (int i = 0; i < next.length; i++) {
        int plane = i / (side * side) * side * side;
        next[i] = samples[plane + (i % side) * side + side - 1 - i / side % side];
      }
      samples = next;
    }
    if (orientation >= 4) {
      float[] next = new float[samples.length];
      for (int i = 0; i < next.length; i++) {
        next[i] = samples[i - i % side + side - 1 - i % side];
      }
      samples = next;
    }
    return FloatImage.wrap(image.channels(), side, side, samples);
  }

  @Test
  void positions_areEquallyLikely_whateverTheImage() throws IOException {
    // 13 * 9 = 117 positions of patches of 8 in the one, 3 * 13 = 39 in the other.
    TrainingFolders.write(constant(40, 32, 0.25f), directory.resolve("large.png"));
    TrainingFolders.write(constant(20, 40, 0.75f), directory.resolve("small.png"));
    PatchBatch batch =
        FolderPatchSource.of(directory, network(2, ModelInfo.Color.RGB, false), 8, 4000, 9)
            .batch(0);
    long small = 0;
    for (int i = 0; i < 4000; i++) {
      small += batch.input()[i * 3 * 8 * 8] > 0.5f ? 1 : 0;
    }

    // Four standard deviations of 4000 draws with probability 1/4.
    assertThat(small / 4000.0).isCloseTo(39.0 / (39 + 117), within(0.028));
  }

  @Test
  void grayImage_isGrayInRgb_andItsOwnLuma() throws IOException {
    FloatImage gray = TestImages.noise(1, 16, 16, 4).rounded();
    TrainingFolders.write(gray, directory.resolve("gray.png"));
    FloatImage rgb =
        patch(
            new BatchShape(1, 3, 16, 16),
            FolderPatchSource.of(directory, network(2, ModelInfo.Color.RGB, false), 8, 1, 9)
                .batch(0)
                .target(),
            0);
    float[] luma =
        FolderPatchSource.of(directory, network(2, ModelInfo.Color.LUMA, false), 8, 1, 9)
            .batch(0)
            .target();

    for (int channel = 0; channel < 3; channel++) {
      assertThat(rgb.channel(channel).samples()).isEqualTo(luma);
    }
    assertThat(sorted(luma)).isEqualTo(sorted(gray.samples()));
  }

  private static float[] sorted(float[] samples) {
    float[] sorted = samples.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  private static FloatImage constant(int width, int height, float level) {
    float[] samples = new float[3 * width * height];
    Arrays.fill(samples, level);
    return FloatImage.wrap(3, height, width, samples);
  }

  @Test
  void seeds_giveOtherBatches() throws IOException {
    TrainingFolders.scenes(directory, 2);
    ModelInfo network = network(2, ModelInfo.Color.LUMA, false);
    FolderPatchSource one = FolderPatchSource.of(directory, network, 8, 4, 1);
    FolderPatchSource two = FolderPatchSource.of(directory, network, 8, 4, 2);

    for (long number = 0; number < 8; number++) {
      for (long other = 0; other < 8; other++) {
        assertThat(one.batch(number).input()).isNotEqualTo(two.batch(other).input());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 15, 1", "false, 16, 0", "true, 7, 1", "true, 8, 0", "true, 1, 1"})
  void imagesSmallerThanAPatch_areListed(boolean preupscaled, int side, int skipped)
      throws IOException {
    TrainingFolders.write(TestImages.gradient(3, 40, 40), directory.resolve("large.png"));
    TrainingFolders.write(TestImages.gradient(3, 40, side), directory.resolve("small.png"));
    FolderPatchSource source =
        FolderPatchSource.of(directory, network(2, ModelInfo.Color.RGB, preupscaled), 8, 1, 1);

    assertThat(source.skipped()).hasSize(skipped);
    assertThat(source.imageCount()).isEqualTo(2 - skipped);
  }

  @Test
  void onlySmallImages_areRefused_withTheSizeNeeded() throws IOException {
    TrainingFolders.write(TestImages.gradient(3, 40, 15), directory.resolve("small.png"));
    assertThatThrownBy(
            () -> FolderPatchSource.of(directory, network(2, ModelInfo.Color.RGB, false), 8, 1, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("16x16");
  }

  @Test
  void damagedImage_isRefusedByName() throws IOException {
    TrainingFolders.scenes(directory, 2);
    Files.writeString(directory.resolve("text.png"), "no image");
    assertThatThrownBy(
            () -> FolderPatchSource.of(directory, network(2, ModelInfo.Color.RGB, false), 8, 1, 1))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("text.png");
  }

  @Test
  void sizesBelowOne_areRefused() {
    ModelInfo network = network(2, ModelInfo.Color.RGB, false);
    assertThatThrownBy(() -> FolderPatchSource.of(directory, network, 0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("patchSize must be at least 1 pixel, but was 0");
    assertThatThrownBy(() -> FolderPatchSource.of(directory, network, 8, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batchSize must be at least 1, but was 0");
  }
}
