// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Sampling;
import io.github.sr4j.train.Trainer.Schedule;
import io.github.sr4j.train.TrainingSettings;
import io.github.sr4j.training.internal.files.OutputFiles;
import io.github.sr4j.training.internal.run.MetricsFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {

  @TempDir Path directory;
  private Path data;
  private Path validation;

  @BeforeEach
  void writeImages() throws IOException {
    data = TrainingFolders.scenes(directory.resolve("Photos"), 3);
    validation = TrainingFolders.scenes(directory.resolve("Set2"), 2);
  }

  private Trainer.Builder trainer(String output) {
    return Trainer.builder()
        .network("linear")
        .scale(2)
        .loss(Losses.mse())
        .optimizer(Optimizer.parse("sgd(momentum=0.9)"))
        .learningRate(0.2)
        .steps(60)
        .batch(4)
        .seed(5)
        .validateEvery(20)
        .data(data)
        .validate(validation)
        .out(directory.resolve(output));
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear", "linear(color=rgb)", "linear(preupscaled=1)"})
  void run_learnsAndExports(String network) throws IOException {
    Trainer.Report report = trainer("out").network(network).build().train();

    assertThat(report.steps()).isEqualTo(60);
    assertThat(report.validations()).extracting("step").containsExactly(20L, 40L, 60L);
    assertThat(report.validations().get(2).loss()).isLessThan(report.validations().get(0).loss());
    assertThat(report.best().orElseThrow().psnr()).isGreaterThan(20);
    assertThat(report.parity()).isZero();
    assertThat(report.lastLoss()).isEqualTo(report.validations().get(2).loss());
    assertThat(files("out"))
        .contains("best.ckpt", "last.ckpt", "model.onnx", "report.json", "run.yaml", "step-40.ckpt")
        .contains("metrics.csv", "report.html")
        .doesNotContain("step-20.ckpt", ".lock", "next.ckpt");
  }

  @Test
  void model_isTheBestOne_andSaysWhereItComesFrom() throws IOException {
    // Rising rates: the run gets worse at its end.
    Loss late = new LateNoise();
    Trainer.Report report = trainer("out").loss(late).build().train();
    Trainer.Report.Validation best = report.best().orElseThrow();
    assertThat(best.step()).isLessThan(60);

    try (BlockUpscaler model = open(report.model())) {
      assertThat(model.info().provenance())
          .containsEntry("network", "linear")
          .containsEntry("seed", "5")
          .containsEntry("trained_on", "Photos (3 images)")
          .containsEntry("steps", Long.toString(best.step()))
          .containsEntry("loss", "late")
          .containsEntry("psnr.set2", String.format(Locale.ROOT, "%.3f", best.psnr()));
    }
    try (Upscaler upscaler = Upscaler.of(open(report.model()))) {
      assertThat(Evaluation.luma().of(upscaler, validation).psnr())
          .isCloseTo(best.psnr(), within(1e-9));
    }
  }

  @Test
  void report_isWrittenAsJson() throws IOException {
    Trainer.Report report = trainer("out").build().train();
    JsonNode json = OutputFiles.readJson(directory.resolve("out/report.json"));

    assertThat(json.get("network").asText()).isEqualTo("linear");
    assertThat(json.get("scale").asInt()).isEqualTo(2);
    assertThat(json.get("seed").asLong()).isEqualTo(5);
    assertThat(json.get("parameters").asLong()).isEqualTo(36);
    assertThat(json.get("steps").asLong()).isEqualTo(60);
    assertThat(json.get("model").asText()).isEqualTo("model.onnx");
    assertThat(json.get("parity").asDouble()).isZero();
    assertThat(json.get("seconds").asDouble()).isPositive();
    assertThat(json.get("last_loss").asDouble()).isEqualTo(report.lastLoss());
    assertThat(json.get("validations")).hasSize(3);
    assertThat(json.at("/best/psnr").asDouble()).isEqualTo(report.best().orElseThrow().psnr());
    assertThat(json.at("/validations/0/step").asLong()).isEqualTo(20);
    assertThat(json.at("/settings/optimizer").asText()).isEqualTo("sgd(momentum=0.9)");
    assertThat(json.at("/settings/data").asText()).startsWith("Photos, 3 images, sum ");
  }

  @Test
  void run_withoutValidation_exportsTheLastWeights() throws IOException {
    Trainer trainer =
        Trainer.builder()
            .network("linear")
            .optimizer(Optimizer.sgd(0))
            .steps(3)
            .data(data)
            .out(directory.resolve("out"))
            .build();
    Trainer.Report report = trainer.train();

    assertThat(report.validations()).isEmpty();
    assertThat(files("out"))
        .contains("last.ckpt", "model.onnx", "report.json", "run.yaml")
        .doesNotContain("best.ckpt");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 20, 33, 59})
  void resumedRun_equalsTheUninterruptedOne(long killedAt) throws IOException {
    Trainer.Builder whole = trainer("whole").validateEvery(10);
    Trainer.Report expected = whole.build().train();
    assertThatThrownBy(
            () -> trainer("killed").validateEvery(10).listener(killerAt(killedAt)).build().train())
        .isInstanceOf(Killed.class);
    List<String> messages = new ArrayList<>();
    Trainer.Report actual =
        trainer("killed")
            .validateEvery(10)
            .resume(true)
            .listener(collecting(messages))
            .build()
            .train();

    assertThat(actual.validations()).isEqualTo(expected.validations());
    assertThat(actual.lastLoss()).isEqualTo(expected.lastLoss());
    assertThat(directory.resolve("killed/model.onnx"))
        .hasSameBinaryContentAs(directory.resolve("whole/model.onnx"));
    long saved = killedAt == 20 ? 10 : (killedAt - 1) / 10 * 10; // killed before the validation
    assertThat(messages)
        .containsExactlyElementsOf(
            saved == 0 ? List.of() : List.of("resumed at step " + saved + " of 60"));
  }

  @Test
  void finishedRun_resumed_isExportedAgain() throws IOException {
    Trainer.Report first = trainer("out").build().train();
    Files.delete(directory.resolve("out/model.onnx"));
    Trainer.Report again = trainer("out").resume(true).build().train();

    assertThat(again.validations()).isEqualTo(first.validations());
    assertThat(directory.resolve("out/model.onnx")).exists();
  }

  @Test
  void resumedRun_ofOtherSettings_isRefusedByName() throws IOException {
    trainer("out").build().train();

    assertThatThrownBy(() -> trainer("out").resume(true).learningRate(0.1).build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learningRate must be \"0.2\"")
        .hasMessageContaining("but was \"0.1\"");
    assertThatThrownBy(() -> trainer("out").resume(true).steps(90).build().train())
        .hasMessageContaining("steps must be \"60\"");
    TrainingFolders.scenes(data, 4);
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .hasMessageContaining("data must be \"Photos, 3 images");
  }

  @Test
  void resumedRun_withConstantRate_canBeLonger() throws IOException {
    trainer("out").schedule(Schedule.parse("constant")).steps(30).build().train();
    Trainer.Report longer =
        trainer("out").schedule(Schedule.parse("constant")).resume(true).build().train();

    assertThat(longer.validations()).extracting("step").containsExactly(20L, 30L, 40L, 60L);
    assertThatThrownBy(
            () ->
                trainer("out")
                    .schedule(Schedule.parse("constant"))
                    .steps(30)
                    .resume(true)
                    .build()
                    .train())
        .hasMessageContaining("steps must be at least the 60");
  }

  @Test
  void run_endsWhenItGetsNoBetter() throws IOException {
    List<String> messages = new ArrayList<>();
    Trainer.Report report =
        trainer("out")
            .loss(new LateNoise())
            .validateEvery(5)
            .earlyStopping(2)
            .listener(collecting(messages))
            .build()
            .train();

    long best = report.best().orElseThrow().step();
    assertThat(report.steps()).isEqualTo(best + 10).isLessThan(60);
    assertThat(messages)
        .containsExactly(
            String.format(
                "ended at step %d of 60: no better PSNR since step %d", report.steps(), best));
    Trainer.Report again =
        trainer("out")
            .loss(new LateNoise())
            .validateEvery(5)
            .earlyStopping(2)
            .resume(true)
            .build()
            .train();
    assertThat(again.steps()).as("it stays ended").isEqualTo(report.steps());
  }

  @Test
  void run_endsWhenItsTimeIsUp_andCanBeResumedWithMore() throws IOException {
    List<String> messages = new ArrayList<>();
    AtomicLong nanoTime = new AtomicLong(7);
    Trainer.Listener clock =
        new Trainer.Listener() {
          @Override
          public void stepDone(Step step) {
            nanoTime.addAndGet(Duration.ofMillis(step.step() < 30 ? 10 : 710).toNanos());
          }
        };
    TrainingSettings settings =
        trainer("out")
            .timeLimit(Duration.ofSeconds(1))
            .listener(clock)
            .listener(collecting(messages))
            .build()
            .settings();
    Trainer.Report report = new LocalTrainingRunner(nanoTime::get).run(settings);

    assertThat(report.steps()).isEqualTo(30);
    assertThat(report.validations()).extracting("step").containsExactly(20L, 30L);
    assertThat(messages).containsExactly("ended at step 30 of 60: the time limit is reached");
    assertThat(trainer("out").timeLimit(Duration.ofHours(1)).resume(true).build().train().steps())
        .isEqualTo(60);
    trainer("whole").build().train();
    assertThat(weights("out")).isEqualTo(weights("whole"));
  }

  @Test
  void gradientsOfSeveralBatches_areThoseOfALargerOne() throws IOException {
    Trainer.Report large = trainer("large").batch(8).steps(20).build().train();
    Trainer.Report two = trainer("two").batch(4).accumulate(2).steps(20).build().train();

    // Other patches: the positions of a batch are drawn together.
    assertThat(two.best().orElseThrow().psnr())
        .isCloseTo(large.best().orElseThrow().psnr(), within(0.5));
    assertThat(two.steps()).isEqualTo(20);
  }

  @Test
  void averagedWeights_areValidatedAndExported() throws IOException {
    Trainer.Report plain = trainer("plain").build().train();
    Trainer.Report averaged = trainer("averaged").averaging(0.9).build().train();

    assertThat(averaged.best().orElseThrow().psnr())
        .isNotEqualTo(plain.best().orElseThrow().psnr());
    try (Upscaler upscaler = Upscaler.of(open(averaged.model()))) {
      assertThat(Evaluation.luma().of(upscaler, validation).psnr())
          .isCloseTo(averaged.best().orElseThrow().psnr(), within(1e-9));
    }
  }

  @Test
  void settingsOfTheSession_reachIt() {
    assertThatThrownBy(() -> trainer("out").clipping(Clipping.parse("norm(1)")).build().train())
        .hasMessageContaining("clipping must be none, but was \"norm(1)\"");
    assertThatThrownBy(() -> trainer("out").frozen(List.of("a")).build().train())
        .hasMessageContaining("frozen must leave weights to train, but was [a]");
    assertThatThrownBy(() -> trainer("out").scales(List.of(2, 3)).build().train())
        .hasMessageContaining("scales must be one, but were [2, 3]");
    assertThatThrownBy(
            () ->
                Trainer.builder()
                    .network("linear")
                    .optimizer(Optimizer.sgd(0))
                    .data(data)
                    .schedule(Schedule.parse("plateau"))
                    .out(directory.resolve("out"))
                    .build()
                    .train())
        .hasMessageContaining("schedule plateau must have images to validate on");
  }

  @Test
  void run_startsFromTheWeightsOfAnother() throws IOException {
    trainer("first").build().train();
    List<String> messages = new ArrayList<>();
    Path weights = directory.resolve("first/best.ckpt");
    Trainer.Report second =
        trainer("second")
            .initialFrom(weights)
            .learningRate(1e-9)
            .steps(20)
            .listener(collecting(messages))
            .build()
            .train();

    assertThat(messages).containsExactly("all weights start from " + weights);
    Trainer.Report first = trainer("first").resume(true).build().train();
    assertThat(second.best().orElseThrow().psnr())
        .isCloseTo(first.best().orElseThrow().psnr(), within(1e-4));
    Files.delete(weights);
    trainer("second")
        .initialFrom(weights)
        .learningRate(1e-9)
        .steps(20)
        .resume(true)
        .build()
        .train(); // does not start anew
  }

  @Test
  void damagedCheckpoint_isNamed_andTheOneBeforeIsTaken() throws IOException {
    trainer("whole").build().train();
    assertThatThrownBy(() -> trainer("out").listener(killerAt(55)).build().train())
        .isInstanceOf(Killed.class);
    Path last = directory.resolve("out/last.ckpt");
    byte[] content = Files.readAllBytes(last);
    content[content.length / 2] ^= 1;
    Files.write(last, content);
    List<String> messages = new ArrayList<>();
    trainer("out").resume(true).listener(collecting(messages)).build().train();

    assertThat(messages)
        .containsExactly(
            last
                + " is damaged and was renamed to last.ckpt.damaged; the run goes on from"
                + " step-20.ckpt",
            "resumed at step 20 of 60");
    assertThat(weights("out")).isEqualTo(weights("whole"));
    assertThat(files("out")).contains("last.ckpt.damaged", "last.ckpt", "step-40.ckpt");
  }

  /** As when the last checkpoints were damaged, and the time is up before it is reached again. */
  @Test
  void bestCheckpoint_ofAStepBeyondTheLast_isReportedAsItIs() throws IOException {
    Trainer.Report longer = trainer("longer").steps(70).validateEvery(70).build().train();
    assertThat(trainer("out").loss(new LateNoise()).build().train().best().orElseThrow().step())
        .isEqualTo(40);
    Files.copy(
        directory.resolve("longer/best.ckpt"),
        directory.resolve("out/best.ckpt"),
        StandardCopyOption.REPLACE_EXISTING);
    Trainer.Report report = trainer("out").loss(new LateNoise()).resume(true).build().train();

    assertThat(report.steps()).isEqualTo(60);
    assertThat(report.validations()).isEqualTo(longer.validations());
    try (BlockUpscaler model = open(report.model())) {
      assertThat(model.info().provenance()).containsEntry("steps", "70");
    }
  }

  @Test
  void runWithDamagedCheckpointsOnly_isRefused_andNothingIsRenamed() throws IOException {
    trainer("out").build().train();
    for (String name : List.of("last.ckpt", "step-40.ckpt")) {
      Files.write(directory.resolve("out").resolve(name), new byte[10]);
    }
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("last.ckpt");
    assertThat(files("out")).contains("last.ckpt", "step-40.ckpt");
  }

  /** The moments between the moves that put a new checkpoint in its place. */
  @ParameterizedTest
  @ValueSource(strings = {"before the last is renamed", "before the next is renamed"})
  void runKilledBetweenTheMovesOfACheckpoint_goesOn(String moment) throws IOException {
    trainer("whole").build().train();
    assertThatThrownBy(() -> trainer("out").listener(killerAt(55)).build().train())
        .isInstanceOf(Killed.class);
    Path folder = directory.resolve("out");
    Files.copy(directory.resolve("whole/last.ckpt"), folder.resolve("next.ckpt"));
    Files.write(folder.resolve(".sr4j-0123456789abcdef-1f-7a.ckpt"), new byte[5]);
    if (moment.contains("next")) {
      Files.move(folder.resolve("last.ckpt"), folder.resolve("step-40.ckpt"));
    }
    trainer("out").resume(true).build().train();

    assertThat(weights("out")).isEqualTo(weights("whole"));
    assertThat(files("out"))
        .contains("last.ckpt", "step-40.ckpt")
        .doesNotContain("next.ckpt", ".sr4j-0123456789abcdef-1f-7a.ckpt", "step-20.ckpt");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void checkpoints_areKeptToANumber(int keep) throws IOException {
    trainer("out").validateEvery(10).keep(keep).build().train();

    List<String> expected = List.of("step-50.ckpt", "step-40.ckpt", "step-30.ckpt");
    assertThat(files("out").stream().filter(name -> name.startsWith("step-")))
        .containsExactlyInAnyOrderElementsOf(expected.subList(0, keep - 1));
  }

  @Test
  void folder_isTheRunsAlone_whileItTrains() throws IOException {
    List<String> problems = new ArrayList<>();
    Trainer.Listener intruder =
        new Trainer.Listener() {
          @Override
          public void validated(Trainer.Report.Validation validation) {
            try {
              trainer("out").resume(true).build().train();
            } catch (IOException e) {
              problems.add(e.getMessage());
            }
          }
        };
    trainer("out").validateEvery(60).listener(intruder).build().train();

    assertThat(problems).hasSize(1);
    assertThat(problems.get(0)).contains("another run is writing to this folder");
  }

  @Test
  void configuration_isInTheFolderAndInTheModel() throws IOException {
    Trainer.Report report = trainer("out").build().train();
    Path config = directory.resolve("out/run.yaml");

    assertThat(config)
        .content()
        .contains("patch: 8", "learning-rate: 0.2", "schedule: cosine", "scales:", "keep: 2");
    try (BlockUpscaler model = open(report.model())) {
      assertThat(model.info().provenance().get("config"))
          .contains("\"optimizer\":\"sgd(momentum=0.9)\"", "\"data\":\"Photos\"")
          .doesNotContain(directory.toString());
    }
    RunConfig.read(config).out(directory.resolve("again")).build().train();
    assertThat(weights("again")).isEqualTo(weights("out"));
  }

  @Test
  void folderWithARun_isNotOverwritten() throws IOException {
    trainer("out").build().train();
    byte[] model = Files.readAllBytes(directory.resolve("out/model.onnx"));

    assertThatThrownBy(() -> trainer("out").seed(6).build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("last.ckpt")
        .hasMessageContaining("resume that run (resume)")
        .hasMessageContaining("another folder");
    Files.delete(directory.resolve("out/last.ckpt"));
    Files.delete(directory.resolve("out/step-40.ckpt"));
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .hasMessageContaining("best.ckpt")
        .hasMessageContaining("no last.ckpt to resume from");
    assertThat(directory.resolve("out/model.onnx")).hasBinaryContent(model);
    assertThat(files("out")).doesNotContain(".lock");
  }

  @Test
  void filesThatNoRunWrote_areNotReplaced() throws IOException {
    Path own = Files.createDirectories(directory.resolve("out"));
    for (String name : List.of("metrics.csv", "report.html", "diverged-step-3.npz", "next.ckpt")) {
      Path file = Files.writeString(own.resolve(name), "mine");
      assertThatThrownBy(() -> trainer("out").build().train())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(file.toString(), "without a run.yaml", "another folder");
      assertThat(file).hasContent("mine");
      Files.delete(file);
    }
    String settings = "# my settings\nnetwork: linear\nseed: 5\n";
    Path config = Files.writeString(own.resolve("run.yaml"), settings);
    for (boolean resumed : List.of(true, false)) {
      assertThatThrownBy(() -> trainer("out").resume(resumed).build().train())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(config.toString(), "not as a run has written it");
    }
    assertThat(config).hasContent(settings);
    assertThat(files("out")).containsExactly("run.yaml");
  }

  @Test
  void runThatWasKilledBeforeItsFirstCheckpoint_canBeBegunAgain() throws IOException {
    assertThatThrownBy(() -> trainer("out").listener(killerAt(3)).build().train())
        .isInstanceOf(Killed.class);
    assertThat(files("out")).contains("run.yaml", "metrics.csv").doesNotContain("last.ckpt");
    trainer("out").seed(6).build().train();

    assertThat(directory.resolve("out/run.yaml")).content().contains("seed: 6");
  }

  @Test
  void settingsThatWereEditedInARun_stayAsTheyAre() throws IOException {
    trainer("out").build().train();
    Path config = directory.resolve("out/run.yaml");
    String edited = Files.readString(config).replace("keep: 2", "keep: 3 # more");
    Files.writeString(config, edited);
    List<String> messages = new ArrayList<>();
    trainer("out").keep(3).resume(true).listener(collecting(messages)).build().train();

    assertThat(config).hasContent(edited);
    assertThat(messages).anyMatch(m -> m.contains(config + " is not as a run has written it"));
  }

  @Test
  void output_amongTheImages_isRefused() throws IOException {
    trainer("Set2/../Elsewhere/out").steps(1).build().train();
    for (Path images : List.of(data, validation)) {
      Path inside = images.resolve("deep/out");
      assertThatThrownBy(() -> trainer("out").out(inside).build().train())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(inside.toString(), images.toString(), "another folder");
      assertThat(images.resolve("deep")).doesNotExist();
    }
  }

  @Test
  void imagesThatChanged_areNamed_whenARunIsResumed() throws IOException {
    trainer("out").build().train();
    Files.delete(data.resolve("scene0.png"));
    TrainingFolders.write(TestImages.scene(3, 67, 57, 9), data.resolve("scene1.png"));
    TrainingFolders.write(TestImages.scene(3, 67, 57, 8), data.resolve("new.png"));
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("data must be \"Photos, 3 images, sum")
        .hasMessageEndingWith(
            "; missing or no longer readable: scene0.png; changed: scene1.png; added: new.png");

    data = TrainingFolders.scenes(directory.resolve("Moved/Photos"), 3);
    trainer("out").resume(true).build().train();
    Files.delete(validation.resolve("scene1.png"));
    TrainingFolders.write(TestImages.scene(3, 61, 53, 9), validation.resolve("scene0.png"));
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the images to validate on must be those of the run")
        .hasMessageEndingWith("missing or no longer readable: scene1.png; changed: scene0.png");
  }

  /** Writes the last checkpoint of a run again, with other properties. */
  private void change(Consumer<Map<String, String>> properties) throws IOException {
    Path last = directory.resolve("out/last.ckpt");
    try (TrainingSession session =
        provider()
            .open(
                TrainingSetup.of("linear", 2, Losses.l1())
                    .optimizer(Optimizer.parse("sgd(momentum=0.9)")))) {
      Map<String, String> all = new TreeMap<>(session.restore(last));
      properties.accept(all);
      session.save(last, all);
    }
  }

  @Test
  void checkpointOfAnotherVersion_saysWhatDiffers() throws IOException {
    trainer("out").frozen(List.of()).build().train();
    List<String> messages = new ArrayList<>();
    change(all -> all.remove("clipping"));
    change(all -> all.put("version", "0.0.1"));
    trainer("out").resume(true).listener(collecting(messages)).build().train();
    assertThat(messages)
        .anyMatch(
            m ->
                m.contains("another version of SR4J, 0.0.1,")
                    && m.contains("their defaults: clipping: none"));

    change(all -> all.put("warm-up", "yes"));
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("another version of SR4J, 0.0.1,", "warm-up: yes");

    change(all -> all.remove("warm-up"));
    change(all -> all.put("frozen", "[a]"));
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .hasMessageContainingAll("frozen must be \"[a]\"", "but was left out");
  }

  /** Earlier versions kept the texts as they were typed. */
  @Test
  void textsOfACheckpoint_areComparedAsValues() throws IOException {
    trainer("out").build().train();
    change(
        all -> {
          all.put("optimizer", "sgd");
          all.put("schedule", "cosine(warm_up=1%)");
          all.put("sampling", "random(detail=0, flips=true)");
        });
    trainer("out").resume(true).build().train();

    change(all -> all.put("optimizer", "sgd(momentum=0.5)"));
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("optimizer must be \"sgd(momentum=0.5)\"", "sgd(momentum=0.9)");
  }

  /** As earlier versions wrote them, which had flat images in the mean. */
  @Test
  void infiniteValidationOfACheckpoint_isNotTheBestForEver() throws IOException {
    assertThatThrownBy(() -> trainer("out").listener(killerAt(45)).build().train())
        .isInstanceOf(Killed.class);
    change(all -> all.put("validation.0.psnr", "Infinity"));
    Trainer.Report report = trainer("out").resume(true).build().train();

    assertThat(report.best().orElseThrow().step()).isGreaterThan(20);
    assertThat(report.best().orElseThrow().psnr()).isFinite();
    try (BlockUpscaler model = open(report.model())) {
      assertThat(model.info().provenance())
          .containsEntry("steps", Long.toString(report.best().orElseThrow().step()));
    }
  }

  @Test
  void damagedListOfImages_isNamed_whenARunIsResumed() throws IOException {
    trainer("out").build().train();
    Path images = Files.writeString(directory.resolve("out/images.json"), "{");
    assertThatThrownBy(() -> trainer("out").resume(true).build().train())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(images + ": must be as the run has written it");
    Files.delete(images);
    trainer("out").resume(true).build().train();
    assertThat(images).exists();
  }

  @Test
  void metricsThatASpreadsheetSaved_areSetAside() throws IOException {
    for (String text : List.of("step;loss\n1;2\n", "loss,step\n1,2\n", "", "step,l\u0000")) {
      assertThatThrownBy(() -> trainer("out").listener(killerAt(45)).resume(true).build().train())
          .isInstanceOf(Killed.class);
      Path metrics = directory.resolve("out/metrics.csv");
      Files.writeString(metrics, text);
      List<String> messages = new ArrayList<>();
      trainer("out").resume(true).listener(collecting(messages)).build().train();

      assertThat(messages).hasSize(text.isEmpty() ? 1 : 2);
      if (!text.isEmpty()) {
        assertThat(messages.get(0))
            .contains(metrics.toString(), "it was renamed to metrics.csv.damaged");
        assertThat(directory.resolve("out/metrics.csv.damaged")).hasContent(text);
      }
      assertThat(MetricsFile.read(metrics).column("step")).hasSize(20).startsWith(41).endsWith(60);
      for (String name : files("out")) {
        if (name.endsWith("ckpt") || name.endsWith(".onnx") || name.endsWith("json")) {
          Files.delete(directory.resolve("out").resolve(name));
        }
      }
    }
  }

  @Test
  void divergedRun_speaksOfACheckpointOnlyIfThereIsOne_andOfDataIfItIsAtFault() throws IOException {
    assertThatThrownBy(() -> trainer("out").loss(new FailsAtStep(3)).build().train())
        .hasMessageContaining("there is no checkpoint yet")
        .hasMessageNotContaining("is kept");
    assertThatThrownBy(() -> trainer("later").loss(new FailsAtStep(23)).build().train())
        .hasMessageContaining("the last checkpoint is kept in " + directory.resolve("later"));

    float[] nan = new float[8 * 8];
    nan[5] = Float.NaN;
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, 8, 8);
    PatchBatch.Source source =
        number ->
            new PatchBatch(shape, nan, new PatchBatch.Shape(1, 1, 16, 16), new float[16 * 16]);
    assertThatThrownBy(
            () ->
                Trainer.builder()
                    .network("linear")
                    .optimizer(Optimizer.sgd(0))
                    .data(source)
                    .out(directory.resolve("nan"))
                    .build()
                    .train())
        .hasMessageContaining("because its batch has values that are not finite")
        .hasMessageNotContaining("learning rate");
  }

  @Test
  void runThatCannotBeExported_endsBeforeItsFirstStep() throws IOException {
    List<String> messages = new ArrayList<>();
    Trainer trainer = trainer("out").listener(collecting(messages)).listener(killerAt(1)).build();
    IOException full = new IOException("No space left on device");
    try (RunFolder folder = RunFolder.claim(trainer.settings().get(TrainingSettings.OUT), false);
        TrainingSession session =
            provider()
                .open(
                    TrainingSetup.of("linear", 2, Losses.l1())
                        .optimizer(Optimizer.parse("sgd(momentum=0.9)")))) {
      TrainingSession failing =
          (TrainingSession)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {TrainingSession.class},
                  (proxy, method, arguments) -> {
                    if (method.getName().equals("exportOnnx")) {
                      throw full;
                    }
                    return method.invoke(session, arguments);
                  });
      assertThatThrownBy(
              () ->
                  new TrainingRun(trainer.settings(), "failing", failing, folder, System::nanoTime)
                      .toEnd())
          .isInstanceOf(IOException.class)
          .hasRootCauseMessage("No space left on device");
    }
    assertThat(messages)
        .containsExactly(
            "the run was not begun, because its model could not be exported at its end");
    assertThat(files("out")).isEmpty();
  }

  @Test
  void diskWithoutRoomForCheckpoints_isNamed_withWhatIsNeeded() throws IOException {
    Path out = directory.resolve("out");
    RunFolder.checkSpace(out, 5 << 20, 6 << 20);
    RunFolder.checkSpace(out, 5 << 20, 0);
    assertThatThrownBy(() -> RunFolder.checkSpace(out, 5 << 20, 3 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(out.toString(), "need 6 MB of the disk", "only 3 MB left");
  }

  @Test
  void output_thatIsAFile_isRefused() throws IOException {
    Files.writeString(directory.resolve("out"), "");
    assertThatThrownBy(() -> trainer("out").build().train())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a folder for the output");
  }

  @Test
  void missingFolders_areNamed_beforeAnythingIsTrained() {
    Path nowhere = directory.resolve("nowhere");
    assertThatThrownBy(() -> trainer("out").validate(nowhere).build().train())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
    data = nowhere;
    assertThatThrownBy(() -> trainer("out").build().train())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
    assertThat(directory.resolve("out")).isEmptyDirectory();
  }

  @Test
  void divergedRun_saysWhere_andKeepsTheLastCheckpoint() throws IOException {
    assertThatThrownBy(() -> trainer("out").loss(new FailsAtStep(25)).build().train())
        .isInstanceOf(SuperResolutionException.class)
        .hasMessageContaining("training diverged: the loss of step 25 is NaN")
        .hasMessageContaining("out/diverged-step-25.npz")
        .hasMessageContaining("learning rate than 0.2");
    assertThat(files("out"))
        .contains("best.ckpt", "last.ckpt", "run.yaml", "diverged-step-25.npz")
        .doesNotContain("model.onnx");
  }

  @Test
  void interruptedRun_ends_andCanBeResumed() throws IOException {
    Trainer.Listener interrupter =
        new Trainer.Listener() {
          @Override
          public void stepDone(Step step) {
            if (step.step() == 25) {
              Thread.currentThread().interrupt();
            }
          }
        };
    assertThatThrownBy(() -> trainer("out").listener(interrupter).build().train())
        .isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(trainer("out").resume(true).build().train().steps()).isEqualTo(60);
  }

  @Test
  void listener_hearsOfStepsAndValidations() throws IOException {
    Map<Long, Double> rates = new TreeMap<>();
    List<Trainer.Report.Validation> validations = new ArrayList<>();
    Trainer.Listener listener =
        new Trainer.Listener() {
          @Override
          public void stepDone(Step step) {
            assertThat(step.steps()).isEqualTo(60);
            assertThat(step.loss()).isPositive();
            assertThat(step.elapsed()).isPositive();
            rates.put(step.step(), step.learningRate());
          }

          @Override
          public void validated(Trainer.Report.Validation validation) {
            validations.add(validation);
          }
        };
    Trainer.Report report =
        trainer("out").schedule(Schedule.parse("step")).listener(listener).build().train();

    assertThat(rates).hasSize(60).containsEntry(1L, 0.2).containsEntry(60L, 0.025);
    assertThat(validations).isEqualTo(report.validations());
  }

  @Test
  void flatImageToValidateOn_isNamed_andDecidesNothing() throws IOException {
    Trainer.Report without = trainer("without").loss(new LateNoise()).build().train();
    float[] black = new float[3 * 30 * 40];
    TrainingFolders.write(FloatImage.wrap(3, 30, 40, black), validation.resolve("black.png"));
    List<String> messages = new ArrayList<>();
    Trainer.Report with =
        trainer("with").loss(new LateNoise()).listener(collecting(messages)).build().train();

    assertThat(messages)
        .containsExactly(
            "left out of the mean PSNR of validations, because they are of one colour: black.png");
    assertThat(with.validations())
        .extracting(Trainer.Report.Validation::psnr)
        .isEqualTo(without.validations().stream().map(Trainer.Report.Validation::psnr).toList());
    assertThat(with.best().orElseThrow().step()).isEqualTo(40);
    JsonNode json = OutputFiles.readJson(directory.resolve("with/report.json"));
    assertThat(json.at("/best/psnr").isNumber()).isTrue();
  }

  @Test
  void imagesToValidateOn_thatAreAllFlatOrTooSmallOrDamaged_endTheRunBeforeItsFirstStep()
      throws IOException {
    validation = Files.createDirectory(directory.resolve("flat"));
    float[] black = new float[30 * 40];
    TrainingFolders.write(FloatImage.wrap(1, 40, 30, black), validation.resolve("black.png"));
    assertThatThrownBy(() -> trainer("out").build().train())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("flat has only black.png", "not of one colour");

    TrainingFolders.write(TestImages.gradient(1, 30, 14), validation.resolve("small.png"));
    assertThatThrownBy(() -> trainer("out").build().train())
        .hasMessageContainingAll("small.png", "at least 15x15");

    TrainingFolders.write(TestImages.scene(3, 40, 30, 1), validation.resolve("small.png"));
    Path damaged = Files.write(validation.resolve("damaged.png"), new byte[20]);
    assertThatThrownBy(() -> trainer("out").build().train())
        .hasMessageContainingAll("damaged.png", "skipUnreadable would leave it out");
    assertThat(files("out")).isEmpty();
    List<String> messages = new ArrayList<>();
    trainer("out").skipUnreadable(true).listener(collecting(messages)).build().train();
    assertThat(messages.get(0)).startsWith("not validated on: " + damaged + ": ");
  }

  @Test
  void smallImages_areMentioned() throws IOException {
    TrainingFolders.write(TestImages.gradient(3, 15, 40), data.resolve("small.png"));
    List<String> messages = new ArrayList<>();
    trainer("out").listener(collecting(messages)).build().train();

    assertThat(messages).hasSize(1);
    assertThat(messages.get(0))
        .startsWith("1 of 4 images are smaller than a patch")
        .contains("small.png");
  }

  @Test
  void callersBatches_areTrainedOn() throws IOException {
    PatchBatch.Source source;
    try (TrainingSession session =
        provider().open(TrainingSetup.of("linear", 2, Losses.l1()).optimizer(Optimizer.sgd(0)))) {
      source = ImagePatches.builder(session.info()).data(data).patch(8).batch(4).seed(5).build();
    }
    data = directory;
    Trainer.Report own =
        Trainer.builder()
            .network("linear")
            .loss(Losses.mse())
            .optimizer(Optimizer.parse("sgd(momentum=0.9)"))
            .learningRate(0.2)
            .steps(60)
            .validateEvery(20)
            .seed(5)
            .data(source)
            .validate(validation)
            .out(directory.resolve("own"))
            .build()
            .train();
    data = directory.resolve("Photos");
    assertThat(own.validations()).isEqualTo(trainer("folder").build().train().validations());
  }

  @Test
  void configurationOfCallersBatches_claimsNothingOfImages() throws IOException {
    float[] gray = new float[16 * 16];
    PatchBatch.Source source =
        number ->
            new PatchBatch(
                new PatchBatch.Shape(1, 1, 8, 8),
                new float[8 * 8],
                new PatchBatch.Shape(1, 1, 16, 16),
                gray);
    Trainer.Builder builder =
        Trainer.builder()
            .network("linear")
            .optimizer(Optimizer.sgd(0))
            .steps(1)
            .data(source)
            .out(directory.resolve("own"));
    builder.build().train();

    assertThat(Files.readString(directory.resolve("own/run.yaml")))
        .contains("steps:")
        .doesNotContain("degradation", "sampling", "batch:", "patch:", "data:");
    assertThatThrownBy(() -> builder.sampling(Sampling.parse("grid(stride=14)")).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("sampling must not be set where a source makes the batches");
  }

  @Test
  void runUnderALossWithoutAName_saysSo_andOneUnderANamedLossDoesNot() throws IOException {
    Loss l1 = Losses.l1();
    Loss lambda = // a lambda's name differs from JVM to JVM, and so does this one's
        new Loss() {
          @Override
          public double evaluate(
              PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
            return l1.evaluate(shape, prediction, target, gradient);
          }
        };
    List<String> messages = new ArrayList<>();
    trainer("lambda").loss(lambda.times(2)).listener(collecting(messages)).build().train();
    assertThat(messages)
        .contains(
            "the loss has a term without a name, so that the run can be resumed in this JVM only;"
                + " Loss.named(\"mine\", loss) gives it one");

    messages.clear();
    trainer("named")
        .loss(Loss.named("mine", lambda))
        .listener(collecting(messages))
        .build()
        .train();
    assertThat(messages).noneMatch(message -> message.contains("without a name"));
    assertThat(Files.readString(directory.resolve("named/run.yaml"))).contains("loss: mine");
  }

  @Test
  void startedRun_tellsItsSteps_andItsReport() throws Exception {
    Trainer.Run run = trainer("out").build().start();
    Trainer.Report report = run.report().get();

    assertThat(run.awaitEnd(Duration.ofMinutes(1))).isTrue();
    assertThat(report.steps()).isEqualTo(60);
    assertThat(run.lastStep().orElseThrow().step()).isEqualTo(60);
    assertThat(report.validations()).isEqualTo(trainer("here").build().train().validations());
  }

  @Test
  void startedRun_thatFails_failsItsReport() throws Exception {
    Trainer.Run run = trainer("out").loss(new FailsAtStep(3)).build().start();

    assertThatThrownBy(() -> run.report().get()).hasCauseInstanceOf(SuperResolutionException.class);
  }

  @Test
  void cancelledRun_ends_andCanBeResumed() throws Exception {
    CountDownLatch atStep25 = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    Trainer.Listener listener =
        new Trainer.Listener() {
          @Override
          public void stepDone(Step step) {
            if (step.step() == 25) {
              atStep25.countDown();
              Uninterruptibles.awaitUninterruptibly(cancelled); // stays interrupted
            }
          }
        };
    Trainer.Run run = trainer("out").listener(listener).build().start();
    atStep25.await();
    run.cancel();
    cancelled.countDown();

    assertThat(run.awaitEnd(Duration.ofMinutes(1))).isTrue();
    assertThat(run.report()).isCancelled();
    assertThat(run.lastStep().orElseThrow().step()).isEqualTo(25);
    assertThat(trainer("out").resume(true).build().train().steps()).isEqualTo(60);
  }

  private static Trainer.Listener killerAt(long step) {
    return new Trainer.Listener() {
      @Override
      public void stepDone(Step done) {
        if (done.step() == step) {
          throw new Killed();
        }
      }
    };
  }

  private float[] weights(String output) throws IOException {
    try (TrainingSession session =
        provider()
            .open(
                TrainingSetup.of("linear", 2, Losses.l1())
                    .optimizer(Optimizer.parse("sgd(momentum=0.9)")))) {
      session.restore(directory.resolve(output).resolve("last.ckpt"));
      try (BlockUpscaler snapshot = session.snapshot()) {
        return snapshot.upscale(TestImages.noise(1, 9, 7, 1)).samples();
      }
    }
  }

  private static TrainingProvider provider() {
    return TrainingProvider.forNetwork("linear");
  }

  private static BlockUpscaler open(Path model) {
    return new LinearOnnxProvider().open(Model.file(model), Device.cpu(), 1);
  }

  private static Trainer.Listener collecting(List<String> messages) {
    return new Trainer.Listener() {
      @Override
      public void message(String message) {
        messages.add(message);
      }
    };
  }

  private List<String> files(String output) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve(output))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Is NaN at one step. */
  private static final class FailsAtStep implements Loss {
    private final int step;
    private int steps;

    FailsAtStep(int step) {
      this.step = step;
    }

    @Override
    public double evaluate(
        PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
      return ++steps == step
          ? Double.NaN
          : Losses.mse().evaluate(shape, prediction, target, gradient);
    }
  }

  /** Leads astray after 40 steps. */
  private static final class LateNoise implements Loss {
    private int steps;

    @Override
    public double evaluate(
        PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
      double value = Losses.mse().evaluate(shape, prediction, target, gradient);
      if (++steps > 40) {
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = -gradient[i];
        }
      }
      return value;
    }

    @Override
    public String toString() {
      return "late";
    }
  }
}
