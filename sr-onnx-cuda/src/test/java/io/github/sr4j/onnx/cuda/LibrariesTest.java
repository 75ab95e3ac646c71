// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.onnx.shared.ObstacleException;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The search for CUDA and cuDNN among files that have their names. */
final class LibrariesTest {

  private static final Platform LINUX = Platform.LINUX;
  private static final String NEW_RUNTIME = "...cudaLibraryGetKernel...";

  @TempDir private Path directory;
  private Path installed;
  private String cache;

  @BeforeEach
  void makeInstallation() throws IOException {
    installed = Files.createDirectory(directory.resolve("installed"));
    fill(installed);
    cache = System.getProperty("sr4j.cache", "");
    System.setProperty("sr4j.cache", directory.resolve("cache").toString());
  }

  @AfterEach
  void restoreCache() {
    if (cache.isEmpty()) {
      System.clearProperty("sr4j.cache");
    } else {
      System.setProperty("sr4j.cache", cache);
    }
  }

  @Test
  void installation_isTakenBeforeJars_andGivenFoldersBeforeBoth() throws Exception {
    Path given = Files.createDirectory(directory.resolve("given"));
    fill(given);
    Function<String, Optional<URL>> jars = jars(directory.resolve("given"));

    Libraries system = Libraries.find(LINUX, Optional.empty(), List.of(installed), jars);
    Libraries ofProperty =
        Libraries.find(LINUX, Optional.of(given.toString()), List.of(installed), jars);

    assertThat(system.origin()).isEqualTo(Libraries.Origin.SYSTEM);
    assertThat(system.files()).hasSize(12).allMatch(file -> file.startsWith(installed));
    assertThat(ofProperty.origin()).isEqualTo(Libraries.Origin.GIVEN);
    assertThat(ofProperty.files()).allMatch(file -> file.startsWith(given));
    assertThat(system.files().get(0).getFileName()).hasToString("libcudart.so.12");
    assertThat(system.files().get(11).getFileName()).hasToString("libcudnn.so.9");
  }

  /** As Debian's CUDA beside a cuDNN in a folder of its own. */
  @Test
  void installation_mayBeInSeveralFolders() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    for (String name : LINUX.cudnn()) {
      Files.move(installed.resolve(name), other.resolve(name));
    }

