// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.files;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The rule about weights in files of their own: they lie in the model's folder, or below it. A
 * model from elsewhere could otherwise have any file of the machine read as weights.
 */
public final class ExternalData {

  private ExternalData() {}

  /**
   * Checks the files that a graph names.
   *
   * @throws ModelFormatException if one is missing or lies elsewhere, also by a link
   */
  public static void checkBesideFile(OnnxGraph graph, Path file) {
    for (String location : graph.externalFiles()) {
      try {
        Path folder = file.toAbsolutePath().getParent();
        Path named = Path.of(location);
        if (folder == null || named.isAbsolute() || location.startsWith("/")) {
          throw refused(file.toString(), location, "must be named relative to the model's folder");
        }
        Path real = folder.toRealPath();
        Path target = folder.resolve(named);
        if (!target.normalize().startsWith(folder.normalize())) {
          throw refused(file.toString(), location, "must lie in the model's folder");
        }
        // ONNX Runtime takes such a name for an address in memory.
        if (location.contains("_ORT_MEM_ADDR_") || !Files.isRegularFile(target)) {
          throw refused(file.toString(), location, "must be a file, but there is none");
        }
        if (!target.toRealPath().startsWith(real)) {
          throw refused(
              file.toString(), location, "must lie in the model's folder, but is a link elsewhere");
        }
      } catch (InvalidPathException | IOException e) {
        throw new ModelFormatException(
            String.format(
                "%s: its weights in \"%s\" cannot be found: %s",
                file, Printable.name(location), Printable.message(String.valueOf(e.getMessage()))),
            e);
      }
    }
  }

  /**
   * Checks that a graph names no files.
   *
   * @param why what the model is, so that there can be none
   * @throws ModelFormatException if it does
   */
  public static void checkNone(OnnxGraph graph, String name, String why) {
    for (String location : graph.externalFiles()) {
      throw refused(name, location, "must be inside the model, which " + why);
    }
  }

  private static ModelFormatException refused(String name, String location, String rule) {
    return new ModelFormatException(
        String.format(
            "%s: weights in another file %s, but that file is \"%s\"",
            name, rule, Printable.name(location)),
        null);
  }
}
