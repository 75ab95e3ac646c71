// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.MemorySize;
import io.github.sr4j.cli.terminal.ProgressLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {

  @Test
  void help_namesTheCommands() {
    assertThat(Invocation.of("--help").succeeds().out())
        .contains(
            "upscale",
            "train",
            "evaluate",
            "export",
            "inspect",
            "models",
            "networks",
            "devices",
            "Exit status");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "upscale",
        "train",
        "degrade",
        "evaluate",
        "export",
        "convert",
        "quantize",
        "inspect",
        "models",
        "networks",
        "devices"
      })
  void everyCommand_hasHelp(String command) {
    assertThat(Invocation.of(command, "--help").succeeds().out())
        .contains("Usage: sr4j " + command, "--verbose")
        .doesNotContain("${");
  }

  @ParameterizedTest
  @ValueSource(strings = {"upscale", "train", "degrade", "evaluate", "export", "networks"})
  void examplesInHelp_areNotWrapped_soThatTheyCanBeCopied(String command) {
    assertThat(Invocation.of(command, "--help").out().lines())
        .doesNotContain("\\")
        .filteredOn(line -> !line.isEmpty() && line.charAt(0) != ' ')
        .last()
        .isEqualTo("Examples:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "upscale",
        "train",
        "evaluate",
        "export",
        "inspect",
        "models",
        "networks",
        "devices"
      })
  void everyOption_isInTheDocumentation(String command) throws IOException {
    String page = Files.readString(Path.of("..", "docs", "command-line.md"));

    assertThat(page).contains("## " + command);
    assertThat(page).contains(optionsOf(command));
  }

  private static List<String> optionsOf(String command) {
    return Pattern.compile("--[a-z-]+")
        .matcher(Invocation.of(command, "--help").out())
        .results()
        .map(MatchResult::group)
        .distinct()
        .toList();
  }

  @Test
  void version_isPrinted() {
    assertThat(Invocation.of("--version").succeeds().out()).startsWith("sr4j ");
  }

  @Test
  void wrongUsage_isOneLineAndStatus2() {
    Invocation.of().isRefusedSaying("sr4j: ");
    Invocation.of("enlarge").isRefusedSaying("enlarge");
    Invocation.of("upscale").isRefusedSaying("sr4j upscale", "INPUT", "OUTPUT");
    Invocation.of("upscale", "a.png", "b.png", "--scale", "two").isRefusedSaying("--scale", "two");
    Invocation.of("upscale", "a.png", "b.png", "--device", "tpu")
        .isRefusedSaying(
            "'--device': device must be auto, gpu, cpu, cuda:N, coreml or webgpu:N, but was"
                + " \"tpu\";");
    Invocation.of("upscale", "a.png", "b.png", "--size", "2").isRefusedSaying("--size");
    Invocation.of("inspect", "fast-x2", "--device", "gpu")
        .isRefusedSaying("--device must be cuda:N, coreml or webgpu:N here, but was gpu");
    Invocation.of("inspect", "fast-x2", "--device", "cuda:999")
        .failsSaying("cuda:999 is not available");
    Invocation.of("train", "--data", "photos").isRefusedSaying("--out");
    Invocation.of("inspect", "fast-x2", "--range", "255").isRefusedSaying("file for --range");
    Invocation.of("evaluate", "--model", "bicubic", "--data", "photos").isRefusedSaying("--scale");
  }

  @Test
  void impossibleName_isRefusedWithTheReason() {
    Invocation.of("upscale", "a\0.png", "b.png")
        .isRefusedSaying("(INPUT): \"a\\u0000.png\" is no name of a file here: Nul character");
  }

  @Test
  void emptyName_isNotTheWorkingDirectory() {
    Invocation.of("upscale", "", "out")
        .isRefusedSaying("(INPUT): must be the name of a file or folder, but is empty");
    Invocation.of("inspect", "").failsSaying("no model \"\": it is neither an embedded model");
  }

  @Test
  void inspected_isWhatIsDeclaredAndWhatIsFound() {
    assertThat(Invocation.of("inspect", "fast-x2").succeeds().out())
        .containsPattern("scale +2 \\[declared\\]")
        .containsPattern("range +0 to 1 \\[declared\\]")
        .containsPattern("layout +nchw \\[found\\]")
        .containsPattern("precision +float");
    assertThat(Invocation.of("inspect", "--precision", "int8", "fast-x2").succeeds().out())
        .containsPattern("model +fast-x2-int8")
        .containsPattern("precision +int8");
  }

  @Test
  void models_areListedWithCostFiguresAndTerms() throws IOException {
    Model.Card.Figure quality =
        Upscaler.models().stream()
            .filter(card -> card.name().equals("quality-x2"))
            .findFirst()
            .orElseThrow()
            .figures()
            .get(0);
    assertThat(Invocation.of("models").succeeds().out())
        .containsPattern("fast-x3\\R +scale +3\\R +purpose +photo\\R")
        .containsPattern("cost +13\\.1 G multiply-accumulates .*, 56,964 parameters, 117,829 bytes")
        .containsPattern(
            String.format(
                Locale.ROOT, "Set5 +%.3f dB, SSIM %.4f, on luma", quality.psnr(), quality.ssim()))
        .containsPattern(
            "int8 +fast-x2-int8, [\\d,]+ bytes, Set5 37\\.2\\d\\d dB, SSIM 0\\.957\\d\\R")
        .contains("Apache-2.0", "Cloudinary");

    JsonNode models =
        new ObjectMapper()
            .readTree(Invocation.of("models", "--json").succeeds().out())
            .get("models");
    assertThat(models)
        .extracting(model -> model.get("name").asText())
        .containsExactly("quality-x2", "quality-x3", "quality-x4", "fast-x2", "fast-x3", "fast-x4");
    assertThat(models.get(3).get("figures").get("Set5").get("psnr").asDouble()).isEqualTo(37.258);
    JsonNode int8 = models.get(3).get("int8");
    assertThat(int8.get("name").asText()).isEqualTo("fast-x2-int8");
    assertThat(int8.get("bytes").asLong()).isLessThan(models.get(3).get("bytes").asLong());
    assertThat(int8.get("figures").get("Set5").get("psnr").asDouble()).isBetween(37.17, 37.24);
    assertThat(models.get(3).get("multiply_accumulates").asLong()).isEqualTo(13_071_974_400L);
    assertThat(models.get(3).get("license").asText()).isEqualTo("Apache-2.0");
  }

  @Test
  void memory_isWrittenAsJavaDoes() throws Exception {
    MemorySize size = new MemorySize();

    assertThat(size.convert("500m")).isEqualTo(500L << 20);
    assertThat(size.convert("4G")).isEqualTo(4L << 30);
    assertThat(size.convert("1048576")).isEqualTo(1 << 20);
    Invocation.of("evaluate", "--model", "fast-x2", "--data", "x", "--max-memory", "4 gigs")
        .isRefusedSaying("must be a number of bytes, or of k, m, g or t of them, such as 4g");
  }

  @Test
  void isolatedInspection_saysTheSame_andBoundsMemory() {
    String plain = Invocation.of("inspect", "fast-x2").succeeds().out();

    assertThat(Invocation.of("inspect", "fast-x2", "--isolated").succeeds().out()).isEqualTo(plain);
    Invocation.of("inspect", "none.onnx", "--isolated").failsSaying("none.onnx: no such file");
    Invocation.of("inspect", "fast-x2", "--max-memory", "1g")
        .isRefusedSaying("--max-memory is for --isolated");
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "only Linux tells the memory");
    Invocation.of("inspect", "fast-x2", "--isolated", "--max-memory", "2m")
        .failsSaying("fast-x2: must open in 2 MB of memory, but takes more");
  }

  @Test
  void inspectedScale_isThatOfTheModel() {
    Invocation.of("inspect", "fast-x2", "--scale", "3")
        .failsSaying("scale must be 2, which is that of fast-x2, but was 3");
  }

  @Test
  void outputThatCannotBeWritten_isAFailure() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };

    int status =
        Main.run(new PrintStream(full, true, UTF_8), new PrintStream(err, true, UTF_8), "devices");

    assertThat(status).isEqualTo(1);
    assertThat(err.toString(UTF_8)).startsWith("sr4j: the standard output cannot be written to");
  }

  @ParameterizedTest
  @ValueSource(strings = {"upscale", "inspect", "train", "evaluate", "degrade", "export"})
  void hostileName_reachesNoTerminal(String command) throws IOException {
    String name = "a\u001b]0;x\u0007\u202egnp\u009b31m\n\rb";
    String[] arguments =
        switch (command) {
          case "upscale" -> new String[] {name + ".png", "out.png"};
          case "inspect" -> new String[] {name + ".onnx"};
          case "train" -> new String[] {"--data", name, "--out", "out"};
          case "evaluate" -> new String[] {"--model", name + ".onnx", "--data", name};
          case "degrade" -> new String[] {name, "out"};
          default ->
              new String[] {
                "--network", "compact", "--scale", "2", "--weights", name, "--out", "a.onnx"
              };
        };

    Invocation done =
        Invocation.of(Stream.concat(Stream.of(command), Stream.of(arguments)).toArray());

    assertThat(done.status()).isEqualTo(1);
    assertThat(done.err().lines()).hasSize(1);
    assertThat(done.err()).contains("a\\u001b]0;x\\u0007\\u202egnp\\u009b31m");
    assertThat((done.out() + done.err()).replace("\n", "").codePoints())
        .noneMatch(c -> Character.isISOControl(c) || c == 0x202e);
    Invocation.of("networks", "--" + name).isRefusedSaying("\\u001b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "fa-IR-u-nu-arabext", "hi-IN-u-nu-deva"})
  void numbers_haveAsciiDigits_inEveryLocale(String locale) {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag(locale));
      assertThat(String.format("%d", 12)).isNotEqualTo("12"); // where nothing is done about it

      assertThat(ProgressLine.text(Duration.ofSeconds(3661))).isEqualTo("1:01:01");
      assertThat(Invocation.of("networks", "srcnn").succeeds().out()).contains("scale         2");
      assertThat(Invocation.of("inspect", "fast-x2").succeeds().out().codePoints())
          .noneMatch(c -> Character.isDigit(c) && c > 0x7f);
      Invocation.of("inspect", "fast-x2", "--scale", 3).failsSaying("but was 3");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void verbose_beforeOrAfterTheCommand_showsTheStackTrace() {
    assertThat(Invocation.of("upscale", "absent.png", "b.png").err()).doesNotContain("\tat ");
    assertThat(Invocation.of("--verbose", "upscale", "absent.png", "b.png").err())
        .startsWith("sr4j: absent.png")
        .contains("\tat ");
    assertThat(Invocation.of("upscale", "absent.png", "b.png", "--verbose").err())
        .contains("\tat ");
  }
}
