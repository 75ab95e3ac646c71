// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import javax.imageio.IIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReasonsTest {

  @ParameterizedTest
  @CsvSource({
    "No space left on device, the disk is full",
    "There is not enough space on the disk, the disk is full",
    "Disk quota exceeded, the disk quota is used up",
    "Read-only file system, the disk is read-only",
    "Broken pipe, whoever read it has closed it",
    "File name too long, the name is too long"
  })
  void whatSystemsSay_hasACommonName(String message, String reason) {
    assertThat(Reasons.of(new IOException(message))).isEqualTo(reason);
    assertThat(Reasons.of(new FileSystemException("/tmp/x", null, message))).isEqualTo(reason);
    assertThat(
            Reasons.of(new IIOException("I/O error writing PNG file!", new IOException(message))))
        .isEqualTo(reason);
  }

  @Test
  void exceptionsWithoutWords_haveSome() {
    assertThat(Reasons.of(new AccessDeniedException("/tmp/x"))).isEqualTo("permission denied");
    assertThat(Reasons.of(new NoSuchFileException("/tmp/x"))).isEqualTo("no such file or folder");
    assertThat(Reasons.of(new EOFException())).isEqualTo("the file is cut off");
    assertThat(Reasons.of(new MalformedInputException(1))).isEqualTo("it is not text in UTF-8");
    assertThat(Reasons.of(new NullPointerException())).isEqualTo("a failure without a reason");
  }

  @ParameterizedTest
  @CsvSource({
    "java.io.IOException: no luck, no luck",
    "unsupported com.example.Image$Type@1f2e3d, unsupported",
    "Raster@7f31245a is empty, is empty",
    "/home/me/a.b.c/Photo.png is empty, /home/me/a.b.c/Photo.png is empty",
    "photo@2f.png, photo@2f.png"
  })
  void namesOfClasses_areLeftOut(String message, String reason) {
    assertThat(Reasons.of(new IOException(message))).isEqualTo(reason);
  }
}
