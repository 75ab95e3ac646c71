// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import com.google.common.hash.Hashing;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * A model in the form in which it travels to executors: its name, or its bytes, which every
 * executor fetches once.
 *
 * @param hash of the bytes; empty if the model is embedded
 * @param declared the texts of the declared properties, by key
 */
record ModelForm(
    String name, @Nullable Broadcast<byte[]> content, String hash, TreeMap<String, String> declared)
    implements Serializable {

  /**
   * Reads a model, unless it is embedded, and broadcasts it.
   *
   * @throws ModelFormatException if it cannot be read
   */
  static ModelForm of(Model model, JavaSparkContext context) {
    TreeMap<String, String> declared = new TreeMap<>(model.declaration().texts());
    Optional<byte[]> content = model.file().map(ModelForm::read).or(model::content);
    if (content.isEmpty()) {
      return new ModelForm(model.name(), null, "", declared);
    }
    byte[] bytes = content.get();
    String name = model.file().map(file -> String.valueOf(file.getFileName())).orElse(model.name());
    String hash = Hashing.sha256().hashBytes(bytes).toString();
    return new ModelForm(name, context.broadcast(bytes), hash, declared);
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelFormatException(file + ": " + Reasons.of(e), e);
    }
  }

  /** Returns the model, on the executor. */
  Model model() {
    Model.Declaration declaration = Model.Declaration.none();
    for (Map.Entry<String, String> property : declared.entrySet()) {
      declaration = declaration.with(property.getKey(), property.getValue());
    }
    Model model = content == null ? Model.embedded(name) : Model.bytes(name, content.value());
    return model.declared(declaration);
  }
}
