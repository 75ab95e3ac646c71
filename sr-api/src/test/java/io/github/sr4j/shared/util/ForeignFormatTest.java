// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.files.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ForeignFormatTest {

  @TempDir private Path folder;

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "'\\0\\0\\0\\30ftypheic\\0\\0\\0\\0mif1heic', a HEIC image, convert it to PNG",
    "'\\0\\0\\0\\34ftypmif1\\0\\0\\0\\0mif1heic', a HEIC image, convert it",
    "'\\0\\0\\0\\34ftypavif\\0\\0\\0\\0avifmif1', an AVIF image, convert it",
    "'\\0\\0\\0\\34ftypmif1\\0\\0\\0\\0mif1avif', an AVIF image, convert it",
    "'\\0\\0\\0\\fJXL \\r\\n', a JPEG XL image, convert it",
    "'\u00ff\\n\u00fa\\37', a JPEG XL image, convert it",
    "'\\0\\0\\0\\fjP  \\r\\n', a JPEG 2000 image, convert it",
    "'\u00ffO\u00ffQ\\0/', a JPEG 2000 image, convert it",
    "'II\u00bc\\1', a JPEG XR image, convert it",
    "'FUJIFILMCCD-RAW 0201', a camera raw file, develop it",
    "'\\0\\0\\0\\30ftypcrx \\0\\0\\0\\1', a camera raw file, develop it",
    "'%PDF-1.7', a PDF document, export",
    "'%!PS-Adobe-3.0 EPSF', a PostScript document, export",
    "'<svg xmlns=\"a\">', an SVG drawing, export it at the size",
    "'<?xml version=\"1.0\"?>\\n<svg>', an SVG drawing, export it at the size",
    "'\\n <!DOCTYPE html>\\n<html>', a web page, download the image again",
    "'<HTML><body>404', a web page, download the image again",
    "'<?xml version=\"1.0\"?>\\n<Error><Code>AccessDenied', an XML document, again",
    "'{\"error\": \"not found\"}', a JSON text, again",
    "'version https://git-lfs.github.com/spec/v1\\noid', a pointer of Git LFS, git lfs pull",
    "'\\0\\0\\0\\30ftypisom\\0\\0\\2\\0', a video, extract its frames",
    "'\\0\\0\\0\\24ftypqt  \\0\\0\\0\\0', a video, extract its frames",
    "'\\32E\u00df\u00a3', a video, extract its frames",
    "'RIFF\\1\\2\\3\\4AVI LIST', a video, extract its frames",
    "'v/1\\1\\2\\0', an OpenEXR image, TIFF",
    "'#?RADIANCE\\n', a Radiance HDR image, TIFF",
    "'P6\\n640 480\\n255\\n', a PNM image, convert it",
    "'qoif\\0\\0', a QOI image, convert it",
    "'\\0\\0\\1\\0\\1\\0\\20\\20', an icon, convert it",
    "'PK\\3\\4\\24', an archive, unpack it",
    "'\\0\\0\\0\\0\\0\\0\\0\\0', nothing but zeros, copy it again"
  })
  void fileOfAWellKnownFormat_isRefusedByItsName(String start, String title, String advice)
      throws IOException {
    Path file = Files.write(folder.resolve("photo.jpg"), bytes(start));

    assertThatThrownBy(() -> ImageSource.open(file, Long.MAX_VALUE).close())
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContainingAll(file + ": cannot be read because it is " + title, advice);
  }

  @Test
  void fileOfAnUnknownFormat_isShown() throws IOException {
    Path text = Files.writeString(folder.resolve("a.jpg"), "Dear Sir, enclosed please find");
    Path binary = Files.write(folder.resolve("b.jpg"), new byte[] {1, 2, 3, -1});

    assertThatThrownBy(() -> ImageSource.open(text, Long.MAX_VALUE).close())
        .hasMessageContaining("not an image of a readable format")
        .hasMessageEndingWith("it begins with the text \"Dear Sir, enclos\"");
    assertThatThrownBy(() -> ImageSource.open(binary, Long.MAX_VALUE).close())
        .hasMessageEndingWith("it begins with the bytes 01 02 03 ff");
  }

  @ParameterizedTest
  @CsvSource({
    "IMG_1.HEIC, a HEIC image", "a.avif, an AVIF image", "a.jxl, a JPEG XL image",
    "a.jp2, a JPEG 2000 image", "a.dng, a camera raw file", "a.CR3, a camera raw file",
    "a.nef, a camera raw file", "a.arw, a camera raw file", "a.svg, an SVG drawing",
    "a.pdf, a PDF document", "a.mov, a video"
  })
  void nameOfAFile_tellsItsFormat(String name, String title) {
    assertThat(ForeignFormat.of(Path.of(name)).map(ForeignFormat::title)).contains(title);
  }

  @ParameterizedTest
  @CsvSource({"a.png", "a", ".heic", "notes.txt", "a.jpg"})
  void otherNames_tellNothing(String name) {
    assertThat(ForeignFormat.of(Path.of(name))).isEmpty();
  }

  @Test
  void synonymsOfExtensions_areReadable() {
    assertThat(FileNames.readable())
        .contains("jpg", "jpeg", "jpe", "jfif", "jfi", "jif", "bmp", "dib", "png", "gif");
    assertThat(FileNames.extension(Path.of("x", "A.b.JPG"))).isEqualTo("jpg");
    assertThat(FileNames.extension(Path.of("x", ".jpg"))).isEmpty();
    assertThat(FileNames.extension(Path.of("x.y", "a"))).isEmpty();
  }

  private static byte[] bytes(String text) {
    return text.translateEscapes().getBytes(ISO_8859_1);
  }
}