    assertThat(
            Libraries.find(
                    LINUX, Optional.empty(), List.of(installed, other), LibrariesTest::nothing)
                .files())
        .hasSize(12);
    assertThat(
            Libraries.find(
                    LINUX,
                    Optional.of(installed + File.pathSeparator + other),
                    List.of(),
                    LibrariesTest::nothing)
                .origin())
        .isEqualTo(Libraries.Origin.GIVEN);
  }

  @Test
  void allMissingLibraries_areNamedAtOnce_withOtherVersionsThatAreThere() throws Exception {
    Files.delete(installed.resolve("libcublas.so.12"));
    Files.delete(installed.resolve("libcudnn.so.9"));
    Files.delete(installed.resolve("libcudart.so.12"));
    Path other = Files.createFile(installed.resolve("libcudart.so.13"));

    assertThatThrownBy(
            () ->
                Libraries.find(LINUX, Optional.empty(), List.of(installed), LibrariesTest::nothing))
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "CUDA 12.8 or newer of version 12, and cuDNN 9, are needed: libcudart.so.12 (there is "
                + other
                + "), libcublas.so.12, libcudnn.so.9 are missing; add the artifact"
                + " sr-onnx-cuda-linux, which brings them, or install them");
  }

  @Test
  void oldCuda_isRefused_withItsVersion_orReplacedByThatOfJars() throws Exception {
    Path jars = Files.createDirectory(directory.resolve("jars"));
    fill(jars);
    Path versioned = Files.writeString(installed.resolve("libcudart.so.12.6.77"), "old");
    Files.delete(installed.resolve("libcudart.so.12"));
    Files.createSymbolicLink(installed.resolve("libcudart.so.12"), versioned.getFileName());

    assertThatThrownBy(
            () ->
                Libraries.find(LINUX, Optional.empty(), List.of(installed), LibrariesTest::nothing))
        .hasMessageContaining(
            installed.resolve("libcudart.so.12")
                + " is of CUDA 12.6.77, but 12.8 or newer is needed;");
    assertThat(Libraries.find(LINUX, Optional.empty(), List.of(installed), jars(jars)).origin())
        .isEqualTo(Libraries.Origin.BUNDLED);
  }

  @Test
  void givenFolderThatDoesNotFit_isRefused_notReplaced() throws Exception {
    Files.delete(installed.resolve("libcudnn_cnn.so.9"));
    Path whole = Files.createDirectory(directory.resolve("whole"));
    fill(whole);

    assertThatThrownBy(
            () ->
                Libraries.find(
                    LINUX, Optional.of(installed.toString()), List.of(whole), jars(whole)))
        .isInstanceOf(ObstacleException.class)
        .hasMessage(
            "sr4j.cuda.libraries=" + installed + " does not fit: libcudnn_cnn.so.9 is missing");
  }

  /** As after an update of one package of several. */
  @Test
  void cudnnOfTwoVersions_isRefused_withBoth() throws Exception {
    version("libcudnn.so.9", "10.2");
    version("libcudnn_ops.so.9", "5.1");

    assertThatThrownBy(
            () ->
                Libraries.find(LINUX, Optional.empty(), List.of(installed), LibrariesTest::nothing))
        .hasMessageContaining(
            installed.resolve("libcudnn_ops.so.9")
                + " is of cuDNN 9.5.1, but "
                + installed.resolve("libcudnn.so.9")
                + " of 9.10.2");
  }

  @Test
  void librariesOfJars_areUnpackedOnce_onlyThoseThatAreNeeded() throws Exception {
    Files.createFile(installed.resolve("libcusparse.so.12"));
    Files.createFile(installed.resolve(LINUX.bundledBuiltins()));

    Libraries first = Libraries.find(LINUX, Optional.empty(), List.of(), jars(installed));
    Libraries second = Libraries.find(LINUX, Optional.empty(), List.of(), jars(installed));

    assertThat(second).isEqualTo(first);
    Path folder = first.files().get(0).getParent();
    assertThat(folder.getParent()).isEqualTo(directory.resolve("cache"));
    try (Stream<Path> files = Files.list(folder)) {
      List<String> expected = new ArrayList<>(LINUX.toolkit());
      expected.addAll(LINUX.cudnn());
      expected.add(LINUX.bundledBuiltins()); // nvrtc looks for it beside itself
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void jarThatIsMissing_isNamed() throws Exception {
    for (String name : LINUX.cudnn()) {
      Files.delete(installed.resolve(name));
    }

    assertThatThrownBy(() -> Libraries.find(LINUX, Optional.empty(), List.of(), jars(installed)))
        .isInstanceOf(ObstacleException.class)
        .hasMessageStartingWith(
            "the class path has a part of CUDA's libraries only: libcudnn_graph.so.9,")
        .hasMessageEndingWith(
            "are missing; the artifacts org.bytedeco:cuda-redist, cuda-redist-cublas and"
                + " cuda-redist-cudnn bring them");
  }

  @Test
  void cacheThatCannotHoldThem_isRefused_withWhatToDo() throws Exception {
    System.setProperty("sr4j.cache", Files.createFile(directory.resolve("file")).toString());

    assertThatThrownBy(() -> Libraries.find(LINUX, Optional.empty(), List.of(), jars(installed)))
        .isInstanceOf(ObstacleException.class)
        .hasMessageStartingWith("CUDA's libraries cannot be unpacked into the cache: ")
        .hasMessageEndingWith("; sr4j.cache must name a folder with 1.5 GB of room");
  }

  @Test
  void folders_areThoseOfTheEnvironmentFirst() throws Exception {
    Path toolkit = Files.createDirectories(directory.resolve("toolkit/lib64"));
    String path = directory.resolve("absent") + File.pathSeparator + installed;

    assertThat(
            Libraries.systemFolders(
                LINUX,
                Map.of("LD_LIBRARY_PATH", path, "CUDA_HOME", toolkit.getParent().toString())))
        .startsWith(installed, toolkit)
        .doesNotContain(directory.resolve("absent"));
  }

  /** What the system's loader says is part of the message; what JNA adds to it is not. */
  @Test
  void fileThatIsNoLibrary_isRefusedWhenItIsLoaded() throws Exception {
    Libraries libraries =
        Libraries.find(LINUX, Optional.empty(), List.of(installed), LibrariesTest::nothing);

    assertThatThrownBy(libraries::load)
        .isInstanceOf(ObstacleException.class)
        .hasMessageStartingWith(installed.resolve("libcudart.so.12") + " cannot be loaded: ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void libraries_areLoaded() throws Exception {
    Stubs.assumeCompiler();
    Path stubs = Files.createDirectory(directory.resolve("stubs"));
    Stubs.libraries(stubs, Map.of());

    Libraries libraries =
        Libraries.find(LINUX, Optional.empty(), List.of(stubs), LibrariesTest::nothing);

    assertThatCode(libraries::load).doesNotThrowAnyException();
    assertThatCode(libraries::load).doesNotThrowAnyException();
  }

  private static void fill(Path folder) throws IOException {
    for (List<String> names : List.of(LINUX.toolkit(), LINUX.cudnn())) {
      for (String name : names) {
        Files.writeString(
            folder.resolve(name), name.startsWith("libcudart") ? NEW_RUNTIME : "library");
      }
    }
  }

  /** Makes a library a link to a file with a version, as packages do. */
  private void version(String name, String version) throws IOException {
    Path file = installed.resolve(name);
    Path versioned = installed.resolve(name + "." + version);
    Files.move(file, versioned);
    Files.createSymbolicLink(file, versioned.getFileName());
  }

  /** The resources of a class path without jars of CUDA. */
  private static Optional<URL> nothing(String name) {
    return Optional.empty();
  }

  /** Returns a class path whose jars have the files of a folder. */
  private static Function<String, Optional<URL>> jars(Path folder) {
    return name -> {
      assertThat(name).startsWith("org/bytedeco/cuda/linux-x86_64/");
      Path file = folder.resolve(name.substring(name.lastIndexOf('/') + 1));
      try {
        return Files.isRegularFile(file) ? Optional.of(file.toUri().toURL()) : Optional.empty();
      } catch (MalformedURLException e) {
        throw new IllegalStateException(e);
      }
    };
  }
}
