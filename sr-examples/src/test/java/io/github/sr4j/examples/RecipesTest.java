// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.SharedData;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.Main;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each recipe does what its name says. */
final class RecipesTest {

  @TempDir private Path folder;

  @Test
  void upscaleAnImage() throws IOException {
    Path photo = image("photo.png", 0);
    Path enlarged = folder.resolve("photo-x2.png");

    UpscaleAnImage.main(new String[] {photo.toString(), enlarged.toString()});

    assertThat(ImageFiles.read(enlarged).getWidth())
        .isEqualTo(2 * ImageFiles.read(photo).getWidth());
  }

  @Test
  void upscaleAFileLargerThanMemory() throws IOException {
    Path scan = image("scan.tif", 0);
    Path enlarged = folder.resolve("scan-x2.tif");

    String printed =
        printedBy(
            () ->
                UpscaleAFileLargerThanMemory.main(
                    new String[] {scan.toString(), enlarged.toString()}));

    assertThat(printed).contains("tile 1 of 1, 0 s left");
    assertThat(ImageFiles.read(enlarged).getHeight()).isEqualTo(162);
  }

  @Test
  void upscaleAStream() throws IOException {
    Path upload = image("upload.png", 0);
    Path answer = folder.resolve("answer.jpg");

    UpscaleAStream.main(new String[] {upload.toString(), answer.toString()});

    assertThat(ImageFiles.read(answer).getHeight()).isEqualTo(162);
    assertThat(Files.readAllBytes(answer)).startsWith(0xff, 0xd8);
  }

  @Test
  void upscaleAFilm() throws Exception {
    Path film = folder.resolve("film.mkv");
    try {
      String clip = "testsrc2=size=64x48:rate=5:duration=1";
      Process process =
          new ProcessBuilder(
                  "ffmpeg", "-v", "error", "-f", "lavfi", "-i", clip, "-c:v", "ffv1", film + "")
              .start();
      assertThat(process.waitFor()).isZero();
    } catch (IOException e) {
      assumeTrue(false, "FFmpeg is not on the PATH");
    }
    Path enlarged = folder.resolve("film-x2.mkv");
    String[] arguments = {film.toString(), enlarged.toString()};

    assertThat(printedBy(() -> UpscaleAFilm.main(arguments)))
        .contains("frame 1, ", "frame 5, ", "5 frames, []");

    assertThat(enlarged).isNotEmptyFile();
    Path rendered = folder.resolve("rendered");
    UpscaleFrames.main(new String[] {rendered.toString()});
    assertThat(ImageFiles.read(rendered.resolve("000050.png")).getHeight()).isEqualTo(96);
  }

