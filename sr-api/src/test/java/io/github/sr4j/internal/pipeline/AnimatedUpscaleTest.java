// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.AnimatedFiles;
import io.github.sr4j.internal.files.AnimatedFiles.Frame;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.tiles.NetworkSettings;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Animations are enlarged frame by frame, each as the image that it shows. */
final class AnimatedUpscaleTest {

  private static final int WIDTH = 37;
  private static final int HEIGHT = 29;

  /** Bands of few rows, in regions of few columns, decoded in windows of few rows. */
  private static final FileUpscale.Limits SMALL =
      new FileUpscale.Limits(0, 256, 1 << 12, new ImageSource.Budget(1 << 12, 1 << 10));

  @TempDir Path folder;

  /** A file and what it is. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Source(String name, byte[] content) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Source> animations() {
    List<Frame> indexed =
        List.of(
            new Frame(0, 0, WIDTH, HEIGHT, 12, 1, 1, numbers(WIDTH * HEIGHT, 126)),
            new Frame(5, 7, 20, 11, 0, 2, 1, numbers(220, 127)),
            new Frame(30, 20, 12, 12, 300, 3, 1, numbers(144, 127)),
            new Frame(0, 0, 3, 3, 65535, 0, 1, numbers(9, 125)));
    Stream.Builder<Source> sources = Stream.builder();
    sources.add(new Source("GIF", AnimatedFiles.gif(WIDTH, HEIGHT, 2, indexed)));
    for (int bits : new int[] {8, 16}) {
      int max = (1 << bits) - 1;
      List<Frame> frames =
          List.of(
              new Frame(0, 0, WIDTH, HEIGHT, 40, 0, 0, numbers(4 * WIDTH * HEIGHT, max)),
              new Frame(2, 1, 25, 14, 50, 1, 1, numbers(4 * 25 * 14, max)),
              new Frame(3, 2, 15, 24, 60, 2, 0, numbers(4 * 15 * 24, max)),
              new Frame(0, 3, 4, 4, 0, 0, 1, numbers(64, max)));
      int[] still = numbers(4 * WIDTH * HEIGHT, max / 2);
      sources.add(
          new Source(
              "PNG of " + bits + " bits", AnimatedFiles.png(WIDTH, HEIGHT, bits, 0, frames)));
      sources.add(
          new Source(
              "PNG of " + bits + " bits with a still image",
              AnimatedFiles.png(WIDTH, HEIGHT, bits, 7, frames, still)));
    }
    return sources.build();
  }

  @ParameterizedTest
  @MethodSource("animations")
  void frames_areEnlargedAsStillImages(Source animation) throws IOException {
    Path source = Files.write(folder.resolve("source"), animation.content);
    Path target = folder.resolve("target.apng"); // which is a PNG by another name
    Pipeline pipeline = pipeline();
    AtomicInteger tiles = new AtomicInteger();

    run(
        pipeline,
        source,
        target,
        UpscaleOptions.defaults()
            .listener(
                progress -> assertThat(progress.tilesDone()).isEqualTo(tiles.incrementAndGet())));

    try (ImageSource before = ImageSource.open(source, 1 << 20);
        ImageSource after = ImageSource.open(target, 1 << 20)) {
      assertSameTiming(after.animation().orElseThrow(), before.animation().orElseThrow());
      List<Picture> expected = before.pictures();
      List<Picture> actual = after.pictures();
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        BufferedImage frame = expected.get(i).band(0).rows();
        BufferedImage enlarged = enlarged(pipeline, frame);
        assertSame(actual.get(i).band(0).rows(), enlarged);
        if (i == 0) {
          assertSame(ImageFiles.read(target), enlarged);
        }
      }
    }
    assertChecksums(Files.readAllBytes(target));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(source, target);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "bmp", "tif"})
  void target_thatHoldsNoAnimation_isRefused(String extension) throws IOException {
    Path source =
        Files.write(folder.resolve("source"), animations().findFirst().orElseThrow().content);
    Path target = folder.resolve("target." + extension);

    assertThatThrownBy(() -> run(pipeline(), source, target, UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(
            source
                + ": an animation of 4 frames, of which "
                + target
                + " could hold one; name a target ending in png, which becomes an animated PNG");
    assertThat(target).doesNotExist();
  }

  @Test
  void frameAndStillImage_areNotOneImage() throws IOException {
    int[] samples = numbers(4 * 4 * 3, 255);
    Frame frame = new Frame(0, 0, 4, 3, 40, 0, 0, samples);
    Path source =
        Files.write(
            folder.resolve("source"), AnimatedFiles.png(4, 3, 8, 0, List.of(frame), samples));

    assertThatThrownBy(
            () -> run(pipeline(), source, folder.resolve("a.tif"), UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("an animation of a still image and 1 frame, of which ");
  }

  @Test
  void cancelledInAFrame_leavesNothing() throws IOException {
    Path source =
        Files.write(folder.resolve("source"), animations().findFirst().orElseThrow().content);
    UpscaleOptions cancelling =
        UpscaleOptions.defaults()
            .listener(
                progress -> {
                  if (progress.tilesDone() > progress.tiles() / 2) {
                    throw new CancellationException("enough");
                  }
                });

    assertThatThrownBy(() -> run(pipeline(), source, folder.resolve("target.png"), cancelling))
        .isInstanceOf(CancellationException.class)
        .hasMessage("enough");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(source);
    }
  }

  /** A GIF that is no animation is an image of its canvas, for any target. */
  @Test
  void stillGif_onItsCanvas_isEnlarged() throws IOException {
    Frame frame = new Frame(5, 7, 20, 11, 0, 0, 1, numbers(220, 126));
    Path source =
        Files.write(folder.resolve("source"), AnimatedFiles.gif(WIDTH, HEIGHT, -1, List.of(frame)));
    Path target = folder.resolve("target.tif");

    run(pipeline(), source, target, UpscaleOptions.defaults());

    assertSame(ImageFiles.read(target), enlarged(pipeline(), ImageFiles.read(source)));
    assertThat(ImageFiles.read(target).getRGB(0, 0) >>> 24).isZero();
  }

