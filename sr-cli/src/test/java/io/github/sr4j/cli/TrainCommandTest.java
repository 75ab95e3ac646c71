// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sr4j.FloatImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train}, and the commands that take what it leaves. */
final class TrainCommandTest {

  private static final String NETWORK = "compact(features=4, layers=0)";

  @TempDir private Path folder;

  @Test
  void run_leavesWhatTheOtherCommandsTake() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 2);
    Path run = folder.resolve("runs").resolve("tiny");

    Invocation trained = train(images, run, "--validate", images);

    trained.succeeds();
    assertThat(trained.out())
        .contains(
            "step 2: loss", "step 4/4", "step 4: loss", "best: PSNR", "parity", "188 parameters")
        .doesNotContain("differentiated"); // ND4J prints that
    assertThat(run).isDirectoryContaining("glob:**/{last,best}.ckpt");
    assertThat(run.resolve("report.json")).content().contains("\"parity\"", "\"psnr\"");

    Path model = run.resolve("model.onnx");
    assertThat(Invocation.of("inspect", model).succeeds().out())
        .containsPattern("scale +2")
        .containsPattern("color +luma")
        .containsPattern("network +compact\\(features=4, layers=0\\)")
        .containsPattern("seed +3")
        .contains("halo");
    Path json = folder.resolve("figures.json");
    Invocation.of("evaluate", "--model", model, "--data", images, "--format", "json", "--out", json)
        .succeeds();
    assertThat(json).content().contains("\"bicubic\"", "model.onnx", "\"scene1.png\"");

    Path again = folder.resolve("again.onnx");
    Path weights = run.resolve("best.ckpt");
    assertThat(export(NETWORK, weights, again).succeeds().out()).contains("again.onnx", "parity");
    assertThat(Invocation.of("inspect", again).succeeds().out())
        .containsPattern("weights +best.ckpt")
        .containsPattern("seed +3")
        .containsPattern("loss +l1")
        .containsPattern("steps +[24]");
    export("srcnn", weights, folder.resolve("b.onnx")).failsSaying("best.ckpt", "srcnn", "compact");
    export("vgg", weights, folder.resolve("b.onnx")).failsSaying("\"vgg\"", "compact", "srcnn");
    export(NETWORK, json, folder.resolve("b.onnx")).failsSaying("figures.json");
    export(NETWORK, folder.resolve("absent.npz"), folder.resolve("b.onnx"))
        .failsSaying("absent.npz", "no such file");
    export(NETWORK, weights, folder.resolve("b.pt")).failsSaying("b.pt", ".onnx");
    assertThat(folder).isDirectoryNotContaining("glob:**/{*b.onnx,b.pt}");

    train(images, run, "--validate", images).failsSaying(run.toString(), "--resume");
    train(images, run, "--validate", images, "--resume").succeeds();
  }

  @Test
  void wrongData_isOneLine() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path run = folder.resolve("run");

    train(empty, run).failsSaying(empty.toString(), "no images");
    train(folder.resolve("absent"), run).failsSaying("absent", "no such folder");
    Invocation.of("evaluate", "--model", "bicubic", "--scale", 2, "--data", empty)
        .failsSaying(empty.toString(), "no images");
    Path file = Files.createFile(folder.resolve("file"));
    train(Fixtures.images(folder.resolve("images"), 1), file)
        .failsSaying(file.toString(), "folder");
  }

  @Test
  void wrongSettings_areOneLine() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path run = folder.resolve("run");

    train(images, run, "--loss", "l3").isRefusedSaying("--loss", "\"l3\"", "l1", "tv");
    train(images, run, "--optimizer", "adagrad").isRefusedSaying("\"adagrad\"", "adam");
    train(images, run, "--schedule", "linear").isRefusedSaying("\"linear\"", "cosine", "plateau");
    Invocation.of("train", "--data", images, "--out", run, "--network", "vgg")
        .failsSaying("--network must be one of", "\"vgg\"");
    train(images, run, "--scale", 99)
        .isRefusedSaying("--scale must be a whole number within 1 to 16, but was 99");
    Invocation.of("train", "--data", images, "--out", run, "--patch", 3)
        .isRefusedSaying("--patch must be a number of pixels of at least 8, but was 3");
    train(images, run, "--learning-rate", -1)
        .isRefusedSaying("--learning-rate must be a positive number, but was -1");
    assertThat(run).doesNotExist();
  }

  @Test
  void settingsOfAFile_areThoseOfOptions_whichComeBeforeThem() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path config = folder.resolve("settings.yaml");
    Path run = folder.resolve("run");
    String settings =
        String.format(
            "network: %s%ndata: %s%nout: %s%nsteps: 2%nbatch: 2%npatch: 8%nlearning-rate: 1e-4%n",
            NETWORK, images, run);
    Files.writeString(config, settings + "optimizer: sgd(momentum=0.5)\n");

    Invocation.of("train", "--config", config, "--steps", 3, "--accumulate", 2).succeeds();

    assertThat(run.resolve("run.yaml"))
        .content()
        .contains("steps: 3", "accumulate: 2", "learning-rate: 1.0E-4", "sgd(momentum=0.5)");
    assertThat(Invocation.of("inspect", run.resolve("model.onnx")).succeeds().out())
        .containsPattern("config +\\{.*\"accumulate\":2");
    Invocation.of("train", "--config", run.resolve("run.yaml"), "--resume").succeeds();
    Invocation.of("train", "--config", run.resolve("run.yaml"), "--resume", "--batch", 3)
        .failsSaying("--batch must be \"2\"", "but was \"3\"");

    Files.writeString(config, settings + "optimiser: adam\n");
    Invocation.of("train", "--config", config)
        .failsSaying("settings.yaml", "no setting \"optimiser\"; the nearest is optimizer");
    Files.writeString(config, "data: " + images + "\n");
    Invocation.of("train", "--config", config).failsSaying("--out must be set");
    Invocation.of("train", "--config", folder.resolve("none.yaml")).failsSaying("none.yaml");
    Invocation.of("train", "--out", run).isRefusedSaying("--data");
  }

  @Test
  void settingsInTheOutputFolder_areNotReplaced() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path own = Files.createDirectory(folder.resolve("own"));
    String settings =
        String.format("# mine%nnetwork: %s%ndata: %s%nout: %s%nsteps: 2%n", NETWORK, images, own);
    Path config = Files.writeString(own.resolve("run.yaml"), settings);

    Invocation.of("train", "--config", config).failsSaying(config.toString(), "another folder");
    assertThat(config).hasContent(settings);
    assertThat(own).isDirectoryNotContaining("glob:**/*.ckpt");
  }

  @Test
  void outputsThatAreInputs_orHaveNoFolder_areRefusedBeforeAnythingIsDone() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path list = Files.writeString(folder.resolve("list.txt"), "images/scene0.png\n");
    Path image = images.resolve("scene0.png");
    Path nowhere = folder.resolve("nowhere").resolve("model.onnx");
    Path weights = Files.createFile(folder.resolve("weights.onnx"));

    export(NETWORK, weights, nowhere).failsSaying(nowhere.toString(), "create it first");
    assertThat(folder.resolve("nowhere")).doesNotExist();
    export(NETWORK, weights, weights).failsSaying("weights.onnx: is what the command reads");
    Object[] evaluate = {"evaluate", "--model", "bicubic", "--scale", 2, "--data", list, "--out"};
    Invocation.of(with(evaluate, list)).failsSaying("list.txt: is what the command reads");
    Invocation.of(with(evaluate, image)).failsSaying("scene0.png: is there already", "not a text");
    Invocation.of(with(evaluate, nowhere)).failsSaying("nowhere", "create it first");
    Path figures = Files.writeString(folder.resolve("figures.txt"), "before");
    Invocation.of(with(evaluate, figures)).succeeds();
    assertThat(figures).content().startsWith("PSNR");
  }

  private static Object[] with(Object[] arguments, Object last) {
    return Stream.concat(Arrays.stream(arguments), Stream.of(last)).toArray();
  }

  @Test
  void flatImage_isNoPartOfTheMean_andIsNamed() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    String psnr = evaluated(images).replaceFirst("(?s).*- +- +([0-9.]+ / ).*", "$1");
    Fixtures.image(images.resolve("flat.png"), FloatImage.wrap(1, 30, 30, new float[900]));

    assertThat(psnr).matches("\\d\\d\\.\\d{3} / ");
    assertThat(evaluated(images)).contains(psnr, "leaves out images of one colour", "flat.png");
    assertThat(evaluated(images, "--format", "json"))
        .contains("\"left_out\" : [ \"flat.png\" ]", "\"psnr\" : \"Infinity\"");
  }

  private static String evaluated(Path images, String... more) {
    Object[] evaluate = {"evaluate", "--model", "bicubic", "--scale", 2, "--data", images};
    return Invocation.of(Stream.concat(Arrays.stream(evaluate), Arrays.stream(more)).toArray())
        .succeeds()
        .out();
  }

  @Test
  void weightsOfAnotherScale_areWhereTrainingStarts() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    train(images, folder.resolve("x2")).succeeds();

    Invocation x3 =
        train(
            images,
            folder.resolve("x3"),
            "--scale",
            3,
            "--initial-from",
            folder.resolve("x2/last.ckpt"),
            "--frozen",
            "conv1.*");

    assertThat(x3.succeeds().out())
        .contains("weights start from", "for those that it does not fit: conv2.weight, conv2.bias");
    train(images, folder.resolve("other"), "--frozen", "vgg.*")
        .failsSaying("--frozen must name", "conv2.weight");
    train(images, folder.resolve("other"), "--time-limit", "soon")
        .isRefusedSaying("--time-limit", "90m", "soon");
  }

  @Test
  void devices_listsWhatThereIsAndWhyTheRestIsNot() {
    assertThat(Invocation.of("devices").succeeds().out())
        .containsPattern("cpu +yes, \\d+ processor")
        .containsPattern("cuda:0 +(yes|no: cuda:0 is not available: .+)")
        .containsPattern("auto +(cpu|cuda:0|coreml|webgpu:0) with quality-x2")
        .containsPattern("device +cpu")
        .containsPattern("embedded +quality-x2 \\(x2\\)")
        .containsPattern("networks +carn, .*compact, .*edsr, .*srcnn");
  }

  @Test
  void devices_areAlsoJson() throws IOException {
    JsonNode report =
        new ObjectMapper().readTree(Invocation.of("devices", "--json").succeeds().out());

    JsonNode cpu = report.at("/upscaling/0/devices/0");
    assertThat(cpu.at("/device").asText()).isEqualTo("cpu");
    assertThat(cpu.at("/works").asBoolean()).isTrue();
    for (JsonNode device : report.at("/upscaling/0/devices")) {
      assertThat(device.at("/reason").asText().isEmpty())
          .isEqualTo(device.at("/works").asBoolean());
    }
    assertThat(report.at("/auto/model").asText()).isEqualTo("quality-x2");
    assertThat(report.at("/auto/device").asText()).isNotEmpty();
    assertThat(report.at("/training").findValuesAsText("engine")).contains("dl4j");
    assertThat(report.at("/training").findValuesAsText("device")).contains("cpu");
  }

  private static Invocation train(Path data, Path output, Object... more) {
    Object[] arguments = {
      "train",
      "--network",
      NETWORK,
      "--data",
      data,
      "--out",
      output,
      "--steps",
      4,
      "--batch",
      2,
      "--patch",
      8,
      "--seed",
      3,
      "--validate-every",
      2
    };
    return Invocation.of(Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray());
  }

  private static Invocation export(String network, Path weights, Path output) {
    return Invocation.of(
        "export", "--network", network, "--scale", 2, "--weights", weights, "--out", output);
  }
}
