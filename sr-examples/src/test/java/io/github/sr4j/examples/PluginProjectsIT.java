// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.dl4j.Dl4jTrainingProvider;
import io.github.sr4j.networks.Network;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.training.ModelExport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The projects of plug-ins, built and tested as their users do: by a Maven of its own, with the
 * artifacts of this build in a local repository and no other project around.
 */
final class PluginProjectsIT {

  private static final String VERSION = System.getProperty("sr4j.version", "");
  private static final String MAVEN = System.getProperty("sr4j.maven", "");
  private static final String REPOSITORY = System.getProperty("sr4j.repository", "");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"plugin-loss", "plugin-network"})
  void project_isBuiltAndItsTestsPass(String name) throws Exception {
    assumeTrue(!MAVEN.isEmpty(), "not started by Maven: no -Dsr4j.maven");
    Path project = copy(Path.of(name), folder.resolve("project"));
    Files.createDirectory(project.resolve(".mvn")); // else Maven takes that of a parent folder
    install("sr4j-parent", Path.of("..", "pom.xml"), null);
    install("sr-api", Path.of("..", "sr-api", "pom.xml"), Loss.class);
    install("sr-networks", Path.of("..", "sr-networks", "pom.xml"), Network.class);
    install("sr-dl4j", Path.of("..", "sr-dl4j", "pom.xml"), Dl4jTrainingProvider.class);
    install("sr-onnx", Path.of("..", "sr-onnx", "pom.xml"), OnnxUpscalerProvider.class);
    install("sr-testkit", Path.of("..", "sr-testkit", "pom.xml"), LossContract.class);
    install("sr-training", Path.of("..", "sr-training", "pom.xml"), ModelExport.class);

    Path log = folder.resolve("log");
    Process maven =
        new ProcessBuilder(
                Path.of(MAVEN, "bin", isWindows() ? "mvn.cmd" : "mvn").toString(),
                "--batch-mode",
                "--no-transfer-progress",
                "--settings=" + settings(),
                "-Dsr4j.version=" + VERSION,
                "package")
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(maven.waitFor(5, TimeUnit.MINUTES)).as("Maven ends").isTrue();
    } finally {
      maven.destroyForcibly();
    }

    assertThat(maven.exitValue()).as(() -> read(log)).isZero();
    assertThat(read(log))
        .containsPattern("Tests run: [1-9][0-9], Failures: 0, Errors: 0, Skipped: 0");
  }

  /** Plug-ins and libraries come from the repository of this build, where they are already. */
  private Path settings() throws IOException {
    String settings =
        """
        <settings>
          <localRepository>%s</localRepository>
          <profiles>
            <profile>
              <id>build</id>
              <repositories>
                <repository><id>build</id><url>%s</url></repository>
              </repositories>
              <pluginRepositories>
                <pluginRepository><id>build</id><url>%s</url></pluginRepository>
              </pluginRepositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>build</activeProfile></activeProfiles>
        </settings>
        """;
    String build = Path.of(REPOSITORY).toUri().toString();
    return Files.writeString(
        folder.resolve("settings.xml"), settings.formatted(local(), build, build));
  }

  private Path local() {
    return folder.resolve("repository");
  }

  private void install(String artifact, Path pom, Class<?> content)
      throws IOException, URISyntaxException {
    Path target =
        Files.createDirectories(
            local().resolve("io/github/sr4j").resolve(artifact).resolve(VERSION));
    String name = artifact + "-" + VERSION;
    Files.copy(pom, target.resolve(name + ".pom"));
    if (content != null) {
      Path jar = Path.of(content.getProtectionDomain().getCodeSource().getLocation().toURI());
      assertThat(jar).as("the artifact, and not its classes").isRegularFile();
      Files.copy(jar, target.resolve(name + ".jar"));
    }
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> found = Files.walk(from)) {
      List<Path> paths = found.filter(path -> !path.startsWith(from.resolve("target"))).toList();
      for (Path path : paths) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return to;
  }

  private static boolean isWindows() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
