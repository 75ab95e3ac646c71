// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Output;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.calls.Deadline;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.ImageInput;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.images.Orientation;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.Coloring;
import io.github.sr4j.internal.rows.PixelKind;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.testing.GeneratedFormat;
import io.github.sr4j.internal.testing.TestImages;
import io.github.sr4j.internal.tiles.NetworkSettings;
import io.github.sr4j.shared.util.FileTimesListener;
import java.awt.Dimension;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FileUpscaleTest {

  /** Bands of few rows, in regions of few columns, decoded in windows of few rows. */
  private static final FileUpscale.Limits SMALL =
      new FileUpscale.Limits(0, 256, 1 << 12, new ImageSource.Budget(1 << 12, 1 << 10));

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "png, png, " + BufferedImage.TYPE_3BYTE_BGR,
    "png, tif, " + BufferedImage.TYPE_BYTE_GRAY,
    "png, tif, " + BufferedImage.TYPE_USHORT_GRAY,
    "png, png, " + BufferedImage.TYPE_BYTE_INDEXED,
    "tif, tif, " + BufferedImage.TYPE_3BYTE_BGR,
    "tif, png, " + BufferedImage.TYPE_BYTE_GRAY,
    "bmp, bmp, " + BufferedImage.TYPE_3BYTE_BGR,
    "bmp, bmp, " + BufferedImage.TYPE_BYTE_GRAY,
    "jpg, png, " + BufferedImage.TYPE_3BYTE_BGR,
    "jpg, tif, " + BufferedImage.TYPE_BYTE_GRAY
  })
  void file_equalsTheImageInMemory(String from, String to, int type) throws IOException {
    Path source = folder.resolve("source." + from);
    Path target = folder.resolve("target." + to);
    ImageFiles.write(TestImages.photo(type, 61, 83), source);

    for (Pipeline pipeline : pipelines()) {
      run(pipeline, source, target, UpscaleOptions.defaults());

      assertSame(
          ImageFiles.read(target),
          inMemory(pipeline, ImageFiles.read(source), UpscaleOptions.defaults()),
          0);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.7, 1, 1.5, 2.7, 3})
  void factor_equalsTheImageInMemory(double factor) throws IOException {
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.bmp");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 97, 101), source);
    UpscaleOptions options = UpscaleOptions.defaults().factor(factor);

    for (Pipeline pipeline : pipelines()) {
      run(pipeline, source, target, options);

      assertSame(ImageFiles.read(target), inMemory(pipeline, ImageFiles.read(source), options), 0);
    }
  }

  static Stream<GeneratedFormat.Trouble> shortages() {
    return Stream.of(
        () -> {
          throw new OutOfMemoryError("Java heap space");
        },
        () -> { // as the JDK's PNG reader and others wrap it
          throw new IIOException(
              "Error reading image data", new OutOfMemoryError("Java heap space"));
        },
        () -> {
          throw new IllegalStateException(new IIOException("", new OutOfMemoryError()));
        },
        () -> { // as libjpeg has it
          throw new IIOException("Insufficient memory (case 4)");
        });
  }

  @ParameterizedTest
  @MethodSource("shortages")
  void lackOfMemory_isNoDamage(GeneratedFormat.Trouble shortage) throws IOException {
    Path source = Files.write(folder.resolve("source.gen"), GeneratedFormat.file(64, 48));
    String message =
        source
            + ": not enough memory to decode the generated image; allow Java more than its "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MB with -Xmx";

    try (GeneratedFormat format = new GeneratedFormat()) {
      format.whenRead(shortage);

      assertThatThrownBy(() -> ImageFiles.read(source))
          .isExactlyInstanceOf(SuperResolutionException.class)
          .hasMessage(message);
      assertThatThrownBy(
              () -> run(pipelines().get(0), source, target("png"), UpscaleOptions.defaults()))
          .isExactlyInstanceOf(SuperResolutionException.class)
          .hasMessage(message);
    }
    assertThat(folder)
        .isDirectoryNotContaining("glob:**.png")
        .isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void lackOfMemoryInTheNetwork_namesTheFile() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 64, 48), source);
    BlockUpscaler large =
        new DelegatingNetwork(FilterNetwork.of(ModelInfo.Color.RGB, 2, 1)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            throw new OutOfMemoryError("Java heap space");
          }
        };

    try (Upscaler upscaler = Upscaler.of(large)) {
      assertThatThrownBy(() -> upscaler.upscale(source, target("png")))
          .isExactlyInstanceOf(SuperResolutionException.class)
          .hasMessageStartingWith(
              source + ": not enough memory to enlarge it; use smaller tiles or allow Java more")
          .hasRootCauseInstanceOf(OutOfMemoryError.class);
    }
    assertThat(folder)
        .isDirectoryNotContaining("glob:**target*")
        .isDirectoryNotContaining("glob:**.tmp");
  }

  /** A valid image, whose row has more bits than the JDK's reader counts. */
  @Test
  void lineOfAGigapixel_isRefusedWithItsSize() throws IOException {
    Path source = Files.write(folder.resolve("line.png"), line(1_000_000_000));

    assertThatThrownBy(() -> ImageFiles.read(source, Long.MAX_VALUE))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(
            source
                + ": the png image has rows of 1000000000 pixels of 8 bits, but a row must be of"
                + " less than 2^31 bits");
    assertThatThrownBy(
            () -> run(pipelines().get(0), source, target("png"), UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("a row must be of less than 2^31 bits");
  }

  @Test
  void longLine_isEnlargedInParts() throws IOException {
    Path source = Files.write(folder.resolve("line.png"), line(3_000_000));

    run(pipelines().get(0), source, target("png"), UpscaleOptions.defaults().factor(0.5));

    assertThat(ImageFiles.size(target("png"))).isEqualTo(new Dimension(1_500_000, 1));
  }

  /** A gray PNG of one row. */
  private static byte[] line(int width) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater =
        new DeflaterOutputStream(data, new Deflater(Deflater.BEST_SPEED))) {
      byte[] part = new byte[1 << 16];
      for (long left = 1L + width; left > 0; left -= part.length) { // with the filter's byte
        deflater.write(part, 0, (int) Math.min(left, part.length));
      }
    }
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(width);
    fields.writeInt(1);
    fields.write(new byte[] {8, 0, 0, 0, 0}); // bits, gray
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(png);
    out.writeLong(0x89504e470d0a1a0aL);
    writeChunk(out, "IHDR", header.toByteArray());
    writeChunk(out, "IDAT", data.toByteArray());
    writeChunk(out, "IEND", new byte[0]);
    return png.toByteArray();
  }

  @Test
  void readerThatRunsOutOfStack_hasFoundADamagedImage() throws IOException {
    Path source = Files.write(folder.resolve("source.gen"), GeneratedFormat.file(64, 48));

    try (GeneratedFormat format = new GeneratedFormat()) {
      format.whenRead(FileUpscaleTest::recurse);

      assertThatThrownBy(() -> ImageFiles.read(source))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(source + ": damaged generated image: its parts are nested too deeply");
    }
  }

  @SuppressWarnings("InfiniteRecursion")
  private static void recurse() {
    recurse();
  }

  private Path target(String extension) {
    return folder.resolve("target." + extension);
  }

  @Test
  void alpha_equalsTheImageInMemoryUpToALevel() throws IOException {
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.tif");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_4BYTE_ABGR, 61, 83), source);

    for (Pipeline pipeline : pipelines()) {
      run(pipeline, source, target, UpscaleOptions.defaults());

      assertSame(
          ImageFiles.read(target),
          inMemory(pipeline, ImageFiles.read(source), UpscaleOptions.defaults()),
          1);
    }
  }

  @Test
  void jpeg_isWrittenOfTheSamePixels() throws IOException {
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.jpg");
    Path whole = folder.resolve("whole.jpg");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 61, 83), source);
    Pipeline pipeline = pipelines().get(0);

    run(pipeline, source, target, UpscaleOptions.defaults());

    ImageFiles.write(inMemory(pipeline, ImageFiles.read(source), UpscaleOptions.defaults()), whole);
    assertThat(target).hasSameBinaryContentAs(whole);
  }

  @Test
  void grayInThreeChannels_isGrayInAllRegions() throws IOException {
    Path source = folder.resolve("source.png");
    BufferedImage gray = new BufferedImage(40, 60, BufferedImage.TYPE_3BYTE_BGR);
    gray.getGraphics()
        .drawImage(TestImages.photo(BufferedImage.TYPE_BYTE_GRAY, 40, 60), 0, 0, null);
    ImageFiles.write(gray, source);
    Pipeline rgb = pipeline(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2), 1);

    run(rgb, source, folder.resolve("gray.png"), UpscaleOptions.defaults());
    assertThat(isGray(ImageFiles.read(folder.resolve("gray.png")))).isTrue();

    gray.setRGB(39, 59, 0xff_00_00);
    ImageFiles.write(gray, source);
    run(rgb, source, folder.resolve("red.png"), UpscaleOptions.defaults());
    BufferedImage read = ImageFiles.read(folder.resolve("red.png"));
    assertThat(isGray(read.getSubimage(0, 0, 40, 40))).isFalse(); // as in memory
  }

  @Test
  void grayOverHiddenColours_isGrayInAllRegions() throws IOException {
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.png");
    BufferedImage image = new BufferedImage(40, 60, BufferedImage.TYPE_4BYTE_ABGR);
    for (int y = 0; y < 60; y++) {
      for (int x = 0; x < 40; x++) {
        image.setRGB(x, y, y < 10 ? 0x00_ff_00_00 : 0xff << 24 | (x * y % 256) * 0x01_01_01);
      }
    }
    ImageFiles.write(image, source);

    run(
        pipeline(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2), 1),
        source,
        target,
        UpscaleOptions.defaults());

    BufferedImage read = ImageFiles.read(target);
    assertThat(isGray(read.getSubimage(0, 24, 80, 96))).isTrue(); // as in memory
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp"})
  void progress_countsTheTilesOfAllRegions(String extension) throws IOException {
    Path source = folder.resolve("source.tif");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_BYTE_GRAY, 50, 50), source);
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger tiles = new AtomicInteger();

    run(
        pipelines().get(0),
        source,
        folder.resolve("target." + extension),
        UpscaleOptions.defaults()
            .listener(
                progress -> {
                  assertThat(progress.tilesDone()).isEqualTo(calls.incrementAndGet());
                  tiles.set(progress.tiles());
                }));

    assertThat(calls.get()).isEqualTo(tiles.get()).isGreaterThan(9);
  }

  @Test
  void times_areToldOnce_andAreThoseOfTheCall() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 64, 48), source);
    AtomicLong inNetwork = new AtomicLong();
    BlockUpscaler network =
        new DelegatingNetwork(FilterNetwork.of(ModelInfo.Color.LUMA, 2, 1)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            long start = System.nanoTime();
            try {
              return super.upscale(block);
            } finally {
              inNetwork.addAndGet(System.nanoTime() - start);
            }
          }
        };
    List<Duration> times = new ArrayList<>();
    FileTimesListener listener =
        new FileTimesListener() {
          @Override
          public void progressed(Progress progress) {}

          @Override
          public void spent(Duration decoding, Duration network, Duration encoding) {
            times.addAll(List.of(decoding, network, encoding));
          }
        };

    long start = System.nanoTime();
    try (Upscaler upscaler = Upscaler.of(network)) {
      upscaler.upscale(source, target("png"), UpscaleOptions.defaults().listener(listener));
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);

    assertThat(times).hasSize(3).allMatch(time -> !time.isNegative() && !time.isZero());
    assertThat(times.get(1)).isGreaterThanOrEqualTo(Duration.ofNanos(inNetwork.get()));
    assertThat(times.stream().reduce(Duration.ZERO, Duration::plus)).isLessThanOrEqualTo(elapsed);
  }

  @Test
  void failureInTheMiddle_leavesTheOldTargetAndNothingElse() throws IOException {
    Path source = folder.resolve("source.png");
    Path target = Files.writeString(folder.resolve("target.png"), "old");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_BYTE_GRAY, 50, 50), source);
    UpscaleOptions cancelling =
        UpscaleOptions.defaults()
            .listener(
                progress -> {
                  if (progress.tilesDone() == 5) {
                    throw new CancellationException("enough");
                  }
                });

    assertThatThrownBy(() -> run(pipelines().get(0), source, target, cancelling))
        .isInstanceOf(CancellationException.class)
        .hasMessage("enough");

    assertThat(target).hasContent("old");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(source, target);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp", "tif"})
  void interruptInTheMiddle_cancels(String extension) throws IOException {
    Path source = folder.resolve("source." + extension);
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 50, 50), source);
    UpscaleOptions interrupting =
        UpscaleOptions.defaults()
            .listener(
                progress -> {
                  if (progress.tilesDone() == 5) {
                    Thread.currentThread().interrupt();
                  }
                });

    assertThatThrownBy(
            () ->
                run(
                    pipelines().get(0),
                    source,
                    folder.resolve("target." + extension),
                    interrupting))
        .isInstanceOf(CancellationException.class);

    assertThat(Thread.interrupted()).isTrue();
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(source);
    }
  }

  @Test
  void declaredSize_beyondTheLimit_isRefusedBeforeDecoding() throws IOException {
    Path bomb = Files.write(folder.resolve("bomb.png"), png(100_000, 100_000));

    assertThatThrownBy(
            () ->
                run(
                    pipelines().get(0),
                    bomb,
                    folder.resolve("target.png"),
                    UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("maxPixels is 1073741824")
        .hasMessageContaining("10000000000 pixels, 100000x100000 (width x height)");
    assertThatThrownBy(() -> ImageFiles.read(bomb))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("maxPixels is 268435456");
    assertThatThrownBy(() -> ImageFiles.read(bomb, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxPixels must be at least 1, but was 0");
  }

  @Test
  void target_thatIsTheSource_isRefused() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_BYTE_GRAY, 5, 5), source);

    assertThatThrownBy(() -> run(pipelines().get(0), source, source, UpscaleOptions.defaults()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target must not be the source, but was " + source);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void orientation_isApplied(int orientation) throws IOException {
    Path stored = folder.resolve("stored.png");
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.tif");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 61, 83), stored);
    byte[] exif = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    exif[19] = (byte) orientation;
    exif = Arrays.copyOf(exif, exif.length + 2);
    insertChunk(stored, source, "eXIf", exif);

    run(pipelines().get(0), source, target, UpscaleOptions.defaults());

    BufferedImage upright = ImageFiles.read(source);
    assertThat(upright.getWidth()).isEqualTo(orientation < 5 ? 61 : 83);
    assertThat(ImageFiles.size(source))
        .isEqualTo(new Dimension(upright.getWidth(), upright.getHeight()));
    assertSame(
        ImageFiles.read(target),
        inMemory(pipelines().get(0), upright, UpscaleOptions.defaults()),
        0);
  }

  @ParameterizedTest
  @CsvSource({"png, png", "png, tif", "tif, png", "png, jpg", "jpg, tif"})
  void resolutionIsScaled_andTheProfileKeptToTheByte(String from, String to) throws IOException {
    Path source = folder.resolve("source." + from);
    Path target = folder.resolve("target." + to);
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    ICC_ColorSpace space = new ICC_ColorSpace(ICC_Profile.getInstance(profile));
    ColorModel model =
        new ComponentColorModel(space, false, false, ColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
    BufferedImage photo = TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 41, 29);
    BufferedImage image = new BufferedImage(model, photo.getRaster(), false, null);
    FileMetadata metadata =
        new FileMetadata(Orientation.NORMAL, 300, 150, Optional.empty(), false, false);
    ImageTarget.of(source).write(List.of(Picture.of(image, metadata)).iterator());

    run(pipelines().get(0), source, target, UpscaleOptions.defaults().width(123).height(58));

    FileMetadata before = metadata(source);
    FileMetadata after = metadata(target);
    assertThat(after.dpiX()).isCloseTo(900, within(0.5));
    assertThat(after.dpiY()).isCloseTo(300, within(0.5));
    assertThat(after.profile()).isPresent().isEqualTo(before.profile());
  }

  private static FileMetadata metadata(Path file) throws IOException {
    try (ImageSource source = ImageSource.open(file, 1 << 20)) {
      return source.pictures().get(0).metadata();
    }
  }

  @Test
  void pages_areAllEnlarged() throws IOException {
    Path source = folder.resolve("source.tif");
    List<BufferedImage> pages =
        List.of(
            TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 41, 29),
            TestImages.photo(BufferedImage.TYPE_BYTE_GRAY, 30, 30));
    ImageTarget.of(source)
        .write(pages.stream().map(page -> Picture.of(page, FileMetadata.NONE)).iterator());
    Pipeline pipeline = pipelines().get(0);

    run(pipeline, source, folder.resolve("target.tif"), UpscaleOptions.defaults());

    ImageReader reader = ImageIO.getImageReadersByFormatName("tiff").next();
    try (ImageInputStream stream =
        ImageIO.createImageInputStream(folder.resolve("target.tif").toFile())) {
      reader.setInput(stream);
      assertThat(reader.getNumImages(true)).isEqualTo(2);
      for (int i = 0; i < 2; i++) {
        assertSame(reader.read(i), inMemory(pipeline, pages.get(i), UpscaleOptions.defaults()), 0);
      }
    } finally {
      reader.dispose();
    }
    Path png = folder.resolve("target.png");
    assertThatThrownBy(() -> run(pipeline, source, png, UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(
            source
                + ": has 2 pages, of which "
                + png
                + " could hold one; name a target ending in tif");
  }

  /** The memory does not grow with the height. */
  @ParameterizedTest
  @CsvSource({"png, false", "tif, false", "bmp, false", "png, true", "tif, true", "bmp, true"})
  void highImage_isNeverReadOrEnlargedManyRowsAtATime(String extension, boolean isStreamed)
      throws IOException {
    int width = 16;
    int height = 8_000;
    Path source = Files.write(folder.resolve("generated"), GeneratedFormat.file(width, height));
    Path target = folder.resolve("target." + extension);
    AtomicInteger most = new AtomicInteger();
    DelegatingNetwork network =
        new DelegatingNetwork(FilterNetwork.of(ModelInfo.Color.LUMA, 2, 1)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            most.accumulateAndGet(block.height(), Math::max);
            return super.upscale(block);
          }
        };

    try (GeneratedFormat format = new GeneratedFormat()) {
      FileUpscale upscale = new FileUpscale(pipeline(network, 1), PixelLimits.of(1 << 30), SMALL);
      if (isStreamed) {
        try (ImageInput input = ImageInput.of(Files.newInputStream(source));
            OutputStream out = Files.newOutputStream(target)) {
          upscale.run(
              input,
              ImageTarget.of(out, output(extension)),
              UpscaleOptions.defaults(),
              Deadline.NONE);
        }
      } else {
        upscale.run(source, target, UpscaleOptions.defaults());
      }

      assertThat(format.maxRows()).isLessThanOrEqualTo((1 << 12) / width);
    }
    assertThat(most.get()).isLessThanOrEqualTo(64);
    BufferedImage read = ImageFiles.read(target);
    assertThat(read.getWidth()).isEqualTo(2 * width);
    assertThat(read.getHeight()).isEqualTo(2 * height);
  }

  private static Output output(String extension) {
    return switch (extension) {
      case "png" -> Output.png();
      case "tif" -> Output.tiff();
      default -> Output.bmp();
    };
  }

  private static void run(Pipeline pipeline, Path source, Path target, UpscaleOptions options)
      throws IOException {
    new FileUpscale(pipeline, PixelLimits.of(1 << 30), SMALL).run(source, target, options);
  }

  private static BufferedImage inMemory(
      Pipeline pipeline, BufferedImage image, UpscaleOptions options) {
    int width = image.getWidth();
    int height = image.getHeight();
    return pipeline.upscale(
        image,
        pipeline.sizes().inMemory(width, height, options),
        new UpscaleCall(pipeline.tiles(new Size(width, height)), Optional.empty()));
  }

  private static boolean isGray(BufferedImage image) {
    return PixelKind.of(image).coloring() == Coloring.EQUAL_CHANNELS;
  }

  private static List<Pipeline> pipelines() {
    return List.of(
        pipeline(FilterNetwork.of(ModelInfo.Color.LUMA, 2, 3), 1),
        pipeline(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2), 2),
        pipeline(FilterNetwork.preupscaled(ModelInfo.Color.LUMA, 3, 4), 1),
        pipeline(FilterNetwork.aligned(2, 2, 5), 1),
        pipeline(FilterNetwork.withoutHalo(2), 1),
        pipeline(FilterNetwork.of(ModelInfo.Color.LUMA, 2, 3), 1, ModelInfo.Edges.REPLICATE),
        pipeline(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2), 2, ModelInfo.Edges.MIRROR),
        pipeline(
            FilterNetwork.of(ModelInfo.builder("filter", 2).halo(3).lostEdge(4), 3),
            1,
            ModelInfo.Edges.REPLICATE),
        pipeline(FilterNetwork.aligned(2, 2, 5), 1, ModelInfo.Edges.MIRROR));
  }

  private static Pipeline pipeline(BlockUpscaler network, int passes) {
    return pipeline(network, passes, ModelInfo.Edges.NETWORK);
  }

  private static Pipeline pipeline(BlockUpscaler network, int passes, ModelInfo.Edges edges) {
    return new Pipeline(
        network,
        new NetworkSettings(
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            false,
            passes,
            OptionalDouble.empty(),
            edges),
        new RowExecutor(1));
  }

  private static void assertSame(BufferedImage actual, BufferedImage expected, int levels) {
    assertThat(actual.getWidth()).isEqualTo(expected.getWidth());
    assertThat(actual.getHeight()).isEqualTo(expected.getHeight());
    int width = expected.getWidth();
    for (int y = 0; y < expected.getHeight(); y++) {
      int[] a = actual.getRGB(0, y, width, 1, null, 0, width);
      int[] b = expected.getRGB(0, y, width, 1, null, 0, width);
      for (int x = 0; x < width; x++) {
        for (int shift = 0; shift < 32; shift += 8) {
          int difference = Math.abs((a[x] >> shift & 0xff) - (b[x] >> shift & 0xff));
          assertThat(difference)
              .as("%s: %x instead of %x at column %s, row %s", expected, a[x], b[x], x, y)
              .isLessThanOrEqualTo(levels);
        }
      }
    }
  }

  /** Copies a PNG and inserts a chunk after its header. */
  private static void insertChunk(Path from, Path to, String type, byte[] data) throws IOException {
    byte[] png = Files.readAllBytes(from);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(png, 0, 33);
    writeChunk(new DataOutputStream(bytes), type, data);
    bytes.write(png, 33, png.length - 33);
    Files.write(to, bytes.toByteArray());
  }

  /** A small PNG that declares a size. */
  static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(width);
    fields.writeInt(height);
    fields.write(new byte[] {1, 0, 0, 0, 0}); // one bit of gray per pixel
    writeChunk(out, "IHDR", header.toByteArray());
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(data, new Deflater(9))) {
      deflater.write(new byte[1 << 16]);
    }
    writeChunk(out, "IDAT", data.toByteArray());
    writeChunk(out, "IEND", new byte[0]);
    return bytes.toByteArray();
  }

  private static void writeChunk(DataOutputStream out, String type, byte[] data)
      throws IOException {
    CRC32 checksum = new CRC32();
    out.writeInt(data.length);
    out.writeBytes(type);
    out.write(data);
    checksum.update(type.getBytes(US_ASCII));
    checksum.update(data);
    out.writeInt((int) checksum.getValue());
  }
}
