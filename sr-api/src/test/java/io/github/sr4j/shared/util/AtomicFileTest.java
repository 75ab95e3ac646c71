// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AtomicFileTest {

  @TempDir private Path folder;

  private static void write(Path target, String text) throws IOException {
    AtomicFile.write(target, file -> Files.writeString(file, text));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void file_appearsOnceItIsComplete() throws IOException {
    Path target = folder.resolve("a.png");

    int result =
        AtomicFile.write(
            target,
            file -> {
              assertThat(target).doesNotExist();
              assertThat(file.toString()).endsWith(".png");
              Files.writeString(file, "whole");
              return 7;
            });

    assertThat(result).isEqualTo(7);
    assertThat(target).hasContent("whole");
    assertThat(names()).containsExactly("a.png");
  }

  @Test
  void nameAsLongAsCanBe_isWritten() throws IOException {
    Path target = folder.resolve("n".repeat(251) + ".png");

    write(target, "text");

    assertThat(target).hasContent("text");
  }

  @Test
  void failure_namesTheTarget_andLeavesTheOldFileAlone() throws IOException {
    Path target = Files.writeString(folder.resolve("a.png"), "old");

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    file -> {
                      Files.writeString(file, "half");
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(target + ": cannot be written: the disk is full");
    assertThat(target).hasContent("old");
    assertThat(names()).containsExactly("a.png");
  }

  @Test
  void interrupt_cancels() {
    Path target = folder.resolve("a.png");

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    file -> {
                      Thread.currentThread().interrupt();
                      throw new IOException("closed");
                    }))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-rw-", "rwxr-x---", "-w--w----"})
  void replacedFile_keepsItsPermissions(String permissions) throws IOException {
    assumePosix();
    Path target = Files.writeString(folder.resolve("a.png"), "old");
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(permissions));
    AtomicReference<String> meanwhile = new AtomicReference<>();

    AtomicFile.write(
        target,
        file -> {
          meanwhile.set(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
          return Files.writeString(file, "new");
        });

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo(permissions);
    assertThat(meanwhile.get().substring(3)).isEqualTo(permissions.substring(3));
  }

  @Test
  void newFile_hasThePermissionsOfAnyNewFile() throws IOException {
    assumePosix();
    Path other = Files.createFile(folder.resolve("other"));

    write(folder.resolve("a.png"), "new");

    assertThat(Files.getPosixFilePermissions(folder.resolve("a.png")))
        .isEqualTo(Files.getPosixFilePermissions(other));
  }

  @Test
  void replacedFile_keepsItsOwner() throws IOException {
    assumePosix();
    Path target = Files.writeString(folder.resolve("a.png"), "old");
    UserPrincipal other;
    try {
      other =
          target.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
      Files.setOwner(target, other);
    } catch (IOException e) {
      assumeTrue(false, "only a superuser can give a file away: " + e);
      return;
    }

    write(target, "new");

    assertThat(target).hasContent("new");
    assertThat(Files.getOwner(target)).isEqualTo(other);
  }

  @Test
  void writeProtectedFile_isNotReplaced() throws IOException {
    assumePosix();
    Path target = Files.writeString(folder.resolve("a.png"), "old");
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r--r--r--"));

    assertThatThrownBy(() -> write(target, "new"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContainingAll(target.toString(), "is write-protected; change its permissions");
    assertThatThrownBy(() -> AtomicFile.check(target)).hasMessageContaining("write-protected");
    assertThat(target).hasContent("old");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void symbolicLink_isWrittenThrough(boolean isThere) throws IOException {
    assumePosix();
    Path other = Files.createDirectory(folder.resolve("other")).resolve("real.png");
    if (isThere) {
      Files.writeString(other, "old");
    }
    Path between =
        Files.createSymbolicLink(folder.resolve("between.png"), Path.of("other", "real.png"));
    Path link = Files.createSymbolicLink(folder.resolve("link.png"), between);

    write(link, "new");

    assertThat(link).isSymbolicLink().hasContent("new");
    assertThat(between).isSymbolicLink();
    assertThat(Files.isSymbolicLink(other)).isFalse();
    assertThat(other).hasContent("new");
  }

  @Test
  void symbolicLinkToItself_isRefused() throws IOException {
    assumePosix();
    Path link = Files.createSymbolicLink(folder.resolve("link.png"), Path.of("link.png"));

    assertThatThrownBy(() -> write(link, "new"))
        .hasMessage(link + ": is a symbolic link that leads to itself");
  }

  @Test
  void folder_orNoFolder_isRefused() {
    assertThatThrownBy(() -> AtomicFile.check(folder)).hasMessage(folder + ": is a folder");
    assertThatThrownBy(() -> AtomicFile.check(folder.resolve("absent/a.png")))
        .hasMessageContainingAll("a.png: there is no folder", "absent");
  }

  @Test
  @Timeout(20)
  void pipe_isWrittenTo_andStaysAPipe() throws Exception {
    Path pipe = pipe("pipe.png");
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try (InputStream in = Files.newInputStream(pipe)) {
                return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });

    write(pipe, "through");

    assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(AtomicFile.isSpecial(pipe)).isTrue();
  }

  @Test
  @Timeout(20)
  void pipeWithoutAReader_canBeInterrupted() throws Exception {
    Path pipe = pipe("pipe.png");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                write(pipe, "to nobody");
              } catch (IOException | RuntimeException e) {
                thrown.set(e);
              }
            });
    writer.start();
    writer.join(300);
    assertThat(writer.isAlive()).isTrue();

    writer.interrupt();
    writer.join(1000);

    assertThat(writer.isAlive()).isFalse();
    assertThat(thrown.get()).isInstanceOf(CancellationException.class);
    Files.newInputStream(pipe).close(); // ends the thread that is left behind
  }

  @Test
  void fullDevice_isNamedAsSuch() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no /dev/full");
    Path link = Files.createSymbolicLink(folder.resolve("a.png"), full);

    assertThatThrownBy(() -> write(link, "text"))
        .hasMessage(link + ": cannot be written: the disk is full");
    assertThat(AtomicFile.isSpecial(full)).isTrue();
  }

  @Test
  void leftoverOfAnEndedProcess_isRemovedWithTheNextWritingOfItsTarget() throws Exception {
    Path ofA = leftover("a.png", endedProcess());
    Path ofB = leftover("b.png", endedProcess());
    Path own = Files.writeString(folder.resolve(".sr4j-notes"), "not ours");
    Path foreign = Files.writeString(folder.resolve(".a.png.tmp"), "not ours");

    write(folder.resolve("a.png"), "new");

    assertThat(ofA).doesNotExist();
    assertThat(List.of(ofB, own, foreign)).allMatch(Files::exists);
  }

  @Test
  void leftoverOfAProcessWhoseNumberIsTakenAgain_isRemoved() throws IOException {
    Path leftover = leftover("a.png", ProcessHandle.current().parent().orElseThrow().pid());
    Files.setLastModifiedTime(leftover, FileTime.from(Instant.now().minus(Duration.ofDays(4000))));

    write(folder.resolve("a.png"), "new");

    assertThat(leftover).doesNotExist();
  }

  @Test
  void fileThatALivingProcessWrites_stays() throws IOException {
    Path other = leftover("a.png", ProcessHandle.current().parent().orElseThrow().pid());

    write(folder.resolve("a.png"), "new");

    assertThat(other).exists();
  }

  @Test
  void fileThatThisProcessWrites_stays() throws IOException {
    Path target = folder.resolve("a.png");

    AtomicFile.write(
        target,
        first -> {
          write(target, "second"); // by another thread, say
          assertThat(first).exists();
          return Files.writeString(first, "first");
        });

    assertThat(target).hasContent("first");
    assertThat(names()).containsExactly("a.png");
  }

  @Test
  void writingWithinAWriting_needsNoTemporaryFileOfItsOwn() throws IOException {
    AtomicFile.write(
        folder.resolve("a.onnx"),
        file -> {
          AtomicFile.write(
              file,
              inner -> {
                assertThat(inner).isEqualTo(file);
                return Files.writeString(inner, "text");
              });
          return file;
        });

    assertThat(folder.resolve("a.onnx")).hasContent("text");
  }

  @Test
  void endOfTheProcess_deletesWhatIsInProgress() {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    folder.resolve("a.png"),
                    file -> {
                      Files.writeString(file, "half");
                      AtomicFile.deleteTemporaries();
                      assertThat(names()).isEmpty();
                      return file;
                    }))
        .isInstanceOf(IOException.class);
  }

  /** Leaves what a process that is killed while it writes leaves. */
  private Path leftover(String target, long pid) throws IOException {
    AtomicReference<String> name = new AtomicReference<>();
    AtomicFile.write(
        folder.resolve(target),
        file -> {
          name.set(file.getFileName().toString());
          return Files.writeString(file, "");
        });
    Files.delete(folder.resolve(target));
    String own = Long.toHexString(ProcessHandle.current().pid());
    return Files.writeString(
        folder.resolve(name.get().replace("-" + own + "-", "-" + Long.toHexString(pid) + "-")),
        "half");
  }

  private static long endedProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.waitFor();
    return process.pid();
  }

  private Path pipe(String name) throws Exception {
    assumePosix();
    Path pipe = folder.resolve(name);
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "mkfifo is needed");
    return pipe;
  }

  private void assumePosix() {
    assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "the file system has no POSIX permissions");
  }

  @Test
  void deleteTemporaries_deletesThoseOfReadings() throws IOException {
    try (TemporaryFile file = TemporaryFile.create(".png")) {
      assertThat(file.path()).isEmptyFile().hasExtension("png");

      AtomicFile.deleteTemporaries();

      assertThat(file.path()).doesNotExist();
    }
  }

  @Test
  void temporaryFile_isDeletedWhenItIsClosed() throws IOException {
    TemporaryFile file = TemporaryFile.create();

    file.close();

    assertThat(file.path()).doesNotExist();
  }
}
