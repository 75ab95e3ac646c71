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
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingSettings;
import io.github.sr4j.training.internal.files.OutputFiles;
import io.github.sr4j.training.internal.files.TextFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * The settings of a run as a file of YAML. Its keys are the names of {@link TrainingSettings#all}.
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
 * <p>Paths are relative to the working directory.
 */
public final class RunConfig {

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

  private RunConfig() {}

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
    try {
      builder.set(key, text(TrainingSettings.named(key), value));
    } catch (IllegalArgumentException e) {
      String message =
          SettingException.of(e)
              .map(setting -> setting.message(SettingName::key))
              .orElse(e.getMessage());
      throw new IllegalArgumentException(file + ": " + message, e);
    }
  }

  /** Returns the text of a value; the elements of a list separated by commas. */
  private static String text(TrainingSettings.Setting<?> setting, JsonNode value) {
    List<JsonNode> elements = new ArrayList<>();
    if (value.isArray() && setting.isList()) {
      value.forEach(elements::add);
    } else {
      elements.add(value);
    }
    SettingException.check(
        elements.stream().allMatch(each -> each.isValueNode() && !each.isNull()),
        "%s must be %s, but was %s",
        new SettingName(setting.name()),
        setting.allowed(),
        shortened(value));
    return elements.stream().map(JsonNode::asText).collect(Collectors.joining(","));
  }

  /**
   * Returns the settings of a run with the names that they have in files.
   *
   * @param patchSize that of the run or, if it has none, of the network
   */
  private static Map<String, Object> values(TrainingSettings settings, int patchSize) {
    Map<String, Object> values = new LinkedHashMap<>(settings.plain());
    if (settings.source().isEmpty()) {
      values.put(TrainingSettings.PATCH.name(), patchSize);
    }
    return values;
  }

  /** Returns the names of all settings. */
  static Set<String> keys() {
    return TrainingSettings.all().stream()
        .map(TrainingSettings.Setting::name)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Returns the settings of a run as texts. */
  static Map<String, String> texts(TrainingSettings settings, int patchSize) {
    Map<String, String> texts = new LinkedHashMap<>();
    values(settings, patchSize).forEach((key, value) -> texts.put(key, value.toString()));
    return texts;
  }

  /** Writes the settings of a run to a file from which {@link #read} makes the same run. */
  static void write(Path file, TrainingSettings settings, int patchSize) throws IOException {
    String heading =
        settings.source().isPresent()
            ? "# The batches were made by the program that trained; there is no data to name.\n"
            : "# The settings of a run, which is repeated by these with another folder as out.\n";
    String text = heading + YAML.writeValueAsString(tree(values(settings, patchSize)));
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
  static String inOneLine(TrainingSettings settings, int patchSize) {
    Map<String, Object> values = values(settings, patchSize);
    values.remove(TrainingSettings.OUT.name());
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
