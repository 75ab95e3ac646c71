// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sr4j.training.internal.files.Listing;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The images that a run reads, each with a sum of its samples, as its folder keeps them so that a
 * resumed run can say which of them have changed.
 *
 * @param data those that it trains on
 * @param validation those that it validates on
 */
public record RunImages(Map<String, String> data, Map<String, String> validation) {

  /** Writes them to a file. */
  public void write(Path file) throws IOException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode ofData = root.putObject("data");
    data.forEach(ofData::put);
    ObjectNode ofValidation = root.putObject("validation");
    validation.forEach(ofValidation::put);
    OutputFiles.writeJson(file, root);
  }

  /** Reads those that a run wrote; empty if there is no such file, as of an earlier version. */
  public static Optional<RunImages> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode root;
    try {
      root = OutputFiles.readJson(file);
    } catch (IOException e) {
      throw new IOException(
          file
              + ": must be as the run has written it, but cannot be read; without this file, a run"
              + " is resumed with whatever images there are",
          e);
    }
    return Optional.of(new RunImages(map(root.path("data")), map(root.path("validation"))));
  }

  private static Map<String, String> map(JsonNode node) {
    Map<String, String> map = new TreeMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }

  /**
   * Says how images differ from those before.
   *
   * @return such as {@code a.png was deleted; b.png was changed}; empty if they do not
   */
  public static String difference(Map<String, String> before, Map<String, String> now) {
    List<String> deleted = new ArrayList<>();
    List<String> changed = new ArrayList<>();
    List<String> added = new ArrayList<>();
    before.forEach(
        (name, sum) -> {
          String other = now.get(name);
          if (other == null) {
            deleted.add(name);
          } else if (!other.equals(sum)) {
            changed.add(name);
          }
        });
    now.keySet().stream().filter(name -> !before.containsKey(name)).forEach(added::add);
    List<String> parts = new ArrayList<>();
    add(parts, "missing or no longer readable", deleted);
    add(parts, "changed", changed);
    add(parts, "added", added);
    return String.join("; ", parts);
  }

  private static void add(List<String> parts, String what, List<String> names) {
    if (!names.isEmpty()) {
      parts.add(what + ": " + Listing.of(names));
    }
  }
}
