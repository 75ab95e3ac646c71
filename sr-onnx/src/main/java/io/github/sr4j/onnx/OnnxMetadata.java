// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Declaration;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.graph.Printable;
import io.github.sr4j.shared.settings.SettingName;
import java.util.Map;

/**
 * The declared properties of a network: by its file, in the entries of {@code metadata_props} that
 * docs/model-format.md describes, or by the program, in {@link Model#declaration}, which replace
 * those of the file.
 *
 * @param declared the properties
 * @param ofProgram the keys of those that the program declares
 * @param provenance all other entries under the prefix, without it
 */
record OnnxMetadata(
    Declaration declared, ImmutableSet<String> ofProgram, ImmutableMap<String, String> provenance) {

  private static final String PREFIX = "sr4j.";

  /**
   * Reads what is declared.
   *
   * @param entries those of the file
   * @throws ModelFormatException if a value is not one of those its key can have
   */
  static OnnxMetadata parse(Model model, Map<String, String> entries) {
    ImmutableSet<String> ofProgram = ImmutableSet.copyOf(model.declaration().texts().keySet());
    ImmutableMap.Builder<String, String> provenance = ImmutableMap.builder();
    Declaration declared = model.declaration();
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      if (!entry.getKey().startsWith(PREFIX)) {
        continue;
      }
      String key = entry.getKey().substring(PREFIX.length());
      if (!Declaration.keys().contains(key)) {
        provenance.put(key, entry.getValue());
      } else if (!ofProgram.contains(key)) {
        try {
          declared = declared.with(key, entry.getValue());
        } catch (IllegalArgumentException e) { // its message begins with the key
          String message = Printable.message(String.valueOf(e.getMessage()));
          throw new ModelFormatException(
              String.format("%s: metadata %s%s", model.name(), PREFIX, message), e);
        }
      }
    }
    return new OnnxMetadata(declared, ofProgram, provenance.buildOrThrow());
  }

  /** Returns whether the file or the program declares a key. */
  boolean isDeclared(String key) {
    return declared.texts().containsKey(key);
  }

  /**
   * Returns the place in messages where a key is declared, or could be, before its {@link #name}.
   */
  String place(String key) {
    return ofProgram.contains(key) ? "the declared " : "metadata " + PREFIX;
  }

  /** Returns the name of a key in messages: a setting, if the program declares it. */
  Object name(String key) {
    return ofProgram.contains(key) ? new SettingName(key) : key;
  }
}
