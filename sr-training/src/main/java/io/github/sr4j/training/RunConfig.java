// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.training.internal.files.OutputFiles;
import io.github.sr4j.training.internal.files.TextFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a run as a file of YAML. Its keys are the options of {@code sr4j train} without
 * their dashes.
 *
 * <pre>
 * network: srcnn(kernels=9-5-5)
 * scale: 3
 * loss: mse
 * data: T91
 * validate: Set5
 * out: runs/srcnn-x3
 * </pre>
 *
 * <p>Paths are relative to the working directory, as those of options are.
 */
public final class RunConfig {

  private static final Pattern DURATION =
      Pattern.compile("(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?");

  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .disable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
              .build());

  private static final int MAX_BYTES = 1 << 20;

  /** The last line of a file that a run has written, but for the sum of the lines above it. */
  private static final String SUM = "# A run replaces this file only as long as its sum is ";

  private static final int MAX_VALUE_LENGTH = 80; // in messages

  /**
   * One setting.
   *
   * @param allowed what its value must be, behind "must be"
   * @param set reads the value into a builder; it throws an IllegalArgumentException if that is not
   *     allowed
   * @param get returns the value of a run, null for none
   */
  private record Setting(
      String key,
      String allowed,
      BiConsumer<Trainer.Builder, JsonNode> set,
      Function<Trainer, @Nullable Object> get) {}

  /** A value that is not of the kind that the setting has. */
  private static final class WrongKind extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
  }

  private static final ImmutableList<Setting> SETTINGS =
      ImmutableList.of(
          text(
              "network",
              "a name, with arguments if it has any",
              Trainer.Builder::network,
              Trainer::network),
          text(
              "engine",
              "the name of a training engine, such as dl4j or torch",
              Trainer.Builder::engine,
              run -> run.engine().orElse(null)),
          text("precision", "fp32, bf16 or auto", Trainer.Builder::precision, Trainer::precision),
          whole("scale", "a whole number within 1 to 16", Trainer.Builder::scale, Trainer::scale),
          new Setting(
              "scales",
              "a list of whole numbers within 1 to 16, such as [2, 3, 4]",
              (builder, node) ->
                  builder.scales(list(node).stream().map(RunConfig::integer).toList()),
              Trainer::scales),
          new Setting(
              "loss",
              "a loss, such as l1 + 0.1*ssim",
              (builder, node) -> builder.loss(Losses.parse(scalar(node))),
              run -> run.loss().toString()),
          text(
              "optimizer",
              "adam, adamw or sgd, with arguments",
              Trainer.Builder::optimizer,
              Trainer::optimizer),
          number(
              "learning-rate",
              "a positive number",
              Trainer.Builder::learningRate,
              Trainer::learningRate),
          text(
              "schedule",
              "constant, cosine, step or plateau, with arguments",
              Trainer.Builder::schedule,
              Trainer::schedule),
          text(
              "clipping",
              "none, norm(1), value(0.1) or adjustable(0.4)",
              Trainer.Builder::clipping,
              Trainer::clipping),
          number(
              "averaging",
              "at least 0 and less than 1",
              Trainer.Builder::averaging,
              Trainer::averaging),
          new Setting(
              "frozen",
              "a list of names of weights, such as [conv1.*]",
              (builder, node) ->
                  builder.frozen(list(node).stream().map(RunConfig::scalar).toList()),
              run -> run.frozen().isEmpty() ? null : run.frozen()),
          path(
              "initial-from",
              "a file of weights",
              Trainer.Builder::initialFrom,
              run -> run.initialFrom().orElse(null)),
          new Setting(
              "steps",
              "a whole number of at least 1",
              (builder, node) -> builder.steps(whole(node)),
              Trainer::steps),
          new Setting(
              "time-limit",
              "a time such as 90m or 1h30m",
              (builder, node) -> builder.timeLimit(duration(scalar(node))),
              run -> run.timeLimit().map(RunConfig::text).orElse(null)),
          whole(
              "early-stopping",
              "a number of validations of at least 1",
              Trainer.Builder::earlyStopping,
              run -> value(run.earlyStopping())),
          whole(
              "batch",
              "a whole number of at least 1",
              Trainer.Builder::batchSize,
              Trainer::batchSize),
          whole(
              "accumulate",
              "a number of batches of at least 1",
              Trainer.Builder::accumulate,
              Trainer::accumulate),
          whole(
              "patch",
              "a number of pixels of at least 8",
              Trainer.Builder::patchSize,
              run -> null), // resolved by whoever asks
          text(
              "sampling",
              "random or grid(stride=14)",
              Trainer.Builder::sampling,
              Trainer::sampling),
          text(
              "degradation",
              "a degradation, such as bicubic",
              Trainer.Builder::degradation,
              Trainer::degradation),
          new Setting(
              "seed",
              "a whole number",
              (builder, node) -> builder.seed(whole(node)),
              Trainer::seed),
          new Setting(
              "validate-every",
              "a number of steps of at least 1",
              (builder, node) -> builder.validateEvery(whole(node)),
              Trainer::validateEvery),
          whole(
              "keep",
              "a number of checkpoints of at least 1",
              Trainer.Builder::keep,
              Trainer::keep),
          path(
              "data",
              "a folder, a .zip file or a .txt file",
              Trainer.Builder::data,
              run -> run.data().orElse(null)),
          path(
              "low-res",
              "a folder, a .zip file or a .txt file",
              Trainer.Builder::lowRes,
              run -> run.lowRes().orElse(null)),
          whole(
              "cache-megabytes",
              "a whole number of at least 0",
              Trainer.Builder::cacheMegabytes,
              run -> value(run.cacheMegabytes())),
          flag("skip-unreadable", Trainer.Builder::skipUnreadable, Trainer::isSkippingUnreadable),
          path(
              "validate",
              "a folder of images",
              Trainer.Builder::validation,
              run -> run.validation().orElse(null)),
          path("out", "a folder", Trainer.Builder::output, Trainer::output));

  private RunConfig() {}

  private static Setting text(
      String key,
      String allowed,
      BiConsumer<Trainer.Builder, String> set,
      Function<Trainer, @Nullable Object> get) {
    return new Setting(key, allowed, (builder, node) -> set.accept(builder, scalar(node)), get);
  }

  private static Setting whole(
      String key,
      String allowed,
      BiConsumer<Trainer.Builder, Integer> set,
      Function<Trainer, @Nullable Object> get) {
    return new Setting(key, allowed, (builder, node) -> set.accept(builder, integer(node)), get);
  }

  private static Setting number(
      String key,
      String allowed,
      BiConsumer<Trainer.Builder, Double> set,
      Function<Trainer, @Nullable Object> get) {
    return new Setting(
        key,
        allowed,
        (builder, node) -> {
          if (!node.isNumber() && !isNumber(node.asText())) {
            throw new WrongKind();
          }
          set.accept(
              builder, node.isNumber() ? node.asDouble() : Double.parseDouble(node.asText()));
        },
        get);
  }

  private static Setting flag(
      String key,
      BiConsumer<Trainer.Builder, Boolean> set,
      Function<Trainer, @Nullable Object> get) {
    return new Setting(
        key,
        "true or false",
        (builder, node) -> {
          if (!node.isBoolean()) {
            throw new WrongKind();
          }
          set.accept(builder, node.asBoolean());
        },
        get);
  }

  private static Setting path(
      String key,
      String allowed,
      BiConsumer<Trainer.Builder, Path> set,
      Function<Trainer, @Nullable Path> get) {
    return new Setting(
        key,
        allowed,
        (builder, node) -> {
          try {
            set.accept(builder, Path.of(scalar(node)));
          } catch (InvalidPathException e) {
            throw new WrongKind();
          }
        },
        get::apply);
  }

  /** YAML 1.1 takes 1e-3, without a point, for a text. */
  private static boolean isNumber(String text) {
    return text.matches("[+-]?\\d+(\\.\\d*)?[eE][+-]?\\d+");
  }

  private static String scalar(JsonNode node) {
    if (!node.isValueNode() || node.isNull() || node.asText().isBlank()) {
      throw new WrongKind();
    }
    return node.asText();
  }

  private static long whole(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new WrongKind();
    }
    return node.asLong();
  }

  private static int integer(JsonNode node) {
    if (!node.canConvertToInt()) {
      throw new WrongKind();
    }
    return Math.toIntExact(whole(node));
  }

  private static List<JsonNode> list(JsonNode node) {
    if (!node.isArray()) {
      throw new WrongKind();
    }
    List<JsonNode> elements = new ArrayList<>();
    node.forEach(elements::add);
    return elements;
  }

  private static @Nullable Integer value(OptionalInt number) {
    return number.isPresent() ? number.getAsInt() : null;
  }

  /**
   * Reads a time such as {@code 90m}, {@code 1h30m} or {@code 45s}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw new IllegalArgumentException(
          String.format("a time must be such as 90m, 1h30m or 45s, but was \"%s\"", text));
    }
    long[] parts = new long[3];
    for (int i = 0; i < parts.length; i++) {
      String part = matcher.group(i + 1);
      parts[i] = part == null ? 0 : Long.parseLong(part);
    }
    return Duration.ofHours(parts[0]).plusMinutes(parts[1]).plusSeconds(parts[2]);
  }

  private static String text(Duration duration) {
    long seconds = Math.max(1, duration.toSeconds()); // a limit of less is a test's
    String text =
        (seconds >= 3600 ? seconds / 3600 + "h" : "")
            + (seconds / 60 % 60 > 0 ? seconds / 60 % 60 + "m" : "")
            + (seconds % 60 > 0 ? seconds % 60 + "s" : "");
    return text;
  }

  /**
   * Reads a file into the builder of a run, in which settings can then be replaced.
   *
   * @throws IllegalArgumentException if the file is not YAML, has a key that is not a setting, or a
   *     value that is not allowed; the message names the file, the key and what is allowed
   * @throws IOException if the file cannot be read
   */
  public static Trainer.Builder read(Path file) throws IOException {
    JsonNode root = parse(file, TextFiles.read(file, MAX_BYTES));
    if (!root.isObject()) {
      throw new IllegalArgumentException(
          String.format(
              "%s: must be settings, each as key: value, but is %s", file, shortened(root)));
    }
    Trainer.Builder builder = Trainer.builder();
    root.properties().forEach(entry -> read(file, builder, entry.getKey(), entry.getValue()));
    return builder;
  }

  /** Parses one document, of which no part would be passed over. */
  private static JsonNode parse(Path file, String text) throws IOException {
    try (YAMLParser parser = YAML.getFactory().createParser(text)) {
      parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
      refuseAliases(file, text);
      JsonNode root = YAML.readTree(parser);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: must be one YAML document, but a second one begins in line %d",
                file,
                parser.currentTokenLocation().getLineNr()));
      }
      return root == null ? MissingNode.getInstance() : root;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          String.format(
              "%s: must be YAML, but is not in line %s: %s",
              file,
              e.getLocation() == null ? "?" : e.getLocation().getLineNr(),
              shortened(e.getOriginalMessage().lines().findFirst().orElse(""))),
          e);
    }
  }

  /** Refuses aliases such as {@code *a}, which the tree would have as the text {@code a}. */
  private static void refuseAliases(Path file, String text) throws IOException {
    try (YAMLParser parser = YAML.getFactory().createParser(text)) {
      while (parser.nextToken() != null) {
        if (parser.isCurrentAlias()) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "%s: must have the value itself in line %d, but has the alias *%s, which settings"
                      + " cannot have",
                  file,
                  parser.currentTokenLocation().getLineNr(),
                  shortened(parser.getText())));
        }
      }
    }
  }

  private static String shortened(JsonNode value) {
    return shortened(value.isTextual() ? '"' + value.asText() + '"' : value.toString());
  }

  private static String shortened(String text) {
    return text.length() <= MAX_VALUE_LENGTH ? text : text.substring(0, MAX_VALUE_LENGTH) + "...";
  }

  private static void read(Path file, Trainer.Builder builder, String key, JsonNode value) {
    Setting setting =
        SETTINGS.stream()
            .filter(s -> s.key.equals(key))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        String.format(
                            "%s: there is no setting \"%s\"; there are %s",
                            file,
                            shortened(key),
                            SETTINGS.stream()
                                .map(Setting::key)
                                .collect(Collectors.joining(", ")))));
    try {
      setting.set.accept(builder, value);
    } catch (WrongKind e) {
      throw new IllegalArgumentException(
          String.format(
              "%s: %s must be %s, but was %s", file, key, setting.allowed, shortened(value)),
          e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(String.format("%s: %s: %s", file, key, e.getMessage()), e);
    }
  }

  /**
   * Returns the settings of a run with the names that they have in files.
   *
   * @param patchSize that of the run or, if it has none, of the network
   */
  private static Map<String, Object> values(Trainer trainer, int patchSize) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Setting setting : SETTINGS) {
      Object value = setting.key.equals("patch") ? patchSize : setting.get.apply(trainer);
      if (value != null) {
        values.put(setting.key, value);
      }
    }
    return values;
  }

  /** Returns the names of all settings. */
  static Set<String> keys() {
    return SETTINGS.stream().map(Setting::key).collect(Collectors.toSet());
  }

  /** Returns the settings of a run as texts. */
  static Map<String, String> texts(Trainer trainer, int patchSize) {
    Map<String, String> texts = new LinkedHashMap<>();
    values(trainer, patchSize).forEach((key, value) -> texts.put(key, value.toString()));
    return texts;
  }

  /** Writes the settings of a run to a file from which {@link #read} makes the same run. */
  static void write(Path file, Trainer trainer, int patchSize) throws IOException {
    String heading =
        trainer.source().isPresent()
            ? "# The batches were made by the program that trained; there is no data to name.\n"
            : "# Repeat this run with: sr4j train --config run.yaml --out ANOTHER_FOLDER\n";
    String text = heading + YAML.writeValueAsString(tree(values(trainer, patchSize)));
    String own = text + SUM + sum(text) + "\n";
    OutputFiles.write(file, written -> Files.writeString(written, own));
  }

  /**
   * Returns whether a file is what {@link #write} has written, character by character, and thus
   * holds nothing that anyone has added.
   */
  static boolean isOwn(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int end = text.lastIndexOf(SUM);
    return end >= 0 && text.substring(end).equals(SUM + sum(text.substring(0, end)) + "\n");
  }

  private static String sum(String text) {
    CRC32 sum = new CRC32();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", sum.getValue());
  }

  /**
   * Returns the settings of a run in one line, which is also YAML. Of paths it has only the last
   * part: a model travels further than the folders of whoever trained it concern anyone.
   */
  static String inOneLine(Trainer trainer, int patchSize) {
    Map<String, Object> values = values(trainer, patchSize);
    values.remove("out");
    values.replaceAll((key, value) -> value instanceof Path path ? lastPart(path) : value);
    return tree(values).toString();
  }

  private static Object lastPart(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return String.valueOf(name == null ? path : name);
  }

  private static ObjectNode tree(Map<String, Object> values) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    values.forEach((key, value) -> tree.set(key, node(value)));
    return tree;
  }

  private static JsonNode node(Object value) {
    if (value instanceof List<?> list) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      list.forEach(element -> array.add(node(element)));
      return array;
    }
    if (value instanceof Number || value instanceof Boolean) {
      return YAML.valueToTree(value);
    }
    return JsonNodeFactory.instance.textNode(value.toString());
  }
}
