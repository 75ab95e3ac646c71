// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.train.Trainer.Degradation;
import io.github.sr4j.train.Trainer.Sampling;
import io.github.sr4j.train.Trainer.Schedule;
import io.github.sr4j.train.Trainer.Schedule.Length;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The settings that are values: each prints as the text from which it is read again. */
final class TrainingValuesTest {

  private record Kind<T>(String setting, List<T> values, Function<String, T> parse) {

    @Override
    public String toString() {
      return setting;
    }
  }

  static Stream<Kind<?>> kinds() {
    Random random = new Random(1);
    Stream<Length> lengths =
        Stream.of(
            Length.steps(0),
            Length.steps(500),
            Length.steps(3_000_000_000L),
            Length.percent(0),
            Length.percent(1),
            Length.percent(12.5),
            Length.percent(100));
    List<Schedule> schedules =
        lengths
            .flatMap(
                length ->
                    Stream.of(
                            Schedule.constant(),
                            Schedule.cosine(),
                            Schedule.step(Length.percent(25), 0.5),
                            Schedule.step(Length.steps(7), random.nextDouble()),
                            Schedule.plateau(3, 0.5),
                            Schedule.plateau(11, 1e-9))
                        .flatMap(schedule -> Stream.of(schedule, schedule.warmUp(length))))
            .toList();
    return Stream.of(
        new Kind<>("schedule", schedules, Schedule::parse),
        new Kind<>(
            "optimizer",
            List.<Optimizer>of(
                Optimizer.adam(),
                Optimizer.adam().betas(0, 0.99),
                Optimizer.adam().epsilon(1),
                Optimizer.adamW(0.01),
                Optimizer.adamW(0),
                Optimizer.adamW(random.nextDouble()).epsilon(1e-7).betas(random.nextDouble(), 0.5),
                Optimizer.sgd(0),
                Optimizer.sgd(0.9),
                Optimizer.sgd(random.nextDouble()).weightDecay(1e-4)),
            Optimizer::parse),
        new Kind<>(
            "clipping",
            List.of(
                Clipping.none(),
                Clipping.norm(1),
                Clipping.norm(random.nextDouble()),
                Clipping.value(0.1),
                Clipping.value(1e300),
                Clipping.adjustable(Double.MIN_VALUE)),
            Clipping::parse),
        new Kind<>(
            "sampling",
            List.of(
                Sampling.random(),
                Sampling.random(0.75),
                Sampling.random(random.nextDouble()).flips(false),
                Sampling.random().flips(false),
                Sampling.grid(14),
                Sampling.grid(1).flips(true),
                Sampling.grid(1 << 20)),
            Sampling::parse),
        new Kind<>(
            "degradation",
            List.of(
                Degradation.of("bicubic"),
                Degradation.of(" bicubic then  noise( sigma = 1-15 ) then jpeg(quality=40-95)")),
            Degradation::of));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  <T> void parse_ofThePrintedForm_isTheValue(Kind<T> kind) {
    TrainingSettings.Setting<?> setting = TrainingSettings.named(kind.setting);
    for (T value : kind.values) {
      assertThat(kind.parse.apply(value.toString()))
          .isEqualTo(value)
          .hasSameHashCodeAs(value)
          .hasToString(value.toString());
      assertThat(setting.parse(value.toString())).as("as run.yaml has it").isEqualTo(value);
    }
    assertThat(kind.values.stream().distinct().map(Object::toString))
        .as("different values print differently")
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "constant | constant",
        "cosine | cosine",
        "cosine(warm_up=1%) | cosine",
        "cosine(warm_up=500) | cosine(warm_up=500)",
        "step | step(every=25%, factor=0.5)",
        "step(factor=0.1, every=1000, warm_up=2%) | step(every=1000, factor=0.1, warm_up=2%)",
        "plateau | plateau(patience=3, factor=0.5)",
      })
  void schedule_printsItsDefaults(String text, String printed) {
    assertThat(Schedule.parse(text)).hasToString(printed);
  }

