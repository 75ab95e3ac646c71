// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.testkit.ImagePatchSourceContract;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Trainer.Sampling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePatchesTest extends ImagePatchSourceContract {

  @TempDir Path directory;

  @Override
  protected PatchBatch.Source source() throws IOException {
    Path folder = directory.resolve("scenes");
    if (!Files.exists(folder)) {
      TrainingFolders.scenes(folder, 3);
    }
    return patches(folder, network(2, ModelInfo.Color.LUMA, true), 12, 4, 1);
  }

  private static ImagePatches patches(
      Path data, ModelInfo network, int patchSize, int batchSize, long seed) throws IOException {
    return ImagePatches.builder(network)
        .data(data)
        .patch(patchSize)
        .batch(batchSize)
        .seed(seed)
        .build();
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
        (color == ModelInfo.Color.LUMA ? Luma.of(image).rounded() : image).modCrop(scale);
    FloatImage lowRes =
        Resampling.bicubic(highRes, highRes.width() / scale, highRes.height() / scale).rounded();
    FloatImage whole =
        preupscaled ? Resampling.bicubic(lowRes, highRes.width(), highRes.height()) : lowRes;
    int side = 8;
    PatchBatch batch = patches(directory, network, side, 48, 1).batch(0);

    int blockScale = network.blockScale();
    assertThat(batch.inputShape())
        .isEqualTo(new PatchBatch.Shape(48, network.channels(), side, side));
    assertThat(batch.targetShape())
        .isEqualTo(
            new PatchBatch.Shape(48, network.channels(), side * blockScale, side * blockScale));
    Set<String> orientations = new TreeSet<>();
    for (int i = 0; i < 48; i++) {
      FloatImage input = patch(batch.inputShape(), batch.input(), i);
      FloatImage target = patch(batch.targetShape(), batch.target(), i);
      orientations.add(find(input, target, whole, highRes));
    }
    assertThat(orientations).hasSize(8).doesNotContain("nowhere");
  }

  private static FloatImage patch(PatchBatch.Shape shape, float[] samples, int index) {
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
                  highRes.crop(x * scale, y * scale, side * scale, side * scale).samples())) {
            assertThat(turned(input, orientation).samples())
                .isEqualTo(whole.crop(x, y, side, side).samples());
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
        patches(directory, network(2, ModelInfo.Color.RGB, false), 8, 4000, 9).batch(0);
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
            new PatchBatch.Shape(1, 3, 16, 16),
            patches(directory, network(2, ModelInfo.Color.RGB, false), 8, 1, 9).batch(0).target(),
            0);
    float[] luma =
        patches(directory, network(2, ModelInfo.Color.LUMA, false), 8, 1, 9).batch(0).target();

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
    ImagePatches one = patches(directory, network, 8, 4, 1);
    ImagePatches two = patches(directory, network, 8, 4, 2);

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
    ImagePatches source = patches(directory, network(2, ModelInfo.Color.RGB, preupscaled), 8, 1, 1);

    assertThat(source.skipped()).isEqualTo(skipped == 0 ? List.of() : List.of("small.png"));
    assertThat(source.imageCount()).isEqualTo(2 - skipped);
  }

  @Test
  void onlySmallImages_areRefused_withTheSizeNeeded() throws IOException {
    TrainingFolders.write(TestImages.gradient(3, 40, 15), directory.resolve("small.png"));
    assertThatThrownBy(() -> patches(directory, network(2, ModelInfo.Color.RGB, false), 8, 1, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("16x16");
  }

  /** The image is fine, so leaving it out would train on something else than was asked for. */
  @Test
  void imageThatMemoryIsTooSmallFor_isNeverLeftOut() throws IOException {
    TrainingFolders.scenes(directory, 2);
    Files.write(directory.resolve("big.large"), TooLargeFormat.FILE);
    Path zip = directory.resolve("images.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("inner.large"));
      out.write(TooLargeFormat.FILE);
    }
    ModelInfo network = network(2, ModelInfo.Color.RGB, false);
    ImagePatches.Builder builder = ImagePatches.builder(network).patch(8).skipUnreadable(true);

    try (TooLargeFormat format = new TooLargeFormat()) {
      assertThat(format.getFormatNames()).isNotEmpty();
      assertThatThrownBy(() -> builder.data(directory).build())
          .isExactlyInstanceOf(SuperResolutionException.class)
          .hasMessageContainingAll("big.large: not enough memory", "-Xmx");
      assertThatThrownBy(() -> ImagePatches.builder(network).skipUnreadable(true).data(zip).build())
          .isExactlyInstanceOf(SuperResolutionException.class)
          .hasMessageContainingAll("images.zip", "inner.large: not enough memory", "-Xmx");
    }
  }

  @Test
  void unreadableFiles_areRefusedByName_orLeftOutAndListed() throws IOException {
    TrainingFolders.scenes(directory, 2);
    Files.writeString(directory.resolve("text.png"), "no image");
    ModelInfo network = network(2, ModelInfo.Color.RGB, false);
    ImagePatches.Builder builder = ImagePatches.builder(network).data(directory).patch(8);

    assertThatThrownBy(builder::build)
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContainingAll("text.png", "skipUnreadable")
        .hasMessageNotContaining("one of");
    Files.write(directory.resolve("void.png"), new byte[0]);
    assertThatThrownBy(builder::build).hasMessageContainingAll("text.png", "one of 2 files");

    ImagePatches rest = builder.skipUnreadable(true).build();
    assertThat(rest.unreadable()).hasSize(2);
    assertThat(rest.unreadable().get(0)).contains("text.png");
    assertThat(rest.imageCount()).isEqualTo(2);
    Files.delete(directory.resolve("text.png"));
    Files.delete(directory.resolve("void.png"));
    assertThat(rest.batch(3).input()).isEqualTo(builder.build().batch(3).input());
  }

  @Test
  void whatAListNamesButIsNotThere_isLeftOut_withItsReason() throws IOException {
    TrainingFolders.scenes(directory, 1);
    Files.writeString(directory.resolve("no.zip"), "PKno");
    Path loop = directory.resolve("inner");
    Files.createSymbolicLink(Files.createDirectory(loop).resolve("self"), loop);
    Files.createSymbolicLink(loop.resolve("nothing.png"), directory.resolve("nowhere.png"));
    TrainingFolders.write(TestImages.scene(3, 40, 40, 1), loop.resolve("a.png"));
    Path list =
        Files.writeString(
            directory.resolve("list.txt"),
            "\ufeffscene0.png\n\nabsent.png\nno.zip\ninner\nempty.zip\n");
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false)).data(list).patch(8);

    assertThatThrownBy(builder::build)
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContainingAll("absent.png", "line 3 of " + list, "one of 5 files");
    ImagePatches rest = builder.skipUnreadable(true).build();
    assertThat(rest.imageCount()).isEqualTo(2);
    assertThat(rest.unreadable()).hasSize(5);
    assertThat(String.join("\n", rest.unreadable()))
        .contains("absent.png: no such file", "no.zip: cannot be opened as a zip file")
        .contains(
            "self: it is a symbolic link that leads to itself", "nothing.png: is a link to nothing")
        .contains("empty.zip");

    Files.writeString(list, "absent.png\n");
    assertThatThrownBy(builder::build)
        .hasMessageContainingAll("none of the 1 images can be read", "absent.png: no such file");
  }

  @Test
  void linkToNothingAmongPairs_isLeftOut() throws IOException {
    Path large = Files.createDirectories(directory.resolve("HR/sub"));
    Path small = Files.createDirectories(directory.resolve("LR/X2"));
    TrainingFolders.write(TestImages.scene(3, 40, 40, 1), large.resolve("a.png"));
    TrainingFolders.write(TestImages.scene(3, 20, 20, 1), small.resolve("ax2.png"));
    Files.createSymbolicLink(large.resolve("b.png"), directory.resolve("nowhere.png"));
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .pairs(large.getParent(), small.getParent())
            .patch(8);

    assertThatThrownBy(builder::build).hasMessageContainingAll("b.png", "is a link to nothing");
    assertThat(builder.skipUnreadable(true).build().imageCount()).isEqualTo(1);
  }

  /** Folders and lists: the pair is left out, whatever names its low-resolution image goes by. */
  @Test
  void lowResolutionImageThatIsALinkToNothing_isLeftOut_withItsPair() throws IOException {
    Path large = Files.createDirectories(directory.resolve("HR/sub"));
    Path small = Files.createDirectories(directory.resolve("LR/X2/sub"));
    for (String name : List.of("a", "b")) {
      TrainingFolders.write(TestImages.scene(3, 40, 40, 1), large.resolve(name + ".png"));
    }
    TrainingFolders.write(TestImages.scene(3, 20, 20, 1), small.resolve("ax2.png"));
    Path dead = small.resolve("bx2.png");
    Files.createSymbolicLink(dead, directory.resolve("nowhere.png"));
    Path names = directory.resolve("small.txt");
    Files.writeString(names, "LR/X2/sub/ax2.png\nLR/X2/sub/bx2.png\n");
    for (Path source : List.of(small.getParent(), small.getParent().getParent(), names)) {
      ImagePatches.Builder builder =
          ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
              .pairs(large.getParent(), source)
              .patch(8);

      assertThatThrownBy(builder::build)
          .isInstanceOf(NoSuchFileException.class)
          .hasMessageContainingAll(dead.toString(), "skipUnreadable would leave it out");
      ImagePatches rest = builder.skipUnreadable(true).build();
      assertThat(rest.imageCount()).isEqualTo(1);
      assertThat(rest.unreadable()).hasSize(1);
    }
    // Another image of the same name counts instead.
    TrainingFolders.write(TestImages.scene(3, 20, 20, 1), small.resolve("bx2.bmp"));
    assertThat(
            ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
                .pairs(large.getParent(), small.getParent())
                .patch(8)
                .build()
                .imageCount())
        .isEqualTo(2);
  }

  @Test
  void fileWithoutPermission_isLeftOut_withItsReason() throws IOException {
    TrainingFolders.scenes(directory, 2);
    Path secret = directory.resolve("scene0.png");
    assumeTrue(secret.toFile().setReadable(false), "files are always readable here");
    assumeTrue(!Files.isReadable(secret), "this user reads all files");
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false)).data(directory).patch(8);

    assertThat(builder.skipUnreadable(true).build().unreadable())
        .containsExactly(secret + ": permission denied");
  }

  @Test
  void listThatIsNotUtf8_isNamed() throws IOException {
    Path list = directory.resolve("list.txt");
    Files.write(list, "scene0.png\nb\u00fcrd.png\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> patches(list, network(2, ModelInfo.Color.RGB, false), 8, 1, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("list.txt: must be text in UTF-8", "0xfc in line 2");
  }

  /** A megabyte that unpacks to a gigabyte. */
  @Test
  void zipEntryThatUnpacksToGigabytes_isLeftOut() throws IOException {
    Path folder = TrainingFolders.scenes(directory.resolve("scenes"), 1);
    Path zip = directory.resolve("bomb.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.setLevel(1);
      out.putNextEntry(new ZipEntry("scene.png"));
      Files.copy(folder.resolve("scene0.png"), out);
      out.putNextEntry(new ZipEntry("zeros.png"));
      for (int i = 0; i <= 1 << 10; i++) {
        out.write(new byte[1 << 20]);
      }
    }
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false)).data(zip).patch(8);

    assertThatThrownBy(builder::build)
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContainingAll("bomb.zip: zeros.png unpacks to more than");
    assertThat(builder.skipUnreadable(true).build().imageCount()).isEqualTo(1);
  }

  @Test
  void settingsOutOfRange_areRefused() {
    ImagePatches.Builder builder = ImagePatches.builder(network(2, ModelInfo.Color.RGB, false));
    assertThatThrownBy(() -> builder.patch(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("patch must be at least 1 pixel, but was 0");
    assertThatThrownBy(() -> builder.batch(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch must be at least 1, but was 0");
    assertThatThrownBy(() -> builder.cacheMegabytes(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cacheMegabytes must be at least 0, but was -1");
    assertThatThrownBy(() -> builder.scales(List.of(2, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, 2]");
    assertThatThrownBy(() -> builder.sampling(Sampling.parse("gird(stride=14)")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sampling must be random or grid, but was \"gird(stride=14)\"");
    assertThatThrownBy(() -> builder.sampling(Sampling.parse("grid(step=14)")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("\"step\"", "stride");
    assertThatThrownBy(() -> builder.sampling(Sampling.parse("random(flips=no)")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("true or false");
    assertThatThrownBy(() -> builder.degradation(Degradation.parse("jpeg")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("then bicubic");
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("images");
  }

  @Test
  void zipFile_list_andMemory_giveWhatTheFolderGives() throws IOException {
    Path folder = TrainingFolders.scenes(directory.resolve("scenes"), 3);
    Path zip = directory.resolve("scenes.zip");
    Path list = directory.resolve("scenes.txt");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (int i = 2; i >= 0; i--) {
        out.putNextEntry(new ZipEntry("photos/scene" + i + ".png"));
        out.write(Files.readAllBytes(folder.resolve("scene" + i + ".png")));
      }
      out.putNextEntry(new ZipEntry("photos/notes.md"));
    }
    Files.writeString(list, "# scenes\n\nscenes/scene0.png\n scenes/scene1.png \nmore\n");
    Files.createDirectories(directory.resolve("more"));
    Files.copy(folder.resolve("scene2.png"), directory.resolve("more/scene2.png"));
    ModelInfo network = network(2, ModelInfo.Color.LUMA, false);
    ImagePatches.Builder memory = ImagePatches.builder(network).patch(8).batch(4);
    for (int i = 0; i < 3; i++) {
      memory.image(ImageFiles.read(folder.resolve("scene" + i + ".png")));
    }
    PatchBatch expected = patches(folder, network, 8, 4, 1).batch(5);

    for (ImagePatches source :
        List.of(
            patches(zip, network, 8, 4, 1),
            patches(list, network, 8, 4, 1),
            ImagePatches.builder(network).data(zip).patch(8).batch(4).cacheMegabytes(0).build(),
            memory.build())) {
      assertThat(source.imageCount()).isEqualTo(3);
      assertThat(source.batch(5).input()).isEqualTo(expected.input());
      assertThat(source.batch(5).target()).isEqualTo(expected.target());
    }
    assertThat(patches(zip, network, 8, 4, 1).description()).isEqualTo("scenes.zip (3 images)");
  }

  @Test
  void brokenSources_areNamed() throws IOException {
    ModelInfo network = network(2, ModelInfo.Color.LUMA, false);
    Path list = Files.writeString(directory.resolve("list.txt"), "absent.png\n");
    assertThatThrownBy(() -> patches(list, network, 8, 4, 1))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContainingAll("absent.png", "list.txt");
    Path comment = Files.writeString(directory.resolve("comment.txt"), "# nothing\n");
    assertThatThrownBy(() -> patches(comment, network, 8, 4, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("comment.txt");
    Path zip = Files.writeString(directory.resolve("no.zip"), "PKno");
    assertThatThrownBy(() -> patches(zip, network, 8, 4, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no.zip");
    assertThatThrownBy(() -> patches(directory.resolve("absent.zip"), network, 8, 4, 1))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("absent.zip");
  }

  /** The layouts of DIV2K, of RealSR, and of the same names. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "hr/0001.png, lr/X2/0001x2.png",
    "DIV2K_HR/0001.png, DIV2K_LR/0001x2.png",
    "real/Canon_001_HR.png, real/Canon_001_LR2.png",
    "hr/day/1.png, lr/day/1.bmp",
    "linux2/linux2.png, lr/linux2.png"
  })
  void pairs_areFoundInTheirLayout(String large, String small) throws IOException {
    FloatImage highRes = TestImages.scene(3, 50, 41, 1).rounded();
    // Not what any degradation makes, so that the given image must have been taken.
    FloatImage lowRes = TestImages.noise(3, 25, 20, 2).rounded();
    for (String name : List.of(large, small)) {
      Files.createDirectories(directory.resolve(name).getParent());
    }
    TrainingFolders.write(highRes, directory.resolve(large));
    TrainingFolders.write(lowRes, directory.resolve(small));
    ModelInfo network = network(2, ModelInfo.Color.RGB, false);
    PatchBatch batch =
        ImagePatches.builder(network)
            .pairs(
                directory.resolve(large.substring(0, large.indexOf('/'))),
                directory.resolve(small.substring(0, small.indexOf('/'))))
            .patch(8)
            .batch(1)
            .build()
            .batch(0);

    FloatImage input = patch(batch.inputShape(), batch.input(), 0);
    FloatImage target = patch(batch.targetShape(), batch.target(), 0);
    assertThat(find(input, target, lowRes, highRes.modCrop(2))).startsWith("orientation");
    PatchBatch memory =
        ImagePatches.builder(network).pair(highRes, lowRes).patch(8).batch(1).build().batch(0);
    assertThat(memory.input()).isEqualTo(batch.input());
  }

  @Test
  void pairsOfOtherSizes_areRefused_withBothNamesAndSizes() throws IOException {
    Path large = Files.createDirectory(directory.resolve("large"));
    Path small = Files.createDirectory(directory.resolve("small"));
    TrainingFolders.write(TestImages.gradient(3, 50, 40), large.resolve("a.png"));
    TrainingFolders.write(TestImages.gradient(3, 25, 21), small.resolve("ax2.png"));
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .pairs(large, small)
            .patch(8)
            .skipUnreadable(true);

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a.png must be 2 times as large as ax2.png, but they are of 50x40 and 25x21 (width x"
                + " height)");
    TrainingFolders.write(TestImages.gradient(3, 50, 40), large.resolve("b.png"));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("b.png", "scale 2", "bx2", "b_LR2");
    builder.degradation(Degradation.parse("gaussian(sigma=1)"));
    Files.delete(large.resolve("b.png"));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("gaussian(sigma=1)");
  }

  @Test
  void pairsOfLists_areThoseOfTheLines() throws IOException {
    for (int i = 0; i < 2; i++) {
      TrainingFolders.write(constant(32, 32, i * 0.5f), directory.resolve("large" + i + ".png"));
      TrainingFolders.write(constant(16, 16, i * 0.5f), directory.resolve("small" + i + ".png"));
    }
    Path large = directory.resolve("large.txt");
    Path small = directory.resolve("small.txt");
    Files.writeString(large, "large0.png\nlarge1.png");
    Files.writeString(small, "small0.png\nsmall1.png");
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .pairs(large, small)
            .patch(8)
            .batch(8);
    PatchBatch batch = builder.build().batch(0);

    for (int i = 0; i < 8; i++) {
      assertThat(batch.input()[i * 3 * 64]).isEqualTo(batch.target()[i * 3 * 256]);
    }
    Files.writeString(small, "small0.png");
    assertThatThrownBy(builder::build)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("large.txt", "small.txt", "2 and 1");
  }

  @Test
  void severalScales_ofPairs_areEachFound() throws IOException {
    FloatImage highRes = TestImages.scene(3, 48, 60, 1).rounded();
    Files.createDirectories(directory.resolve("hr"));
    TrainingFolders.write(highRes, directory.resolve("hr/0001.png"));
    for (int scale = 2; scale <= 4; scale++) {
      Path folder = Files.createDirectories(directory.resolve("lr/X" + scale));
      TrainingFolders.write(
          constant(48 / scale, 60 / scale, scale / 5f), folder.resolve("0001x" + scale + ".png"));
    }
    ImagePatches patches =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .pairs(directory.resolve("hr"), directory.resolve("lr"))
            .scales(List.of(2, 3, 4))
            .patch(8)
            .batch(1)
            .build();
    for (int number = 0; number < 9; number++) {
      PatchBatch batch = patches.batch(number);
      assertThat(batch.input()[0]).isCloseTo(batch.targetShape().width() / 40f, within(0.002f));
    }
  }

  @ParameterizedTest(name = "preupscaled={0}")
  @ValueSource(booleans = {false, true})
  void grid_hasEachPatchOnceInAnEpoch(boolean preupscaled) throws IOException {
    FloatImage image = TestImages.noise(1, 47, 38, 3).rounded();
    TrainingFolders.write(image, directory.resolve("noise.png"));
    int scale = preupscaled ? 1 : 2;
    ImagePatches patches =
        ImagePatches.builder(network(2, ModelInfo.Color.LUMA, preupscaled))
            .data(directory)
            .patch(8)
            .batch(5)
            .sampling(Sampling.parse("grid(stride=5)"))
            .build();
    Set<String> expected = new TreeSet<>();
    for (int y = 0; y + 8 <= 38 / scale; y += 5) {
      for (int x = 0; x + 8 <= 46 / scale; x += 5) {
        expected.add(text(image.crop(x * scale, y * scale, 8 * scale, 8 * scale)));
      }
    }
    int count = expected.size();
    assertThat(patches.patchCount()).hasValue(count);

    List<String> all = new ArrayList<>();
    for (int number = 0; number < count; number++) { // five epochs
      PatchBatch batch = patches.batch(number);
      for (int i = 0; i < 5; i++) {
        all.add(text(patch(batch.targetShape(), batch.target(), i)));
      }
    }
    for (int epoch = 0; epoch < 5; epoch++) {
      List<String> order = all.subList(epoch * count, (epoch + 1) * count);
      assertThat(order).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(order).isNotEqualTo(all.subList(0, epoch == 0 ? 0 : count));
    }
  }

  private static String text(FloatImage image) {
    return Arrays.toString(image.samples());
  }

  @Test
  void reducedImages_areImagesOfTheirOwn() throws IOException {
    FloatImage image = TestImages.scene(1, 60, 51, 3).rounded();
    ModelInfo network = network(2, ModelInfo.Color.LUMA, false);
    ImagePatches reduced =
        ImagePatches.builder(network)
            .image(image)
            .sampling(Sampling.parse("random(reductions=0.7-0.5)"))
            .patch(8)
            .build();
    ImagePatches apart =
        ImagePatches.builder(network)
            .image(image)
            .image(Resampling.bicubic(image, 42, 36).rounded())
            .image(Resampling.bicubic(image, 30, 26).rounded())
            .patch(8)
            .build();

    assertThat(reduced.imageCount()).isEqualTo(3);
    for (int number = 0; number < 5; number++) {
      assertThat(reduced.batch(number).target()).isEqualTo(apart.batch(number).target());
      assertThat(reduced.batch(number).input()).isEqualTo(apart.batch(number).input());
    }
    assertThatThrownBy(
            () ->
                ImagePatches.builder(network)
                    .pair(image, Resampling.bicubic(image, 30, 25))
                    .sampling(Sampling.random().reductions(0.5))
                    .build())
        .hasMessage(
            "reductions must not be set if low-resolution images are given, but were [0.5]");
  }

  /** One half of the image is flat, the other noise; a patch is of one or the other, or both. */
  @Test
  void detailedPatches_arePreferred() throws IOException {
    FloatImage noise = TestImages.noise(1, 400, 100, 3).rounded();
    float[] samples = noise.samples().clone();
    for (int i = 0; i < samples.length; i++) {
      samples[i] = i % 400 < 200 ? 0.5f : samples[i];
    }
    FloatImage image = FloatImage.wrap(1, 100, 400, samples);
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.LUMA, false))
            .image(image)
            .patch(8)
            .batch(2000);

    // Flat: 192 - 16 of 400 - 16 positions, less those within a cell of noise. Both of two are flat
    // with the square of that probability.
    double flat = flatPatches(builder.sampling(Sampling.parse("random")).build()) / 2000.0;
    assertThat(flat).isCloseTo(0.46, within(0.05));
    assertThat(flatPatches(builder.sampling(Sampling.parse("random(detail=1)")).build()) / 2000.0)
        .isCloseTo(flat * flat, within(0.05));
    assertThat(flatPatches(builder.sampling(Sampling.parse("random(detail=0.5)")).build()) / 2000.0)
        .isCloseTo((flat + flat * flat) / 2, within(0.05));
    assertThatThrownBy(() -> builder.sampling(Sampling.parse("random(detail=2)")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("detail of random must be within 0 to 1, but was 2.0");
  }

  private static int flatPatches(ImagePatches patches) {
    PatchBatch batch = patches.batch(0);
    int flat = 0;
    for (int i = 0; i < batch.targetShape().batch(); i++) {
      float[] target = patch(batch.targetShape(), batch.target(), i).samples();
      flat += IntStream.range(1, target.length).allMatch(s -> target[s] == target[0]) ? 1 : 0;
    }
    return flat;
  }

  @Test
  void flips_canBeOff_andOn() throws IOException {
    FloatImage image = TestImages.noise(1, 40, 40, 3).rounded();
    TrainingFolders.write(image, directory.resolve("noise.png"));
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.LUMA, false))
            .data(directory)
            .patch(8)
            .batch(64);
    FloatImage lowRes = Resampling.bicubic(image, 20, 20).rounded();

    for (String sampling : List.of("random(flips=false)", "grid(stride=3)")) {
      assertThat(
              orientations(
                  builder.sampling(Sampling.parse(sampling)).build().batch(0), lowRes, image))
          .containsExactly("orientation 0");
    }
    for (String sampling : List.of("random", "grid(stride=3, flips=true)")) {
      assertThat(
              orientations(
                  builder.sampling(Sampling.parse(sampling)).build().batch(0), lowRes, image))
          .hasSize(8);
    }
  }

  private static Set<String> orientations(PatchBatch batch, FloatImage lowRes, FloatImage highRes) {
    Set<String> orientations = new TreeSet<>();
    for (int i = 0; i < batch.inputShape().batch(); i++) {
      orientations.add(
          find(
              patch(batch.inputShape(), batch.input(), i),
              patch(batch.targetShape(), batch.target(), i),
              lowRes,
              highRes));
    }
    return orientations;
  }

  @Test
  void severalScales_areMixedInABatch_whereInputIsEnlarged() throws IOException {
    FloatImage image = TestImages.noise(1, 49, 37, 3).rounded();
    TrainingFolders.write(image, directory.resolve("noise.png"));
    PatchBatch batch =
        ImagePatches.builder(network(2, ModelInfo.Color.LUMA, true))
            .data(directory)
            .scales(List.of(2, 3, 4))
            .patch(12)
            .batch(24)
            .build()
            .batch(0);

    Set<Integer> scales = new TreeSet<>();
    for (int i = 0; i < 24; i++) {
      FloatImage input = patch(batch.inputShape(), batch.input(), i);
      FloatImage target = patch(batch.targetShape(), batch.target(), i);
      for (int scale = 2; scale <= 4; scale++) {
        FloatImage highRes = image.modCrop(scale);
        FloatImage lowRes =
            Resampling.bicubic(highRes, highRes.width() / scale, highRes.height() / scale)
                .rounded();
        FloatImage enlarged = Resampling.bicubic(lowRes, highRes.width(), highRes.height());
        if (isAt(input, target, enlarged, highRes)) {
          scales.add(scale);
        }
      }
    }
    assertThat(scales).containsExactly(2, 3, 4);
  }

  private static boolean isAt(
      FloatImage input, FloatImage target, FloatImage whole, FloatImage highRes) {
    try {
      return !find(input, target, whole, highRes).equals("nowhere");
    } catch (AssertionError e) {
      return false; // the target is there, but the input is of another scale
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"random", "grid(stride=7)"})
  void severalScales_haveBatchesOfTheirOwn_elsewhere(String sampling) throws IOException {
    TrainingFolders.scenes(directory, 3);
    ImagePatches patches =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .data(directory)
            .scales(List.of(2, 3, 4))
            .patch(12)
            .batch(2)
            .sampling(Sampling.parse(sampling))
            .build();
    Set<Integer> sizes = new TreeSet<>();
    for (int number = 0; number < 12; number++) {
      assertThat(patches.batch(number).inputShape()).isEqualTo(new PatchBatch.Shape(2, 3, 12, 12));
      sizes.add(patches.batch(number).targetShape().width());
    }
    assertThat(sizes).containsExactly(24, 36, 48);
  }

  @ParameterizedTest(name = "{0} {1} preupscaled={2}")
  @CsvSource({
    "bicubic, LUMA, false",
    "bicubic, RGB, true",
    "gaussian(sigma=1) then jpeg(quality=50), LUMA, true",
    "bicubic then noise(sigma=5-20), RGB, false",
    "real-esrgan, LUMA, false"
  })
  void cache_changesNothing(String degradation, ModelInfo.Color color, boolean preupscaled)
      throws IOException {
    TrainingFolders.scenes(directory, 4);
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, color, preupscaled))
            .data(directory)
            .degradation(Degradation.parse(degradation))
            .patch(16)
            .batch(6);
    ImagePatches kept = builder.build();
    ImagePatches decoded = builder.cacheMegabytes(0).build();

    assertThat(kept.cachedCount()).isEqualTo(4);
    assertThat(decoded.cachedCount()).isZero();
    assertThat(decoded.fingerprint()).isEqualTo(kept.fingerprint());
    for (int number = 0; number < 3; number++) {
      assertThat(decoded.batch(number).input()).isEqualTo(kept.batch(number).input());
      assertThat(decoded.batch(number).target()).isEqualTo(kept.batch(number).target());
    }
  }

  @Test
  void remarks_sayWhatOneShouldKnow() throws IOException {
    TrainingFolders.scenes(directory, 2);
    TrainingFolders.write(TestImages.gradient(3, 40, 15), directory.resolve("small.png"));
    Files.writeString(directory.resolve("text.png"), "no image");
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .data(directory)
            .patch(8)
            .batch(10)
            .skipUnreadable(true);
    assertThat(builder.build().remarks())
        .hasSize(2)
        .anyMatch(remark -> remark.contains("text.png"))
        .contains("1 of 3 images are smaller than a patch and not trained on, such as small.png");
    ImagePatches grid =
        builder.sampling(Sampling.parse("grid(stride=22)")).cacheMegabytes(0).build();
    assertThat(grid.remarks())
        .hasSize(4)
        .contains("4 patches in an epoch, which is 0.4 batches")
        .anyMatch(remark -> remark.startsWith("2 of 2 images do not fit"));
    assertThat(grid.description()).endsWith(" (2 images, 4 patches)");
  }

  @Test
  void imageThatChanges_isNoticed_ifItIsDecodedAgain() throws IOException {
    TrainingFolders.scenes(directory, 1);
    ImagePatches patches =
        ImagePatches.builder(network(2, ModelInfo.Color.RGB, false))
            .data(directory)
            .patch(8)
            .cacheMegabytes(0)
            .build();
    TrainingFolders.write(TestImages.gradient(3, 64, 64), directory.resolve("scene0.png"));
    assertThatThrownBy(() -> patches.batch(0))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContainingAll("scene0.png", "61x53", "64x64");
    Files.delete(directory.resolve("scene0.png"));
    assertThatThrownBy(() -> patches.batch(0))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("scene0.png");
  }

  /** Random degradations differ from patch to patch; targets stay unchanged. */
  @ParameterizedTest(name = "{0} preupscaled={1}")
  @CsvSource({"LUMA, false", "LUMA, true", "RGB, false"})
  void randomDegradation_isDrawnForEachPatch(ModelInfo.Color color, boolean preupscaled)
      throws IOException {
    FloatImage image = TestImages.noise(3, 64, 50, 3).rounded();
    TrainingFolders.write(image, directory.resolve("noise.png"));
    ImagePatches.Builder builder =
        ImagePatches.builder(network(2, color, preupscaled)).data(directory).patch(8).batch(8);
    PatchBatch clean = builder.build().batch(0);
    // One more draw for each patch, the seed, so that only the first is at the same place.
    PatchBatch noisy =
        builder.degradation(Degradation.parse("bicubic then noise(sigma=20)")).build().batch(0);
    int size = clean.inputShape().size() / 8;
    double square = 0;
    for (int i = 0; i < size; i++) {
      square += Math.pow(noisy.input()[i] - clean.input()[i], 2) / size;
    }
    assertThat(Math.sqrt(square) * 255).isBetween(preupscaled ? 4.0 : 8.0, 30.0);
    int targetSize = clean.target().length / 8;
    assertThat(Arrays.copyOf(noisy.target(), targetSize))
        .isEqualTo(Arrays.copyOf(clean.target(), targetSize));
    assertThat(noisy.target()).hasSameSizeAs(clean.target());
  }

  @Test
  void patchOfARandomDegradation_isThatOfTheWhole_whereNothingIsDrawn() throws IOException {
    FloatImage image = TestImages.scene(3, 96, 90, 3).rounded();
    TrainingFolders.write(image, directory.resolve("scene.png"));
    ImagePatches.Builder builder =
        ImagePatches.builder(network(3, ModelInfo.Color.RGB, true))
            .data(directory)
            .patch(20)
            .batch(1);
    PatchBatch whole = builder.build().batch(0);
    // Random in name only: the probability is a hair below 1.
    PatchBatch patch =
        builder
            .degradation(Degradation.parse("noise(sigma=0, probability=0.999) then bicubic"))
            .build()
            .batch(0);

    assertThat(patch.target()).isEqualTo(whole.target());
    assertThat(patch.input()).isEqualTo(whole.input());
  }

  @Nested
  class RandomDegradation extends ImagePatchSourceContract {
    @Override
    protected PatchBatch.Source source() throws IOException {
      return builder(false).degradation(Degradation.parse("real-esrgan")).cacheMegabytes(0).build();
    }
  }

  @Nested
  class SeveralScales extends ImagePatchSourceContract {
    @Override
    protected PatchBatch.Source source() throws IOException {
      return builder(true).scales(List.of(2, 3, 4)).build();
    }
  }

  @Nested
  class OneScaleOfSeveral extends ImagePatchSourceContract {
    @Override
    protected PatchBatch.Source source() throws IOException {
      return builder(false).scales(List.of(2, 3, 4)).build();
    }

    @Override
    protected boolean hasOneScale() {
      return false;
    }
  }

  @Nested
  class Grid extends ImagePatchSourceContract {
    @Override
    protected PatchBatch.Source source() throws IOException {
      return builder(true).sampling(Sampling.parse("grid(stride=5)")).build();
    }
  }

  private ImagePatches.Builder builder(boolean preupscaled) throws IOException {
    Path folder = directory.resolve("scenes");
    if (!Files.exists(folder)) {
      TrainingFolders.scenes(folder, 2);
    }
    return ImagePatches.builder(network(2, ModelInfo.Color.LUMA, preupscaled))
        .data(folder)
        .patch(12)
        .batch(3);
  }
}
