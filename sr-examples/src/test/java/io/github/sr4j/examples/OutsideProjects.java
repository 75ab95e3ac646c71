// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

/**
 * Projects as their users have them: built by a Maven of their own, with the artifacts of this
 * build in a local repository and no other project around.
 */
final class OutsideProjects {

  static final String VERSION = System.getProperty("sr4j.version", "");

  private static final String MAVEN = System.getProperty("sr4j.maven", "");
  private static final String REPOSITORY = System.getProperty("sr4j.repository", "");
  private static final String PLATFORM = System.getProperty("sr4j.platform", "");

  private final Path folder;

  /** Creates a place for projects. */
  OutsideProjects(Path folder) throws IOException {
    this.folder = folder;
    assumeTrue(!MAVEN.isEmpty(), "not started by Maven: no -Dsr4j.maven");
    Files.createDirectories(folder.resolve(".mvn")); // else Maven takes that of a parent folder
  }

  /** Installs the artifact of a module of this build whose jar has a class. */
  void install(String artifact, Class<?> content) throws IOException, URISyntaxException {
    Path jar = Path.of(content.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertThat(jar).as("the artifact, and not its classes").isRegularFile();
    install(artifact, jar);
  }

  void install(String artifact, Path jar) throws IOException {
    Files.copy(jar, installPom(artifact).resolveSibling(artifact + "-" + VERSION + ".jar"));
  }

  /** Installs the POM of a module of this build in the form in which it is published. */
  Path installPom(String artifact) throws IOException {
    Path target =
        Files.createDirectories(
            repository().resolve("io/github/sr4j").resolve(artifact).resolve(VERSION));
    return Files.copy(
        Path.of("..", artifact, "target", "flattened-pom.xml"),
        target.resolve(artifact + "-" + VERSION + ".pom"));
  }

  /** Copies a project of this module into the folder. */
  Path copy(String name) throws IOException {
    Path from = Path.of(name);
    Path to = folder.resolve(name);
    try (Stream<Path> found = Files.walk(from)) {
      List<Path> paths = found.filter(path -> !path.startsWith(from.resolve("target"))).toList();
      for (Path path : paths) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return to;
  }

  /** Builds several projects in one run of Maven, and returns what it prints. */
  String packageAll(List<String> names) throws IOException, InterruptedException {
    StringBuilder modules = new StringBuilder();
    for (String name : names) {
      copy(name);
      modules.append("<module>").append(name).append("</module>");
    }
    String pom =
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>com.example</groupId>
          <artifactId>all</artifactId>
          <version>1.0</version>
          <packaging>pom</packaging>
          <modules>%s</modules>
        </project>
        """;
    Files.writeString(folder.resolve("pom.xml"), pom.formatted(modules));
    return packaged(folder);
  }

  /** Builds a project, and returns what Maven prints. */
  String packaged(Path project) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    Process maven =
        new ProcessBuilder(
                Path.of(MAVEN, "bin", isWindows() ? "mvn.cmd" : "mvn").toString(),
                "--batch-mode",
                "--no-transfer-progress",
                "--settings=" + settings(),
                "-Dsr4j.version=" + VERSION,
                "-Djavacpp.platform=" + PLATFORM, // the natives that this build has already
                "package")
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(maven.waitFor(10, TimeUnit.MINUTES)).as("Maven ends").isTrue();
    } finally {
      maven.destroyForcibly();
    }
    assertThat(maven.exitValue()).as(() -> read(log)).isZero();
    return read(log);
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
        folder.resolve("settings.xml"), settings.formatted(repository(), build, build));
  }

  /** Returns the local repository, which has the artifacts of this build. */
  Path repository() {
    return folder.resolve("repository");
  }

  static boolean isWindows() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
