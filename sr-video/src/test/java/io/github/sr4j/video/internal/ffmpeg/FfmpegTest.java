// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BackendNotFoundException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
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

    assertThat(Ffmpeg.find(Optional.empty(), path).version()).isEqualTo("6.1.1");
    assertThat(Ffmpeg.find(Optional.of(second), path).version()).isEqualTo("7.0");
    assertThat(Ffmpeg.find(Optional.of(second.resolve("ffmpeg")), null).program())
        .isEqualTo(second.resolve("ffmpeg"));
  }

  @Test
  void absence_isExplained() throws IOException {
    assertThatThrownBy(() -> Ffmpeg.find(Optional.empty(), folder.toString()))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("no FFmpeg is on the PATH; install it");
    assertThatThrownBy(() -> Ffmpeg.find(Optional.of(folder), null))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining(folder + ": there is no program ffmpeg");
    install(folder, "6.0");
    Files.delete(folder.resolve("ffprobe"));
    assertThatThrownBy(() -> Ffmpeg.find(Optional.of(folder), null))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("there is no program ffprobe beside it");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"4.4.2-0ubuntu1, false", "5.0, false", "5.1.6, true", "n7.1, true", "N-1234, true"})
  void version_mustBeRecent(String version, boolean isAccepted) throws IOException {
    install(folder, version);

    if (isAccepted) {
      assertThat(Ffmpeg.find(Optional.of(folder), null).version()).isEqualTo(version);
    } else {
      assertThatThrownBy(() -> Ffmpeg.find(Optional.of(folder), null))
          .isInstanceOf(BackendNotFoundException.class)
          .hasMessageContaining("must be of version 5.1 or newer, but is " + version);
    }
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
