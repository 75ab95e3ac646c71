// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.io.Resources;
import io.github.sr4j.spi.UpscalerProvider.EmbeddedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The models in this module's jar, as {@code models.properties} lists them. */
final class EmbeddedModels {

  private EmbeddedModels() {}

  static ImmutableList<EmbeddedModel> all() {
    return parse(new String(read("models/models.properties"), StandardCharsets.UTF_8));
  }

  /** Reads lines {@code name=scale}; unlike {@link java.util.Properties}, keeps their order. */
  static ImmutableList<EmbeddedModel> parse(String index) {
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
   * @param name the name of one of {@link #all}
   */
  static byte[] content(String name) {
    return read("models/" + name + ".onnx");
  }

  private static byte[] read(String resource) {
    URL url = Resources.getResource(EmbeddedModels.class, resource);
    try {
      return Resources.toByteArray(url);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + url, e);
    }
  }
}
