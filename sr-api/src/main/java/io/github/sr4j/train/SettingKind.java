// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.github.sr4j.shared.settings.Durations;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.train.Trainer.Degradation;
import io.github.sr4j.train.Trainer.Sampling;
import io.github.sr4j.train.Trainer.Schedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The type of a setting's values, with their form in texts.
 *
 * @param type the class of the values
 * @param label the placeholder for a value in help texts
 * @param read reads a value from a text; it throws an IllegalArgumentException if it is none
 * @param plain returns a value as a file of settings has it: a number, a boolean, a text, a path or
 *     a list
 * @param copy returns an immutable value in the order that equal values have
 */
record SettingKind<T>(
    Class<? super T> type,
    String label,
    Function<String, T> read,
    Function<T, Object> plain,
    UnaryOperator<T> copy) {

  private static final Splitter LIST = Splitter.on(',').trimResults();

  static final SettingKind<String> TEXT = of(String.class, "TEXT", SettingKind::notBlank);
  static final SettingKind<Integer> INTEGER = of(Integer.class, "N", Integer::valueOf);
  static final SettingKind<Long> LONG = of(Long.class, "N", Long::valueOf);
  static final SettingKind<Double> NUMBER = of(Double.class, "NUMBER", Double::valueOf);
  static final SettingKind<Boolean> FLAG = of(Boolean.class, "", SettingKind::flag);
  static final SettingKind<Path> PATH = of(Path.class, "PATH", text -> Path.of(notBlank(text)));
  static final SettingKind<Duration> DURATION =
      new SettingKind<>(
          Duration.class, "TIME", Durations::parse, Durations::text, UnaryOperator.identity());
  static final SettingKind<Loss> LOSS =
      new SettingKind<>(
          Loss.class, "TEXT", Losses::parse, Loss::toString, UnaryOperator.identity());
  static final SettingKind<Optimizer> OPTIMIZER = printed(Optimizer.class, Optimizer::parse);
  static final SettingKind<Clipping> CLIPPING = printed(Clipping.class, Clipping::parse);
  static final SettingKind<Schedule> SCHEDULE = printed(Schedule.class, Schedule::parse);
  static final SettingKind<Sampling> SAMPLING = printed(Sampling.class, Sampling::parse);
  static final SettingKind<Degradation> DEGRADATION =
      new SettingKind<>(
          Degradation.class,
          "TEXT",
          Degradation::of,
          Degradation::toString,
          degradation -> Degradation.of(degradation.toString())); // equal texts are equal values
  static final SettingKind<List<Integer>> INTEGERS =
      new SettingKind<>(
          List.class,
          "N,...",
          text -> LIST.splitToStream(text).map(Integer::valueOf).toList(),
          list -> list,
          list -> ImmutableSortedSet.copyOf(list).asList());
  static final SettingKind<List<String>> NAMES =
      new SettingKind<>(
          List.class,
          "NAME,...",
          text -> LIST.splitToStream(text).map(SettingKind::notBlank).toList(),
          list -> list,
          ImmutableList::copyOf);

  private static <T> SettingKind<T> of(Class<T> type, String label, Function<String, T> read) {
    return new SettingKind<>(type, label, read, value -> value, UnaryOperator.identity());
  }

  private static <T> SettingKind<T> printed(Class<T> type, Function<String, T> read) {
    return new SettingKind<>(type, "TEXT", read, Object::toString, UnaryOperator.identity());
  }

  /** Returns whether reading a text that is not blank says itself what is wrong in it. */
  boolean isExplaining() {
    return label.equals("TEXT") && type != String.class;
  }

  private static String notBlank(String text) {
    if (text.isBlank()) {
      throw new NumberFormatException("blank"); // as of any other text that is no value
    }
    return text;
  }

  private static Boolean flag(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new NumberFormatException(text);
    };
  }
}
