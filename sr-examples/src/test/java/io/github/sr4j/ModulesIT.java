// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that is a module, with the library on its module path. */
@Timeout(600)
final class ModulesIT {

  /** The jars on the module path. ND4J's cannot be there: a part of a name must not be "native". */
  private static final Pattern MODULES =
      Pattern.compile(
          "(?:^|/)(?:sr-(?:api|networks|onnx|training)/.*|sr-dl4j[^/]*\\.jar|sr-dl4j/.*\\.jar"
              + "|(?:onnxruntime|guava-[\\d.]+-jre|failureaccess|slf4j|jspecify|jackson-(?:core|databind"
              + "|annotations|dataformat)|snakeyaml)[^/]*\\.jar)$");

  /** The same with LibTorch, but for its natives, which no module requires. */
  private static final Pattern MODULES_OF_TORCH =
      Pattern.compile(
          MODULES.pattern()
              + "|(?:^|/)(?:sr-torch[^/]*\\.jar|sr-torch/.*"
              + "|(?:jna|pytorch|openblas|javacpp)-[\\d.]+(?:-[\\d.]+)?\\.jar)$");

  private static final Pattern TEST_ONLY =
      Pattern.compile(
          "sr-cli|sr-examples|sr-testkit|junit|jazzer|archunit|assertj|opentest4j|byte-buddy");

  private static final String MODULE =
      """
      module com.example.app {
        requires io.github.sr4j;

        opens com.example to
            io.github.sr4j;
      }
      """;

  private static final String MAIN =
      """
      package com.example;

      import io.github.sr4j.Model;
      import io.github.sr4j.ModelFormatException;
      import io.github.sr4j.Upscaler;
      import io.github.sr4j.train.Losses;
      import io.github.sr4j.train.Trainer;
      import java.nio.file.Path;

      public final class Main {
        public static void main(String[] args) throws Exception {
          System.out.println("module " + Upscaler.class.getModule().getName());
          try (Upscaler upscaler = Upscaler.create()) {
            upscaler.upscale(Path.of(args[0]).resolve("a.png"), Path.of(args[1]));
          }
          Model own = Model.resource(Main.class, "net.onnx");
          try (Upscaler upscaler = Upscaler.builder().model(own).build()) {
            System.out.println("resource x" + upscaler.scale());
          }
          Model closed = Model.resource(Main.class, "closed/net.onnx");
          try (Upscaler upscaler = Upscaler.builder().model(closed).build()) {
            System.out.println("closed x" + upscaler.scale());
          } catch (ModelFormatException e) {
            System.out.println("closed: " + e.getMessage());
          }
          Trainer.Report report =
              Trainer.builder()
                  .network("espcn")
                  .engine(args[3])
                  .scale(2)
                  .loss(Losses.l1())
                  .data(Path.of(args[0]))
                  .validate(Path.of(args[0]))
                  .out(Path.of(args[2]))
                  .patch(8)
                  .steps(2)
                  .build()
                  .train();
          try (Upscaler upscaler = Upscaler.builder().model(report.model()).build()) {
            System.out.println("trained x" + upscaler.scale());
          }
        }
      }
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"dl4j", "torch"})
  void application_thatIsAModule_enlargesAndTrains(String engine)
      throws IOException, InterruptedException {
    assumeTrue(
        TrainingProvider.all().stream().anyMatch(provider -> provider.name().equals(engine)),
        "LibTorch is built with -Ptorch only");
    Pattern moduleNames = engine.equals("torch") ? MODULES_OF_TORCH : MODULES;
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assumeTrue(compiler != null, "this is a JRE, without a compiler");
    Path images = Files.createDirectory(folder.resolve("images"));
    for (String name : List.of("a.png", "b.png")) {
      ImageFiles.write(
          AwtImages.toBuffered(
              TestImages.gradient(3, 64, 48),
              null,
              new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR)),
          images.resolve(name));
    }
    Path sources = Files.createDirectories(folder.resolve("sources/com/example"));
    Path module = Files.writeString(folder.resolve("sources/module-info.java"), MODULE);
    Path main = Files.writeString(sources.resolve("Main.java"), MAIN);
    Path application = folder.resolve("application");
    String modules = paths(moduleNames, true);

    assertThat(
            compiler.run(
                null,
                null,
                null,
                "-d",
                application.toString(),
                "--module-path",
                modules,
                module.toString(),
                main.toString()))
        .isZero();
    Path packageFolder = application.resolve("com/example");
    copyEmbedded("fast-x2", packageFolder.resolve("net.onnx"));
    copyEmbedded(
        "fast-x2", Files.createDirectory(packageFolder.resolve("closed")).resolve("net.onnx"));
    Path enlarged = folder.resolve("enlarged.png");
    Path run = folder.resolve("run");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1", // most of its time is starting
                "-Djava.awt.headless=true",
                "--module-path",
                application + File.pathSeparator + modules,
                "-cp",
                paths(moduleNames, false),
                "-m",
                "com.example.app/com.example.Main",
                images.toString(),
                enlarged.toString(),
                run.toString(),
                engine)
            .redirectErrorStream(true);
    builder.environment().put("OMP_WAIT_POLICY", "passive");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output)
        .contains("module io.github.sr4j", "resource x2", "trained x2")
        .contains("closed: closed/net.onnx: no such resource", "must open the package");
    assertThat(ImageFiles.size(enlarged).width).isEqualTo(128);
    assertThat(run).isDirectoryContaining("glob:**report.html");
  }

  private static void copyEmbedded(String model, Path target) throws IOException {
    try (InputStream in =
        ModulesIT.class.getResourceAsStream("/io/github/sr4j/onnx/models/" + model + ".onnx")) {
      Files.copy(requireNonNull(in, model), target);
    }
  }

  /** Returns the parts of the class path that are modules, or those that are not. */
  private static String paths(Pattern modules, boolean areModules) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(path -> !TEST_ONLY.matcher(path).find())
        .filter(path -> modules.matcher(path.replace('\\', '/')).find() == areModules)
        .collect(joining(File.pathSeparator));
  }
}