  @Test
  void sendImagesToAService() throws Exception {
    Path photo = image("photo.png", 0);
    Path enlarged = folder.resolve("photo-x2.png");
    Process server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1", // most of its time is starting
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0")
            .redirectErrorStream(true)
            .start();
    try {
      String line = String.valueOf(server.inputReader(StandardCharsets.UTF_8).readLine());
      String address = line.substring(0, line.indexOf(' '));
      String[] arguments = {address, photo.toString(), enlarged.toString()};

      SendImagesToAService.main(arguments);
      assertThat(ImageFiles.read(enlarged).getHeight()).isEqualTo(162);
      arguments[1] = Files.writeString(folder.resolve("photo.txt"), "no image").toString();
      assertThat(printedBy(() -> send(arguments)))
          .contains("the body is no image that can be read");
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static void send(String[] arguments) throws IOException {
    try {
      SendImagesToAService.main(arguments);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void upscaleForManyCallers() throws IOException {
    String[] arguments = {image("photo.png", 0).toString(), folder.toString()};

    assertThat(printedBy(() -> UpscaleForManyCallers.main(arguments))).contains("completed=3");
    assertThat(ImageFiles.read(folder.resolve("x4.png")).getHeight()).isEqualTo(324);
  }

  @Test
  void upscaleInTheBackgroundAndCancel() throws IOException {
    Path photo = image("photo.png", 0);
    Path enlarged = folder.resolve("photo-x2.png");

    assertThat(inTheBackground(photo, enlarged, 0)).isEqualTo("cancelled after 0 ms\n");
    assertThat(enlarged).doesNotExist();
    assertThat(inTheBackground(photo, enlarged, 60_000)).isEmpty();
    assertThat(ImageFiles.read(enlarged).getHeight()).isEqualTo(162);
  }

  private static String inTheBackground(Path photo, Path enlarged, int milliseconds)
      throws IOException {
    String[] arguments = {photo.toString(), enlarged.toString(), "" + milliseconds};
    return printedBy(
            () -> {
              try {
                UpscaleInTheBackgroundAndCancel.main(arguments);
              } catch (ExecutionException | InterruptedException e) {
                throw new AssertionError(e);
              }
            })
        .replace(System.lineSeparator(), "\n");
  }

  @Test
  void upscaleAFolder() throws IOException {
    Path images = images();
    Files.writeString(images.resolve("c.png"), "no image");
    String[] arguments = {images.toString(), folder.resolve("enlarged").toString()};

    assertThat(printedBy(() -> UpscaleAFolder.main(arguments)))
        .containsPattern("a.png: done in \\d+ ms")
        .contains("b.png: done", "c.png: not an image");
    assertThat(ImageFiles.read(folder.resolve("enlarged/b.png")).getHeight()).isEqualTo(162);
    assertThat(printedBy(() -> UpscaleAFolder.main(arguments))).contains("a.png: was there");
  }

  @Test
  void runAModelOfOthers() throws IOException {
    Path photo = image("photo.png", 0);
    Path painted = folder.resolve("painted.png");

    String printed =
        printedBy(
            () ->
                RunAModelOfOthers.main(
                    new String[] {
                      SharedData.path("models/style_candy_256.onnx").toString(),
                      photo.toString(),
                      painted.toString(),
                      "scale=1",
                      "range=255"
                    }));

    assertThat(printed).contains("style_candy_256.onnx: x1, rgb");
    assertThat(ImageFiles.read(painted).getHeight()).isEqualTo(81);
  }

  @Test
  void trainSrcnnOnAFolderAndExportIt_thenEvaluateTheModel() throws IOException {
    Path images = images();
    Path output = folder.resolve("run");

    String trained =
        printedBy(
            () ->
                TrainSrcnnOnAFolderAndExportIt.main(
                    new String[] {images.toString(), images.toString(), output.toString(), "2"}));

    Path model = output.resolve("model.onnx");
    assertThat(trained).contains("step 2: ", " dB", "x3", "luma");
    assertThat(
            printedBy(
                () -> EvaluateAModel.main(new String[] {model.toString(), images.toString()})))
        .contains("a.png", "mean", "dB better than bicubic enlargement");
  }

  @Test
  void trainOnYourOwnImages() throws IOException {
    Path images = images();
    Path output = folder.resolve("own");

    String printed =
        printedBy(
            () ->
                TrainOnYourOwnImages.main(
                    new String[] {images.toString(), output.toString(), "2"}));

    assertThat(printed).contains("3 images, loss 0.");
    assertThat(output.resolve("model.onnx")).exists();
  }

  @Test
  void trainSharpTexturesAgainstADiscriminator() throws IOException {
    Path file = folder.resolve("textures/a.png");
    Files.createDirectories(file.getParent());
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 120, 104, 1)), file);
    Path output = folder.resolve("srgan");

    String printed =
        printedBy(
            () ->
                TrainSharpTexturesAgainstADiscriminator.main(
                    new String[] {file.getParent().toString(), output.toString(), "2", "2"}));

    assertThat(printed).contains("step 2: [0.", "discriminator.loss=", "model.onnx");
    assertThat(output.resolve("srresnet/model.onnx")).exists();
    assertThat(output.resolve("srgan/model.onnx")).exists();
  }

  @Test
  void plugInACustomLoss() throws IOException {
    Path output = folder.resolve("run");

    PlugInACustomLoss.main(new String[] {images().toString(), output.toString(), "2"});

    try (Upscaler upscaler = Upscaler.builder().model(output.resolve("model.onnx")).build()) {
      assertThat(upscaler.info().provenance().get("loss"))
          .contains("l1", "0.1", "power(gamma=2.0)");
    }
  }

  /** The loss of the recipe, found by its name. */
  @Nested
  final class PowerTest extends LossContract {
    @Override
    protected Example example() { // differences of 0.1, 0.2, 0 and 0.4
      return Example.square((Math.pow(0.1, 2.5) + Math.pow(0.2, 2.5) + Math.pow(0.4, 2.5)) / 4);
    }

    @Override
    protected Loss loss() {
      return Losses.parse("power(gamma=1.5)");
    }

    @Test
    void negativePower_isRefused() {
      assertThatThrownBy(() -> Losses.parse("power(gamma=-1)"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gamma must be at least 0, but was -1.0");
    }
  }

  private Path images() throws IOException {
    image("images/a.png", 1);
    image("images/b.png", 2);
    return folder.resolve("images");
  }

  private Path image(String name, long seed) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 85, 81, seed)), file);
    return file;
  }

  private interface Recipe {
    void run() throws IOException;
  }

  private static String printedBy(Recipe recipe) throws IOException {
    PrintStream standardOutput = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      recipe.run();
    } finally {
      System.setOut(standardOutput);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
