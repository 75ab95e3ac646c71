// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a file system that, as that of HDFS, renames no file to the name of another one. */
final class RemoteFilesTest {

  /** The local file system under the scheme {@code strict}. */
  public static final class StrictFileSystem extends RawLocalFileSystem {

    static boolean isRefusing; // to rename anything

    @Override
    public URI getUri() {
      return URI.create("strict:///");
    }

    @Override
    public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
        throws IOException {
      return !isRefusing && !exists(to) && super.rename(from, to);
    }
  }

  @TempDir Path folder;

  private final Configuration configuration = new Configuration(false);
  private final RemoteFiles files = new RemoteFiles(configuration);
  private Path local;
  private org.apache.hadoop.fs.Path target;

  @BeforeEach
  void setUp() throws IOException {
    configuration.setClass(
        "fs.strict.impl", StrictFileSystem.class, org.apache.hadoop.fs.FileSystem.class);
    configuration.setBoolean("fs.strict.impl.disable.cache", true);
    StrictFileSystem.isRefusing = false;
    local = Files.writeString(folder.resolve("local"), "new");
    target = new org.apache.hadoop.fs.Path("strict://" + folder.resolve("out/target"));
  }

  @Test
  void file_isWrittenAndRead_withItsFolder() throws IOException {
    files.write(local, target, /* isReplacing= */ false);

    assertThat(folder.resolve("out/target")).hasContent("new");
    assertThat(files.exists(target)).isTrue();
    files.read(target, folder.resolve("copy"));
    assertThat(folder.resolve("copy")).hasContent("new");
    assertOnlyTheTargetIsThere();
  }

  @Test
  void fileOfAnotherAttempt_stays_unlessItIsReplaced() throws IOException {
    Files.createDirectory(folder.resolve("out"));
    Files.writeString(folder.resolve("out/target"), "of another attempt");

    files.write(local, target, /* isReplacing= */ false);
    assertThat(folder.resolve("out/target")).hasContent("of another attempt");
    assertOnlyTheTargetIsThere();

    files.write(local, target, /* isReplacing= */ true);
    assertThat(folder.resolve("out/target")).hasContent("new");
    assertOnlyTheTargetIsThere();
  }

  @Test
  void refusalToRename_isAFailure_thatLeavesNothing() throws IOException {
    StrictFileSystem.isRefusing = true;

    assertThatIOException()
        .isThrownBy(() -> files.write(local, target, /* isReplacing= */ false))
        .withMessageStartingWith(target + ": the file system refuses to rename");
    try (Stream<Path> all = Files.list(folder.resolve("out"))) {
      assertThat(all).isEmpty();
    }
  }

  private void assertOnlyTheTargetIsThere() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("out"))) {
      assertThat(all).containsExactly(folder.resolve("out/target"));
    }
  }
}
