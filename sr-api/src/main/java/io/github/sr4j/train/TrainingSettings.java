// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import io.github.sr4j.shared.settings.NearestName;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.train.Trainer.Degradation;
import io.github.sr4j.train.Trainer.Sampling;
import io.github.sr4j.train.Trainer.Schedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a training run. Immutable and safe for use by multiple threads.
 *
 * <p>Each setting is declared here, once. Its name, form, range, default and help are those of
 * {@link Trainer.Builder}, of the file {@code run.yaml}, of the command line and of the
 * documentation.
 *
 * @param values the settings that have been set; {@link #get} returns the defaults of the others
 * @param isResumed whether the run continues from its last checkpoint, if there is one
 * @param source the batches to train on, if the caller makes them
 * @param listeners the listeners of the run
 */
public record TrainingSettings(
    Map<Setting<?>, Object> values,
    boolean isResumed,
    Optional<PatchBatch.Source> source,
    List<Trainer.Listener> listeners) {

  private static final List<Setting<?>> DECLARED = new ArrayList<>(); // by the constants below

  /** The network, with its arguments. */
  public static final Setting<String> NETWORK =
      declare(
          setting("network", SettingKind.TEXT)
              .allowing("a name, with arguments if it has any", name -> !name.isBlank())
              .defaultingTo("compact")
              .help("The network, with its arguments if it has any: \"srcnn(kernels=9-5-5)\"."));

  /** The engine that trains; not set for the one of the highest priority. */
  public static final Setting<String> ENGINE =
      declare(
          setting("engine", SettingKind.TEXT)
              .allowing("the name of a training engine, such as dl4j", name -> !name.isBlank())
              .defaultingTo("dl4j, if it is there", settings -> Optional.empty())
              .freeOnResume() // it rounds differently, and the run says so
              .help("The engine that trains: dl4j, or torch where it is on the class path."));

  /** The precision of the network's arithmetic. */
  public static final Setting<String> PRECISION =
      declare(
          setting("precision", SettingKind.TEXT)
              .allowing("fp32, bf16 or auto", name -> !name.isBlank())
              .defaultingTo("fp32")
              .help(
                  "The precision of the network's arithmetic: fp32, bf16 or, measured in trial"
                      + " steps, auto."));

  /** The factor by which the network enlarges, where it is validated and exported. */
  public static final Setting<Integer> SCALE =
      declare(
          setting("scale", SettingKind.INTEGER)
              .allowing("a whole number within 1 to 16", TrainingSettings::isScale)
              .defaultingTo("2")
              .help("The factor by which images become wider and higher."));

  /** The scales that are trained at once, in ascending order. */
  public static final Setting<List<Integer>> SCALES =
      declare(
          setting("scales", SettingKind.INTEGERS)
              .allowing(
                  "a list of whole numbers within 1 to 16, such as [2, 3, 4]",
                  list -> !list.isEmpty() && list.stream().allMatch(scale -> isScale(scale)))
              .defaultingTo(
                  "the scale alone", settings -> Optional.of(List.of(settings.get(SCALE))))
              .help("The scales trained at once, the scale among them, as in 2,3,4: mdsr, vdsr."));

  /** The high-resolution images to train on. */
  public static final Setting<Path> DATA =
      declare(
          setting("data", SettingKind.PATH)
              .allowing("a folder, a .zip file or a .txt file", path -> true)
              .ofImages()
              .help(
                  "The high-resolution images to train on: a folder, with those in it, a .zip file,"
                      + " or a .txt file with a path in each line."));

  /** The low-resolution images that belong to the high-resolution ones. */
  public static final Setting<Path> LOW_RES =
      declare(
          setting("low-res", SettingKind.PATH)
              .allowing("a folder, a .zip file or a .txt file", path -> true)
              .freeOnResume() // the sum of the data covers them
              .ofImages()
              .help("The low-resolution images that belong to them, instead of making them."));

  /** The making of low-resolution images. */
  public static final Setting<Degradation> DEGRADATION =
      declare(
          setting("degradation", SettingKind.DEGRADATION)
              .allowing("a degradation, such as bicubic", value -> true)
              .defaultingTo("bicubic")
              .ofImages()
              .help("How low-resolution images are made."));

  /** The choice of patches. */
  public static final Setting<Sampling> SAMPLING =
      declare(
          setting("sampling", SettingKind.SAMPLING)
              .allowing("random or grid, with arguments", value -> true)
              .defaultingTo("random")
              .ofImages()
              .help(
                  "Which patches are trained on: any, preferably detailed ones,"
                      + " \"random(detail=0.75)\", or those of a grid, \"grid(stride=14)\"."));

  /** Whether images that cannot be read are left out. */
  public static final Setting<Boolean> SKIP_UNREADABLE =
      declare(
          setting("skip-unreadable", SettingKind.FLAG)
              .allowing("true or false", value -> true)
              .defaultingTo("", settings -> Optional.of(false))
              .freeOnResume()
              .ofImages()
              .help("Leave out images that cannot be read, and say so, instead of ending."));

  /** The memory for decoded images, in units of 2^20 bytes. */
  public static final Setting<Integer> CACHE_MEGABYTES =
      declare(
          setting("cache-megabytes", SettingKind.INTEGER)
              .allowing("a whole number of at least 0", megabytes -> megabytes >= 0)
              .defaultingTo("half of what Java may use", settings -> Optional.empty())
              .freeOnResume()
              .ofImages()
              .help("The memory for decoded images."));

  /** The high-resolution images to validate on. */
  public static final Setting<Path> VALIDATE =
      declare(
          setting("validate", SettingKind.PATH)
              .allowing("a folder of images", path -> true)
              .help(
                  "The high-resolution images to validate on. Without them the last weights are"
                      + " exported, not the best."));

  /** The folder that gets checkpoints, report and model. */
  public static final Setting<Path> OUT =
      declare(
          setting("out", SettingKind.PATH)
              .allowing("a folder", path -> true)
              .freeOnResume()
              .help("The folder for the results; it is created."));

  /** The loss that training minimises. */
  public static final Setting<Loss> LOSS =
      declare(
          setting("loss", SettingKind.LOSS)
              .allowing("a loss, such as l1 + 0.1*ssim", loss -> true)
              .defaultingTo("l1")
              .help("The loss, or a weighted sum of losses: \"l1 + 0.1*ssim\"."));

  /** The number of steps. */
  public static final Setting<Long> STEPS =
      declare(
          setting("steps", SettingKind.LONG)
              .allowing("a whole number of at least 1", steps -> steps >= 1)
              .defaultingTo("10000")
              .help("The length of the run."));

  /** The time after which the run ends, if it has not done its steps by then. */
  public static final Setting<Duration> TIME_LIMIT =
      declare(
          setting("time-limit", SettingKind.DURATION)
              .allowing(
                  "a positive time such as 90m or 1h30m",
                  time -> !time.isNegative() && !time.isZero())
              .freeOnResume()
              .help("End the run after a time such as 90m or 1h30m, if its steps take longer."));

  /** The number of validations without a better PSNR after which the run ends. */
  public static final Setting<Integer> EARLY_STOPPING =
      declare(
          setting("early-stopping", SettingKind.INTEGER)
              .allowing("a number of validations of at least 1", number -> number >= 1)
              .freeOnResume()
              .help("End the run when N validations in a row have brought no better PSNR."));

  /** The number of patches in a batch. */
  public static final Setting<Integer> BATCH =
      declare(
          setting("batch", SettingKind.INTEGER)
              .allowing("a whole number of at least 1", number -> number >= 1)
              .defaultingTo("16")
              .ofImages()
              .help("Patches in a batch."));

  /** The number of batches in a step. */
  public static final Setting<Integer> ACCUMULATE =
      declare(
          setting("accumulate", SettingKind.INTEGER)
              .allowing("a number of batches of at least 1", number -> number >= 1)
              .defaultingTo("1")
              .help("Batches in a step, whose gradients are averaged."));

  /** The side of a patch in pixels of the network's input; not set for the network's own. */
  public static final Setting<Integer> PATCH =
      declare(
          setting("patch", SettingKind.INTEGER)
              .allowing("a number of pixels of at least 8", number -> number >= 8)
              .defaultingTo("the network's", settings -> Optional.empty())
              .ofImages()
              .help("The side of a patch in pixels of the network's input."));

  /** The rule that turns gradients into steps. */
  public static final Setting<Optimizer> OPTIMIZER =
      declare(
          setting("optimizer", SettingKind.OPTIMIZER)
              .allowing("adam, adamw or sgd, with arguments", value -> true)
              .defaultingTo("adam")
              .help("adam, adamw, or sgd as in \"sgd(momentum=0.9)\"."));

  /** The highest learning rate of the run. */
  public static final Setting<Double> LEARNING_RATE =
      declare(
          setting("learning-rate", SettingKind.NUMBER)
              .allowing("a positive number", rate -> rate > 0 && Double.isFinite(rate))
              .defaultingTo("1e-3")
              .help("The highest learning rate of the run."));

  /** The course of the learning rate. */
  public static final Setting<Schedule> SCHEDULE =
      declare(
          setting("schedule", SettingKind.SCHEDULE)
              .allowing("constant, cosine, step or plateau, with arguments", value -> true)
              .defaultingTo("cosine")
              .help(
                  "The course of the learning rate: constant, cosine, \"step(every=25%,"
                      + " factor=0.5)\" or \"plateau(patience=3, factor=0.5)\", each with"
                      + " warm_up."));

  /** The bound on gradients. */
  public static final Setting<Clipping> CLIPPING =
      declare(
          setting("clipping", SettingKind.CLIPPING)
              .allowing("none, norm(1), value(0.1) or adjustable(0.4)", value -> true)
              .defaultingTo("none")
              .help(
                  "The bound on gradients: none, \"norm(1)\", \"value(0.1)\" or"
                      + " \"adjustable(0.4)\"."));

  /** The decay of the average of the weights; 0 if none is kept. */
  public static final Setting<Double> AVERAGING =
      declare(
          setting("averaging", SettingKind.NUMBER)
              .allowing("at least 0 and less than 1", decay -> decay >= 0 && decay < 1)
              .defaultingTo("0")
              .help(
                  "The decay of the average of the weights that is validated and exported, such as"
                      + " 0.999; 0 for none."));

  /** The file whose weights the run starts from. */
  public static final Setting<Path> INITIAL_FROM =
      declare(
          setting("initial-from", SettingKind.PATH)
              .allowing("a file of weights", path -> true)
              .freeOnResume()
              .help(
                  "Start from the weights of a checkpoint, an .npz file or an exported ONNX model,"
                      + " also of another scale, where they fit."));

  /** The names of the weights that stay as they are. */
  public static final Setting<List<String>> FROZEN =
      declare(
          setting("frozen", SettingKind.NAMES)
              .allowing(
                  "a list of names of weights, such as [conv1.*]",
                  list -> list.stream().noneMatch(name -> name.isBlank()))
              .defaultingTo("", settings -> Optional.of(List.of()))
              .help(
                  "Weights that stay as they are, \"conv1.*,conv2.*\"; a * at the end stands for"
                      + " the rest of a name."));

  /** The seed of weights and data. */
  public static final Setting<Long> SEED =
      declare(
          setting("seed", SettingKind.LONG)
              .allowing("a whole number", number -> true)
              .defaultingTo("1")
              .help("The seed of weights and patches."));

  /** The number of steps between validations, each with a checkpoint. */
  public static final Setting<Long> VALIDATE_EVERY =
      declare(
          setting("validate-every", SettingKind.LONG)
              .allowing("a number of steps of at least 1", number -> number >= 1)
              .defaultingTo(
                  "a twentieth of the run",
                  settings -> Optional.of(Math.max(1, settings.get(STEPS) / 20)))
              .freeOnResume()
              .help("Steps between validations."));

  /** The number of last checkpoints that are kept. */
  public static final Setting<Integer> KEEP =
      declare(
          setting("keep", SettingKind.INTEGER)
              .allowing("a number of checkpoints of at least 1", number -> number >= 1)
              .defaultingTo("2")
              .freeOnResume()
              .help("How many of the last checkpoints are kept."));

  /**
   * Copies the settings.
   *
   * @throws IllegalArgumentException if a value is not allowed
   */
  public TrainingSettings {
    Map<Setting<?>, Object> copies = new LinkedHashMap<>();
    for (Setting<?> setting : DECLARED) {
      Object value = values.get(setting);
      if (value != null) {
        copies.put(setting, setting.checked(value));
      }
    }
    values = Collections.unmodifiableMap(copies);
    listeners = List.copyOf(listeners);
  }

  private static <T> Setting<T> declare(Setting<T> setting) {
    DECLARED.add(setting);
    return setting;
  }

  private static <T> Setting<T> setting(String name, SettingKind<T> kind) {
    return new Setting<>(
        new SettingName(name),
        kind,
        "",
        value -> true,
        "",
        settings -> Optional.empty(),
        false,
        false,
        "");
  }

  private static boolean isScale(int scale) {
    return scale >= 1 && scale <= 16;
  }

  /** Returns the declarations of all settings. */
  public static List<Setting<?>> all() {
    return Collections.unmodifiableList(DECLARED);
  }

  /** Returns the settings of which none is set. */
  public static TrainingSettings defaults() {
    return new TrainingSettings(ImmutableMap.of(), false, Optional.empty(), ImmutableList.of());
  }

  /**
   * Returns the setting of a name.
   *
   * @throws IllegalArgumentException if there is none; the message has the nearest one
   */
  public static Setting<?> named(String name) {
    List<String> names = DECLARED.stream().map(Setting::name).toList();
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          String.format("there is no setting \"%s\"; %s", shortened(name), near(name, names)));
    }
    return DECLARED.get(index);
  }

  private static String near(String name, Collection<String> names) {
    return NearestName.of(name, names)
        .map(nearest -> "the nearest is " + nearest)
        .orElse("there are " + String.join(", ", names));
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /**
   * Returns a setting, or its default.
   *
   * @throws IllegalStateException if it is not set and has no default
   */
  public <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(() -> new IllegalStateException(setting.name() + " is not set"));
  }

  /** Returns a setting, or its default if it has one. */
  public <T> Optional<T> find(Setting<T> setting) {
    Object value = values.get(setting);
    return value == null ? setting.defaultIn(this) : Optional.of(setting.checked(value));
  }

  /** Returns whether a setting has been set. */
  public boolean isSet(Setting<?> setting) {
    return values.containsKey(setting);
  }

  /**
   * Returns the settings by their names, defaults included, as a file has them: numbers, booleans,
   * texts, paths and lists. A setting without a value is left out, and so is an empty list, and
   * what says how batches are made from images if the caller makes them.
   */
  public Map<String, Object> plain() {
    Map<String, Object> plain = new LinkedHashMap<>();
    for (Setting<?> setting : DECLARED) {
      if (!setting.isOfImages() || source.isEmpty()) {
        setting.plainIn(this).ifPresent(value -> plain.put(setting.name(), value));
      }
    }
    return plain;
  }

  /**
   * The declaration of a setting. Immutable; equal only to itself.
   *
   * @param <T> the values
   */
  public static final class Setting<T> {

    private final SettingName name;
    private final SettingKind<T> kind;
    private final String allowed;
    private final Predicate<T> range;
    private final String defaultText;
    private final Function<TrainingSettings, Optional<T>> defaultValue;
    private final boolean isFreeOnResume;
    private final boolean isOfImages;
    private final String help;

    private Setting(
        SettingName name,
        SettingKind<T> kind,
        String allowed,
        Predicate<T> range,
        String defaultText,
        Function<TrainingSettings, Optional<T>> defaultValue,
        boolean isFreeOnResume,
        boolean isOfImages,
        String help) {
      this.name = name;
      this.kind = kind;
      this.allowed = allowed;
      this.range = range;
      this.defaultText = defaultText;
      this.defaultValue = defaultValue;
      this.isFreeOnResume = isFreeOnResume;
      this.isOfImages = isOfImages;
      this.help = help;
    }

    private Setting<T> allowing(String newAllowed, Predicate<T> newRange) {
      return new Setting<>(
          name,
          kind,
          newAllowed,
          newRange,
          defaultText,
          defaultValue,
          isFreeOnResume,
          isOfImages,
          help);
    }

    private Setting<T> defaultingTo(String text) {
      return defaultingTo(text, settings -> Optional.of(kind.read().apply(text)));
    }

    private Setting<T> defaultingTo(
        String text, Function<TrainingSettings, Optional<T>> newDefault) {
      return new Setting<>(
          name, kind, allowed, range, text, newDefault, isFreeOnResume, isOfImages, help);
    }

    private Setting<T> freeOnResume() {
      return new Setting<>(
          name, kind, allowed, range, defaultText, defaultValue, true, isOfImages, help);
    }

    private Setting<T> ofImages() {
      return new Setting<>(
          name, kind, allowed, range, defaultText, defaultValue, isFreeOnResume, true, help);
    }

    private Setting<T> help(String newHelp) {
      return new Setting<>(
          name,
          kind,
          allowed,
          range,
          defaultText,
          defaultValue,
          isFreeOnResume,
          isOfImages,
          newHelp);
    }

    /** Returns the name in files and on the command line, such as {@code validate-every}. */
    public String name() {
      return name.key();
    }

    /** Returns the values that are allowed, as a phrase behind "must be". */
    public String allowed() {
      return allowed;
    }

    /** Returns the default, as a text or a phrase; empty if there is none. */
    public String defaultText() {
      return defaultText;
    }

    /** Returns the sentences that explain the setting. */
    public String help() {
      return help;
    }

    /** Returns the placeholder for a value, such as {@code N}; empty if it is true or false. */
    public String label() {
      return kind.label();
    }

    /** Returns whether a value is a list. */
    public boolean isList() {
      return kind.type() == List.class;
    }

    /**
     * Returns whether a resumed run may change the setting: weights of a step do not depend on it.
     */
    public boolean isFreeOnResume() {
      return isFreeOnResume;
    }

    /**
     * Returns whether the setting says how batches are made from images: a run whose batches the
     * caller makes does not have it.
     */
    public boolean isOfImages() {
      return isOfImages;
    }

    /**
     * Reads a value from a text; the elements of a list are separated by commas.
     *
     * @throws IllegalArgumentException if it is not allowed
     */
    public T parse(String text) {
      T value;
      try {
        value = kind.read().apply(text);
      } catch (IllegalArgumentException e) {
        if (e instanceof SettingException refusal && refusal.names(name)) {
          throw refusal;
        }
        if (kind.isExplaining() && !text.isBlank()) {
          throw new SettingException(e, "%s: %s", name, e.getMessage());
        }
        throw new SettingException(
            e, "%s must be %s, but was \"%s\"", name, allowed, shortened(text));
      }
      return checked(value);
    }

    /**
     * Returns a value that is allowed, as an immutable copy.
     *
     * @throws IllegalArgumentException if it is not allowed
     */
    @SuppressWarnings("unchecked") // its class is checked; lists come from setters with a type
    T checked(@Nullable Object value) {
      requireNonNull(value, name.inJava());
      SettingException.check(
          kind.type().isInstance(value) && range.test((T) value),
          "%s must be %s, but was %s",
          name,
          allowed,
          kind.type().isInstance(value) ? quoted(kind.plain().apply((T) value)) : value);
      return kind.copy().apply((T) value);
    }

    /** Returns a refusal that names this setting, the first argument of the template. */
    SettingException refusal(String template, @Nullable Object... arguments) {
      return new SettingException(template, Lists.asList(name, arguments).toArray());
    }

    private static Object quoted(Object plain) {
      return plain instanceof String text ? '"' + shortened(text) + '"' : plain;
    }

    private Optional<T> defaultIn(TrainingSettings settings) {
      return defaultValue.apply(settings);
    }

    private Optional<Object> plainIn(TrainingSettings settings) {
      return settings
          .find(this)
          .map(kind.plain())
          .filter(
              value ->
                  !(value instanceof Iterable<?> list)
                      || value instanceof Path
                      || !Iterables.isEmpty(list));
    }

    @Override
    public String toString() {
      return name.key();
    }
  }
}
