// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.settings.SettingException;
import io.github.sr4j.internal.settings.SettingName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

final class FailureTest {

  @Test
  void bareExceptionsOfTheFileSystem_areExplained() {
    assertThat(Failure.describe(new NoSuchFileException("a.png")))
        .isEqualTo("a.png: no such file or folder; check the path");
    assertThat(Failure.describe(new AccessDeniedException("a.png")))
        .startsWith("a.png: permission denied; ");
    assertThat(Failure.describe(new FileAlreadyExistsException("out")))
        .startsWith("out: is a file where a folder is needed; ");
    assertThat(Failure.describe(new UncheckedIOException(new NoSuchFileException("a.png"))))
        .startsWith("a.png: no such file");
  }

  @Test
  void explainedExceptions_areKept() {
    assertThat(Failure.describe(new NoSuchFileException("a.png", null, "no such file")))
        .isEqualTo("a.png: no such file");
    assertThat(Failure.describe(new FileSystemException("a.png", null, "No space left on device")))
        .isEqualTo("a.png: the disk is full");
    assertThat(Failure.describe(new ModelFormatException("a.onnx: is empty", null)))
        .isEqualTo("a.onnx: is empty");
    assertThat(Failure.describe(new IllegalArgumentException("scale must be 2, but was 3")))
        .isEqualTo("scale must be 2, but was 3");
  }

  @Test
  void settings_areNamedAsTheirOptions() {
    assertThat(
            Failure.describe(
                new IllegalArgumentException("tileSize must be at least 16 pixels, but was 8")))
        .isEqualTo("--tile must be at least 16 pixels, but was 8");
    assertThat(Failure.describe(new IllegalArgumentException("overlap must be within 1 to 1024")))
        .isEqualTo("--approximate-tiles must be within 1 to 1024");
    assertThat(Failure.describe(new ImageFormatException("a.png: maxPixels is 9, but", null)))
        .isEqualTo("a.png: --max-pixels is 9, but");
    assertThat(
            Failure.describe(new ImageFormatException("a.png: maxPixelsPerByte is 9, but", null)))
        .isEqualTo("a.png: --max-pixels-per-byte is 9, but");
    assertThat(Failure.describe(new IOException("tileSize.png: an overlap must be")))
        .isEqualTo("tileSize.png: an overlap must be");
  }

  @Test
  void optionsThatACommandDoesNotHave_areNotSpokenOf() {
    Exception tooLarge = new ImageFormatException("a.png: maxPixels is 9, but", null);
    Error memory = new OutOfMemoryError("Java heap space");

    assertThat(Failure.describe(tooLarge, Set.of("--scale")))
        .isEqualTo("a.png: the most pixels that this command reads is 9, but");
    assertThat(Failure.describe(memory, Set.of("--batch", "--patch")))
        .contains("use a smaller --batch or --patch", "SR4J_OPTS")
        .doesNotContain("--tile");
    assertThat(Failure.describe(memory, Set.of())).doesNotContain("--");
    SettingException setting = new SettingException("%s must be 1", new SettingName("low-res"));
    assertThat(Failure.describe(setting, Set.of("--low-res"))).isEqualTo("--low-res must be 1");
    assertThat(Failure.describe(setting, Set.of())).isEqualTo("low res must be 1");
    assertThat(
            Failure.describe(new IOException(setting.getMessage(), setting), Set.of("--low-res")))
        .isEqualTo("--low-res must be 1");
  }

  @Test
  void severalLines_becomeOne() {
    assertThat(Failure.describe(new IOException("cannot read:\n  damaged\n")))
        .isEqualTo("cannot read:; damaged");
  }

  @Test
  void lackOfMemory_tellsHowToAllowMore() {
    assertThat(Failure.describe(new OutOfMemoryError("Java heap space")))
        .contains("not enough memory", "MB", "--tile", "SR4J_OPTS");
  }

  @Test
  void lackOfMemoryForAFile_tellsHowToAllowTheCommandMore() {
    assertThat(
            Failure.describe(
                new SuperResolutionException(
                    "a.png: not enough memory to enlarge it; set a smaller tileSize or allow Java"
                        + " more than its 64 MB with -Xmx",
                    new OutOfMemoryError())))
        .isEqualTo(
            "a.png: not enough memory to enlarge it; set a smaller --tile or allow Java more than"
                + " its 64 MB with the environment variable SR4J_OPTS, as in -Xmx8g");
  }

  @Test
  void whatIsToBeDeclared_isNamedAsTheOptionsOfTheCommand() {
    assertThat(
            Failure.describe(
                new ModelFormatException(
                    "a.onnx: is open; declare layout=nchw or layout=nhwc (with Model.declaring, or"
                        + " as metadata sr4j.* of the file)",
                    null)))
        .isEqualTo(
            "a.onnx: is open; declare --layout nchw or --layout nhwc (or as metadata sr4j.* of the"
                + " file)");
    ModelFormatException declared =
        new ModelFormatException("a.onnx: the declared range must be 255, but is 1", null);
    assertThat(Failure.describe(declared, Set.of("--range")))
        .isEqualTo("a.onnx: the declared --range must be 255, but is 1");
    assertThat(Failure.describe(declared, Set.of())).isEqualTo(declared.getMessage());
  }

  @Test
  void missingNativeCode_isExplained() {
    assertThat(Failure.describe(new UnsatisfiedLinkError("libgomp.so.1")))
        .contains("native code", "libgomp.so.1");
  }

  @Test
  void interrupts_areNoFailures() {
    FileSystemException whileWriting = new FileSystemException("a.png", null, "cannot be written");
    whileWriting.initCause(new ClosedByInterruptException());

    for (Exception interrupt : List.of(new CancellationException(), whileWriting)) {
      assertThat(Failure.isInterruption(interrupt)).isTrue();
      assertThat(Failure.describe(interrupt)).isEqualTo("interrupted");
    }
    assertThat(Failure.isInterruption(new IOException("No space left on device"))).isFalse();
  }

  @Test
  void bugs_areToBeReported_withoutNamesOfClasses() {
    assertThat(Failure.describe(new IllegalStateException("closed")))
        .contains("internal error: closed", "report", "--verbose");
    for (Throwable bug :
        List.of(
            new IllegalArgumentException(),
            new NullPointerException("Cannot invoke \"java.util.List.size()\""),
            new ArrayIndexOutOfBoundsException("Index 5 out of bounds for length 3"),
            new ClassCastException("class java.lang.String cannot be cast"),
            new IllegalStateException(new Object().toString()))) {
      assertThat(Failure.describe(bug))
          .contains("internal error", "--verbose")
          .doesNotContain("java.", "@")
          .doesNotContain(bug.getClass().getSimpleName());
    }
    assertThat(Failure.describe(new NoClassDefFoundError("org/nd4j/Thing")))
        .doesNotContain("NoClassDefFoundError");
  }

  @Test
  void controlCharacters_areMadeVisible() {
    assertThat(Failure.describe(new IOException("a\u001b[2Jb\u202ec\u009b.png: cannot be read")))
        .isEqualTo("a\\u001b[2Jb\\u202ec\\u009b.png: cannot be read");
  }
}
