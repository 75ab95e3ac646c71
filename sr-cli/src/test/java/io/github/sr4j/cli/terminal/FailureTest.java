// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
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
    assertThat(Failure.describe(new NoSuchFileException("a.png"), Set.of()))
        .isEqualTo("a.png: no such file or folder; check the path");
    assertThat(Failure.describe(new AccessDeniedException("a.png"), Set.of()))
        .startsWith("a.png: permission denied; ");
    assertThat(Failure.describe(new FileAlreadyExistsException("out"), Set.of()))
        .startsWith("out: is a file where a folder is needed; ");
    assertThat(
            Failure.describe(new UncheckedIOException(new NoSuchFileException("a.png")), Set.of()))
        .startsWith("a.png: no such file");
  }

  @Test
  void explainedExceptions_areKept() {
    assertThat(Failure.describe(new NoSuchFileException("a.png", null, "no such file"), Set.of()))
        .isEqualTo("a.png: no such file");
    assertThat(
            Failure.describe(
                new FileSystemException("a.png", null, "No space left on device"), Set.of()))
        .isEqualTo("a.png: the disk is full");
    assertThat(Failure.describe(new ModelFormatException("a.onnx: is empty", null), Set.of()))
        .isEqualTo("a.onnx: is empty");
    assertThat(
            Failure.describe(new IllegalArgumentException("scale must be 2, but was 3"), Set.of()))
        .isEqualTo("scale must be 2, but was 3");
  }

  @Test
  void settings_areNamedAsTheirOptions() {
    SettingName tileSize = new SettingName("tile-size");
    SettingException setting =
        new SettingException("%s must be at least 16 pixels, but was 8", tileSize);
    SettingException ofFile = new SettingException("tileSize.png: %s is 8, but", tileSize);

    assertThat(Failure.describe(setting, Set.of("--tile-size")))
        .isEqualTo("--tile-size must be at least 16 pixels, but was 8");
    assertThat(
            Failure.describe(
                new ImageFormatException(ofFile.getMessage(), ofFile), Set.of("--tile-size")))
        .isEqualTo("tileSize.png: --tile-size is 8, but");
  }

  @Test
  void optionsThatACommandDoesNotHave_areNotSpokenOf() {
    SettingException setting =
        new SettingException("a.png: %s is 9, but", new SettingName("max-pixels"));
    Error memory = new OutOfMemoryError("Java heap space");

    assertThat(Failure.describe(setting, Set.of("--scale")))
        .isEqualTo("a.png: max pixels is 9, but");
    assertThat(Failure.describe(memory, Set.of("--batch", "--patch")))
        .contains("use a smaller --batch or --patch", "SR4J_OPTS")
        .doesNotContain("--tile-size");
    assertThat(Failure.describe(memory, Set.of())).doesNotContain("--");
  }

  @Test
  void severalLines_becomeOne() {
    assertThat(Failure.describe(new IOException("cannot read:\n  damaged\n"), Set.of()))
        .isEqualTo("cannot read:; damaged");
  }

  @Test
  void lackOfMemory_tellsHowToAllowMore() {
    assertThat(Failure.describe(new OutOfMemoryError("Java heap space"), Set.of("--tile-size")))
        .contains("not enough memory", "MB", "--tile-size", "SR4J_OPTS=-Xmx8g");
  }

  @Test
  void lackOfMemoryForAFile_tellsHowToAllowTheCommandMore() {
    assertThat(
            Failure.describe(
                new SuperResolutionException(
                    "a.png: not enough memory to enlarge it; use smaller tiles or allow Java more"
                        + " than its 64 MB with -Xmx",
                    new OutOfMemoryError()),
                Set.of()))
        .isEqualTo(
            "a.png: not enough memory to enlarge it; use smaller tiles or allow Java more than its"
                + " 64 MB with -Xmx; for sr4j, set SR4J_OPTS=-Xmx8g");
  }

  @Test
  void whatIsToBeDeclared_isNamedAsTheOptionsOfTheCommand() {
    assertThat(
            Failure.describe(
                new SettingException(
                        "a.onnx: is open; declare %s nchw or nhwc", new SettingName("layout"))
                    .ofModel(),
                Set.of("--layout")))
        .isEqualTo("a.onnx: is open; declare --layout nchw or nhwc");
    ModelFormatException declared =
        new SettingException(
                "a.onnx: the declared %s must be 255, but is 1", new SettingName("range"))
            .ofModel();
    assertThat(Failure.describe(declared, Set.of("--range")))
        .isEqualTo("a.onnx: the declared --range must be 255, but is 1");
    assertThat(Failure.describe(declared, Set.of())).isEqualTo(declared.getMessage());
  }

  @Test
  void missingNativeCode_isExplained() {
    assertThat(Failure.describe(new UnsatisfiedLinkError("libgomp.so.1"), Set.of()))
        .contains("native code", "libgomp.so.1");
  }

  @Test
  void interrupts_areNoFailures() {
    FileSystemException whileWriting = new FileSystemException("a.png", null, "cannot be written");
    whileWriting.initCause(new ClosedByInterruptException());

    for (Exception interrupt : List.of(new CancellationException(), whileWriting)) {
      assertThat(Failure.isInterruption(interrupt)).isTrue();
      assertThat(Failure.describe(interrupt, Set.of())).isEqualTo("interrupted");
    }
    assertThat(Failure.isInterruption(new IOException("No space left on device"))).isFalse();
  }

  @Test
  void bugs_areToBeReported_withoutNamesOfClasses() {
    assertThat(Failure.describe(new IllegalStateException("closed"), Set.of()))
        .contains("internal error: closed", "report", "--verbose");
    for (Throwable bug :
        List.of(
            new IllegalArgumentException(),
            new NullPointerException("Cannot invoke \"java.util.List.size()\""),
            new ArrayIndexOutOfBoundsException("Index 5 out of bounds for length 3"),
            new ClassCastException("class java.lang.String cannot be cast"),
            new IllegalStateException(new Object().toString()))) {
      assertThat(Failure.describe(bug, Set.of()))
          .contains("internal error", "--verbose")
          .doesNotContain("java.", "@")
          .doesNotContain(bug.getClass().getSimpleName());
    }
    assertThat(Failure.describe(new NoClassDefFoundError("org/nd4j/Thing"), Set.of()))
        .doesNotContain("NoClassDefFoundError");
  }

  @Test
  void controlCharacters_areMadeVisible() {
    assertThat(
            Failure.describe(
                new IOException("a\u001b[2Jb\u202ec\u009b.png: cannot be read"), Set.of()))
        .isEqualTo("a\\u001b[2Jb\\u202ec\\u009b.png: cannot be read");
  }
}