  private static void assertSameTiming(Animation actual, Animation expected) {
    assertThat(actual.width()).isEqualTo(2 * expected.width());
    assertThat(actual.plays()).isEqualTo(expected.plays());
    assertThat(actual.pictures()).isEqualTo(expected.pictures());
    int frames = delays(expected).size();
    assertThat(delays(actual)).isEqualTo(delays(expected)).hasSize(frames);
  }

  private static List<Animation.Delay> delays(Animation animation) {
    List<Animation.Delay> delays = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      delays.add(animation.delay(i));
    }
    return delays;
  }

  private static void assertChecksums(byte[] png) {
    ByteBuffer bytes = ByteBuffer.wrap(png);
    for (int at = 8; at < png.length; ) {
      int length = bytes.getInt(at);
      CRC32 checksum = new CRC32();
      checksum.update(png, at + 4, 4 + length);
      assertThat(bytes.getInt(at + 8 + length))
          .as(new String(png, at + 4, 4, ISO_8859_1))
          .isEqualTo((int) checksum.getValue());
      at += 12 + length;
    }
  }

  private static void run(Pipeline pipeline, Path source, Path target, UpscaleOptions options)
      throws IOException {
    new FileUpscale(pipeline, PixelLimits.of(1 << 30), SMALL).run(source, target, options);
  }

  private static Pipeline pipeline() {
    return new Pipeline(
        FilterNetwork.of(ModelInfo.Color.RGB, 2, 2),
        new NetworkSettings(
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            false,
            1,
            OptionalDouble.empty()),
        new RowExecutor(1));
  }

  private static BufferedImage enlarged(Pipeline pipeline, BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    return pipeline.upscale(
        image,
        pipeline.sizes().inMemory(width, height, UpscaleOptions.defaults()),
        new UpscaleCall(pipeline.tiles(new Size(width, height)), Optional.empty()));
  }

  private static void assertSame(BufferedImage actual, BufferedImage expected) {
    assertThat(actual.getColorModel()).isEqualTo(expected.getColorModel());
    int bits = expected.getColorModel().getComponentSize(0);
    int[] a = samples(actual);
    int[] b = samples(expected);
    assertThat(a).hasSameSizeAs(b);
    for (int i = 0; i < a.length; i++) {
      // Bands see the colours beside holes a little otherwise: a level of 8 bits.
      assertThat(Math.abs(a[i] - b[i])).isLessThanOrEqualTo(1 << (bits - 8));
    }
  }

  private static int[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }

  /** Numbers from 0 to a greatest one. */
  private static int[] numbers(int count, int max) {
    return IntStream.range(0, count)
        .map(i -> (int) (((i * 2654435761L) >>> 9 & 0xffff) % (max + 1)))
        .toArray();
  }
}
