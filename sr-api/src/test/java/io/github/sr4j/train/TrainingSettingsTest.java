// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.train.TrainingSettings.Setting;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The declarations of settings, and the builder that takes them. */
final class TrainingSettingsTest {

  /** For each setting texts that are not allowed; none where any text is a value. */
  private static final Map<String, List<String>> REFUSED =
      Map.ofEntries(
          Map.entry("network", List.of("", " ")),
          Map.entry("engine", List.of("")),
          Map.entry("precision", List.of("")),
          Map.entry("scale", List.of("0", "17", "2.5", "two", "")),
          Map.entry("scales", List.of("2,17", "0", "2,,3", "a", "")),
          Map.entry("data", List.of("")),
          Map.entry("low-res", List.of(" ")),
          Map.entry("degradation", List.of("")),
          Map.entry("sampling", List.of("")),
          Map.entry("skip-unreadable", List.of("yes", "TRUE", "1", "")),
          Map.entry("cache-megabytes", List.of("-1", "1g", "99999999999")),
          Map.entry("validate", List.of("")),
          Map.entry("out", List.of("")),
          Map.entry("steps", List.of("0", "-5", "1e4", "99999999999999999999")),
          Map.entry("time-limit", List.of("0m", "0s", "90", "1d", "-1h", "")),
          Map.entry("early-stopping", List.of("0", "never")),
          Map.entry("batch", List.of("0", "-1", "5000000000", "x")),
          Map.entry("accumulate", List.of("0", "1.5")),
          Map.entry("patch", List.of("7", "0", "large")),
          Map.entry("optimizer", List.of("")),
          Map.entry("learning-rate", List.of("0", "-1", "NaN", "Infinity", "fast")),
          Map.entry("schedule", List.of("")),
          Map.entry("clipping", List.of("")),
          Map.entry("averaging", List.of("1", "-0.1", "NaN", "x")),
          Map.entry("initial-from", List.of("")),
          Map.entry("frozen", List.of("", "a,,b")),
          Map.entry("seed", List.of("1.5", "one", "99999999999999999999")),
          Map.entry("validate-every", List.of("0", "never")),
          Map.entry("keep", List.of("0", "all")));

  static Stream<Setting<?>> settings() {
    return TrainingSettings.all().stream();
  }

  @ParameterizedTest
  @MethodSource("settings")
  void textsThatAreNotAllowed_areRefused_byNameRuleAndValue(Setting<?> setting) {
    if (setting == TrainingSettings.LOSS) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setting.parse("l3"))
          .withMessageStartingWith("loss: no loss named \"l3\"; there are ");
      return;
    }
    String name = new SettingName(setting.name()).inJava();
    for (String text : REFUSED.get(setting.name())) {
      assertThatIllegalArgumentException()
          .as(text)
          .isThrownBy(() -> Trainer.builder().set(setting.name(), text))
          .withMessageStartingWith(name + " must be " + setting.allowed() + ", but was ")
          .satisfies(
              e ->
                  assertThat(((SettingException) e).message(SettingName::key))
                      .startsWith(setting.name() + " must be "));
    }
  }

  @ParameterizedTest
  @MethodSource("settings")
  void setting_isAMethodOfTheBuilder_ofTheSameName(Setting<?> setting) {
    String name = new SettingName(setting.name()).inJava();

    assertThat(Arrays.stream(Trainer.Builder.class.getMethods()).map(Method::getName))
        .contains(name);
    assertThat(setting.help()).endsWith(".").doesNotContain("--");
    assertThat(setting.allowed()).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("settings")
  void defaultThatIsAValue_isAllowed(Setting<?> setting) {
    Object value = TrainingSettings.defaults().find(setting).orElse(null);

    if (value != null && setting.defaultText().matches("\\S+")) {
      assertThat(setting.parse(setting.defaultText())).hasToString(value.toString());
    }
  }

  @Test
  void derivedDefaults_followWhatTheyAreDerivedFrom() {
    TrainingSettings settings = Trainer.builder().scale(3).steps(1000).settings();

    assertThat(settings.get(TrainingSettings.SCALES)).containsExactly(3);
    assertThat(settings.get(TrainingSettings.VALIDATE_EVERY)).isEqualTo(50);
    assertThat(Trainer.builder().steps(3).settings().get(TrainingSettings.VALIDATE_EVERY))
        .isEqualTo(1);
    assertThat(settings.isSet(TrainingSettings.SCALES)).isFalse();
    assertThat(settings.plain()).doesNotContainKeys("frozen", "patch", "engine", "out");
  }

  @Test
  void scales_areSorted_andEachIsThereOnce() {
    assertThat(Trainer.builder().set("scales", "4, 2,4").settings().get(TrainingSettings.SCALES))
        .containsExactly(2, 4);
  }

  @Test
  void valuesOutOfRange_areRefusedByTheMethodsOfTheBuilder() {
    Trainer.Builder builder = Trainer.builder();

    assertThatThrownBy(() -> builder.scale(17))
        .hasMessage("scale must be a whole number within 1 to 16, but was 17");
    assertThatThrownBy(() -> builder.learningRate(Double.NaN))
        .hasMessage("learningRate must be a positive number, but was NaN");
    assertThatThrownBy(() -> builder.timeLimit(Duration.ofSeconds(-1)))
        .hasMessageStartingWith("timeLimit must be a positive time such as 90m or 1h30m, but was ");
    assertThatThrownBy(() -> builder.validateEvery(0))
        .hasMessage("validateEvery must be a number of steps of at least 1, but was 0");
    assertThatThrownBy(() -> builder.network(" "))
        .hasMessage("network must be a name, with arguments if it has any, but was \" \"");
  }

  @Test
  void settingsThatDoNotGoTogether_areRefused() {
    Path folder = Path.of("folder");
    assertThatThrownBy(() -> Trainer.builder().out(folder).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("data must be either images or a source of batches, but neither was set");
    assertThatThrownBy(
            () -> Trainer.builder().data(folder).data(number -> null).out(folder).build())
        .hasMessage("data must be either images or a source of batches, but both were set");
    assertThatThrownBy(() -> Trainer.builder().data(folder).build())
        .hasMessage("out must be set to the folder that gets the results");
    assertThatThrownBy(() -> Trainer.builder().data(n -> null).lowRes(folder).out(folder).build())
        .hasMessage("lowRes must belong to high-resolution images, but there are none");
    Trainer.Builder complete = Trainer.builder().data(folder).out(folder);
    assertThatThrownBy(() -> complete.scales(List.of(3, 4)).build())
        .hasMessage("scales must contain the scale 2, but was [3, 4]");
    assertThatThrownBy(() -> complete.scales(List.of(2)).earlyStopping(3).build())
        .hasMessage("earlyStopping must have images to validate on, but there are none");
    assertThatThrownBy(() -> complete.validate(folder).build())
        .as("here is no runner")
        .isInstanceOf(BackendNotFoundException.class);
  }

  @Test
  void unknownName_isRefused_withTheNearest() {
    for (String name : List.of("batchSize", "batch_size", "bach")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TrainingSettings.named(name))
          .withMessage("there is no setting \"" + name + "\"; the nearest is batch");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trainer.builder().set("<<", "1"))
        .withMessageStartingWith("there is no setting \"<<\"; there are network, engine, ");
  }
}
