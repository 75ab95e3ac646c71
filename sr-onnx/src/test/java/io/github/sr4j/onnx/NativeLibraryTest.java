// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Upscaler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loading of ONNX Runtime: in another JVM, since this one has loaded it. */
final class NativeLibraryTest {

  /** Prints what becomes of opening a model twice, and stays if it is told to. */
  static final class Open {

    private Open() {}

    public static void main(String[] args) throws IOException {
      for (int i = 0; i < 2; i++) {
        try {
          Upscaler.builder().model(TestModels.model(TestModels.nearest(3, 2))).build().close();
          System.out.println("opened");
        } catch (DeviceUnavailableException e) {
          System.out.println(e.getMessage());
        }
      }
      if (args.length > 0) {
        System.in.read();
      }
    }
  }

  private static final String OPENED = "opened\nopened\n";

  /** The device is chosen by a probe of CUDA, which is the first to fail. */
  @Test
  void nativeLibraryThatCannotBeUnpacked_isExplainedAtEveryAttempt(@TempDir Path directory)
      throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThat(
            open("-Dsr4j.cache=" + file, "-Djava.io.tmpdir=" + directory.resolve("absent")).lines())
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        "the native library of ONNX Runtime cannot be loaded on this machine (")
                    .contains(directory.resolve("absent") + "/onnxruntime-java")
                    .endsWith(
                        ": no such file or folder; java.io.tmpdir must be a folder that can be"
                            + " written to")
                    .doesNotContain("Exception"));
  }

  @Test
  void nativeLibrary_isUnpackedOnce(@TempDir Path directory) throws Exception {
    Path cache = directory.resolve("cache");
    String[] options = {"-Dsr4j.cache=" + cache, "-Djava.io.tmpdir=" + temporary(directory)};

    assertThat(open(options)).isEqualTo(OPENED);
    Map<Path, FileTime> unpacked = filesIn(cache);
    assertThat(open(options)).isEqualTo(OPENED);

    assertThat(unpacked.keySet())
        .extracting(file -> file.getFileName().toString())
        .contains(System.mapLibraryName("onnxruntime"), System.mapLibraryName("onnxruntime4j_jni"));
    assertThat(filesIn(cache)).isEqualTo(unpacked);
    assertThat(directory.resolve("tmp")).isEmptyDirectory();
  }

  /** As a full disk, a killed process or a cleaner of caches may leave it. */
  @Test
  void damagedCache_isMended(@TempDir Path directory) throws Exception {
    Path cache = directory.resolve("cache");
    assertThat(open("-Dsr4j.cache=" + cache)).isEqualTo(OPENED);
    Map<Path, FileTime> unpacked = filesIn(cache);
    List<Path> files = List.copyOf(unpacked.keySet());
    byte[] whole = Files.readAllBytes(files.get(0));
    Files.delete(files.get(1));
    for (byte[] damaged : List.of(new byte[100], new byte[whole.length])) {
      Files.write(files.get(0), damaged);

      assertThat(open("-Dsr4j.cache=" + cache)).isEqualTo(OPENED);

      assertThat(files.get(0)).hasBinaryContent(whole);
      assertThat(filesIn(cache)).containsOnlyKeys(files);
    }
  }

  @Test
  void twoProcesses_mayUnpackAtOnce(@TempDir Path directory) throws Exception {
    List<CompletableFuture<String>> outputs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      outputs.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return open("-Dsr4j.cache=" + directory);
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    for (CompletableFuture<String> output : outputs) {
      assertThat(output.get(60, TimeUnit.SECONDS)).isEqualTo(OPENED);
    }
  }

  @Test
  void processThatIsKilled_leavesNoTemporaryFile(@TempDir Path directory) throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    for (Path cache : List.of(directory.resolve("cache"), file)) {
      Process process =
          new ProcessBuilder(
                  command(
                      List.of(),
                      List.of("-Dsr4j.cache=" + cache, "-Djava.io.tmpdir=" + temporary(directory)),
                      "stay"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader lines = process.inputReader()) {
        assertThat(lines.readLine()).isEqualTo("opened");
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(directory.resolve("tmp")).as(cache.toString()).isEmptyDirectory();
    }
  }

  @Test
  void cacheThatCannotBeWritten_isReplacedByATemporaryFolder_withAWarningIfItWasChosen(
      @TempDir Path directory) throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThat(log("-Dsr4j.cache=" + file))
        .contains("opened")
        .containsOnlyOnce("WARN")
        .contains(
            "sr4j.cache=" + file + " cannot hold the native library of ONNX Runtime (",
            "), which is unpacked into a temporary folder at every start instead");
    assertThat(log("-Duser.home=" + file)).contains("opened").doesNotContain("WARN");
    assertThat(log("-Duser.home=?")).contains("opened").doesNotContain("WARN");
    assertThat(Path.of("?")).doesNotExist();
  }

  @Test
  void fileSystemMountedNoexec_isReplacedByATemporaryFolder(@TempDir Path directory)
      throws Exception {
    String output =
        mounted("mount -t tmpfs -o noexec tmpfs " + directory, "-Dsr4j.cache=" + directory);

    assertThat(output)
        .contains("opened")
        .contains(
            "sr4j.cache="
                + directory
                + " cannot hold the native library of ONNX Runtime (it is mounted noexec, so that"
                + " no code can be loaded from it)");
  }

  /** As in an image of a container that brings the cache along. */
  @Test
  void readOnlyFileSystem_isUsedIfItHasTheLibraries(@TempDir Path directory) throws Exception {
    String readOnly =
        String.format("mount --bind %s %1$s && mount -o remount,bind,ro %1$s", directory);

    String empty = mounted(readOnly, "-Dsr4j.cache=" + directory);
    assertThat(open("-Dsr4j.cache=" + directory)).isEqualTo(OPENED);
    String filled = mounted(readOnly, "-Dsr4j.cache=" + directory);

    assertThat(empty).contains("opened", "cannot hold the native library").contains("is read-only");
    assertThat(filled).contains("opened").doesNotContain("WARN");
  }

  @Test
  void foldersThatKilledProcessesLeft_areDeleted_ifTheyAreOldAndEmpty(@TempDir Path directory)
      throws IOException {
    Path old = Files.createDirectory(directory.resolve("onnxruntime-java1"));
    Path recent = Files.createDirectory(directory.resolve("onnxruntime-java2"));
    Path full = Files.createDirectory(directory.resolve("onnxruntime-java3"));
    Files.createFile(full.resolve("lib"));
    Path file = Files.createFile(directory.resolve("onnxruntime-java4"));
    Path other = Files.createDirectory(directory.resolve("other"));
    FileTime hourAgo = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    for (Path each : List.of(old, full, file, other)) {
      Files.setLastModifiedTime(each, hourAgo);
    }

    NativeLibraries.deleteLeftBehind(directory);

    assertThat(old).doesNotExist();
    assertThat(List.of(recent, full, file, other)).allSatisfy(each -> assertThat(each).exists());
  }

  @Test
  void platform_isThatOfTheJarsOfOnnxRuntime() {
    assertThat(NativeLibraries.platform("Linux", "amd64")).isEqualTo("linux-x64");
    assertThat(NativeLibraries.platform("Linux", "aarch64")).isEqualTo("linux-aarch64");
    assertThat(NativeLibraries.platform("Mac OS X", "aarch64")).isEqualTo("osx-aarch64");
    assertThat(NativeLibraries.platform("Windows Server 2022", "amd64")).isEqualTo("win-x64");
  }

  private static Path temporary(Path directory) throws IOException {
    return Files.createDirectories(directory.resolve("tmp"));
  }

  private static Map<Path, FileTime> filesIn(Path folder) throws IOException {
    Map<Path, FileTime> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(file, Files.getLastModifiedTime(file));
      }
    }
    return files;
  }

  /** ONNX Runtime 1.29.0 on Linux reads the command line, and overflows the stack on a long one. */
  @Test
  void longCommandLine_isSurvived() throws Exception {
    assertThat(open("-Dlong=" + "x".repeat(5_000))).isEqualTo(OPENED);
  }

  /** ONNX Runtime 1.29.0 on Linux reports its use to its maker, unless the environment forbids. */
  @Test
  void nativeLibrary_hasNoAddressToReportTo() throws Exception {
    String resource = "/ai/onnxruntime/native/linux-x64/libonnxruntime.so";
    try (InputStream in = OrtEnvironment.class.getResourceAsStream(resource)) {
      assertThat(in).isNotNull();
      String bytes = new String(in.readAllBytes(), ISO_8859_1);

      assertThat(bytes.contains("events.data.microsoft.com")).isFalse();
      assertThat(bytes.contains("onnxruntime")).isTrue(); // the search finds what is there
    }
  }

  private static String open(String... options) throws IOException, InterruptedException {
    return output(
        new ProcessBuilder(command(List.of(), List.of(options)))
            .redirectError(ProcessBuilder.Redirect.DISCARD));
  }

  /** Returns also what is logged. */
  private static String log(String... options) throws IOException, InterruptedException {
    return output(
        new ProcessBuilder(command(List.of(), List.of(options))).redirectErrorStream(true));
  }

  /** Returns also what is logged, in a process that has file systems of its own. */
  private static String mounted(String mount, String... options)
      throws IOException, InterruptedException {
    List<String> unshare = List.of("unshare", "-Urm", "sh", "-c");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/unshare"))
            && new ProcessBuilder("unshare", "-Urm", "true").start().waitFor() == 0,
        "file systems cannot be mounted here");
    List<String> command = new ArrayList<>(unshare);
    command.add(mount + " && exec \"$0\" \"$@\"");
    return output(new ProcessBuilder(command(command, List.of(options))).redirectErrorStream(true));
  }

  private static List<String> command(List<String> prefix, List<String> options, String... args) {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Open.class.getName()));
    command.addAll(List.of(args));
    return command;
  }

  private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
