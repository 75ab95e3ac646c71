// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders of images, animations and frames of a program's own, as films and as folders. */
final class ImageFramesIT {

  private static final VideoOptions LOSSLESS = VideoOptions.defaults().codec("ffv1");

  @TempDir private Path folder;

  @BeforeEach
  void assumeFfmpeg() {
    Clips.assumeFfmpeg();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "5, false", // TYPE_3BYTE_BGR
    "6, true", // TYPE_4BYTE_ABGR
    "10, false", // TYPE_BYTE_GRAY
    "11, false" // TYPE_USHORT_GRAY
  })
  void numberedImages_throughAnIdentity_keepTheirNamesAndPixels(int type, boolean hasAlpha)
      throws IOException {
    Path frames = Files.createDirectory(folder.resolve("frames 50%"));
    List<BufferedImage> images = noise(12, type);
    for (int i = 0; i < images.size(); i++) {
      ImageFiles.write(images.get(i), frames.resolve("shot_" + (95 + i) + ".png"));
    }
    Path target = folder.resolve("out");

    try (Upscaler identity = TestNetworks.repeating(1, isGray(type) ? Color.LUMA : Color.RGB)) {
      VideoReport report =
          new VideoUpscaler(identity)
              .upscale(frames, target, VideoOptions.defaults().segmentFrames(5));

      assertThat(report.frames()).isEqualTo(12);
      assertThat(report.notes()).isEmpty();
      assertThat(report.bytes()).isPositive();
    }

    assertThat(names(target)).hasSize(12).contains("shot_95.png", "shot_100.png", "shot_106.png");
    for (int i = 0; i < images.size(); i++) {
      BufferedImage written = ImageFiles.read(target.resolve("shot_" + (95 + i) + ".png"));
      assertThat(written.getColorModel().hasAlpha()).isEqualTo(hasAlpha);
      assertThat(samples(written)).isEqualTo(samples(images.get(i)));
    }
    assertThat(folder.resolve("out.parts")).doesNotExist();
  }

  private static boolean isGray(int type) {
    return type == BufferedImage.TYPE_BYTE_GRAY || type == BufferedImage.TYPE_USHORT_GRAY;
  }

  @Test
  void imagesWithAndWithoutColour_becomeAFilmOfTheirRate() throws IOException {
    Path frames = Files.createDirectory(folder.resolve("frames"));
    // As a black frame that a program has stored as gray.
    ImageFiles.write(noise(1, BufferedImage.TYPE_BYTE_GRAY).get(0), frames.resolve("f9.png"));
    ImageFiles.write(noise(1, BufferedImage.TYPE_3BYTE_BGR).get(0), frames.resolve("f10.png"));
    ImageFiles.write(noise(1, BufferedImage.TYPE_3BYTE_BGR).get(0), frames.resolve("f12.bmp"));
    Files.writeString(frames.resolve("notes.txt"), "no image");
    Path target = folder.resolve("target.mkv");

    try (Upscaler network = TestNetworks.repeating(2, Color.RGB)) {
      VideoReport report =
          new VideoUpscaler(network).upscale(frames, target, LOSSLESS.frameRate(12.5));

      assertThat(report.notes())
          .singleElement()
          .asString()
          .contains("a gap", "f10.png and f12.bmp");
    }

    assertThat(Clips.probe(target, "v:0", "stream=width,height,pix_fmt"))
        .containsExactly("66,42,bgr0");
    assertThat(Clips.probe(target, "v:0", "frame=pts_time").stream().map(Double::parseDouble))
        .containsExactly(0.0, 0.08, 0.16);
  }

  @Test
  void folder_ofNoFrames_isRefusedByName() throws IOException {
    Path frames = Files.createDirectory(folder.resolve("frames"));
    Path target = folder.resolve("target.mkv");

    try (Upscaler network = TestNetworks.repeating(2, Color.RGB)) {
      VideoUpscaler films = new VideoUpscaler(network);
      assertThatThrownBy(() -> films.upscale(frames, target))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(frames + ": there is no image in it");
      ImageFiles.write(image(BufferedImage.TYPE_3BYTE_BGR, 33, 21, 1), frames.resolve("f1.png"));
      ImageFiles.write(image(BufferedImage.TYPE_3BYTE_BGR, 21, 33, 1), frames.resolve("f2.png"));
      assertThatThrownBy(() -> films.upscale(frames, target))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(
              frames.resolve("f2.png")
                  + ": must be 33x21 (width x height), as f1.png is, but is 21x33");
      Files.move(frames.resolve("f2.png"), frames.resolve("cover.png"));
      assertThatThrownBy(() -> films.upscale(frames, target))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("cover.png: has no number");
    }

    assertThat(names(folder)).containsExactly("frames");
  }

  @Test
  void film_becomesNumberedImages_inItsOwnColours() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mp4"),
            "-f lavfi -i color=c=0xC04020:size=64x48:rate=10:duration=0.5 -f lavfi -i"
                + " sine=duration=0.5 -vf"
                + " scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:range=tv"
                + " -pix_fmt yuv420p -c:v libx264 -crf 1");
    Path target = Files.createDirectory(folder.resolve("out"));

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      VideoReport report = new VideoUpscaler(network).upscale(clip, target);

      assertThat(report.notes()).singleElement().asString().contains("streams are left out");
    }

    assertThat(names(target))
        .containsExactly("000001.png", "000002.png", "000003.png", "000004.png", "000005.png");
    BufferedImage written = ImageFiles.read(target.resolve("000003.png"));
    assertThat(written.getWidth()).isEqualTo(128);
    int rgb = written.getRGB(64, 48);
    // Limited range has 219 codes for 255.
    assertThat(rgb >> 16 & 0xff).isBetween(0xC0 - 3, 0xC0 + 3);
    assertThat(rgb >> 8 & 0xff).isBetween(0x40 - 3, 0x40 + 3);
    assertThat(rgb & 0xff).isBetween(0x20 - 3, 0x20 + 3);
  }

  @Test
  void folderWithFiles_isNotWrittenInto() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=10:duration=0.2 -c:v ffv1");
    Path target = Files.createDirectory(folder.resolve("out"));
    Files.writeString(target.resolve("mine.txt"), "mine");

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      VideoUpscaler films = new VideoUpscaler(network);
      assertThatThrownBy(() -> films.upscale(clip, target))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(target + ": must be empty");
      assertThatThrownBy(
              () ->
                  films.upscale(
                      clip, folder.resolve("other"), VideoOptions.defaults().codec("libx264")))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("images are written as png");
      assertThatThrownBy(
              () ->
                  films.upscale(
                      clip, folder.resolve("b.mkv"), VideoOptions.defaults().frameRate(24)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("frameRate is for a folder of images");
    }

    assertThat(names(target)).containsExactly("mine.txt");
    assertThat(names(folder)).containsExactly("clip.mkv", "out");
  }

  @Test
  void interruptedFolder_whenResumed_hasTheVeryFiles() throws IOException {
    Path frames = Files.createDirectory(folder.resolve("frames"));
    List<BufferedImage> images = noise(14, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < images.size(); i++) {
      ImageFiles.write(images.get(i), frames.resolve(String.format(Locale.ROOT, "%04d.png", i)));
    }
    Path whole = folder.resolve("whole");
    Path target = folder.resolve("out");
    VideoOptions options = VideoOptions.defaults().segmentFrames(4);

    try (Upscaler network = TestNetworks.repeating(2, Color.RGB)) {
      VideoUpscaler films = new VideoUpscaler(network);
      films.upscale(frames, whole, options);
      VideoListener interrupting =
          progress -> {
            if (progress.framesDone() == 10) {
              throw new CancellationException();
            }
          };
      assertThatThrownBy(() -> films.upscale(frames, target, options.listener(interrupting)))
          .isInstanceOf(CancellationException.class);
      assertThat(target).doesNotExist();

      assertThat(films.upscale(frames, target, options.resume()).framesBefore()).isEqualTo(8);
    }

    assertThat(names(target)).hasSize(14).isEqualTo(names(whole));
    for (String name : names(target)) {
      assertThat(target.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
  }

  @Test
  void animatedPng_isEnlarged_withItsTimes() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.png"),
            "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1,scale=33:21,format=rgb24 -f apng");
    Path target = folder.resolve("target.mkv");

    try (Upscaler network = TestNetworks.repeating(2, Color.RGB)) {
      assertThat(new VideoUpscaler(network).upscale(clip, target, LOSSLESS.dropAlpha()).frames())
          .isEqualTo(10);
    }

    assertThat(Clips.probe(target, "v:0", "stream=width,height,pix_fmt"))
        .containsExactly("66,42,bgr0");
    assertThat(Clips.probe(target, "v:0", "frame=pts_time").stream().map(Double::parseDouble))
        .containsExactly(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9);
  }

  @Test
  void animatedWebp_isEnlarged_withItsTimes() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.webp"),
            "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1,scale=33:21,format=bgra "
                + "-c:v libwebp_anim -lossless 1");
    Path source =
        Clips.make(
            folder.resolve("source.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1,scale=33:21,format=bgra "
                + "-pix_fmt gbrp -c:v ffv1");
    Path target = folder.resolve("target.mkv");

    try (Upscaler network = TestNetworks.repeating(1, Color.RGB)) {
      VideoReport report = new VideoUpscaler(network).upscale(clip, target, LOSSLESS.dropAlpha());
      assertThat(report.frames()).isEqualTo(10);
    }

    assertThat(Clips.frames(target)).hasSize(10).isEqualTo(Clips.frames(source));
    assertThat(Clips.probe(target, "v:0", "frame=pts_time").stream().map(Double::parseDouble))
        .containsExactly(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9);
  }

  @Test
  void imagesOfAProgram_becomeAFilm() throws IOException {
    List<BufferedImage> images = noise(7, BufferedImage.TYPE_INT_RGB);
    Path target = folder.resolve("target.mkv");
    List<Long> done = Collections.synchronizedList(new ArrayList<>());

    try (Upscaler network = TestNetworks.repeating(1, Color.RGB)) {
      FrameSource source = FrameSource.ofImages(images.iterator(), 29.97);
      VideoReport report =
          new VideoUpscaler(network)
              .upscale(source, target, LOSSLESS.listener(p -> done.add(p.framesDone())));
      assertThat(report.frames()).isEqualTo(7);
    }

    assertThat(done).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(Clips.probe(target, "v:0", "stream=avg_frame_rate,pix_fmt"))
        .containsExactly("bgr0,30000/1001");
    Path out = folder.resolve("out");
    try (Upscaler network = TestNetworks.repeating(1, Color.RGB)) {
      new VideoUpscaler(network)
          .upscale(FrameSource.ofImages(images.iterator(), 25), out, VideoOptions.defaults());
    }
    assertThat(samples(ImageFiles.read(out.resolve("000007.png"))))
        .isEqualTo(samples(images.get(6)));
  }

  @Test
  void rawFrames_keepTheirBytesAndTimes() throws IOException {
    byte[][] frames = new byte[3][64 * 48 * 3 / 2];
    Random random = new Random(1);
    for (byte[] frame : frames) {
      random.nextBytes(frame);
    }
    long[] times = {0, 40, 1000};
    Path target = folder.resolve("target.mkv");
    Path out = folder.resolve("raw.yuv");

    try (Upscaler network = TestNetworks.repeating(1, Color.LUMA)) {
      new VideoUpscaler(network).upscale(source("yuv420p", frames, times), target, LOSSLESS);
    }

    Clips.make(out, "-i", target.toString(), "-fps_mode", "passthrough", "-f", "rawvideo");
    byte[] all = Files.readAllBytes(out);
    for (int i = 0; i < 3; i++) {
      byte[] frame = new byte[frames[i].length];
      System.arraycopy(all, i * frame.length, frame, 0, frame.length);
      assertThat(frame).isEqualTo(frames[i]);
    }
    assertThat(Clips.probe(target, "v:0", "frame=pts_time").stream().map(Double::parseDouble))
        .containsExactly(0.0, 0.04, 1.0);
    assertThat(Clips.probe(target, "v:0", "stream=color_range,color_space"))
        .containsExactly("tv,smpte170m");
  }

  @Test
  void sourcesThatBreakTheRules_areRefused() throws IOException {
    byte[][] frames = new byte[2][64 * 48 * 3 / 2];
    frames[1][0] = 1;

    assertRefused(source("rgb24", frames, new long[] {0, 1}), "samples in planes", "rgb24");
    assertRefused(source("yuv422p", frames, new long[] {0, 1}), "must be 6144 bytes", "4608");
    assertRefused(source("yuv420p", frames, new long[] {5, 5}), "later than 5, but was 5");
    List<BufferedImage> images =
        List.of(
            image(BufferedImage.TYPE_3BYTE_BGR, 9, 9, 1),
            image(BufferedImage.TYPE_4BYTE_ABGR, 9, 9, 2));
    FrameSource unlike = FrameSource.ofImages(images.iterator(), 25);
    assertRefused(unlike, "image 2: must be 9x9", "with alpha");
    assertThatThrownBy(() -> FrameSource.ofImages(Collections.emptyIterator(), 25))
        .isInstanceOf(IllegalArgumentException.class);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  /** A thread that ended without a word would let the call wait for ever. */
  @Test
  void errorOfASource_reachesTheCaller() {
    FrameSource failing =
        new ListedFrames(
            new FrameSource.Format("gray", 16, 16, 1, 25),
            3,
            index -> {
              if (index == 2) {
                throw new AssertionError("no third frame");
              }
              byte[] samples = new byte[256];
              samples[0] = (byte) index;
              return new FrameSource.Frame(index, samples);
            });

    try (Upscaler network = TestNetworks.repeating(1, Color.LUMA)) {
      assertThatThrownBy(
              () -> new VideoUpscaler(network).upscale(failing, folder.resolve("a.mkv"), LOSSLESS))
          .isInstanceOf(AssertionError.class)
          .hasMessage("no third frame");
    }
  }

  private void assertRefused(FrameSource source, String... words) {
    try (Upscaler network = TestNetworks.repeating(1, Color.LUMA)) {
      assertThatThrownBy(
              () -> new VideoUpscaler(network).upscale(source, folder.resolve("a.mkv"), LOSSLESS))
          .isInstanceOfAny(IllegalArgumentException.class, ImageFormatException.class)
          .hasMessageContainingAll(words);
    }
  }

  private static FrameSource source(String pixelFormat, byte[][] frames, long[] times) {
    return new ListedFrames(
        new FrameSource.Format(pixelFormat, 64, 48, 1, 1000),
        frames.length,
        index -> new FrameSource.Frame(times[index], frames[index].clone()));
  }

  private static List<BufferedImage> noise(int count, int type) {
    return IntStream.range(0, count).mapToObj(i -> image(type, 33, 21, i)).toList();
  }

  private static BufferedImage image(int type, int width, int height, int seed) {
    BufferedImage image = new BufferedImage(width, height, type);
    Random random = new Random(seed);
    int max = 1 << image.getColorModel().getComponentSize(0);
    int[] samples = new int[image.getRaster().getNumBands() * width * height];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextInt(max);
    }
    image.getRaster().setPixels(0, 0, width, height, samples);
    return image;
  }

  private static int[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
