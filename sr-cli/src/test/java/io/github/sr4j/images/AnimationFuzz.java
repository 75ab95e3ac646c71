// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** No file makes the frames of an animation fail otherwise than with an ImageFormatException. */
final class AnimationFuzz {

  private static final long MAX_PIXELS = 1 << 16;

  /** Three frames of 4 colours, of all disposals, for ever. */
  private static final String GIF =
      "R0lGODlhBAADAPEAAP8AAAD/AAAA/wkJCSH/C05FVFNDQVBFMi4wAwEAAAAh+QQEBQADACwAAAAABAAD"
          + "AAACCgRDEQRDEQRDEQUAIfkECQUAAwAsAQABAAIAAgAAAgQURzAFACH5BA0FAAMALAIAAAACAAIAAAIE"
          + "DMNRBQA7";

  /** Two frames, RGBA, of which the second is blended over the first. */
  private static final String PNG =
      "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAYAAAC09K7GAAAACGFjVEwAAAACAAAAAPONk3AAAAAaZmNU"
          + "TAAAAAAAAAAEAAAAAwAAAAAAAAAAAAEACgIA/kVueQAAABxJREFUeJxjUFVT19DU0tbR1dM3MDQyNmEg"
          + "KAAA0PsIWUbX/DQAAAAaZmNUTAAAAAEAAAACAAAAAgAAAAEAAAABAAEACgEBesLjdwAAABdmZEFUAAAA"
          + "AnicY/Dy9vH18w8IZIAxACtWBNnUNtDjAAAAAElFTkSuQmCC";

  static Stream<byte[]> files() {
    return Stream.of(
        Base64.getDecoder().decode(GIF), Base64.getDecoder().decode(PNG), AnimationsIT.WEBP);
  }

  @MethodSource("files")
  @FuzzTest // the last one: Jazzer asks for it
  void frames_ofAnyBytes_areImagesOrRefused(byte[] content) throws IOException {
    FuzzInputs.asFile(content, AnimationFuzz::check);
  }

  private static void check(Path file) throws IOException {
    try (ImageSource source = ImageSource.open(file, MAX_PIXELS)) {
      List<Picture> pictures = source.pictures();
      for (Picture picture : pictures) {
        BufferedImage rows = picture.band(picture.height() - 1).rows();
        assertThat(rows.getWidth()).isEqualTo(picture.width());
      }
      if (source.animation().isPresent()) {
        assertThat(pictures).hasSize(source.animation().get().pictures());
        assertThat(pictures).allMatch(picture -> isLike(picture, pictures.get(0)));
      }
    }
  }

  private static boolean isLike(Picture picture, Picture first) {
    return picture.width() == first.width() && picture.height() == first.height();
  }
}
