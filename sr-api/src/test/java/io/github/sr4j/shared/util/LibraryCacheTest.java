// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LibraryCacheTest {

  private static final byte[] CONTENT = {1, 2, 3, 4};
  private static final long ALL_ARE_LARGE = 0;
  private static final long NONE_IS_LARGE = 1L << 20;

  @TempDir private Path directory;
  private Path cache;
  private Map<String, URL> libraries;

  @BeforeEach
  void makeLibraries() throws IOException {
    cache = directory.resolve("cache");
    libraries =
        Map.of(
            "a.so", Files.write(directory.resolve("a"), CONTENT).toUri().toURL(),
            "b.so", Files.write(directory.resolve("b"), CONTENT).toUri().toURL());
  }

  @ParameterizedTest
  @ValueSource(longs = {ALL_ARE_LARGE, NONE_IS_LARGE})
  void damagedFile_isWrittenAgain(long maxRead) throws IOException {
    Path folder = LibraryCache.unpack(libraries, cache, "test", maxRead);
    Path file = folder.resolve("a.so");
    for (byte[] damage : List.of(new byte[2], new byte[4])) {
      Files.write(file, damage);
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH)); // surely another time

      assertThat(LibraryCache.unpack(libraries, cache, "test", maxRead)).isEqualTo(folder);

      assertThat(file).hasBinaryContent(CONTENT);
    }
    Files.delete(file);
    LibraryCache.unpack(libraries, cache, "test", maxRead);
    assertThat(file).hasBinaryContent(CONTENT);
  }

  /**
   * A process that was killed has left one file, and no list: that file is compared, not trusted.
   */
  @Test
  void fileThatWasNeverCompared_isNotTrusted() throws IOException {
    Path folder = LibraryCache.unpack(libraries, cache, "test", ALL_ARE_LARGE);
    Files.delete(folder.resolve("compared.txt"));
    Files.delete(folder.resolve("b.so"));
    Files.write(folder.resolve("a.so"), new byte[4]);

    LibraryCache.unpack(libraries, cache, "test", ALL_ARE_LARGE);

    assertThat(folder.resolve("a.so")).hasBinaryContent(CONTENT);
    assertThat(folder.resolve("b.so")).hasBinaryContent(CONTENT);
  }

  /** So that gigabytes are not read at every start: a file with the noted size and time is used. */
  @Test
  void largeLibraries_areReadOnce() throws IOException {
    Path folder = LibraryCache.unpack(libraries, cache, "test", ALL_ARE_LARGE);
    Path file = folder.resolve("a.so");
    FileTime time = Files.getLastModifiedTime(file);
    byte[] other = {4, 3, 2, 1};
    Files.write(file, other);
    Files.setLastModifiedTime(file, time);

    LibraryCache.unpack(libraries, cache, "test", ALL_ARE_LARGE);
    assertThat(file).hasBinaryContent(other);

    LibraryCache.unpack(libraries, cache, "test", NONE_IS_LARGE);
    assertThat(file).hasBinaryContent(CONTENT);
  }

  @Test
  void otherContent_hasAnotherFolder() throws IOException {
    Path first = LibraryCache.unpack(libraries, cache, "test");
    Files.write(directory.resolve("a"), new byte[] {9});

    assertThat(LibraryCache.unpack(libraries, cache, "test")).isNotEqualTo(first);
    assertThat(first.getFileName().toString()).startsWith("test-");
  }

  @Test
  void cacheThatIsAFile_isRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> LibraryCache.unpack(libraries, file, "test"))
        .isInstanceOf(IOException.class);
  }
}
