// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How do I run an ONNX model that SR4J did not make?
 *
 * <p>Arguments: the model, the image to read and the one to write, and what is to be declared about
 * the model, such as {@code range=255}. Sizes, scale, layout and halo are found out by looking at
 * the model and running it. Opening the model asks for the properties that stay open, such as
 * whether a network that keeps the size of images wants enlarged ones (docs/model-format.md).
 * Whether white is 1 or 255 is guessed if nothing shows it: declare it if colours come out wrong.
 */
public final class RunAModelOfOthers {

  private RunAModelOfOthers() {}

  public static void main(String[] args) throws IOException {
    Model.Declaration declaration = Model.Declaration.none(); // as in none().scale(2).range(BYTE)
    for (int i = 3; i < args.length; i++) {
      String[] property = args[i].split("=", 2);
      declaration = declaration.with(property[0], property[1]);
    }
    Model model = Model.file(Path.of(args[0])).declared(declaration);
    try (Upscaler upscaler = Upscaler.builder().model(model).build()) {
      System.out.println(upscaler.info());
      ImageFiles.write(upscaler.upscale(ImageFiles.read(Path.of(args[1]))), Path.of(args[2]));
    }
  }
}
