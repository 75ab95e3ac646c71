// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.training.Quantization;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A jar with a model, made as docs/models.md says, adds it to the catalogue. */
final class ModelPackageTest {

  private static final String SOURCE =
      """
      package com.example.models;

      import io.github.sr4j.Model;
      import java.util.List;

      public final class ExampleModels implements Model.Provider {

        @Override
        public String name() {
          return "example-models";
        }

        @Override
        public List<Model.Card> cards() {
          return List.of(
              Model.Card.of("example-x2", 2)
                  .purpose(Model.Purpose.ILLUSTRATION)
                  .int8(new Model.Card.Int8("example-x2-int8", 66_000, List.of()))
                  .terms(new Model.Card.Terms("CC0-1.0", "nothing")));
        }

        @Override
        public Model model(String name) {
          return Model.resource(getClass(), name + ".onnx")
              .declared(Model.Declaration.none().range(Model.Declaration.Range.ONE));
        }
      }
      """;

  @TempDir private Path folder;

  @Test
  void jar_addsAModelToTheCatalogue() throws IOException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar().toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);

      assertThat(Upscaler.models())
          .extracting(Model.Card::name)
          .startsWith("quality-x2")
          .endsWith("example-x2");
      try (Upscaler upscaler = Upscaler.builder().model("example-x2").build()) {
        assertThat(upscaler.scale()).isEqualTo(2);
        assertThat(upscaler.info().name()).isEqualTo("example-x2.onnx");
      }
      try (Upscaler upscaler =
          Upscaler.builder().factor(1.5).purpose(Model.Purpose.ILLUSTRATION).build()) {
        assertThat(upscaler.info().name()).isEqualTo("example-x2.onnx");
      }
      try (Upscaler upscaler =
          Upscaler.builder().model("example-x2").precision(Model.Precision.INT8).build()) {
        assertThat(upscaler.info().name()).isEqualTo("example-x2-int8.onnx");
      }
      assertQuantizable();
    } finally {
      thread.setContextClassLoader(before);
    }
    assertThat(Upscaler.models()).extracting(Model.Card::name).doesNotContain("example-x2");
  }

  /** A model of a package is quantized by its name, as embedded ones are. */
  private void assertQuantizable() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    ImageFiles.write(
        TestImages.buffered(TestImages.scene(3, 160, 150, 1)), photos.resolve("1.png"));

    Quantization.Report report =
        Quantization.defaults()
            .quantize(Model.embedded("example-x2"), photos, folder.resolve("int8.onnx"));

    assertThat(report.quantization()).startsWith("int8, 6 convolutions");
    try (Upscaler upscaler = Upscaler.builder().model(report.model()).build()) {
      assertThat(upscaler.info().precision()).isEqualTo(Model.Precision.INT8);
    }
  }

  private Path jar() throws IOException {
    Path source = folder.resolve("ExampleModels.java");
    Files.writeString(source, SOURCE);
    String classPath = System.getProperty("java.class.path");
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(
                    null,
                    null,
                    null,
                    "-proc:none",
                    "-cp",
                    classPath,
                    "-d",
                    folder.toString(),
                    source.toString()))
        .isZero();
    Map<String, byte[]> entries = new TreeMap<>();
    entries.put(
        "META-INF/services/io.github.sr4j.Model$Provider",
        "com.example.models.ExampleModels".getBytes(UTF_8));
    String place = "com/example/models/";
    entries.put(
        place + "ExampleModels.class",
        Files.readAllBytes(folder.resolve(place + "ExampleModels.class")));
    for (String form : List.of("", "-int8")) {
      try (InputStream model =
          OnnxUpscalerProvider.class.getResourceAsStream("models/fast-x2" + form + ".onnx")) {
        entries.put(place + "example-x2" + form + ".onnx", model.readAllBytes());
      }
    }
    Path jar = folder.resolve("example-models.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream zip = new JarOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new JarEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return jar;
  }
}
