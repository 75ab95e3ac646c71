// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageSource;
import io.github.sr4j.files.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** No file makes the frames of an animation fail otherwise than with an ImageFormatException. */
final class AnimationFuzz {

  // Jazzer would take JUnit's time limit for that of the whole search.
  private static final Duration LIMIT = Duration.ofSeconds(20); // for one input

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
    Duration time = timed(content);
    if (time.compareTo(LIMIT) >= 0) {
      time = timed(content); // once more: other programs may have kept this one from running
    }
    assertThat(time).isLessThan(LIMIT);
  }

  private static Duration timed(byte[] content) throws IOException {
    long start = System.nanoTime();
    check(content);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static void check(byte[] content) throws IOException {
    Path file = Files.createTempFile("sr4j-fuzz", ".png");
    try {
      Files.write(file, content);
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
    } catch (ImageFormatException e) {
      assertThat(e).hasMessageContaining(file.getFileName().toString());
    } finally {
      Files.delete(file);
    }
  }

  private static boolean isLike(Picture picture, Picture first) {
    return picture.width() == first.width() && picture.height() == first.height();
  }
}
