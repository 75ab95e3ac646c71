// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.io.Resources;
import io.github.sr4j.cli.Fixtures;
import io.github.sr4j.cli.Invocation;
import io.github.sr4j.cli.Main;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.images.HostileFiles;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

    BufferedImage enlarged = ImageFiles.read(output);
    assertThat(enlarged.getWidth()).isEqualTo(2 * width);
    assertThat(enlarged.getHeight()).isEqualTo(2 * height);
    assertThat(done.out().lines()).hasSize(1);
    assertThat(done.out())
        .contains(output.toString(), 2 * width + "x" + 2 * height, "tiny-x2.onnx", "on cpu");
  }

  /** The reader of nested directories runs out of stack, which is that file's failure alone. */
  @Test
  void folder_withAFileThatExhaustsItsReader_isEnlargedButForThatFile() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    Files.write(photos.resolve("b-nested.tif"), HostileFiles.nestedDirectories(20_000));
    Fixtures.image(photos.resolve("a.png"), 20, 10);
    Fixtures.image(photos.resolve("c.png"), 20, 10);
    Path enlarged = folder.resolve("enlarged");

    upscale(photos, enlarged)
        .failsSaying("b-nested.tif: damaged tiff image: its parts are nested too deeply");

    assertThat(enlarged)
        .isDirectoryContaining("glob:**a.png")
        .isDirectoryContaining("glob:**c.png");
    assertThat(enlarged).isDirectoryNotContaining("glob:**.{tif,tmp}");
  }

  @Test
  void animation_becomesAnAnimatedPng_andNothingElse() throws IOException {
    byte[] gif = // 4x3 pixels, three frames
        Base64.getDecoder()
            .decode(
                "R0lGODlhBAADAPEAAP8AAAD/AAAA/wkJCSH/C05FVFNDQVBFMi4wAwEAAAAh+QQEBQADACwAAAAABAAD"
                    + "AAACCgRDEQRDEQRDEQUAIfkECQUAAwAsAQABAAIAAgAAAgQURzAFACH5BA0FAAMALAIAAAACAAIAAAIE"
                    + "DMNRBQA7");
    Path input = Files.write(folder.resolve("moving.gif"), gif);
    Path output = folder.resolve("moving.png");

    upscale(input, output).succeeds();
    upscale(input, folder.resolve("moving.jpg")).failsSaying("an animation of 3 frames");

    try (ImageSource enlarged = ImageSource.open(output, 1 << 20)) {
      assertThat(enlarged.pictures()).hasSize(3).allMatch(frame -> frame.width() == 8);
    }
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
  void factor_takesTheNextLargerModel_andResamples() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    Invocation done =
        Invocation.of("upscale", input, output, "--factor", 2.7, "--threads", 1).succeeds();

    assertThat(done.out()).contains("20x15 -> 54x41", "-x3");
    assertThat(ImageFiles.read(output).getWidth()).isEqualTo(54);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "--width 70, 70, 53, -x4", // 3.5 times
    "--height 45, 60, 45, -x3",
    "--width 60 --height 20, 60, 20, -x3",
    "--width 200, 200, 150, -x4", // none reaches that
    "--width 10, 10, 8, -x2",
    "--width 70 --scale 2, 70, 53, -x2"
  })
  void widthAndHeight_takeTheSmallestModelThatReachesThem(
      String options, int width, int height, String model) throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    Invocation done =
        Invocation.of(
                Stream.concat(Stream.of("upscale", input, output), Stream.of(options.split(" ")))
                    .toArray())
            .succeeds();

    assertThat(done.out()).contains(width + "x" + height, model);
    assertThat(ImageFiles.read(output).getWidth()).isEqualTo(width);
    assertThat(ImageFiles.read(output).getHeight()).isEqualTo(height);
  }

  @Test
  void passes_multiplyTheScale() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    assertThat(upscale(input, folder.resolve("out.png"), "--passes", 2).succeeds().out())
        .contains("20x15 -> 80x60");
  }

  @Test
  void selfEnsemble_givesAnotherImageOfTheSameSize() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path once = folder.resolve("once.png");
    Path ensemble = folder.resolve("ensemble.png");

    upscale(input, once).succeeds();
    upscale(input, ensemble, "--self-ensemble").succeeds();

    assertThat(pixels(ensemble)).hasSameSizeAs(pixels(once)).isNotEqualTo(pixels(once));
  }

  @ParameterizedTest
  @ValueSource(strings = {"replicate", "mirror"})
  void edges_changeWhatIsNearThem_andNothingElse(String edges) throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 40, 30);
    Path padded = folder.resolve("padded.png");
    Path extended = folder.resolve("extended.png");

    upscale(input, padded, "--edges", "network").succeeds();
    upscale(input, extended, "--edges", edges).succeeds();

    BufferedImage a = ImageFiles.read(padded);
    BufferedImage b = ImageFiles.read(extended);
    int inside = 2 * 10;
    int[] middleOfA = a.getRGB(inside, inside, 40, 20, null, 0, 40);
    assertThat(b.getRGB(inside, inside, 40, 20, null, 0, 40)).isEqualTo(middleOfA);
    assertThat(b.getRGB(0, 0, 80, 1, null, 0, 80)).isNotEqualTo(a.getRGB(0, 0, 80, 1, null, 0, 80));
  }

  @Test
  void imageOfMorePixelsThanAllowed_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, folder.resolve("out.png"), "--max-pixels", 299)
        .failsSaying("in.png", "20x15", "--max-pixels is 299");
    assertNothingWritten("out.png");
    upscale(input, folder.resolve("out.png"), "--max-pixels", 300).succeeds();
  }

  @Test
  void qualityAndPurpose_chooseTheModel() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    assertThat(
            Invocation.of("upscale", "--json", "--quality", "best", input, output).succeeds().out())
        .startsWith("{\"model\":\"quality-x2\"");
    assertThat(
            Invocation.of("upscale", "--json", "--quality", "fast", "--scale", 3, input, output)
                .succeeds()
                .out())
        .startsWith("{\"model\":\"fast-x3\"");
    Invocation.of("upscale", "--purpose", "illustration", input, output)
        .failsSaying(
            "--purpose must be that of a model of scale 2, of which there are quality-x2 (photo),"
                + " fast-x2 (photo), but was illustration");
    Invocation.of("upscale", "--quality", "best", "--model", "fast-x2", input, output)
        .isRefusedSaying("--quality and --model exclude each other");
    Invocation.of("upscale", "--quality", "good", input, output)
        .isRefusedSaying("--quality", "good");
  }

  @Test
  void precision_choosesTheFormOfTheModel() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    assertThat(
            Invocation.of("upscale", "--json", "--precision", "int8", input, output)
                .succeeds()
                .out())
        .startsWith("{\"model\":\"quality-x2-int8\",\"precision\":\"int8\",");
    assertThat(
            Invocation.of("upscale", "--json", "--model", "fast-x3-int8", input, output)
                .succeeds()
                .out())
        .startsWith("{\"model\":\"fast-x3-int8\",\"precision\":\"int8\",");
    assertThat(Invocation.of("upscale", "--json", input, output).succeeds().out())
        .startsWith("{\"model\":\"quality-x2\",\"precision\":\"float\",");
    upscale(input, output, "--precision", "int8")
        .failsSaying(
            "--precision must be float, which is that of ",
            "tiny-x2.onnx, but was int8; \"sr4j quantize ",
            "tiny-x2.onnx --data IMAGES --out FILE.onnx\" makes a file in int8");
    Invocation.of("upscale", "--precision", "int4", input, output)
        .isRefusedSaying("--precision", "int4");
  }

  @Test
  void declarations_reachTheModel() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path plain = folder.resolve("plain.png");
    Path declared = folder.resolve("declared.png");

    upscale(input, plain).succeeds();
    upscale(input, declared, "--range", 255, "--halo", 9, "--alignment", 4).succeeds();

    assertThat(pixels(declared)).hasSameSizeAs(pixels(plain)).isNotEqualTo(pixels(plain));
    upscale(input, declared, "--color", "cmyk")
        .isRefusedSaying("--color must be luma, rgb or bgr, but was \"cmyk\"");
    upscale(input, declared, "--color", "rgb")
        .failsSaying("tiny-x2.onnx: the declared --color must be luma for");
    Invocation.of("upscale", input, declared, "--color", "rgb", "--range", "255")
        .isRefusedSaying("the model must be a file for --color and --range");
    Invocation.of("upscale", input, declared, "--model", "fast-x2", "--halo", 9)
        .isRefusedSaying("the model must be a file for --halo");
  }

  @Test
  void contradictions_areRefused() {
    Invocation.of("upscale", "a.png", "b.png", "--factor", 2.5, "--scale", 2)
        .isRefusedSaying("--factor and --scale");
    Invocation.of("upscale", "a.png", "b.png", "--factor", 2.5, "--width", 20)
        .isRefusedSaying("--factor and --width");
    Invocation.of("upscale", "a.png", "b.png", "--factor", 2.5, "--height", 20)
        .isRefusedSaying("--factor and --height");
    Invocation.of("upscale", "a.png", "b.png", "--compare", "c.png")
        .isRefusedSaying("--compare", ".html", "c.png");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--scale",
        "--factor",
        "--width",
        "--height",
        "--passes",
        "--threads",
        "--tile",
        "--approximate-tiles",
        "--max-pixels",
        "--max-pixels-per-byte"
      })
  void numberBelowItsRange_isRefused(String option) throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, folder.resolve("out.png"), option, -1)
        .failsSaying("must be ", "but was -1");
    assertNothingWritten("out.png");
  }

  @Test
  void skipExisting_leavesTheImageAlone() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = Files.writeString(folder.resolve("out.png"), "precious");

    assertThat(upscale(input, output, "--skip-existing").succeeds().out()).contains("skipped");
    assertThat(output).hasContent("precious");
    upscale(input, output).succeeds();
    assertThat(ImageFiles.read(output).getWidth()).isEqualTo(40);
  }

  @Test
  void quiet_printsNothing() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    assertThat(upscale(input, folder.resolve("out.png"), "--quiet").succeeds().out()).isEmpty();
    upscale(folder.resolve("absent.png"), folder.resolve("out.png"), "--quiet")
        .failsSaying("absent.png");
  }

  @Test
  void json_isOneObjectAndNothingElse() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("grün.png");

    String out = upscale(input, output, "--json").succeeds().out();

    assertThat(out.lines()).hasSize(1);
    JsonNode report = new JsonMapper().readTree(out);
    assertThat(report.get("model").asText()).endsWith("tiny-x2.onnx");
    assertThat(report.get("device").asText()).isEqualTo("cpu");
    JsonNode file = report.get("files").get(0);
    assertThat(file.get("source").asText()).isEqualTo(input.toString());
    assertThat(file.get("target").asText()).isEqualTo(output.toString());
    assertThat(file.get("source_size").toString()).isEqualTo("[20,15]");
    assertThat(file.get("target_size").toString()).isEqualTo("[40,30]");
    assertThat(file.get("seconds").asDouble()).isPositive();
    assertThat(file.get("skipped").asBoolean()).isFalse();
    assertThat(file.get("notes")).isEmpty();
    assertThat(report.has("error")).isFalse();
  }

  @Test
  void strip_leavesTextsOut() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    byte[] png = Files.readAllBytes(input);
    byte[] typeAndData = "tEXtAuthor\0Jane".getBytes(ISO_8859_1);
    CRC32 checksum = new CRC32();
    checksum.update(typeAndData);
    ByteBuffer all = ByteBuffer.allocate(png.length + 8 + typeAndData.length);
    all.put(png, 0, 33).putInt(typeAndData.length - 4).put(typeAndData);
    all.putInt((int) checksum.getValue()).put(png, 33, png.length - 33);
    Files.write(input, all.array());
    Path output = folder.resolve("out.png");

    upscale(input, output).succeeds();
    assertThat(Files.readString(output, ISO_8859_1)).contains("Author\0Jane");
    upscale(input, output, "--strip-location").succeeds();
    assertThat(Files.readString(output, ISO_8859_1)).contains("Author\0Jane");
    upscale(input, output, "--strip").succeeds();
    assertThat(Files.readString(output, ISO_8859_1)).doesNotContain("Jane");
  }

  @Test
  void json_ofAFolder_hasWhatWasSkippedAndWhatFailed() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 2);
    Files.writeString(inputs.resolve("bad.png"), "no image");
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Files.writeString(outputs.resolve("scene0.png"), "precious");

    Invocation done = upscale(inputs, outputs, "--json", "--skip-existing");

    done.failsSaying("bad.png");
    JsonNode files = new JsonMapper().readTree(done.out()).get("files");
    assertThat(files).hasSize(3);
    assertThat(files.get(0).get("error").asText()).contains("bad.png");
    assertThat(files.get(1).get("skipped").asBoolean()).isTrue();
    assertThat(files.get(2).get("target_size").toString()).isEqualTo("[174,162]");
  }

  @Test
  void json_ofAFailure_tellsIt() throws IOException {
    Invocation done = upscale(folder.resolve("absent.png"), folder.resolve("out.png"), "--json");

    done.failsSaying("absent.png");
    assertThat(new JsonMapper().readTree(done.out()).get("error").asText())
        .contains("absent.png: no such file");
  }

  @Test
  void compare_writesThePage() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path page = folder.resolve("page.html");

    upscale(input, folder.resolve("out.png"), "--compare", page).succeeds();

    assertThat(page).content().contains("in.png", "20 × 15", "40 × 30", "tiny-x2.onnx", "cpu");
  }

  @Test
  void compare_whereThereCanBeNoPage_isRefusedAtOnce() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    upscale(input, output, "--compare", folder.resolve("absent").resolve("page.html"))
        .failsSaying("page.html", "there is no folder");
    upscale(folder, folder.resolve("out"), "--compare", folder.resolve("page.html"))
        .failsSaying("is a folder", "--compare");
    upscale(input, output, "--width", 20_000, "--compare", folder.resolve("page.html"))
        .failsSaying("--compare", "300000000");
    assertNothingWritten("out.png");
    assertNothingWritten("page.html");
  }

  @Test
  void compare_overTheInput_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path misnamed = Files.move(input, folder.resolve("in.html"));

    upscale(misnamed, folder.resolve("out.png"), "--compare", misnamed)
        .failsSaying("in.html", "is the image to enlarge");
    assertThat(ImageFiles.read(misnamed).getWidth()).isEqualTo(20);
    assertNothingWritten("out.png");
  }

  @Test
  void interrupt_leavesNothing_andIsTheStatusOfShells() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Thread.currentThread().interrupt();
    Invocation done;
    try {
      done = upscale(input, folder.resolve("out.png"), "--json");
    } finally {
      Thread.interrupted();
    }

    assertThat(done.status()).isEqualTo(130);
    assertThat(done.err()).isEmpty();
    assertThat(done.out()).contains("\"error\":\"interrupted\"");
    assertNothingWritten("out.png");
  }

  @Test
  void scaleWithoutModel_choosesAnEmbeddedOne() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("out.png");

    Invocation.of("upscale", input, output, "--scale", 3).succeeds();

    assertThat(ImageFiles.read(output).getWidth()).isEqualTo(60);
  }

  @Test
  void nameThatBeginsWithAnAt_isTheFileOfThatName() throws IOException {
    Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", "@" + folder.resolve("in.png"), folder.resolve("out.png"))
        .failsSaying("sr4j: @" + folder.resolve("in.png"), "no such file");
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
  void missingModel_isNamed() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, folder.resolve("out.png"), "--model", "absent.onnx")
        .failsSaying("absent.onnx: no such file");
  }

  @Test
  void truncatedModel_isRefused() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path damaged = Fixtures.cutOff(Files.copy(model, folder.resolve("damaged.onnx")));

    Invocation.of("upscale", input, folder.resolve("out.png"), "--model", damaged)
        .failsSaying("damaged.onnx", "damaged");
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
        .failsSaying("other.onnx");
    assertNothingWritten("out.png");
  }

  @Test
  void unknownModel_isRefusedWithThoseThereAre() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, folder.resolve("out.png"), "--model", "edsr")
        .failsSaying("\"edsr\"", "fast-x2");
  }

  @Test
  void scaleWithoutAModel_isRefusedWithThoseThereAre() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, folder.resolve("out.png"), "--scale", 7)
        .failsSaying("was 7", "quality-x2 (x2)");
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
    assertThat(ImageFiles.read(input).getWidth()).isEqualTo(20);
  }

  @Test
  void folder_isUpscaledFileByFile_andBadOnesAreListed() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 2);
    Files.writeString(inputs.resolve("bad.png"), "no image");
    Files.writeString(inputs.resolve("notes.txt"), "not looked at");
    Path outputs = folder.resolve("new").resolve("outputs");

    Invocation done = upscale(inputs, outputs);

    done.failsSaying("bad.png");
    assertThat(done.out().lines())
        .hasSize(3)
        .last()
        .isEqualTo(inputs + ": left out 1 other file (.txt)");
    try (Stream<Path> written = Files.list(outputs)) {
      assertThat(written.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("scene0.png", "scene1.png");
    }
    assertThat(ImageFiles.read(outputs.resolve("scene1.png")).getWidth()).isEqualTo(174);
  }

  @Test
  void folderWithALinkToNothing_isDoneWithoutIt_andSaysSo() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);
    try {
      Files.createSymbolicLink(inputs.resolve("link.png"), Path.of("absent.png"));
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "no symbolic links here: " + e);
    }

    upscale(inputs, folder.resolve("outputs")).failsSaying("link.png", "no such file");
    assertThat(folder.resolve("outputs").resolve("scene0.png")).exists();
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
    assertThat(file).isEmptyFile();
  }

  @Test
  void whatAFolderHasBesides_isNamedByItsKind() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);
    for (String name :
        List.of(
            "a.heic", "b.HEIC", "c.dng", "d.mov", "e.txt", "f", ".hidden.heic", "g\u001b[1m.x")) {
      Files.writeString(inputs.resolve(name), "");
    }
    Files.createDirectory(inputs.resolve("more"));

    String out = upscale(inputs, folder.resolve("out")).succeeds().out();

    assertThat(out.lines())
        .last()
        .asString()
        .contains(
            "2 .heic (a HEIC image; convert it to PNG, TIFF or JPEG first)",
            "1 .dng (a camera raw file; develop it",
            "1 .mov (a video; extract its frames",
            "1 folder (--recursive takes them in)",
            "3 other files (.txt, .x, without an extension)");
    JsonNode leftOut =
        new JsonMapper()
            .readTree(upscale(inputs, folder.resolve("out"), "--json").succeeds().out())
            .get("left_out");
    assertThat(leftOut).hasSize(7);
    assertThat(leftOut.get(1).toString())
        .startsWith("{\"kind\":\".heic\",\"count\":2,\"reason\":\"a HEIC image; convert");
  }

  @Test
  void folderOfOtherFormatsOnly_saysWhichTheyAre() throws IOException {
    Path inputs = Files.createDirectory(folder.resolve("inputs"));
    Files.writeString(inputs.resolve("a.heic"), "");

    upscale(inputs, folder.resolve("out"))
        .failsSaying("no images in this folder", "1 .heic (a HEIC image; convert it to PNG");
  }

  @Test
  void recursive_keepsTheFolders_andLeavesOutTheOutputInTheInput() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);
    Fixtures.images(inputs.resolve("a").resolve("b"), 1);
    Fixtures.images(inputs.resolve(".hidden"), 1);
    Path outputs = Fixtures.images(inputs.resolve("out"), 1);

    for (int run = 0; run < 2; run++) {
      upscale(inputs, outputs, "--recursive").succeeds();

      assertThat(ImageFiles.size(outputs.resolve("a").resolve("b").resolve("scene0.png")).width)
          .isEqualTo(170);
      try (Stream<Path> written = Files.walk(outputs)) {
        assertThat(written.filter(Files::isRegularFile)).hasSize(2);
      }
    }
    Invocation.of("upscale", inputs.resolve("scene0.png"), "x.png", "--recursive")
        .isRefusedSaying("--recursive is for a folder");
  }

  @Test
  void shards_areTogetherWhatOneMachineMakes() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 3);
    Fixtures.images(inputs.resolve("a"), 3);
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    upscale(inputs, whole, "--recursive").succeeds();
    int images = 0;
    for (int i = 1; i <= 3; i++) {
      List<Path> before = files(parts);
      JsonNode report =
          new JsonMapper()
              .readTree(
                  upscale(inputs, parts, "--recursive", "--shard", i + "/3", "--json")
                      .succeeds()
                      .out());
      assertThat(files(parts)).hasSize(before.size() + report.get("files").size());
      images += report.get("files").size();
    }

    assertThat(images).isEqualTo(6);
    assertThat(files(parts)).hasSize(6);
    for (Path file : files(whole)) {
      assertThat(parts.resolve(whole.relativize(file))).hasSameBinaryContentAs(file);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void shard_ofAnImage_dependsOnNoOtherImage() {
    Path inputs = Path.of("inputs");
    List<Path> images = IntStream.range(0, 1000).mapToObj(i -> inputs.resolve(i + ".png")).toList();
    for (int i = 1; i <= 8; i++) {
      Shard shard = new Shard(i, 8);
      List<Path> part = shard.of(images, inputs);
      assertThat(part).as("not of one size, but near").hasSizeBetween(90, 160);
      assertThat(shard.of(images.subList(300, 600), inputs))
          .isEqualTo(part.stream().filter(images.subList(300, 600)::contains).toList());
    }
  }

  @Test
  void shardWithoutImages_isDone_andSaysSo() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);
    String first = upscale(inputs, folder.resolve("out"), "--shard", "1/2").succeeds().out();
    String second = upscale(inputs, folder.resolve("out"), "--shard", "2/2").succeeds().out();

    assertThat(List.of(first.contains("0 of 1 images"), second.contains("0 of 1 images")))
        .containsExactlyInAnyOrder(true, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/3", "4/3", "3", "1/0", "a/b", "-1/3", "1/2/3"})
  void shardThatIsNone_isRefused(String text) throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);

    upscale(inputs, folder.resolve("out"), "--shard", text)
        .isRefusedSaying("must be I/N, the number of this part", "but was " + text);
    upscale(inputs.resolve("scene0.png"), folder.resolve("a.png"), "--shard", "1/2")
        .isRefusedSaying("--shard is for a folder");
  }

  @Test
  void recursive_survivesALinkToItself() throws IOException {
    Path inputs = Fixtures.images(folder.resolve("inputs"), 1);
    try {
      Files.createSymbolicLink(inputs.resolve("loop"), inputs);
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "no symbolic links here: " + e);
    }

    assertThat(upscale(inputs, folder.resolve("out"), "--recursive").succeeds().out())
        .contains("links to a folder that holds them");
  }

  @Test
  void format_ofAFolder_isThatOfAllResults() throws IOException {
    Path inputs = Files.createDirectory(folder.resolve("inputs"));
    BufferedImage image = TestImages.buffered(TestImages.scene(3, 20, 15, 5));
    ImageIO.write(image, "gif", inputs.resolve("a.gif").toFile());
    ImageIO.write(image, "gif", inputs.resolve("twice.gif").toFile());
    ImageIO.write(image, "jpg", inputs.resolve("b.jfif").toFile());
    ImageIO.write(image, "bmp", inputs.resolve("c.dib").toFile());
    ImageIO.write(image, "png", inputs.resolve("twice.png").toFile());
    Path outputs = folder.resolve("outputs");

    upscale(inputs, outputs)
        .failsAboutEach("a.gif: the name of an image to write must end in", "--format png does");
    upscale(inputs, folder.resolve("again"), "--format", "PNG").succeeds();

    try (Stream<Path> written = Files.list(folder.resolve("again"))) {
      assertThat(written.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("a.png", "b.png", "c.png", "twice.gif.png", "twice.png");
    }
    assertThat(ImageFiles.size(outputs.resolve("b.jfif")).width).isEqualTo(40);
    Invocation.of("upscale", inputs, outputs, "--format", "webp")
        .isRefusedSaying("--format must be png, jpg, tif or bmp, but was webp");
    Invocation.of("upscale", inputs.resolve("a.gif"), "a.png", "--format", "png")
        .isRefusedSaying("--format is for a folder");
  }

  @Test
  void standardInputAndOutput_haveTheImageAndNothingElse() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path file = folder.resolve("out.png");
    upscale(input, file).succeeds();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    InputStream standardInput = System.in;

    int status;
    try {
      System.setIn(Files.newInputStream(input));
      status =
          Main.run(
              new PrintStream(out, true, UTF_8),
              new PrintStream(err, true, UTF_8),
              "upscale",
              "-",
              "-",
              "--format",
              "png",
              "--model",
              model.toString());
    } finally {
      System.setIn(standardInput);
    }

    assertThat(err.toString(UTF_8)).isEmpty();
    assertThat(status).isZero();
    assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void standardInputThatIsNoImage_isCalledSo() {
    InputStream standardInput = System.in;
    try {
      System.setIn(new ByteArrayInputStream("<!doctype html>".getBytes(UTF_8)));
      Invocation done = upscale(Path.of("-"), folder.resolve("out.png"), "--json");
      done.failsSaying("sr4j: standard input: cannot be read because it is a web page");
      assertThat(done.out()).contains("standard input: cannot").doesNotContain("/sr4j-");
    } finally {
      System.setIn(standardInput);
    }
  }

  @Test
  void standardOutput_needsAFormat_andNoJson() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    Invocation.of("upscale", input, "-").isRefusedSaying("--format is needed for -");
    Invocation.of("upscale", input, "-", "--format", "png", "--json")
        .isRefusedSaying("--json prints to the standard output");
    Invocation.of("upscale", folder, "-", "--format", "png")
        .failsSaying("is a folder, whose images need a folder to write to, but OUTPUT is -");
  }

  @Test
  @Timeout(60)
  void pipes_areReadAndWritten() throws Exception {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path in = pipe("pipe-in");
    Path out = pipe("pipe-out");
    Path expected = folder.resolve("expected.png");
    upscale(input, expected).succeeds();
    CompletableFuture<byte[]> received =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                try (OutputStream stream = Files.newOutputStream(in)) {
                  Files.copy(input, stream);
                }
                return Files.readAllBytes(out);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    assertThat(upscale(in, out, "--format", "png").succeeds().out()).contains(out + ": 20x15 ->");

    assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(Files.readAllBytes(expected));
  }

  @Test
  void fullDevice_isNamedAsSuch() throws IOException {
    assumeTrue(Files.exists(Path.of("/dev/full")), "there is no /dev/full");
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);

    upscale(input, Path.of("/dev/full"), "--format", "png")
        .failsSaying("/dev/full: cannot be written: the disk is full");
  }

  @Test
  void hostileName_isPrintedVisibly() throws IOException {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path output = folder.resolve("a\u001b[2J\u202e\nb.png");

    assertThat(upscale(input, output).succeeds().out())
        .contains("a\\u001b[2J\\u202e\\u000ab.png: 20x15")
        .doesNotContain("\u001b");
    JsonNode report = new JsonMapper().readTree(upscale(input, output, "--json").succeeds().out());
    assertThat(report.get("files").get(0).get("target").asText()).isEqualTo(output.toString());
  }

  @Test
  void leftoverOfAKilledRun_isRemovedByTheNext() throws Exception {
    Path input = Fixtures.image(folder.resolve("in.png"), 20, 15);
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Path output = outputs.resolve("out.png");
    upscale(input, output).succeeds();
    AtomicReference<Path> temporary = new AtomicReference<>();
    AtomicFile.write(
        output,
        file -> {
          temporary.set(file);
          return Files.copy(input, file, StandardCopyOption.REPLACE_EXISTING);
        });
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    String own = "-" + Long.toHexString(ProcessHandle.current().pid()) + "-";
    Path leftover =
        Files.writeString(
            Path.of(
                temporary.get().toString().replace(own, "-" + Long.toHexString(ended.pid()) + "-")),
            "half");

    upscale(input, output).succeeds();

    assertThat(leftover).doesNotExist();
    assertThat(outputs).isDirectoryContaining("glob:**/out.png");
  }

  private Path pipe(String name) throws Exception {
    Path pipe = folder.resolve(name);
    boolean isMade = false;
    try {
      isMade = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0;
    } catch (IOException e) {
      // no such program: the test is skipped
    }
    assumeTrue(isMade, "mkfifo is needed");
    return pipe;
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
    BufferedImage image = ImageFiles.read(file);
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