  @Test
  void types_printTheTextsOfTheDocumentation() {
    assertThat(Schedule.cosine().warmUp(500)).hasToString("cosine(warm_up=500)");
    assertThat(Schedule.step(Length.percent(25), 0.5)).isEqualTo(Schedule.parse("step"));
    assertThat(Schedule.plateau(3, 0.5)).isEqualTo(Schedule.parse("plateau"));
    assertThat(Optimizer.adamW(0.01))
        .isEqualTo(Optimizer.parse("adamw"))
        .hasToString("adamw(weight_decay=0.01)");
    assertThat(Optimizer.adamW(0)).isEqualTo(Optimizer.parse("adam"));
    assertThat(Optimizer.parse("sgd")).hasToString("sgd(momentum=0.9)");
    assertThat(Clipping.norm(1)).hasToString("norm(1)");
    assertThat(Sampling.random(0.75)).hasToString("random(detail=0.75)");
    assertThat(Sampling.random(0.75).reductions(0.7, 0.5))
        .hasToString("random(detail=0.75, reductions=0.7-0.5)")
        .isEqualTo(Sampling.parse("random(reductions=0.7-0.5, detail=0.75)"));
    assertThat(Sampling.grid(14).reductions(0.5)).hasToString("grid(stride=14, reductions=0.5)");
    assertThat(Sampling.parse("grid")).hasToString("grid(stride=14)");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "schedule  | linear           | schedule must be one of constant, cosine, step, plateau,",
        "schedule  | cosine(every=3)  | schedule: cosine has no argument \"every\"",
        "schedule  | step(every=101%) | schedule: every of step must be a part of the run such as",
        "schedule  | step(every=0)    | schedule: every of step must be more than 0, but was 0",
        "schedule  | step(every=2.5)  | or a number of steps, but was \"2.5\"",
        "schedule  | step(factor=1)   | factor of step must be more than 0 and less than 1, but"
            + " was",
        "schedule  | plateau(patience=0) | patience of plateau must be a whole number within 1",
        "schedule  | constant(warm_up=x) | warm_up of constant must be a part of the run",
        "optimizer | lion             | optimizer must be one of adam, adamw, sgd, but was"
            + " \"lion\"",
        "optimizer | adam(beta1=1)    | optimizer: beta1 and beta2 of adam must be at least 0 and",
        "optimizer | adam(epsilon=0)  | optimizer: epsilon of adam must be positive, but was 0.0",
        "optimizer | adamw(weight_decay=1) | weight_decay of adamw must be at least 0 and less",
        "optimizer | sgd(weight_decay=1) | weight_decay of sgd must be at least 0 and less than 1",
        "optimizer | sgd(momentum=1)  | momentum of sgd must be at least 0 and less than 1, but"
            + " was",
        "clipping  | norm             | clipping: clipping norm must have one positive number in",
        "clipping  | norm(0)          | but was \"norm(0)\"",
        "clipping  | norm(a)          | clipping must be one of none, norm(1), value(0.1),",
        "clipping  | value(1, 2)      | but was \"value(1, 2)\"",
        "clipping  | value(bound=1)   | value has no argument \"bound\"",
        "clipping  | none(1)          | expected key=value in the parentheses of none",
        "sampling  | gird(stride=14)  | sampling must be random or grid, but was"
            + " \"gird(stride=14)\"",
        "sampling  | grid(step=14)    | sampling: grid has no argument \"step\"; it has",
        "sampling  | random(detail=2) | detail of random must be within 0 to 1, but was 2.0",
        "sampling  | random(reductions=2-0.5) | reductions must be at least 0.1 and less than 1,"
            + " but were [2.0, 0.5]",
        "sampling  | random(reductions=0.5-0.5) | reductions must be different, but were [0.5,"
            + " 0.5]",
        "sampling  | random(reductions=half) | reductions must be numbers such as 0.7-0.5, but were"
            + " \"half\"",
        "sampling  | random(flips=no) | flips of random must be true or false, but was \"no\"",
        "degradation | bicubic then   | expected a name, or a name with arguments",
      })
  void wrongText_isRefusedByTheSetting(String setting, String text, String message) {
    assertThatThrownBy(() -> TrainingSettings.named(setting).parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void wrongValues_areRefusedAtOnce() {
    assertThatThrownBy(() -> Schedule.step(Length.steps(0), 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("every of step must be more than 0, but was 0");
    assertThatThrownBy(() -> Schedule.plateau(0, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("patience of plateau must be at least 1, but was 0");
    assertThatThrownBy(() -> Schedule.cosine().warmUp(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but was -1");
    assertThatThrownBy(() -> Length.percent(101)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Clipping.norm(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Sampling.grid(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stride of grid must be within 1 to 1048576, but was 0");
    assertThatThrownBy(() -> Sampling.random(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("detail of random must be within 0 to 1, but was -1.0");
  }

  @Test
  void builder_takesTheValues_andTheTexts() {
    TrainingSettings typed =
        Trainer.builder()
            .schedule(Schedule.cosine().warmUp(500))
            .optimizer(Optimizer.adamW(0.01))
            .clipping(Clipping.norm(1))
            .sampling(Sampling.random(0.75))
            .degradation(Degradation.of("blur(sigma=1-3) then bicubic"))
            .settings();
    TrainingSettings texts =
        Trainer.builder()
            .set("schedule", "cosine(warm_up=500)")
            .set("optimizer", "adamw")
            .set("clipping", "norm(1.0)")
            .set("sampling", "random(detail=0.75)")
            .set("degradation", "blur(sigma=1-3) then bicubic")
            .settings();

    assertThat(typed).isEqualTo(texts);
    assertThat(typed.plain())
        .containsEntry("schedule", "cosine(warm_up=500)")
        .containsEntry("optimizer", "adamw(weight_decay=0.01)")
        .containsEntry("clipping", "norm(1)");
  }
}
