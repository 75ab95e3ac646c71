// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.sr4j.training.EvaluationReport.Image;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EvaluationTableTest {

  private static final EvaluationReport BICUBIC =
      report("bicubic", "Set2", OptionalLong.empty(), image("a.png", 27.5, 0.9, 0.25));
  private static final EvaluationReport NET =
      report(
          "net.onnx",
          "Set2",
          OptionalLong.of(59_996),
          image("butterfly.png", 32.125, 0.95, 0.5),
          image("b.png", 40, 0.97, 0.125));
  private static final EvaluationReport NET_ON_ANOTHER =
      report("net.onnx", "Other", OptionalLong.of(59_996), image("c.png", 30, 0.8, 0.5));

  private static EvaluationReport report(
      String model, String dataset, OptionalLong parameters, Image... images) {
    OptionalLong operations =
        parameters.isPresent() ? OptionalLong.of(13_824_000_000L) : OptionalLong.empty();
    return new EvaluationReport(
        model, dataset, 2, "luma, border 4", parameters, operations, List.of(images));
  }

  private static Image image(String name, double psnr, double ssim, double lpips) {
    return new Image(name, psnr, ssim, Map.of("lpips", lpips), Duration.ofMillis(250));
  }

  @Test
  void text_hasARowForEachModel_andAColumnForEachSet() {
    assertThat(new EvaluationTable(List.of(BICUBIC, NET, NET_ON_ANOTHER)).toText())
        .isEqualTo(
            """
            PSNR (dB) / SSIM / lpips: luma, border 4; multiply-accumulates for 1280x720 pixels
            model     scale  parameters    MACs                      Set2                     Other  s/image
            bicubic      x2           -       -  27.500 / 0.9000 / 0.2500                         -    0.250
            net.onnx     x2      59,996  13.8 G  36.063 / 0.9600 / 0.3125  30.000 / 0.8000 / 0.5000    0.250
            """);
  }

  @Test
  void markdown_isATableOfTheSame() {
    assertThat(new EvaluationTable(List.of(BICUBIC, NET)).toMarkdown())
        .isEqualTo(
            """
            PSNR (dB) / SSIM / lpips: luma, border 4; multiply-accumulates for 1280x720 pixels

            | model | scale | parameters | MACs | Set2 | s/image |
            |---|---|--:|--:|--:|--:|
            | bicubic | x2 | - | - | 27.500 / 0.9000 / 0.2500 | 0.250 |
            | net.onnx | x2 | 59,996 | 13.8 G | 36.063 / 0.9600 / 0.3125 | 0.250 |
            """);
  }

  @Test
  void textOfAReport_hasARowForEachImage() {
    assertThat(NET.toText())
        .isEqualTo(
            """
            net.onnx on Set2, x2, luma, border 4
            image          PSNR (dB)    SSIM   lpips  seconds
            butterfly.png     32.125  0.9500  0.5000    0.250
            b.png             40.000  0.9700  0.1250    0.250
            mean              36.063  0.9600  0.3125    0.250
            """);
  }

  @Test
  void imagesThatDoNotCount_areNamedBelow_andInJson() throws IOException {
    Image flat = new Image("flat.png", 1 / 0.0, 1, Map.of("lpips", 0.0), Duration.ZERO, true);
    EvaluationReport a = report("a", "Set2", OptionalLong.empty(), flat, image("b.png", 30, 1, 0));
    EvaluationReport b = report("b", "Set2", OptionalLong.empty(), flat, image("b.png", 40, 1, 0));
    EvaluationReport c =
        report("c", "Set2", OptionalLong.empty(), flat, image("b.png", 1 / 0.0, 1, 0));

    String remark =
        "the mean PSNR on Set2 leaves out images of one colour and those without any difference:"
            + " flat.png\n";
    assertThat(new EvaluationTable(List.of(a, b)).toText())
        .contains("30.000 / ", "40.000 / ")
        .endsWith(remark);
    assertThat(new EvaluationTable(List.of(a, b)).toMarkdown()).endsWith("|\n\n" + remark);
    assertThat(new EvaluationTable(List.of(a, c)).toText())
        .endsWith(remark.replace("PSNR on", "PSNR of a on"));
    JsonNode json = new JsonMapper().readTree(new EvaluationTable(List.of(a)).toJson());
    assertThat(json.at("/reports/0/psnr").asDouble()).isEqualTo(30);
    assertThat(json.at("/reports/0/left_out/0").asText()).isEqualTo("flat.png");
    assertThat(json.at("/reports/0/images/0/flat").asBoolean()).isTrue();
    assertThat(json.at("/reports/0/images/1/flat").asBoolean(true)).isFalse();
  }

  @Test
  void measures_areNamedWithoutTheirArguments_unlessTheseTellThemApart() {
    assertThat(EvaluationTable.shortNames(List.of("lpips(weights=a/b.npz)", "mse")))
        .containsExactly("lpips", "mse");
    assertThat(EvaluationTable.shortNames(List.of("lpips(a.npz)", "lpips(b.npz)")))
        .containsExactly("lpips(a.npz)", "lpips(b.npz)");
  }

  @Test
  void json_hasEveryFigure_andInfinityAsText() throws IOException {
    EvaluationReport equal =
        report("bicubic", "Set1", OptionalLong.empty(), image("a", 1 / 0.0, 1, 0));
    JsonNode json = new JsonMapper().readTree(new EvaluationTable(List.of(NET, equal)).toJson());

    assertThat(json.get("protocol").asText()).isEqualTo("luma, border 4");
    assertThat(json.at("/reports/0/model").asText()).isEqualTo("net.onnx");
    assertThat(json.at("/reports/0/dataset").asText()).isEqualTo("Set2");
    assertThat(json.at("/reports/0/scale").asInt()).isEqualTo(2);
    assertThat(json.at("/reports/0/parameters").asLong()).isEqualTo(59_996);
    assertThat(json.at("/reports/0/multiply_accumulates").asLong()).isEqualTo(13_824_000_000L);
    assertThat(json.at("/reports/0/psnr").asDouble()).isEqualTo(36.0625);
    assertThat(json.at("/reports/0/measures/lpips").asDouble()).isEqualTo(0.3125);
    assertThat(json.at("/reports/0/images/1/name").asText()).isEqualTo("b.png");
    assertThat(json.at("/reports/0/images/1/ssim").asDouble()).isEqualTo(0.97);
    assertThat(json.at("/reports/0/images/1/seconds").asDouble()).isEqualTo(0.25);
    assertThat(json.at("/reports/1/psnr").asText()).isEqualTo("Infinity");
    assertThat(json.at("/reports/1").has("parameters")).isFalse();
  }

  @Test
  void json_isAscii_whateverImagesAreCalled() throws IOException {
    String name = "b\u00fcrd \ud83d\ude00 \"1\"\n.png";
    EvaluationReport odd =
        report("bicubic", "Set1", OptionalLong.empty(), image(name, 30, 0.9, 0.25));

    String json = new EvaluationTable(List.of(odd)).toJson();

    assertThat(json).matches(text -> text.chars().allMatch(c -> c < 128));
    assertThat(new JsonMapper().readTree(json).at("/reports/0/images/0/name").asText())
        .isEqualTo(name);
  }

  @Test
  void protocols_doNotMix() {
    EvaluationReport other =
        new EvaluationReport(
            "net.onnx",
            "Set2",
            2,
            "rgb, border 4",
            OptionalLong.empty(),
            OptionalLong.empty(),
            NET.images());

    assertThatThrownBy(() -> new EvaluationTable(List.of(BICUBIC, other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"luma, border 4\"")
        .hasMessageContaining("\"rgb, border 4\"");
  }

  @Test
  void twoOfOneCell_areRefused() {
    assertThatThrownBy(() -> new EvaluationTable(List.of(NET, NET)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("net.onnx x2 on Set2");
  }
}
