// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static io.github.sr4j.internal.testing.TestImages.photo;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.files.AnimatedFiles;
import io.github.sr4j.internal.files.AnimatedFiles.Frame;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.files.TiffFile;
import io.github.sr4j.internal.metadata.ExifBlocks;
import io.github.sr4j.internal.testing.FilterNetwork;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams and arrays of bytes are enlarged as files are. */
final class UpscaleStreamsTest {

  private static final int WIDTH = 41;
  private static final int HEIGHT = 29;

  private static final List<Output> OUTPUTS =
      List.of(
          Output.png(),
          Output.png(9),
          Output.jpeg(),
          Output.jpeg(0.5).chroma444(),
          Output.tiff(),
          Output.tiff().deflated(),
          Output.bmp());

  @TempDir Path folder;

  private final Upscaler upscaler =
      Upscaler.of(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2), /* tileSize= */ 16);

  /** The bytes of a file and what they are. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Source(String name, byte[] bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeEach
  void noInterrupt_isLeft() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @AfterEach
  void close() {
    Thread.interrupted();
    upscaler.close();
  }

  static Stream<Source> sources() throws IOException {
    BufferedImage rgb = photo(BufferedImage.TYPE_3BYTE_BGR, WIDTH, HEIGHT);
    return Stream.of(
        new Source("PNG", encoded("png", rgb)),
        new Source("PNG with alpha", encoded("png", photo(BufferedImage.TYPE_4BYTE_ABGR, 17, 40))),
        new Source("PNG, 16 bits", encoded("png", photo(BufferedImage.TYPE_USHORT_GRAY, 30, 9))),
        new Source("PNG with a profile", encoded("png", inLinearRgb(rgb))),
        new Source("JPEG", encoded("jpg", rgb)),
        new Source("JPEG of a phone, to be turned", ofPhone(encoded("jpg", rgb))),
        new Source("JPEG, gray", encoded("jpg", photo(BufferedImage.TYPE_BYTE_GRAY, 20, 20))),
        new Source("BMP", encoded("bmp", rgb)),
        new Source("TIFF", encoded("tif", rgb)),
        new Source(
            "TIFF, two pages", encoded("tif", rgb, photo(BufferedImage.TYPE_BYTE_GRAY, 30, 30))),
        new Source("TIFF of numbers", TiffFile.ofFloats(3, 2, 1, -2, 3000, 4, 5, 6).bytes()),
        new Source("GIF", AnimatedFiles.gif(WIDTH, HEIGHT, -1, frames(1))),
        new Source("animated GIF", AnimatedFiles.gif(WIDTH, HEIGHT, 2, frames(3))),
        new Source("animated PNG", animatedPng()),
        new Source("text", "no image".getBytes(ISO_8859_1)),
        new Source("nothing", new byte[0]));
  }

  @ParameterizedTest
  @MethodSource("sources")
  void result_isThatOfTheFile_byteForByte(Source source) throws IOException {
    Path file = Files.write(folder.resolve("source"), source.bytes());
    for (Output output : OUTPUTS) {
      Path target = folder.resolve("target." + output.format());
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      UpscaleOptions options = UpscaleOptions.defaults().factor(1.7);

      Throwable ofFile =
          catchThrowable(() -> upscaler.upscale(file, target, options.output(output)));

      if (ofFile == null) {
        upscaler.upscale(byteByByte(source.bytes()), stream, output, options);
        byte[] expected = Files.readAllBytes(target);
        assertThat(stream.toByteArray()).as("%s", output).isEqualTo(expected);
        assertThat(upscaler.upscale(source.bytes(), output, options))
            .as("%s", output)
            .isEqualTo(expected);
        continue;
      }
      assertThatThrownBy(
              () -> upscaler.upscale(byteByByte(source.bytes()), stream, output, options))
          .as("%s", output)
          .hasSameClassAs(ofFile)
          .hasMessageStartingWith("the stream: ")
          .hasMessageNotContainingAny("target", "source");
      assertThatThrownBy(() -> upscaler.upscale(source.bytes(), output, options))
          .as("%s", output)
          .hasSameClassAs(ofFile)
          .hasMessageStartingWith("the bytes: ");
      assertThat(stream.size()).isZero();
    }
  }

  @Test
  void formatThatCannotHoldAnImage_isRefusedWithTheOneThatCan() throws IOException {
    byte[] animation = AnimatedFiles.gif(WIDTH, HEIGHT, 2, frames(3));
    byte[] pages = encoded("tif", photo(1, 3, 3), photo(1, 3, 3));
    byte[] numbers = TiffFile.ofFloats(2, 1, 1, 3000).bytes();

    assertThatThrownBy(() -> upscaler.upscale(animation, Output.jpeg()))
        .hasMessage(
            "the bytes: an animation of 3 frames, of which JPEG could hold one; choose"
                + " Output.png(), which becomes an animated PNG");
    assertThatThrownBy(() -> upscaler.upscale(pages, Output.png()))
        .hasMessage("the bytes: has 2 pages, of which PNG could hold one; choose Output.tiff()");
    assertThatThrownBy(() -> upscaler.upscale(numbers, Output.png()))
        .hasMessageEndingWith("which PNG could not hold; choose Output.tiff()");
  }

  @ParameterizedTest
  @MethodSource("sources")
  void streamThatEndsEarly_givesTheErrorOfTheFile(Source source) throws IOException {
    for (int part = 1; part < 6; part++) {
      byte[] cut = Arrays.copyOf(source.bytes(), source.bytes().length * part / 6);
      Path file = Files.write(folder.resolve("source"), cut);
      Throwable ofFile = catchThrowable(() -> upscaler.upscale(file, folder.resolve("target.tif")));
      if (ofFile == null) {
        continue; // of a short text there is nothing to cut
      }

      assertThatThrownBy(() -> upscaler.upscale(byteByByte(cut), nowhere(), Output.tiff()))
          .hasSameClassAs(ofFile)
          .hasMessage(ofFile.getMessage().replace(file.toString(), "the stream"));
      assertThatThrownBy(() -> upscaler.upscale(cut, Output.tiff()))
          .hasSameClassAs(ofFile)
          .hasMessage(ofFile.getMessage().replace(file.toString(), "the bytes"));
    }
  }

  @Test
  void imageRead_isThatOfTheFile() throws IOException {
    byte[] bytes = ofPhone(encoded("jpg", photo(BufferedImage.TYPE_3BYTE_BGR, WIDTH, HEIGHT)));
    Path file = Files.write(folder.resolve("source"), bytes);

    BufferedImage read = ImageFiles.read(byteByByte(bytes));

    assertThat(pixels(read)).isEqualTo(pixels(ImageFiles.read(file)));
    assertThat(read.getWidth()).isEqualTo(HEIGHT);
    assertThatThrownBy(() -> ImageFiles.read(new ByteArrayInputStream(bytes), 1000))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith(
            "the stream: maxPixels is 1000, but the jpeg image has 1189 pixels");
    assertThatThrownBy(() -> ImageFiles.read(new ByteArrayInputStream(bytes), 0))
        .hasMessage("maxPixels must be at least 1, but was 0");
  }

  @Test
  void imageWritten_isThatOfTheFile() throws IOException {
    BufferedImage image = photo(BufferedImage.TYPE_4BYTE_ABGR, WIDTH, HEIGHT);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();

    ImageFiles.write(image, folder.resolve("image.png"));
    ImageFiles.write(image, stream, Output.png());

    assertThat(stream.toByteArray()).isEqualTo(Files.readAllBytes(folder.resolve("image.png")));
  }

  @Test
  void streams_areNotClosed_andTheTargetIsFlushed() throws IOException {
    boolean[] isFlushed = {false};
    InputStream source =
        new ByteArrayInputStream(encoded("png", photo(1, 5, 5))) {
          @Override
          public void close() {
            throw new AssertionError("closed");
          }
        };
    OutputStream target =
        new ByteArrayOutputStream() {
          @Override
          public void flush() {
            isFlushed[0] = true;
          }

          @Override
          public void close() {
            throw new AssertionError("closed");
          }
        };

    upscaler.upscale(source, target, Output.png());

    assertThat(isFlushed[0]).isTrue();
  }

  /** A stream that gives some bytes and then fails, and looks for the file that they are in. */
  private static final class Failing extends InputStream {

    private final Throwable failure;
    private final byte[] bytes = new byte[1 << 17];
    private int given;
    private Path copy; // of what was given

    Failing(Throwable failure) {
      this.failure = failure;
      new Random(System.nanoTime()).nextBytes(bytes); // to be known again
    }

    @Override
    public int read() {
      throw new AssertionError("one by one");
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (given == bytes.length) {
        copy = temporaryOf(bytes);
        if (failure instanceof IOException e) {
          throw e;
        }
        if (failure instanceof RuntimeException e) {
          throw e;
        }
        throw (Error) failure;
      }
      int count = Math.min(length, bytes.length - given);
      System.arraycopy(bytes, given, target, offset, count);
      given += count;
      return count;
    }
  }

  @Test
  void streamThatFails_isTheReason_andNothingIsLeft() throws IOException {
    Failing stream = new Failing(new IOException("the peer is gone"));

    assertThatThrownBy(() -> upscaler.upscale(stream, nowhere(), Output.png()))
        .isInstanceOf(IOException.class)
        .hasMessage("the stream: cannot be read: the peer is gone")
        .hasRootCauseMessage("the peer is gone");
    assertThat(stream.copy).isNotNull().doesNotExist();
  }

  @Test
  void streamThatTakesTooLong_isNoCancellation() throws IOException {
    Failing stream = new Failing(new SocketTimeoutException("Read timed out"));

    assertThatThrownBy(() -> upscaler.upscale(stream, nowhere(), Output.png()))
        .isInstanceOf(IOException.class)
        .hasMessage("the stream: cannot be read: Read timed out");
    assertThat(Thread.interrupted()).isFalse();
    assertThat(stream.copy).isNotNull().doesNotExist();
  }

  @Test
  void uncheckedFailureOfAStream_isThrownAsItIs_andNothingIsLeft() throws IOException {
    for (Throwable failure : List.of(new IllegalStateException("no"), new AssertionError("no"))) {
      Failing stream = new Failing(failure);

      assertThatThrownBy(() -> upscaler.upscale(stream, nowhere(), Output.png())).isSameAs(failure);
      assertThat(stream.copy).isNotNull().doesNotExist();
    }
  }

  /** A pipe's read ends this way, and clears the status. */
  @Test
  void interruptOfARead_cancels_andNothingIsLeft() throws IOException {
    Failing stream = new Failing(new InterruptedIOException());

    assertThatThrownBy(() -> upscaler.upscale(stream, nowhere(), Output.png()))
        .isInstanceOf(CancellationException.class)
        .hasMessage("interrupted while reading the stream");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(stream.copy).isNotNull().doesNotExist();
  }

  @Test
  void interruptBetweenReads_cancels() throws IOException {
    byte[] png = encoded("png", photo(1, 5, 5));
    InputStream source =
        new FilterInputStream(byteByByte(png)) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            Thread.currentThread().interrupt();
            return super.read(target, offset, length);
          }
        };

    assertThatThrownBy(() -> upscaler.upscale(source, nowhere(), Output.png()))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(source.read()).as("the second byte").isEqualTo('P');
  }

  @Test
  void interruptOfTheWork_cancels_andNothingIsWritten() throws IOException {
    byte[] png = encoded("png", photo(1, 64, 48));
    Path[] copy = {null};
    UpscaleOptions options =
        UpscaleOptions.defaults()
            .listener(
                progress -> {
                  copy[0] = temporaryOf(png);
                  Thread.currentThread().interrupt();
                });

    assertThatThrownBy(
            () -> upscaler.upscale(new ByteArrayInputStream(png), nowhere(), Output.png(), options))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(copy[0]).isNotNull().doesNotExist();
    assertThatThrownBy(() -> upscaler.upscale(png, Output.png(), options))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void targetThatFails_isNamed_andNothingIsLeft() throws IOException {
    byte[] png = encoded("png", photo(1, 5, 5));
    byte[] result = upscaler.upscale(png, Output.tiff());
    Path[] copies = {null, null};
    OutputStream target =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("one by one");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            copies[0] = temporaryOf(png);
            copies[1] = temporaryOf(result);
            throw new IOException("Broken pipe");
          }
        };

    assertThatThrownBy(() -> upscaler.upscale(new ByteArrayInputStream(png), target, Output.tiff()))
        .isInstanceOf(IOException.class)
        .hasMessage("the output stream: cannot be written: whoever read it has closed it");
    assertThat(copies[0]).isNotNull().doesNotExist();
    assertThat(copies[1]).isNotNull().doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void buffers_areEnlargedFromTheirPosition_whichStays(boolean isDirect) throws Exception {
    byte[] png = encoded("png", photo(BufferedImage.TYPE_3BYTE_BGR, WIDTH, HEIGHT));
    byte[] expected = upscaler.upscale(png, Output.png());
    int size = png.length + 7;
    ByteBuffer buffer = isDirect ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    buffer.position(3).put(3, png).limit(size - 4);

    ByteBuffer result =
        upscaler.upscale(buffer.asReadOnlyBuffer(), Output.png(), UpscaleOptions.defaults());
    CompletableFuture<ByteBuffer> later =
        upscaler.upscaleAsync(buffer, Output.png(), UpscaleOptions.defaults());
    int position = buffer.position();
    buffer.put(3, new byte[png.length]); // released, and used again

    assertThat(result).isEqualTo(ByteBuffer.wrap(expected));
    assertThat(later.get()).isEqualTo(ByteBuffer.wrap(expected));
    assertThat(position).isEqualTo(3);
  }

  @Test
  void progressAndNotes_areTold() throws IOException {
    byte[] phone = ofPhone(encoded("jpg", photo(BufferedImage.TYPE_3BYTE_BGR, WIDTH, HEIGHT)));
    List<String> told = new ArrayList<>();
    UpscaleOptions options =
        UpscaleOptions.defaults()
            .listener(
                new ProgressListener() {
                  @Override
                  public void progressed(Progress progress) {
                    told.add(progress.tilesDone() + " of " + progress.tiles());
                    assertThat(progress.source()).isEmpty();
                  }

                  @Override
                  public void noted(String note) {
                    told.add(note);
                  }
                });

    upscaler.upscale(new ByteArrayInputStream(phone), nowhere(), Output.tiff(), options);

    assertThat(told)
        .contains("the note of the camera maker is left out, for which a TIFF has no place")
        .contains("6 of 6");
  }

  @Test
  void result_ofTooManyPixels_isRefusedBeforeAnyWork() throws IOException {
    FilterNetwork network = FilterNetwork.of(ModelInfo.Color.RGB, 2, 2);
    byte[] png = encoded("png", photo(1, 10, 5));
    Path file = Files.write(folder.resolve("source.png"), png);
    String reason =
        "maxResultPixels is 199, but the result of an image of 10x5 would have 200 pixels, 20x10"
            + " (width x height)";
    try (Upscaler small = Upscaler.builder().maxResultPixels(199).build(network)) {

      assertThatThrownBy(() -> small.upscale(file, folder.resolve("target.png")))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(file + ": " + reason);
      assertThatThrownBy(
              () -> small.upscale(new ByteArrayInputStream(png), nowhere(), Output.png()))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage("the stream: " + reason);
      assertThatThrownBy(() -> small.upscale(png, Output.png())).hasMessage("the bytes: " + reason);
      assertThatThrownBy(() -> small.upscale(photo(1, 10, 5)))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(reason);
      assertThatThrownBy(() -> small.upscale(FloatImage.wrap(1, 5, 10, new float[50])))
          .hasMessage(reason);
      assertThat(network.blocks.get()).isZero();

      assertThat(small.upscale(png, Output.png(), UpscaleOptions.defaults().width(19)))
          .as("of the size that is made, not that of the network")
          .isNotEmpty();
    }
    assertThatThrownBy(() -> Upscaler.builder().maxResultPixels(0))
        .hasMessage("maxResultPixels must be at least 1, but was 0");
    assertThatThrownBy(() -> Upscaler.builder().maxResultPixels(7).maxResultPixels(8))
        .hasMessage("maxResultPixels was already set to 7");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void null_isRefusedByName(int argument) {
    InputStream source = argument == 0 ? null : byteByByte(new byte[0]);
    OutputStream target = argument == 1 ? null : nowhere();
    Output output = argument == 2 ? null : Output.png();

    assertThatThrownBy(() -> upscaler.upscale(source, target, output))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(List.of("source", "target", "output").get(argument));
  }

  @Test
  void closedUpscaler_refusesStreams() {
    upscaler.close();

    assertThatThrownBy(() -> upscaler.upscale(byteByByte(new byte[0]), nowhere(), Output.png()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the upscaler of filter is closed");
    assertThatThrownBy(() -> upscaler.upscale(new byte[0], Output.png()))
        .isInstanceOf(IllegalStateException.class);
  }

  /** A stream that nothing must be written to. */
  private static OutputStream nowhere() {
    return new OutputStream() {
      @Override
      public void write(int value) {}
    };
  }

  /** A stream that gives a byte at a time and cannot be marked. */
  private static InputStream byteByByte(byte[] bytes) {
    return new FilterInputStream(new ByteArrayInputStream(bytes)) {
      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return super.read(target, offset, Math.min(1, length));
      }

      @Override
      public int available() {
        return 0;
      }

      @Override
      public boolean markSupported() {
        return false;
      }
    };
  }

  /** Returns the temporary file of exactly these bytes, or null. */
  private static Path temporaryOf(byte[] content) {
    Path temporaries = Path.of(System.getProperty("java.io.tmpdir"));
    try (Stream<Path> files = Files.list(temporaries)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("sr4j-"))
          .filter(file -> isOf(file, content))
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOf(Path file, byte[] content) {
    try {
      return Files.isRegularFile(file)
          && Files.size(file) == content.length
          && Arrays.equals(Files.readAllBytes(file), content);
    } catch (IOException e) {
      return false; // another process has deleted its own
    }
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  private static byte[] encoded(String extension, BufferedImage... pages) throws IOException {
    Path file = Files.createTempFile("encoded", "." + extension);
    try {
      ImageTarget.of(file)
          .write(Stream.of(pages).map(page -> Picture.of(page, FileMetadata.NONE)).iterator());
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  private static BufferedImage inLinearRgb(BufferedImage image) {
    ICC_ColorSpace space = new ICC_ColorSpace(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB));
    ColorModel model =
        new ComponentColorModel(space, false, false, ColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
    return new BufferedImage(model, image.getRaster(), false, null);
  }

  /** A JPEG with the EXIF of a phone that was held upright. */
  private static byte[] ofPhone(byte[] jpeg) {
    byte[] exif = ExifBlocks.phone(ByteOrder.BIG_ENDIAN);
    return ByteBuffer.allocate(jpeg.length + exif.length + 10)
        .put(jpeg, 0, 20) // SOI and APP0
        .put((byte) 0xff)
        .put((byte) 0xe1)
        .putShort((short) (exif.length + 8))
        .put("Exif\0\0".getBytes(ISO_8859_1))
        .put(exif)
        .put(jpeg, 20, jpeg.length - 20)
        .array();
  }

  private static List<Frame> frames(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> new Frame(0, 0, WIDTH, HEIGHT, 5 + i, 1, 1, numbers(WIDTH * HEIGHT, 100 + i)))
        .toList();
  }

  private static byte[] animatedPng() {
    List<Frame> frames =
        List.of(
            new Frame(0, 0, WIDTH, HEIGHT, 40, 0, 0, numbers(4 * WIDTH * HEIGHT, 255)),
            new Frame(2, 1, 25, 14, 50, 1, 1, numbers(4 * 25 * 14, 255)));
    return AnimatedFiles.png(WIDTH, HEIGHT, 8, 3, frames);
  }

  private static int[] numbers(int count, int max) {
    return IntStream.range(0, count).map(i -> i * 31 % (max + 1)).toArray();
  }
}
