// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BackendNotFoundException;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FfmpegTest {

  @TempDir private Path folder;

  @BeforeEach
  void assumeScripts() {
    assumeTrue(File.separatorChar == '/', "programs are scripts of sh");
  }

  @Test
  void program_isFoundOnThePath_orWhereItIsSaidToBe() throws IOException {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    install(first, "6.1.1");
    install(second, "7.0");
    String path = folder.resolve("none") + ":" + first + ":" + second;

    assertThat(find(Optional.empty(), path).version()).isEqualTo("6.1.1");
    assertThat(find(Optional.of(second), path).version()).isEqualTo("7.0");
    assertThat(find(Optional.of(second.resolve("ffmpeg")), null).program())
        .isEqualTo(second.resolve("ffmpeg"));
  }

  @Test
  void absence_isExplained() throws IOException {
    assertThatThrownBy(() -> find(Optional.empty(), folder.toString()))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("no FFmpeg is on the PATH or the class path; install it");
    assertThatThrownBy(() -> find(Optional.of(folder), null))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining(folder + ": there is no program ffmpeg");
    install(folder, "6.0");
    Files.delete(folder.resolve("ffprobe"));
    assertThatThrownBy(() -> find(Optional.of(folder), null))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("there is no program ffprobe beside it");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"4.4.2-0ubuntu1, false", "5.0, false", "5.1.6, true", "n7.1, true", "N-1234, true"})
  void version_mustBeRecent(String version, boolean isAccepted) throws IOException {
    install(folder, version);

    if (isAccepted) {
      assertThat(find(Optional.of(folder), null).version()).isEqualTo(version);
    } else {
      assertThatThrownBy(() -> find(Optional.of(folder), null))
          .isInstanceOf(BackendNotFoundException.class)
          .hasMessageContaining("must be of version 5.1 or newer, but is " + version);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"linux-x86_64, 8.1.2", "linux-x86_64-gpl, 8.1.2"})
  void programsOfTheClassPath_areUnpackedOnce(String variant, String version) throws IOException {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    install(programs, version);
    Path jar = folder.resolve("ffmpeg.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (String name : List.of("ffmpeg", "ffprobe", "libjniavutil.so")) {
        out.putNextEntry(new JarEntry("org/bytedeco/ffmpeg/" + variant + "/" + name));
        if (!name.endsWith(".so")) {
          Files.copy(programs.resolve(name), out);
        }
      }
    }
    Optional<Path> cache = Optional.of(folder.resolve("cache"));

    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      Path unpacked = EmbeddedFfmpeg.unpack(loader, "linux-x86_64", cache).orElseThrow();

      assertThat(Ffmpeg.find(Optional.empty(), null, () -> Optional.of(unpacked)).version())
          .isEqualTo(version);
      try (Stream<Path> files = Files.list(unpacked)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder("ffmpeg", "ffprobe");
      }
      assertThat(EmbeddedFfmpeg.unpack(loader, "linux-x86_64", cache)).contains(unpacked);
      assertThat(EmbeddedFfmpeg.unpack(loader, "windows-x86_64", cache)).isEmpty();
    }
  }

  private static Ffmpeg find(Optional<Path> chosen, String path) throws IOException {
    return Ffmpeg.find(chosen, path, Optional::empty);
  }

  private static void install(Path folder, String version) throws IOException {
    for (String name : new String[] {"ffmpeg", "ffprobe"}) {
      Path program = folder.resolve(name);
      Files.writeString(
          program, "#!/bin/sh\necho '" + name + " version " + version + " Copyright (c)'\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
