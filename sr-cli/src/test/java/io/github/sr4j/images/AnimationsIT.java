// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SharedData;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Animated WebPs, and the published cases of animations, through the embedded model. */
final class AnimationsIT {

  /**
   * Two frames on a canvas of 6x5 that are shown twice: {@code cwebp -lossless} and {@code cwebp -q
   * 60} of 4x3 pixels of red 200, of alpha 255, 128, 0 and 9 from left to right, joined by {@code
   * webpmux -frame 1.webp +10+0+0+0+b -frame 2.webp +20+2+2+1+b -loop 2 -bgcolor 0,0,0,0}.
   */
  static final byte[] WEBP =
      Base64.getDecoder()
          .decode(
              "UklGRr4AAABXRUJQVlA4WAoAAAASAAAABQAABAAAQU5JTQYAAAAAAAAAAgBBTk1GMAAAAAAAAAAAAAMA"
                  + "AAIAAAoAAABWUDhMFwAAAC8DgAAQHxCDHEICQrVYdD1QGV2K6H8AAEFOTUZaAAAAAQAAAQAAAwAAAgAA"
                  + "FAAAAUFMUEgNAAAAAP+AAAn/gAAJ/4AACQBWUDggLAAAAJABAJ0BKgQAAwACgEIloAJ0ugADmAD+8QqP"
                  + "+tpMsjLD/7Kx/6Vj/0rH7lAA");

  @TempDir Path folder;

  @Test
  void webpFrames_areBlendedOnTheCanvas() throws IOException {
    Path file = Files.write(folder.resolve("moving.webp"), WEBP);

    try (ImageSource source = ImageSource.open(file, 1 << 20)) {
      Animation animation = source.animation().orElseThrow();
      assertThat(animation.plays()).isEqualTo(2);
      assertThat(animation.delay(0)).isEqualTo(new Animation.Delay(10, 1000));
      assertThat(animation.delay(1)).isEqualTo(new Animation.Delay(20, 1000));
      List<Picture> pictures = source.pictures();
      assertThat(pictures).hasSize(2);
      assertAlphas(pictures.get(0).band(0).rows(), 1, 255, 128, 0, 9, 0, 0);
      assertAlphas(pictures.get(0).band(0).rows(), 3, 0, 0, 0, 0, 0, 0);
      // The second frame begins at 2, 2: 9 under 128 is 132 or 133.
      BufferedImage second = pictures.get(1).band(0).rows();
      assertAlphas(second, 1, 255, 128, 0, 9, 0, 0);
      assertAlphas(second, 2, 255, 128, 255, 132, 0, 9);
      assertAlphas(second, 4, 0, 0, 255, 128, 0, 9);
    }
    assertThat(ImageFiles.size(file).width).isEqualTo(6);
    assertAlphas(ImageFiles.read(file), 0, 255, 128, 0, 9, 0, 0);
  }

  @Test
  void webpFrames_becomeThoseOfAnAnimatedPng() throws IOException {
    Path source = Files.write(folder.resolve("moving.webp"), WEBP);
    Path target = folder.resolve("enlarged.png");

    try (Upscaler upscaler = Upscaler.create()) {
      upscaler.upscale(source, target);
    }

    try (ImageSource enlarged = ImageSource.open(target, 1 << 20)) {
      Animation animation = enlarged.animation().orElseThrow();
      assertThat(animation.plays()).isEqualTo(2);
      assertThat(animation.delay(1)).isEqualTo(new Animation.Delay(20, 1000));
      assertThat(enlarged.pictures()).hasSize(2).allMatch(frame -> frame.width() == 12);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 4, 12, ff001e", "1, 12, 12, d73c1e", "2, 20, 12, af781e", "3, 28, 12, 87b41e"})
  void caseOfSmallFrames_isOnItsCanvas(int frame, int x, int y, String color) throws IOException {
    Path file = SharedData.path("cases/images/animated_small_frames.webp");

    try (ImageSource source = ImageSource.open(file, 1 << 20)) {
      List<Picture> pictures = source.pictures();
      assertThat(pictures).hasSize(4);
      BufferedImage image = pictures.get(frame).band(0).rows();
      assertThat(image.getWidth()).isEqualTo(40);
      assertThat(image.getHeight()).isEqualTo(30);
      for (int other = 4; other < 40; other += 8) {
        int expected = other == x ? Integer.parseUnsignedInt("ff" + color, 16) : 0;
        assertThat(image.getRGB(other, y)).as("at %s", other).isEqualTo(expected);
      }
    }
  }

  @Test
  void caseOfAGifWithAnOffset_isOnItsCanvas() throws IOException {
    BufferedImage image = ImageFiles.read(SharedData.path("cases/images/offset.gif"));

    assertThat(image.getWidth()).isEqualTo(64);
    assertThat(image.getHeight()).isEqualTo(48);
    assertThat(image.getRGB(15, 12) >>> 24).isZero();
    assertThat(image.getRGB(24, 16)).isEqualTo(0xff401e31);
    assertThat(image.getRGB(36, 16)).isEqualTo(0xffa01e6d);
    assertThat(image.getRGB(24, 32)).isEqualTo(0xff40dc6a);
    assertThat(image.getRGB(48, 36) >>> 24).isZero();
  }

  @Test
  void caseOfAGifThatEndsEarly_isRefused() {
    Path file = SharedData.path("cases/hostile/p16-10.gif");

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(file + ": damaged gif image: its data end early: 181 of 1200 pixels");
  }

  private static void assertAlphas(BufferedImage image, int y, int... expected) {
    for (int x = 0; x < expected.length; x++) {
      assertThat(image.getRGB(x, y) >>> 24).as("at %s, %s", x, y).isEqualTo(expected[x]);
    }
  }
}
