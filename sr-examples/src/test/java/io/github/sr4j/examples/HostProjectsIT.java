// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.networks.Network;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The projects of hosts, which docs/web-service.md and others show, built and run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class HostProjectsIT {

  private static final Path STARTER =
      Path.of(
          "..",
          "sr-spring-boot-starter",
          "target",
          "sr-spring-boot-starter-" + OutsideProjects.VERSION + ".jar");
  private static final boolean HAS_VIRTUAL_THREADS = Runtime.version().feature() >= 21;

  @TempDir private static Path folder;

  private String log;

  @BeforeAll
  void build() throws Exception {
    OutsideProjects projects = new OutsideProjects(folder);
    projects.install("sr-api", Upscaler.class);
    projects.install("sr-networks", Network.class);
    projects.install("sr-onnx", OnnxUpscalerProvider.class);
    List<String> names = new ArrayList<>(List.of("container", "kotlin", "modules", "reactive"));
    if (hasStarter()) {
      projects.install("sr-spring-boot-starter", STARTER);
      names.add("web-service");
    }
    if (HAS_VIRTUAL_THREADS) {
      names.add("virtual-threads");
    }
    log = projects.packageAll(names);
  }

  private static boolean hasStarter() {
    return Files.exists(STARTER);
  }

  @Test
  void reactive_itsTestsPassed() {
    assertThat(log).containsPattern("Tests run: [1-9], Failures: 0, Errors: 0, Skipped: 0");
  }

  @Test
  void kotlin_enlarges() throws Exception {
    Path photo = picture("kotlin.png", 40, 30);
    Path enlarged = folder.resolve("kotlin.jpg");

    assertThat(java("-cp", classPath("kotlin"), "com.example.kotlin.MainKt", photo, enlarged))
        .contains("40 to 60 pixels on cpu");
    assertThat(ImageFiles.size(enlarged).width).isEqualTo(80);
  }

  @Test
  void modules_applicationThatIsAModule_enlarges() throws Exception {
    Path enlarged = folder.resolve("modules.png");
    String path = jar("modules") + File.pathSeparator + folder.resolve("modules/target/lib");

    assertThat(
            java(
                "-p",
                path,
                "-m",
                "com.example.modules/com.example.modules.Main",
                picture("modules-in.png", 40, 30),
                enlarged))
        .contains("module io.github.sr4j");
    assertThat(ImageFiles.size(enlarged).width).isEqualTo(80);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java.base,java.desktop,java.logging",
        "java.base,java.desktop,java.logging,jdk.management"
      })
  void modules_imageOfTheJdk_withTheClassPath_enlarges(String modules) throws Exception {
    Path jdk = Path.of(System.getProperty("java.home"));
    Path jlink = jdk.resolve("bin").resolve(OutsideProjects.isWindows() ? "jlink.exe" : "jlink");
    assumeTrue(Files.exists(jlink) && Files.isDirectory(jdk.resolve("jmods")), "no jlink");
    Path image = folder.resolve("image" + modules.length());
    Path enlarged = folder.resolve("image" + modules.length() + ".png");

    run(List.of(jlink.toString(), "--add-modules", modules, "--output", image.toString()));
    assertThat(
            run(
                command(
                    image,
                    "-cp",
                    classPath("modules"),
                    "com.example.modules.Main",
                    picture("image-in.png", 40, 30),
                    enlarged)))
        .contains("module null");
    assertThat(ImageFiles.size(enlarged).width).isEqualTo(80);
  }

  @Test
  void container_enlargesAPictureLargerThanItsHeap() throws Exception {
    Path enlarged = folder.resolve("container.png");

    assertThat(
            java(
                "-Xmx64m",
                "-cp",
                classPath("container"),
                "com.example.container.Main",
                picture("container-in.png", 2400, 1800),
                enlarged))
        .contains("heap 64 MB");
    assertThat(ImageFiles.size(enlarged).width).isEqualTo(4800); // 52 MB as bytes
  }

  @Test
  void virtualThreads_enlargeAndAreCancelled() throws Exception {
    assumeTrue(HAS_VIRTUAL_THREADS, "virtual threads need JDK 21 or newer");

    assertThat(java("-cp", classPath("virtual-threads"), "com.example.threads.Main"))
        .containsPattern("enlarged 5[4-9], cancelled [1-6], running 0|enlarged 60, cancelled 0");
  }

  @Test
  void webService_asAFatJar_keepsNothingAfterManyUploads() throws Exception {
    assumeTrue(hasStarter(), "sr-spring-boot-starter is not part of this build");
    uploads(600, 400, 2, "256m", 64 << 20);
  }

  /** 16 uploads of 12 megapixels at a time. */
  @Test
  @Tag("long")
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void webService_asAFatJar_keepsNothingAfterManyLargeUploads() throws Exception {
    assumeTrue(hasStarter(), "sr-spring-boot-starter is not part of this build");
    uploads(4000, 3000, 1, "1g", 192 << 20);
  }

  private void uploads(int width, int height, int times, String heap, long room) throws Exception {
    byte[] picture = Files.readAllBytes(picture("upload-" + width + ".jpg", width, height));
    try (WebService service = WebService.start(fatJar(), heap, folder)) {
      assertThat(service.enlarged(picture, 2).getWidth()).isEqualTo(2 * width);
      service.uploadAtATime(16, picture);
      service.awaitIdle();
      long before = service.residentBytes();
      for (int i = 0; i < times; i++) {
        service.uploadAtATime(16, picture);
      }
      service.awaitIdle();

      assertThat(service.counts()).contains("\"running\":0", "\"waiting\":0", "\"failed\":0");
      assertThat(service.residentBytes()).isLessThan(before + room);
      assertThat(service.enlarged(picture, 3).getWidth()).isEqualTo(3 * width);
      service.awaitNoThreadOfACall();
      assertThat(service.stop()).doesNotContain("was not closed").contains("Tomcat started");
    }
  }

  private static Path fatJar() {
    return jar("web-service");
  }

  private static Path jar(String project) {
    return folder.resolve(project).resolve("target").resolve(project + "-1.0.jar");
  }

  private static String classPath(String project) {
    return jar(project) + File.pathSeparator + folder.resolve(project + "/target/lib") + "/*";
  }

  private static Path picture(String name, int width, int height) throws IOException {
    BufferedImage image =
        AwtImages.toBuffered(
            TestImages.gradient(3, width, height),
            null,
            new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR));
    Path file = folder.resolve(name);
    ImageFiles.write(image, file);
    return file;
  }

  private static String java(Object... arguments) throws IOException, InterruptedException {
    return run(command(Path.of(System.getProperty("java.home")), arguments));
  }

  private static List<String> command(Path jdk, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(jdk.resolve("bin").resolve("java").toString());
    command.add("-Djava.awt.headless=true");
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", command, output).isZero();
    return output;
  }
}
