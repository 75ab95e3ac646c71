// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.ImageSize;
import io.github.sr4j.cli.terminal.Failure;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The outcome for each file of {@code sr4j upscale}, as JSON for scripts. Thread-safe. */
public final class UpscaleReport {

  // Whatever the terminal's encoding is, it has ASCII.
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final ObjectNode report = JSON.createObjectNode();
  private final Map<Path, @Nullable ObjectNode> files = new LinkedHashMap<>();
  private final Set<String> options;
  private UnaryOperator<String> names = UnaryOperator.identity();
  private boolean hasEnded;

  /**
   * Creates a report of a command.
   *
   * @param options the names of its options, for messages
   */
  public UpscaleReport(Set<String> options) {
    this.options = options;
  }

  /** Sets how names of files become those that the user knows. */
  public synchronized void naming(UnaryOperator<String> names) {
    this.names = names;
  }

  /** Notes the order in which the files are to be told of. */
  public synchronized void begun(List<Path> sources) {
    sources.forEach(source -> files.put(source, null));
  }

  /** Adds the model, which is open now. */
  public synchronized void opened(Upscaler upscaler) {
    report.put("model", upscaler.info().name());
    report.put("precision", Ascii.toLowerCase(upscaler.info().precision().name()));
    report.put("device", upscaler.device().actual().toString());
  }

  /** Adds a file that is done with. */
  public synchronized void finished(Upscaler.BatchReport.Item item) {
    ObjectNode file = JSON.createObjectNode();
    files.put(item.source(), file);
    file.put("source", names.apply(item.source().toString()));
    file.put("target", names.apply(item.target().toString()));
    putSize(file, "source", item.source());
    if (item.failure().isPresent()) {
      file.put("error", names.apply(Failure.describe(item.failure().get(), options)));
      return;
    }
    putSize(file, "target", item.target());
    file.put("seconds", item.elapsed().toMillis() / 1e3);
    file.put("skipped", item.isSkipped());
    ArrayNode notes = file.putArray("notes");
    item.notes().forEach(notes::add);
  }

  private static void putSize(ObjectNode file, String name, Path image) {
    ImageSize.of(image)
        .ifPresent(size -> file.putArray(name + "_size").add(size.width()).add(size.height()));
  }

  /** Notes what of a folder is not enlarged. */
  public synchronized void leftOut(List<FolderImages.LeftOut> kinds) {
    ArrayNode all = report.putArray("left_out");
    for (FolderImages.LeftOut files : kinds) {
      ObjectNode entry = all.addObject();
      entry.put("kind", files.kind());
      entry.put("count", files.count());
      if (!files.reason().isEmpty()) {
        entry.put("reason", files.reason());
      }
    }
  }

  /**
   * Ends the report.
   *
   * @param failure why not all of it was done, if it was not
   * @return one line, an object; nothing if the report had ended before
   */
  public synchronized Optional<String> end(@Nullable Throwable failure) {
    if (hasEnded) {
      return Optional.empty();
    }
    hasEnded = true;
    if (failure != null) {
      report.put("error", names.apply(Failure.describe(failure, options)));
    }
    ArrayNode finished = report.putArray("files");
    for (ObjectNode file : files.values()) {
      if (file != null) {
        finished.add(file);
      }
    }
    try {
      return Optional.of(JSON.writeValueAsString(report));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // there is nothing in it that has no JSON
    }
  }
}
