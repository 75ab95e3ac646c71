// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Listener.Step;
import io.github.sr4j.train.Trainer.Report.Validation;
import io.github.sr4j.training.TrainingFolders;
import io.github.sr4j.training.internal.files.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLogTest {

  private static final Loss LOSS = Losses.parse("l1 + 0.1*ssim");
  private static final Map<String, String> SETTINGS =
      ImmutableMap.of(
          "network", "compact(features=4)", "scale", "2", "loss", "l1 <&> ssim", "steps", "8");

  @TempDir Path images;
  @TempDir Path run;
  @TempDir Path alone;

  private RunLog record(Path folder, long done) throws IOException {
    if (Files.notExists(images.resolve("scene0.png"))) {
      TrainingFolders.scenes(images, 2);
    }
    return new RunLog(folder, LOSS, SETTINGS, Optional.of(ImageFolder.of(images)), 2, done);
  }

  /** Does steps, each of a second of which an eighth is waiting; validates after every second. */
  private static void steps(RunLog record, int from, int to) throws IOException {
    for (int step = from; step <= to; step++) {
      Duration elapsed = Duration.ofSeconds(step - from + 1);
      record.stepDone(
          new Step(
              step,
              8,
              1.0 / step,
              List.of(0.75 / step, 0.25 / step),
              step < 4 ? Map.of() : Map.of("discriminator.loss", 0.5),
              1e-3,
              elapsed,
              elapsed.dividedBy(8)));
      if (step % 2 == 0) {
        try (Upscaler upscaler = brighter(0.01f * step)) {
          Validation validation = new Validation(step, 0.5, 30 + step % 6, 0.875);
          record.validated(validation, step <= 4, upscaler);
        }
      }
    }
  }

  private static Upscaler brighter(float by) {
    ModelInfo info =
        ModelInfo.builder("brighter", 2)
            .color(ModelInfo.Color.LUMA)
            .preupscaled(true)
            .halo(0)
            .build();
    return Upscaler.of(
        new BlockUpscaler() {
          @Override
          public ModelInfo info() {
            return info;
          }

          @Override
          public Device.Report device() {
            return new Device.Report(Device.cpu(), Device.cpu(), "");
          }

          @Override
          public FloatImage upscale(FloatImage block) {
            float[] samples = block.samples().clone();
            for (int i = 0; i < samples.length; i++) {
              samples[i] += by;
            }
            return FloatImage.wrap(block.channels(), block.height(), block.width(), samples);
          }

          @Override
          public void close() {}
        });
  }

  @Test
  void metrics_haveEveryPartOfEveryStep() throws IOException {
    try (RunLog record = record(run, 0)) {
      steps(record, 1, 4);
    }
    assertThat(run.resolve("metrics.csv"))
        .hasContent(
            """
            step,loss,l1,0.1*ssim,discriminator.loss,learning_rate,psnr,ssim,seconds,steps_per_second,waiting
            1,1.0,0.75,0.25,,0.001,,,1.0,,
            2,0.5,0.375,0.125,,0.001,32.0,0.875,2.0,1.0,0.125
            3,0.3333333333333333,0.25,0.08333333333333333,,0.001,,,3.0,,
            4,0.25,0.1875,0.0625,0.5,0.001,34.0,0.875,4.0,1.0,0.125
            """);
  }

  @Test
  void resumed_equalsLeftAlone_butForTimes() throws IOException {
    try (RunLog record = record(alone, 0)) {
      steps(record, 1, 8);
    }
    try (RunLog record = record(run, 0)) {
      steps(record, 1, 5); // killed after a checkpoint at step 3
    }
    try (RunLog record = record(run, 3)) {
      steps(record, 4, 8);
    }

    assertThat(withoutTimes(run)).isEqualTo(withoutTimes(alone));
    assertThat(MetricsFile.read(run.resolve("metrics.csv")).column("seconds"))
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(crops(run)).isEqualTo(crops(alone)).hasSize(2 * 4); // of steps 2 and 4
    for (String crop : crops(run)) {
      assertThat(run.resolve("crops").resolve(crop))
          .hasSameBinaryContentAs(alone.resolve("crops").resolve(crop));
    }
  }

  @Test
  void crops_ofWhatIsDoneAgain_areDeleted() throws IOException {
    try (RunLog record = record(run, 0)) {
      steps(record, 1, 4);
    }
    record(run, 3).close();

    assertThat(crops(run)).contains("0-2.png", "1-2.png").doesNotContain("0-4.png", "1-4.png");
  }

  private static List<String> withoutTimes(Path folder) throws IOException {
    return Files.readAllLines(folder.resolve("metrics.csv")).stream()
        .map(line -> line.replaceAll("(,[^,]*){3}$", ""))
        .toList();
  }

  private static List<String> crops(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("crops"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void events_haveScalarsAndImages() throws IOException {
    try (RunLog record = record(run, 0)) {
      steps(record, 1, 4);
    }
    List<Events.Event> events = Events.in(run);

    assertThat(scalars(events, 1))
        .containsEntry("loss", 1f)
        .containsEntry("loss_part/l1", 0.75f)
        .containsEntry("loss_part/0.1*ssim", 0.25f)
        .containsEntry("learning_rate", 0.001f)
        .doesNotContainKey("step");
    assertThat(scalars(events, 4))
        .containsEntry("discriminator.loss", 0.5f)
        .containsEntry("validation/psnr", 34f)
        .containsEntry("validation/ssim", 0.875f)
        .containsEntry("speed/steps_per_second", 1f)
        .containsEntry("speed/waiting", 0.125f);
    assertThat(images(events, 0))
        .containsExactlyInAnyOrder(
            "scene0.png/bicubic",
            "scene0.png/original",
            "scene1.png/bicubic",
            "scene1.png/original");
    assertThat(images(events, 2)).containsExactly("scene0.png/result", "scene1.png/result");
  }

  private static Map<String, Float> scalars(List<Events.Event> events, long step) {
    ImmutableMap.Builder<String, Float> scalars = ImmutableMap.builder();
    events.stream().filter(e -> e.step() == step).forEach(e -> scalars.putAll(e.scalars()));
    return scalars.buildOrThrow();
  }

  private static List<String> images(List<Events.Event> events, long step) {
    return events.stream()
        .filter(event -> event.step() == step)
        .flatMap(event -> event.images().keySet().stream())
        .toList();
  }

  @Test
  void page_showsEverything_andNeedsNothingElse() throws IOException {
    try (RunLog record = record(run, 0)) {
      steps(record, 1, 6);
      assertThat(page())
          .contains("6 of 8", "34.000 dB, SSIM 0.8750<br>at step 4")
          .contains("<span>Loss, all parts</span>", "Loss: 0.1*ssim", "discriminator.loss")
          .contains("Learning rate", "Validation PSNR", "class=\"alarm\">12.5 % of the time")
          .contains("compact(features=4) x2", "l1 &lt;&amp;&gt; ssim")
          .contains("data-steps=\"2 4\"", "scene1.png, bicubic", "scene1.png, step 4")
          .doesNotContain("http:", "https:", "src=\"/", "{{");
      record.finished(
          new Trainer.Report(
              "compact",
              2,
              "l1",
              1,
              188,
              6,
              Duration.ofSeconds(6),
              0.5,
              List.of(),
              run.resolve("model.onnx"),
              1e-6));
    }
    assertThat(page()).contains("6, done", "188", "model.onnx<br>parity 1.0e-06");
  }

  private String page() throws IOException {
    return Files.readString(run.resolve("report.html"));
  }

  @Test
  void withoutValidation_thePageHasNoCrops() throws IOException {
    try (RunLog record = new RunLog(run, Losses.l1(), SETTINGS, Optional.empty(), 2, 0)) {
      record.stepDone(step(1, 1));
      record.finished(
          new Trainer.Report("compact", 2, "l1", 1, 1, 1, Duration.ZERO, 1, List.of(), run, 0));
    }
    assertThat(page()).contains("<span>Loss</span>").doesNotContain("Validation images");
    assertThat(run.resolve("crops")).doesNotExist();
    assertThat(run.resolve("metrics.csv")).content().startsWith("step,loss,learning_rate,");
  }

  @Test
  void longRun_isNotRecordedAtEachStep_butAtEachValidation() throws IOException {
    try (RunLog record = record(run, 0);
        Upscaler upscaler = brighter(0)) {
      record.stepDone(step(3, 200_000));
      record.validated(new Validation(3, 1, 30, 0.5), true, upscaler);
      record.stepDone(step(4, 200_000));
      record.stepDone(step(5, 200_000));
    }
    assertThat(MetricsFile.read(run.resolve("metrics.csv")).column("step")).containsExactly(3, 4);
  }

  private static Step step(long step, long steps) {
    return new Step(
        step, steps, 1, List.of(1.0), Map.of(), 1e-3, Duration.ofSeconds(step), Duration.ZERO);
  }
}
