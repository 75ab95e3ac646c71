// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.files;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.spi.UpscalerProvider.EmbeddedModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The models in this module's jar, as {@code models.properties} lists them. */
public final class EmbeddedModels {

  private EmbeddedModels() {}

  /** Returns the embedded models. */
  public static List<EmbeddedModel> all() {
    return parse(new String(read("models/models.properties"), StandardCharsets.UTF_8));
  }

  /** Reads lines {@code name=scale}; unlike {@link java.util.Properties}, keeps their order. */
  public static List<EmbeddedModel> parse(String index) {
    ImmutableList.Builder<EmbeddedModel> models = ImmutableList.builder();
    for (String line : Splitter.on('\n').trimResults().omitEmptyStrings().split(index)) {
      if (!line.startsWith("#")) {
        List<String> pair = Splitter.on('=').trimResults().splitToList(line);
        models.add(new EmbeddedModel(pair.get(0), Integer.parseInt(pair.get(1))));
      }
    }
    return models.build();
  }

  /**
   * Returns the bytes of a model.
   *
   * @throws ModelFormatException if {@link #all} does not have the name
   */
  public static byte[] content(String name) {
    List<String> names = all().stream().map(EmbeddedModel::name).toList();
    if (!names.contains(name)) {
      throw new ModelFormatException(
          String.format(
              "%s: is not one of the embedded models, which are %s",
              name, names.isEmpty() ? "none" : String.join(", ", names)),
          null);
    }
    return read("models/" + name + ".onnx");
  }

  /** Returns the bytes of a file beside the provider of this module. */
  public static byte[] read(String resource) {
    // Not through Guava's Resources: what a module does not open, only its own code can read.
    try (InputStream in =
        EmbeddedModels.class.getResourceAsStream("/io/github/sr4j/onnx/" + resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the jar of sr-onnx");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource + " in the jar of sr-onnx", e);
    }
  }
}
