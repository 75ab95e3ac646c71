// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.files.AnimatedFiles.Frame;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AnimationTest {

  private static final int WIDTH = 11;
  private static final int HEIGHT = 7;
  private static final long MAX_PIXELS = 1 << 20;

  @TempDir Path folder;

  @Test
  void gifFrame_smallerThanItsScreen_isOnTheCanvas() throws IOException {
    Frame frame = new Frame(3, 2, 4, 3, 0, 0, 1, indices(12, 5));
    Path file = write("still.gif", AnimatedFiles.gif(WIDTH, HEIGHT, -1, List.of(frame)));

    BufferedImage image = ImageFiles.read(file);

    assertThat(ImageFiles.size(file)).isEqualTo(new Dimension(WIDTH, HEIGHT));
    assertThat(argb(image)).containsExactly(drawn(blank(), frame, colors(frame)));
  }

  @Test
  void gifFrame_largerThanItsScreen_isWhole() throws IOException {
    Frame frame = new Frame(0, 0, WIDTH, HEIGHT, 0, 0, 1, indices(WIDTH * HEIGHT, 5));
    Path file = write("still.gif", AnimatedFiles.gif(4, 0, -1, List.of(frame)));

    assertThat(argb(ImageFiles.read(file))).containsExactly(colors(frame));
  }

  /** Disposals: as it is, cleared, as it was before; frames beside and beyond the screen. */
  @Test
  void gifFrames_areDrawnOneAfterTheOther() throws IOException {
    List<Frame> frames =
        List.of(
            new Frame(0, 0, WIDTH, HEIGHT, 5, 1, 1, indices(WIDTH * HEIGHT, 1)),
            new Frame(2, 1, 5, 4, 10, 2, 1, indices(20, 40)),
            new Frame(4, 3, 5, 3, 0, 3, 1, indices(15, 90)),
            new Frame(1, 1, 3, 3, 65535, 0, 1, indices(9, 13)),
            new Frame(8, 5, 5, 4, 7, 1, 1, indices(20, 70)),
            new Frame(20, 20, 2, 2, 7, 1, 1, indices(4, 70)));
    Path file = write("moving.gif", AnimatedFiles.gif(WIDTH, HEIGHT, 4, frames));

    int[] canvas = drawn(blank(), frames.get(0), colors(frames.get(0)));
    List<int[]> expected = new ArrayList<>(List.of(canvas));
    canvas = drawn(canvas, frames.get(1), colors(frames.get(1)));
    expected.add(canvas);
    int[] cleared = drawnInstead(canvas, frames.get(1), new int[20]);
    expected.add(drawn(cleared, frames.get(2), colors(frames.get(2))));
    canvas = drawn(cleared, frames.get(3), colors(frames.get(3)));
    expected.add(canvas);
    canvas = drawn(canvas, frames.get(4), colors(frames.get(4)));
    expected.add(canvas);
    expected.add(canvas);
    try (ImageSource source = ImageSource.open(file, MAX_PIXELS)) {
      assertThat(source.animation().orElseThrow().plays()).isEqualTo(5);
      assertThat(IntStream.range(0, 6).mapToObj(i -> source.animation().orElseThrow().delay(i)))
          .extracting(Animation.Delay::seconds)
          .containsExactly(0.05, 0.1, 0.0, 655.35, 0.07, 0.07);
      assertThat(source.pictures()).hasSize(6).allMatch(picture -> picture.width() == WIDTH);
      assertPictures(source, expected);
      assertThat(argb(source.pictures().get(2).band(0).rows())).containsExactly(expected.get(2));
    }
    assertThat(argb(ImageFiles.read(file))).containsExactly(expected.get(0));
  }

  @ParameterizedTest
  @CsvSource({"-1, 1", "0, 0", "1, 2", "300, 301"})
  void repetitionsOfGif_comeAfterTheFirstTime(int repetitions, int plays) throws IOException {
    Frame frame = new Frame(0, 0, 2, 2, 1, 0, 1, 1, 2, 3, 4);
    byte[] gif = AnimatedFiles.gif(2, 2, repetitions, List.of(frame, frame));

    try (ImageSource source = ImageSource.open(write("moving.gif", gif), MAX_PIXELS)) {
      assertThat(source.animation().orElseThrow().plays()).isEqualTo(plays);
    }
  }

  @ParameterizedTest
  @CsvSource({"8, false", "16, false", "8, true", "16, true"})
  void pngFrames_areBlendedOrDrawnInstead(int bits, boolean hasStill) throws IOException {
    int max = (1 << bits) - 1;
    List<Frame> frames =
        List.of(
            new Frame(0, 0, WIDTH, HEIGHT, 40, 0, 0, samples(WIDTH * HEIGHT, max, 1)),
            new Frame(2, 1, 5, 4, 50, 1, 1, samples(20, max, 2)),
            new Frame(3, 2, 5, 4, 60, 2, 0, samples(20, max, 3)),
            new Frame(0, 3, 4, 4, 0, 0, 1, samples(16, max, 4)));
    int[] still = hasStill ? samples(WIDTH * HEIGHT, max, 9) : new int[0];
    Path file = write("moving.png", AnimatedFiles.png(WIDTH, HEIGHT, bits, 3, frames, still));

    List<int[]> expected = new ArrayList<>();
    if (hasStill) {
      expected.add(still);
    }
    int[] canvas = frames.get(0).pixels();
    expected.add(canvas);
    expected.add(blended(canvas, frames.get(1), max));
    int[] cleared = instead(canvas, frames.get(1), new int[80]);
    expected.add(instead(cleared, frames.get(2), frames.get(2).pixels()));
    expected.add(blended(cleared, frames.get(3), max));
    try (ImageSource source = ImageSource.open(file, MAX_PIXELS)) {
      Animation animation = source.animation().orElseThrow();
      assertThat(animation.plays()).isEqualTo(3);
      assertThat(animation.hasStill()).isEqualTo(hasStill);
      assertThat(animation.delay(2)).isEqualTo(new Animation.Delay(60, 1000));
      List<Picture> pictures = source.pictures();
      assertThat(pictures).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        BufferedImage image = pictures.get(i).band(0).rows();
        assertThat(image.getRaster().getPixels(0, 0, WIDTH, HEIGHT, (int[]) null))
            .as("picture %s", i)
            .containsExactly(expected.get(i));
      }
    }
    assertThat(ImageFiles.read(file).getRaster().getPixels(0, 0, WIDTH, HEIGHT, (int[]) null))
        .containsExactly(expected.get(0));
  }

  @Test
  void opaqueAnimation_hasNoAlpha() throws IOException {
    Frame whole = new Frame(0, 0, 2, 2, 1, 1, 1, 1, 2, 3, 4);
    byte[] gif = AnimatedFiles.gif(2, 2, 0, List.of(whole, new Frame(1, 1, 1, 1, 1, 1, 1, 127)));
    int flags =
        new String(gif, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("!\u00f9\u0004") + 3;
    gif[flags] &= (byte) 0xfe; // the first frame has no transparent colour

    try (ImageSource source = ImageSource.open(write("moving.gif", gif), MAX_PIXELS)) {
      assertThat(source.pictures()).allSatisfy(picture -> assertThat(picture.hasAlpha()).isFalse());
      assertThat(source.pictures().get(1).band(0).rows().getType())
          .isEqualTo(BufferedImage.TYPE_3BYTE_BGR);
    }
  }

  /** ImageIO's reader would make up the pixels that are missing. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void gifData_thatEndEarly_areRefused(int frame) throws IOException {
    List<Frame> frames =
        List.of(
            new Frame(0, 0, 10, 5, 1, 0, 1, indices(50, 3)),
            new Frame(0, 0, 10, 5, 1, 0, 1, indices(50, 60)));
    byte[] gif = AnimatedFiles.gif(10, 5, 0, frames);
    int end = 0;
    for (int i = 0; i <= frame; i++) {
      end = indexOf(gif, end + 1, 129, 0); // the code that ends the data, and the last block
    }
    byte[] early = gif.clone();
    early[end - 20] = (byte) 129;
    Path file = write("image.gif", early);

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(file + ": damaged gif image: its data end early: 30 of 50 pixels");
  }

  @Test
  void gifData_thatAreNoCodes_areRefused() throws IOException {
    Frame frame = new Frame(0, 0, 3, 1, 0, 0, 1, 1, 2, 3);
    byte[] gif = AnimatedFiles.gif(3, 1, -1, List.of(frame));
    gif[gif.length - 5] = (byte) 200; // of which nothing is known yet

    assertThatThrownBy(() -> ImageFiles.read(write("image.gif", gif)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageEndingWith("damaged gif image: its data are not LZW codes");
  }

  @Test
  void gif_cutOffAnywhere_isRefused() throws IOException {
    Frame frame = new Frame(1, 1, 5, 4, 1, 0, 1, indices(20, 3));
    byte[] gif = AnimatedFiles.gif(WIDTH, HEIGHT, 0, List.of(frame, frame));

    for (int length = 1; length < gif.length; length++) {
      Path file = write("image.gif", Arrays.copyOf(gif, length));
      assertThatThrownBy(() -> ImageFiles.read(file))
          .as("first %s of %s bytes", length, gif.length)
          .isInstanceOf(ImageFormatException.class)
          .hasMessageStartingWith(file.toString());
    }
  }

  @Test
  void pngFrame_whoseDataEndEarly_isRefused() throws IOException {
    List<Frame> frames =
        List.of(
            new Frame(0, 0, 4, 4, 1, 0, 0, samples(16, 255, 1)),
            new Frame(0, 0, 4, 4, 1, 0, 0, samples(12, 255, 2))); // a row less
    Path file = write("moving.png", AnimatedFiles.png(4, 4, 8, 0, frames));

    assertThatThrownBy(
            () -> {
              try (ImageSource source = ImageSource.open(file, MAX_PIXELS)) {
                source.pictures().get(1).band(0);
              }
            })
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith(file + ": damaged png image: ");
  }

  @Test
  void png_thatLacksFrames_isRefused() throws IOException {
    Frame frame = new Frame(0, 0, 2, 2, 1, 0, 0, samples(4, 255, 1));
    byte[] png = AnimatedFiles.png(2, 2, 8, 0, List.of(frame, frame));
    ByteBuffer bytes = ByteBuffer.wrap(png);
    bytes.putInt(8 + 25 + 8, 3); // of which the checksum knows nothing: not a chunk for the pixels

    assertThatThrownBy(() -> ImageFiles.read(write("moving.png", png)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageEndingWith("damaged png image: it declares 3 frames, but has 2");
  }

  @Test
  void pngFrame_besideTheCanvas_isRefused() throws IOException {
    Frame frame = new Frame(0, 0, 2, 2, 1, 0, 0, samples(4, 255, 1));
    Frame beside = new Frame(1, 0, 2, 2, 1, 0, 0, samples(4, 255, 1));
    byte[] png = AnimatedFiles.png(2, 2, 8, 0, List.of(frame, beside));

    assertThatThrownBy(() -> ImageFiles.read(write("moving.png", png)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageEndingWith("frame 2 must lie within the canvas of 2x2, but is 2x2 at 1, 0");
  }

  /** However many frames there are, one canvas is in memory. */
  @Test
  void framesOfALongAnimation_areDrawnOnOneCanvas() throws IOException {
    List<Frame> frames =
        IntStream.range(0, 500)
            .mapToObj(i -> new Frame(i % 7, i % 5, 4, 2, 1, i % 4, 1, indices(8, i)))
            .toList();
    Path file = write("moving.gif", AnimatedFiles.gif(WIDTH, HEIGHT, 0, frames));

    try (ImageSource source = ImageSource.open(file, MAX_PIXELS)) {
      List<Picture> pictures = source.pictures();
      assertThat(pictures).hasSize(500);
      Set<DataBuffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Picture picture : pictures) {
        buffers.add(picture.band(0).rows().getRaster().getDataBuffer());
      }
      assertThat(buffers).hasSize(1);
    }
  }

  @Test
  void canvasLargerThanTheHeap_isRefused() throws IOException {
    Frame frame = new Frame(0, 0, 2, 2, 1, 0, 1, 1, 2, 3, 4);
    Path file = write("moving.gif", AnimatedFiles.gif(65535, 65535, 0, List.of(frame, frame)));

    try (ImageSource source = ImageSource.open(file, Long.MAX_VALUE)) {
      assertThatThrownBy(source::pictures)
          .isInstanceOf(ImageFormatException.class)
          .hasMessageStartingWith(file + ": the canvas of the animation is 65535x65535")
          .hasMessageContaining("-Xmx");
    }
    try (ImageSource source = ImageSource.open(file, MAX_PIXELS)) {
      assertThatThrownBy(source::pictures)
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("maxPixels is 1048576");
    }
  }

  private static void assertPictures(ImageSource source, List<int[]> expected) throws IOException {
    List<Picture> pictures = source.pictures();
    for (int i = 0; i < expected.size(); i++) {
      assertThat(argb(pictures.get(i).band(HEIGHT - 1).rows()))
          .as("picture %s", i)
          .containsExactly(expected.get(i));
    }
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  /** Indices into the palette, some of which are transparent. */
  private static int[] indices(int count, int seed) {
    return IntStream.range(0, count).map(i -> i % 5 == 3 ? 127 : (seed + i * 7) % 127).toArray();
  }

  /** Samples, RGBA, of all degrees of transparency; black where nothing is visible. */
  private static int[] samples(int pixels, int max, int seed) {
    int[] samples =
        IntStream.range(0, 4 * pixels)
            .map(i -> (int) ((i * 2654435761L + seed * 40503L) >>> 7 & max))
            .toArray();
    for (int i = 3; i < samples.length; i += 4) {
      samples[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? max : samples[i];
    }
    return samples;
  }

  private static int[] blank() {
    return new int[WIDTH * HEIGHT];
  }

  private static int[] colors(Frame frame) {
    return Arrays.stream(frame.pixels()).map(AnimatedFiles::color).toArray();
  }

  private static int[] drawn(int[] canvas, Frame frame, int[] colors) {
    int[] result = canvas.clone();
    for (int i = 0; i < colors.length; i++) {
      int x = frame.x() + i % frame.width();
      int y = frame.y() + i / frame.width();
      if (colors[i] != 0 && x < WIDTH && y < HEIGHT) {
        result[y * WIDTH + x] = colors[i];
      }
    }
    return result;
  }

  private static int[] drawnInstead(int[] canvas, Frame frame, int[] colors) {
    int[] result = canvas.clone();
    for (int i = 0; i < colors.length; i++) {
      result[(frame.y() + i / frame.width()) * WIDTH + frame.x() + i % frame.width()] = colors[i];
    }
    return result;
  }

  private static int[] instead(int[] canvas, Frame frame, int[] samples) {
    int[] result = canvas.clone();
    for (int i = 0; i < samples.length; i++) {
      result[sample(frame, i)] = samples[i];
    }
    return result;
  }

  private static int[] blended(int[] canvas, Frame frame, int max) {
    int[] result = canvas.clone();
    int[] samples = frame.pixels();
    for (int i = 0; i < samples.length; i++) {
      double over = samples[i / 4 * 4 + 3] / (double) max;
      double under = (1 - over) * canvas[sample(frame, i / 4 * 4 + 3)] / max;
      double value =
          i % 4 == 3
              ? (over + under) * max
              : (samples[i] * over + canvas[sample(frame, i)] * under) / (over + under);
      result[sample(frame, i)] = over + under == 0 ? 0 : (int) Math.floor(value + 0.5 + 1e-9);
    }
    return result;
  }

  private static int sample(Frame frame, int i) {
    int pixel = i / 4;
    int y = frame.y() + pixel / frame.width();
    return 4 * (y * WIDTH + frame.x() + pixel % frame.width()) + i % 4;
  }

  private static int[] argb(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  private static int indexOf(byte[] bytes, int from, int first, int second) {
    int at = from;
    while ((bytes[at] & 0xff) != first || (bytes[at + 1] & 0xff) != second) {
      at++;
    }
    return at;
  }
}
