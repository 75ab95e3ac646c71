// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate}. */
final class EvaluateCommandTest {

  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void writeImages() throws IOException {
    images = Fixtures.images(folder.resolve("Set2"), 2);
  }

  @Test
  void severalModels_onSeveralSets_areATableBesideBicubic() throws IOException {
    Path model = Fixtures.modelX2(folder.resolve("tiny.onnx"));
    Path other = Fixtures.images(folder.resolve("Set1"), 1);

    String text =
        Invocation.of(
                "evaluate",
                "--model",
                "fast-x2",
                "--model",
                model,
                "--model",
                "fast-x3",
                "--data",
                images,
                "--data",
                other)
            .succeeds()
            .out();

    assertThat(text.lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("PSNR (dB) / SSIM: luma, border of the scale"),
            line -> assertThat(line).matches("model +scale +parameters +MACs +Set2 +Set1 +s/image"),
            line -> assertThat(line).matches("bicubic +x2 +- +-( +[0-9.]+ / 0[0-9.]+){2} +[0-9.]+"),
            line ->
                assertThat(line)
                    .matches("fast-x2 +x2 +56,964 +13.1 G( +[0-9.]+ / 0[0-9.]+){2} +[0-9.]+"),
            line -> assertThat(line).matches(".*tiny.onnx +x2 +[0-9]+ +0.1 G .*"),
            line -> assertThat(line).matches("bicubic +x3 .*"),
            line -> assertThat(line).matches("fast-x3 +x3 .*"));
  }

  @Test
  void images_areShownIfAsked() {
    assertThat(bicubic("--images").out())
        .contains("bicubic on Set2, x2, luma, border of the scale", "scene1.png", "mean");
    assertThat(bicubic().out()).doesNotContain("scene1.png");
  }

  @Test
  void markdown_isATable() {
    assertThat(bicubic("--format", "markdown").out())
        .contains("| model | scale | parameters | MACs | Set2 | s/image |\n|---|---|--:|")
        .contains("| bicubic | x2 | - | - | ");
  }

  @Test
  void json_isWrittenToAFile_withEachImage() throws IOException {
    Path file = folder.resolve("figures.json");

    assertThat(bicubic("--format", "json", "--measure", "mse", "--out", file).out()).isEmpty();

    JsonNode json = new JsonMapper().readTree(Files.readString(file));
    assertThat(json.get("protocol").asText()).isEqualTo("luma, border of the scale");
    JsonNode report = json.get("reports").get(0);
    assertThat(report.get("images")).hasSize(2);
    double mean =
        StreamSupport.stream(report.get("images").spliterator(), false)
            .mapToDouble(image -> image.get("measures").get("mse").asDouble())
            .average()
            .orElseThrow();
    assertThat(report.get("measures").get("mse").asDouble()).isEqualTo(mean).isPositive();
  }

  @Test
  void space_andBorder_areToldWithTheFigures_andChangeThem() {
    String luma = bicubic().out();
    String rgb = bicubic("--space", "rgb").out();
    String srgan = bicubic("--border", 4).out();

    assertThat(rgb).contains(": rgb, border of the scale");
    assertThat(bicubic("--space", "luma-of-rgb").out())
        .contains("luma of rgb, border of the scale")
        .satisfies(text -> assertThat(psnr(text)).isEqualTo(psnr(luma)));
    assertThat(srgan).contains("luma, border 4");
    assertThat(psnr(rgb)).isLessThan(psnr(luma));
    assertThat(psnr(srgan)).isNotEqualTo(psnr(luma));
  }

  private static double psnr(String table) {
    String row = table.lines().reduce((first, last) -> last).orElseThrow();
    return Double.parseDouble(row.split(" +", -1)[4]);
  }

  @Test
  void givenLowRes_isMeasured() throws IOException {
    Path degraded = Files.createDirectory(folder.resolve("degraded"));
    for (int i = 0; i < 2; i++) {
      FloatImage image = TestImages.scene(3, 85 + 2 * i, 81, i);
      FloatImage small = Resampling.bicubic(image, image.width() / 2, image.height() / 2);
      for (int s = 0; s < small.samples().length; s++) {
        small.samples()[s] /= 2;
      }
      Fixtures.image(degraded.resolve("scene" + i + "x2.png"), small);
    }
    assertThat(psnr(bicubic("--low-res", degraded).out())).isLessThan(20);
    assertThat(psnr(bicubic().out())).isGreaterThan(20);
  }

  @Test
  void passes_andSelfEnsemble_areAsOfUpscale() throws IOException {
    Path model = Fixtures.modelX2(folder.resolve("tiny.onnx"));

    assertThat(
            Invocation.of(
                    "evaluate",
                    "--model",
                    model,
                    "--data",
                    images,
                    "--passes",
                    2,
                    "--self-ensemble")
                .succeeds()
                .out()
                .lines()
                .skip(2))
        .satisfiesExactly(
            line -> assertThat(line).matches("bicubic +x4 .*"),
            line -> assertThat(line).matches(".*tiny.onnx +x4 .*"));
  }

  @Test
  void wrongUse_isOneLine() {
    Invocation.of("evaluate", "--model", "bicubic", "--data", images).isRefusedSaying("--scale");
    evaluate("--low-res", images, "--low-res", images).isRefusedSaying("--low-res", "1 times");
    evaluate("--space", "lab").isRefusedSaying("--space", "LUMA");
    evaluate("--format", "html").isRefusedSaying("--format", "MARKDOWN");
    evaluate("--border", -1).failsSaying("border must be at least 0, but was -1");
    evaluate("--measure", "l3").failsSaying("\"l3\"", "l1");
    evaluate("--data", images).failsSaying("--data", "Set2", "two");
    evaluate("--border", 40).failsSaying("scene0.png", "at least 91x91");
    evaluate("--measure", "ms_ssim").failsSaying("scene0.png", "ms_ssim");
  }

  private Invocation bicubic(Object... more) {
    return evaluate(more).succeeds();
  }

  private Invocation evaluate(Object... more) {
    Object[] arguments = {"evaluate", "--model", "bicubic", "--scale", 2, "--data", images};
    return Invocation.of(Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray());
  }
}
