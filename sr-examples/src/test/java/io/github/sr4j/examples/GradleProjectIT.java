// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Upscaler;
import io.github.sr4j.dl4j.Dl4jTrainingProvider;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.networks.Network;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.TestImages;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A project of Gradle, which reads the POMs of this build in its own way. */
@Timeout(600)
final class GradleProjectIT {

  @TempDir private Path folder;

  @Test
  void gradle_findsWhatInferenceNeeds_andNothingOfTraining() throws Exception {
    String gradle = program();
    OutsideProjects projects = new OutsideProjects(folder);
    projects.install("sr-api", Upscaler.class);
    projects.install("sr-networks", Network.class);
    projects.install("sr-onnx", OnnxUpscalerProvider.class);
    Path project = projects.copy("gradle");

    List<String> names = app(gradle, projects, project);
    Path app = project.resolve("build/app");
    Path photo = folder.resolve("photo.png");
    Path enlarged = folder.resolve("enlarged.png");
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 40, 30, 1)), photo);
    run(
        project,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Djava.awt.headless=true",
        "-cp",
        app + File.separator + "*",
        "com.example.gradle.Main",
        photo.toString(),
        enlarged.toString());

    assertThat(ImageFiles.size(enlarged).width).isEqualTo(80);
    assertThat(names)
        .contains("sr-api-" + OutsideProjects.VERSION + ".jar")
        .anyMatch(name -> name.startsWith("onnxruntime-"))
        .noneMatch(name -> name.matches("(nd4j|javacpp|deeplearning4j|junit|jackson).*"));
  }

  /** The natives of other platforms are found, too, but not in the repository of this build. */
  @Test
  void gradle_findsTheNativesOfTraining() throws Exception {
    String gradle = program();
    OutsideProjects projects = new OutsideProjects(folder);
    projects.install("sr-api", Upscaler.class);
    projects.install("sr-networks", Network.class);
    projects.install("sr-dl4j", Dl4jTrainingProvider.class);
    projects.installPom("sr-dl4j-platform");
    Path project = Files.createDirectories(folder.resolve("training"));
    Files.writeString(
        project.resolve("build.gradle"),
        """
        apply plugin: 'java'
        repositories { mavenLocal() }
        dependencies { runtimeOnly "io.github.sr4j:sr-dl4j-platform:$sr4jVersion" }
        task app(type: Copy) {
            from configurations.runtimeClasspath.incoming.artifactView { lenient(true) }.files
            into "$buildDir/app"
        }
        """);
    String platform = System.getProperty("sr4j.platform", "");

    List<String> names = app(gradle, projects, project);

    assertThat(names).contains("sr-dl4j-" + OutsideProjects.VERSION + ".jar");
    for (String library : List.of("nd4j-native", "openblas", "javacpp")) {
      assertThat(names)
          .as(library)
          .anyMatch(name -> name.matches(library + "-[0-9].*-" + platform + "(-onednn)?\\.jar"));
    }
  }

  /** Runs the task "app" of a project, and returns the names of the files that it has copied. */
  private List<String> app(String gradle, OutsideProjects projects, Path project)
      throws IOException, InterruptedException {
    Path libraries = Files.writeString(folder.resolve("libraries.gradle"), libraries());
    run(
        project,
        gradle,
        "--offline",
        "--no-daemon",
        "--gradle-user-home=" + folder.resolve("home"),
        "--init-script=" + libraries,
        "-Dmaven.repo.local=" + projects.repository(),
        "-Psr4jVersion=" + OutsideProjects.VERSION,
        "app");
    try (Stream<Path> jars = Files.list(project.resolve("build/app"))) {
      return jars.map(jar -> jar.getFileName().toString()).toList();
    }
  }

  /** Returns an added repository: that of this build has the libraries already. */
  private static String libraries() {
    return "allprojects { repositories { maven { url '"
        + Path.of(System.getProperty("sr4j.repository", "")).toUri()
        + "' } } }\n";
  }

  private static String program() {
    String name = OutsideProjects.isWindows() ? "gradle.bat" : "gradle";
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(entry -> Path.of(entry, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .orElseGet(
            () -> {
              assumeTrue(false, "there is no gradle on the PATH");
              return "";
            });
  }

  private static void run(Path directory, String... command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", List.of(command), output).isZero();
  }
}
