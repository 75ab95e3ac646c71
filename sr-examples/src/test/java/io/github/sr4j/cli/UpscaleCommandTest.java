// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UpscaleCommandTest {

  private static Path model;

  @TempDir private Path folder;

  @BeforeAll
  static void exportModel(@TempDir Path models) throws IOException {
    model = Fixtures.modelX2(models.resolve("tiny-x2.onnx"));
  }

  @ParameterizedTest(name = "{0}x{1}")
  @CsvSource({"37, 29", "1, 1", "10000, 1", "1, 300"})
  void output_isScaleTimesTheInput(int width, int height) throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), width, height);
    Path output = folder.resolve("out.png");

    Invocation done = upscale(input, output).succeeds();

    BufferedImage enlarged = AwtImages.read(output);
    assertThat(enlarged.getWidth()).isEqualTo(2 * width);
    assertThat(enlarged.getHeight()).isEqualTo(2 * height);
    assertThat(done.out().lines()).hasSize(1);
    assertThat(done.out())
        .contains(output.toString(), 2 * width + "x" + 2 * height, "tiny-x2.onnx", "on cpu");
  }

  @Test
  void tiles_giveTheSameImage() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 61, 47);
    Path whole = folder.resolve("whole.png");
    Path tiled = folder.resolve("tiled.png");

    upscale(input, whole).succeeds();
    upscale(input, tiled, "--tile", 16, "--threads", 1).succeeds();

    assertThat(pixels(tiled)).isEqualTo(pixels(whole));
  }

  @Test
  void scaleWithoutModel_choosesAnEmbeddedOne() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    Invocation.of("upscale", input, output, "--scale", 3).succeeds();

    assertThat(AwtImages.read(output).getWidth()).isEqualTo(60);
  }

  @Test
  void missingFile_isNamed() {
    upscale(folder.resolve("absent.png"), folder.resolve("out.png"))
        .failsSaying("absent.png", "no such file");
    assertNothingWritten("out.png");
    upscale(folder.resolve("absent"), folder.resolve("out")).failsSaying("absent: no such file");
  }

  @Test
  void textNamedPng_isRefused() throws IOException {
    Path input = Files.writeString(folder.resolve("text.png"), "a shopping list\nbread\n");

    upscale(input, folder.resolve("out.png")).failsSaying("text.png", "not an image");
    assertNothingWritten("out.png");
  }

  @ParameterizedTest
  @ValueSource(strings = {"in.png", "in.jpg"})
  void truncatedImage_isRefused(String name) throws IOException {
    Path input =
        Fixtures.cutOff(
            Fixtures.image(folder.resolve(name), TestImages.noise(3, 60, 50, /* seed= */ 1)));

    upscale(input, folder.resolve("out.png")).failsSaying(name, "cut off");
    assertNothingWritten("out.png");
  }

  @Test
  void emptyFile_isRefused() throws IOException {
    Path input = Files.createFile(folder.resolve("empty.png"));

    upscale(input, folder.resolve("out.png")).failsSaying("empty.png", "empty");
    assertNothingWritten("out.png");
  }

  @Test
  void truncatedModel_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path damaged = Fixtures.cutOff(Files.copy(model, folder.resolve("damaged.onnx")));

    Invocation.of("upscale", input, folder.resolve("out.png"), "--model", damaged)
        .failsSaying("damaged.onnx", "damaged", "docs/model-format.md");
    assertNothingWritten("out.png");
  }

  @Test
  void modelThatIsNoSuperResolutionNetwork_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path other = folder.resolve("other.onnx");
    Files.write(
        other,
        Resources.toByteArray(Resources.getResource(OnnxUpscalerProvider.class, "probe.onnx")));

    Invocation.of("upscale", input, folder.resolve("out.png"), "--model", other)
        .failsSaying("other.onnx", "docs/model-format.md");
    assertNothingWritten("out.png");
  }

  @Test
  void unknownModel_isRefusedWithThoseThereAre() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, folder.resolve("out.png"), "--model", "edsr")
        .failsSaying("\"edsr\"", "compact-x2");
  }

  @Test
  void scaleWithoutAModel_isRefusedWithThoseThereAre() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, folder.resolve("out.png"), "--scale", 7)
        .failsSaying("was 7", "compact-x2 (x2)");
    assertNothingWritten("out.png");
  }

  @Test
  void scaleOtherThanTheModels_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, folder.resolve("out.png"), "--scale", 3)
        .failsSaying("scale must be 2", "tiny-x2.onnx", "was 3");
  }

  @Test
  void absentDevice_isReportedNotReplaced() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, folder.resolve("out.png"), "--device", "cuda:999").failsSaying("cuda:999");
    assertNothingWritten("out.png");
  }

  @Test
  void outputInAFolderThatCannotBe_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, folder.resolve("absent").resolve("out.png"))
        .failsSaying("out.png", "there is no folder");
    upscale(input, input.resolve("out.png")).failsSaying("out.png", "there is no folder");
    upscale(input, folder).failsSaying(folder.toString(), "is a folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"out", "out.txt", "out.webp", "out.gif"})
  void outputOfAnUnknownFormat_isRefused(String name) throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, folder.resolve(name)).failsSaying(name, "png", "tif");
    assertNothingWritten(name);
  }

  @Test
  void outputOverInput_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, input).failsSaying("in.png", "another name");
    assertThat(AwtImages.read(input).getWidth()).isEqualTo(20);
  }

  @Test
  void folder_isUpscaledFileByFile_andBadOnesAreListed() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 2);
    Files.writeString(inputs.resolve("bad.png"), "no image");
    Files.writeString(inputs.resolve("notes.txt"), "not looked at");
    Path outputs = folder.resolve("new").resolve("outputs");

    Invocation done = upscale(inputs, outputs);

    done.failsSaying("bad.png");
    assertThat(done.out().lines()).hasSize(2);
    try (Stream<Path> written = Files.list(outputs)) {
      assertThat(written.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("scene0.png", "scene1.png");
    }
    assertThat(AwtImages.read(outputs.resolve("scene1.png")).getWidth()).isEqualTo(174);
  }

  @Test
  void folderWithoutImages_isRefused() throws IOException {
    Path inputs = Files.createDirectory(folder.resolve("inputs"));

    upscale(inputs, folder.resolve("outputs")).failsSaying("inputs", "no images");
    assertNothingWritten("outputs");
  }

  @Test
  void folderOntoItselfOrAFile_isRefused() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);
    Path file = Files.createFile(folder.resolve("file"));

    upscale(inputs, inputs).failsSaying("inputs", "another");
    upscale(inputs, file).failsSaying(file.toString(), "a folder is needed");
  }

  private static Invocation upscale(Path input, Path output, Object... options) {
    return Invocation.of(
        Stream.concat(Stream.of("upscale", input, output, "--model", model), Stream.of(options))
            .toArray());
  }

  private void assertNothingWritten(String name) {
    assertThat(folder.resolve(name)).doesNotExist();
    assertThat(folder).isDirectoryNotContaining("glob:**/.*");
  }

  private static int[] pixels(Path file) throws IOException {
    BufferedImage image = AwtImages.read(file);
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
