// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static io.github.sr4j.images.Formats.HEIGHT;
import static io.github.sr4j.images.Formats.WIDTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images as the readers of ImageIO and TwelveMonkeys decode them, through the embedded model. */
final class FormatsIT {

  private static final int BYTE = DataBuffer.TYPE_BYTE;
  private static final int SHORT = DataBuffer.TYPE_USHORT;
  private static final int GRAY = ColorSpace.CS_GRAY;
  private static final int RGB = ColorSpace.CS_sRGB;

  private static Upscaler upscaler;

  @TempDir Path folder;

  /**
   * A file and what is decoded from it.
   *
   * @param psnr how near the decoded image is to the generated one, in dB
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Format(
      String name, byte[] file, int components, int bits, boolean alpha, double psnr) {

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Format> formats() {
    return Stream.of(
        of("PNG gray", png(BYTE, GRAY, false), 1, 8, false, 50),
        of("PNG gray, 16 bits", png(SHORT, GRAY, false), 1, 16, false, 90),
        of("PNG gray and alpha", png(BYTE, GRAY, true), 1, 8, true, 50),
        of("PNG gray and alpha, 16 bits", png(SHORT, GRAY, true), 1, 16, true, 90),
        of("PNG RGB", png(BYTE, RGB, false), 3, 8, false, 50),
        of("PNG RGB, 16 bits", png(SHORT, RGB, false), 3, 16, false, 90),
        of("PNG RGBA", png(BYTE, RGB, true), 3, 8, true, 50),
        of("PNG RGBA, 16 bits", png(SHORT, RGB, true), 3, 16, true, 90),
        of("PNG indexed", indexed("png", false), 3, 8, false, 22),
        of("PNG indexed, transparent", indexed("png", true), 3, 8, true, 22),
        of("GIF", indexed("gif", false), 3, 8, false, 22),
        of("GIF, transparent", indexed("gif", true), 3, 8, true, 22),
        of("BMP", bmp(BufferedImage.TYPE_3BYTE_BGR), 3, 8, false, 50),
        of("BMP gray", bmp(BufferedImage.TYPE_BYTE_GRAY), 1, 8, false, 50),
        of("BMP, 15 bits", bmp(BufferedImage.TYPE_USHORT_555_RGB), 3, 5, false, 35),
        of("BMP indexed", indexed("bmp", false), 3, 8, false, 22),
        of("TIFF gray", tiff(BYTE, GRAY, false), 1, 8, false, 50),
        of("TIFF gray, 16 bits", tiff(SHORT, GRAY, false), 1, 16, false, 90),
        of("TIFF gray and alpha, 16 bits", tiff(SHORT, GRAY, true), 1, 16, true, 90),
        of("TIFF RGB", tiff(BYTE, RGB, false), 3, 8, false, 50),
        of("TIFF RGB, 16 bits", tiff(SHORT, RGB, false), 3, 16, false, 90),
        of("TIFF RGBA, 16 bits", tiff(SHORT, RGB, true), 3, 16, true, 90),
        of("TIFF of two pages", pages(), 3, 8, false, 50),
        of("JPEG", jpeg(BufferedImage.TYPE_3BYTE_BGR), 3, 8, false, 35),
        of("JPEG gray", jpeg(BufferedImage.TYPE_BYTE_GRAY), 1, 8, false, 35),
        of("JPEG CMYK", Formats.cmykJpeg(false), 3, 8, false, 35),
        of("JPEG YCCK", Formats.cmykJpeg(true), 3, 8, false, 35),
        of("WebP", Formats.webp(false), 3, 8, false, 50),
        of("WebP with alpha", Formats.webp(true), 3, 8, true, 50),
        of("PSD", Formats.psd(3, 8), 3, 8, false, 50),
        of("PSD, 16 bits", Formats.psd(3, 16), 3, 16, false, 90),
        of("PSD gray", Formats.psd(1, 8), 1, 8, false, 50));
  }

  @BeforeAll
  static void open() {
    upscaler = Upscaler.create();
  }

  @AfterAll
  static void close() {
    upscaler.close();
  }

  @ParameterizedTest
  @MethodSource("formats")
  void image_isDecodedAsWhatItIs(Format format) throws IOException {
    BufferedImage image = decoded(format.file);
    ColorModel model = image.getColorModel();

    assertThat(model.getNumColorComponents()).isEqualTo(format.components);
    assertThat(model.getComponentSize(0)).isEqualTo(format.bits);
    assertThat(model.hasAlpha()).isEqualTo(format.alpha);
    FloatImage alpha = AwtImages.alpha(image).orElse(null);
    FloatImage generated = generated(format.components);
    assertThat(Metrics.psnr(over(AwtImages.toFloat(image), alpha), over(generated, alpha)))
        .isGreaterThan(format.psnr);
  }

  @ParameterizedTest
  @MethodSource("formats")
  void result_isOfTheSameKind_andNearBicubic(Format format) throws IOException {
    assertUpscaled(decoded(format.file));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void cutOffFile_isRefused(Format format, @TempDir Path directory) throws IOException {
    Path file = directory.resolve("image");
    for (double part : new double[] {0.2, 0.5}) {
      Files.write(file, Arrays.copyOf(format.file, (int) (part * format.file.length)));

      assertThatThrownBy(() -> ImageFiles.read(file))
          .as("%s of the file", part)
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("image: ");
    }
  }

  /** The reader of TwelveMonkeys would make up what is missing, for as long as that takes. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void webp_thatEndsBeforeItsPixels_isRefused(boolean alpha) throws IOException {
    byte[] whole = Formats.webp(alpha);
    Path file = folder.resolve("image.webp");

    for (int length = 40; length < whole.length - 1; length += 97) {
      byte[] part = Arrays.copyOf(whole, length);
      assertCutOff(Files.write(file, part));
      ByteBuffer sizes = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
      sizes.putInt(4, length - 8).putInt(16, length - 20); // of the file and its one chunk
      assertCutOff(Files.write(file, part));
    }
  }

  private static void assertCutOff(Path file) {
    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("the file is cut off");
  }

  /** Which PNG and TIFF have, and readers make palettes of. */
  @ParameterizedTest
  @MethodSource("grays")
  void grayOfFewBits_staysGray(Format format) throws IOException {
    BufferedImage image = decoded(format.file);
    assertThat(image.getSampleModel().getSampleSize(0)).isEqualTo(format.bits);

    assertThat(assertUpscaled(image).getType()).isEqualTo(BufferedImage.TYPE_BYTE_GRAY);
  }

  static Stream<Format> grays() {
    return Stream.of("png", "tiff")
        .flatMap(
            format ->
                Stream.of(1, 2, 4)
                    .map(
                        bits ->
                            of(
                                format + " of " + bits + " bits",
                                Formats.encode(format, Formats.indexed(Formats.grays(bits))),
                                3,
                                bits,
                                false,
                                0)));
  }

  @ParameterizedTest
  @MethodSource("spaces")
  void colorSpaceOfTiff_isKept(Format format) throws IOException {
    BufferedImage image = decoded(format.file);
    assertThat(image.getColorModel().getNumColorComponents()).isEqualTo(format.components);
    assertThat(image.getColorModel().getColorSpace().isCS_sRGB()).isFalse();

    assertUpscaled(image);
  }

  static Stream<Format> spaces() {
    ColorSpace linear = ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB);
    return Stream.of(
        of("linear", Formats.tiffWithProfile(Formats.image(BYTE, linear, false)), 3, 8, false, 0),
        of("CMYK", Formats.encode("tiff", Formats.image(BYTE, new Inks(), false)), 4, 8, false, 0));
  }

  /** A spot colour, which TwelveMonkeys' reader drops (3.15). */
  @Test
  void inkBesideCmyk_isRefused_notDropped() throws IOException {
    byte[] tiff = Formats.encode("tiff", Formats.image(BYTE, new Inks(), false));
    byte[] five = withFifthSample(tiff);

    assertThatThrownBy(() -> read(five))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("it has 5 samples per pixel, more than colour and alpha")
        .hasMessageContaining("PhotometricInterpretation 5");
  }

  private BufferedImage read(byte[] content) throws IOException {
    return ImageFiles.read(Files.write(folder.resolve("image"), content));
  }

  /** Lets a pixel of an uncompressed TIFF of four samples, without the last column, have five. */
  private static byte[] withFifthSample(byte[] tiff) {
    ByteBuffer bytes = ByteBuffer.wrap(tiff.clone());
    bytes.order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = bytes.getInt(4);
    int count = bytes.getShort(directory);
    for (int i = 0; i < count; i++) {
      int entry = directory + 2 + 12 * i;
      int tag = bytes.getShort(entry) & 0xffff;
      if (tag == 277) { // SamplesPerPixel
        bytes.putShort(entry + 8, (short) 5);
      } else if (tag == 256) { // ImageWidth
        bytes.putShort(entry + 2, (short) 4).putInt(entry + 8, WIDTH * 4 / 5);
      }
    }
    return bytes.array();
  }

  /** TwelveMonkeys' reader takes floating-point numbers for whole ones (3.13). */
  @Test
  void psdOf32Bits_isRefused() {
    byte[] psd = Formats.psd(3, 16);
    psd[23] = 32;

    assertThatThrownBy(() -> read(psd))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("a PSD of a kind that is not read: it has samples of 32 bits");
  }

  /** A saved selection, which TwelveMonkeys' reader drops, as programs do that show the image. */
  @Test
  void furtherChannelOfPsd_isLeftOut_andSaid() throws IOException {
    Path source = Files.write(folder.resolve("source.psd"), Formats.psd(4, 8));
    Path target = folder.resolve("target.png");
    List<String> notes = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void progressed(Progress progress) {}

          @Override
          public void noted(String note) {
            notes.add(note);
          }
        };

    upscaler.upscale(source, target, UpscaleOptions.defaults().listener(listener));

    assertThat(notes)
        .containsExactly("1 of its channels are left out: saved selections or spot colours");
    assertThat(ImageFiles.read(target).getColorModel().hasAlpha()).isFalse();
  }

  /** A feature that TwelveMonkeys' reader calls unsupported is not damage. */
  @Test
  void psdOfAnotherMode_isNotCalledDamaged() {
    byte[] psd = Formats.psd(3, 8);
    psd[25] = 9; // Lab

    assertThatThrownBy(() -> read(psd))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("a PSD of a kind that is not read: Unsupported PSD MODE")
        .message()
        .doesNotContain("damaged");
  }

  /** Of inks that CMYK without a profile mixes, against what the reader's own colour space says. */
  @Test
  void cmykTiff_comesBackInItsColors() throws IOException {
    BufferedImage image = decoded(Formats.encode("tiff", Formats.image(BYTE, new Inks(), false)));

    BufferedImage back = AwtImages.toBuffered(AwtImages.toFloat(image), null, image);

    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        for (int shift = 0; shift <= 16; shift += 8) {
          int before = image.getRGB(x, y) >> shift & 0xff;
          int after = back.getRGB(x, y) >> shift & 0xff;
          assertThat(Math.abs(after - before)).isLessThanOrEqualTo(2);
        }
      }
    }
  }

  /** As image editors write them; TwelveMonkeys' reader does not tell of it. */
  @Test
  void premultipliedTiff_isReadAsSuch() throws IOException {
    BufferedImage image = Formats.image(BufferedImage.TYPE_4BYTE_ABGR_PRE);
    Path file = Files.write(folder.resolve("image.tif"), Formats.encode("tiff", image));

    BufferedImage read = ImageFiles.read(file);

    assertThat(read.getType()).isEqualTo(image.getType());
    assertThat(pixels(read)).containsExactly(pixels(image));
  }

  /** Which the TIFF writer of TwelveMonkeys lacks. */
  @ParameterizedTest
  @MethodSource("unusual")
  void tiffOfUnusualKind_isWrittenAsItIs(BufferedImage image) throws IOException {
    Path file = folder.resolve("image.tif");

    ImageFiles.write(image, file);

    BufferedImage read = ImageFiles.read(file);
    assertThat(read.getSampleModel().getDataType()).isEqualTo(image.getSampleModel().getDataType());
    assertThat(read.isAlphaPremultiplied()).isEqualTo(image.isAlphaPremultiplied());
    assertThat(pixels(read)).containsExactly(pixels(image));
  }

  static Stream<BufferedImage> unusual() {
    BufferedImage floats = Formats.image(DataBuffer.TYPE_FLOAT, RGB, false);
    BufferedImage integers = Formats.image(DataBuffer.TYPE_INT, GRAY, false);
    BufferedImage deep = Formats.image(SHORT, RGB, true);
    deep.coerceData(true);
    return Stream.of(floats, integers, deep, Formats.image(BufferedImage.TYPE_4BYTE_ABGR_PRE));
  }

  private static double[] pixels(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (double[]) null);
  }

  private static BufferedImage assertUpscaled(BufferedImage image) {
    BufferedImage result = upscaler.upscale(image);

    assertThat(result.getWidth()).isEqualTo(2 * WIDTH);
    assertThat(result.getHeight()).isEqualTo(2 * HEIGHT);
    if (image.getColorModel() instanceof ComponentColorModel model) {
      assertThat(result.getColorModel()).isEqualTo(model);
      assertThat(result.getType()).isEqualTo(image.getType());
    } else if (AwtImages.toFloat(image).channels() == 3) {
      assertThat(result.getType())
          .isEqualTo(
              image.getColorModel().hasAlpha()
                  ? BufferedImage.TYPE_4BYTE_ABGR
                  : BufferedImage.TYPE_3BYTE_BGR);
    }
    FloatImage colors = AwtImages.toFloat(image);
    Optional<FloatImage> alpha = AwtImages.alpha(image);
    FloatImage filled = alpha.map(a -> AwtImages.bleed(colors, a)).orElse(colors);
    FloatImage bicubic =
        over(
            enlarged(filled), alpha.map(FormatsIT::enlarged).map(FloatImage::rounded).orElse(null));
    FloatImage actual = over(AwtImages.toFloat(result), AwtImages.alpha(result).orElse(null));
    assertThat(Metrics.psnr(actual, bicubic)).isGreaterThan(25);
    return result;
  }

  private static FloatImage enlarged(FloatImage image) {
    return Resampling.bicubic(image, 2 * image.width(), 2 * image.height());
  }

  /** The image over black. */
  private static FloatImage over(FloatImage image, FloatImage alpha) {
    float[] samples = image.samples().clone();
    for (int i = 0; alpha != null && i < samples.length; i++) {
      samples[i] *= alpha.samples()[i % alpha.samples().length];
    }
    return FloatImage.wrap(image.channels(), image.height(), image.width(), samples);
  }

  private static FloatImage generated(int channels) {
    float[] samples = new float[channels * HEIGHT * WIDTH];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = Formats.color(i / WIDTH / HEIGHT, i % WIDTH, i / WIDTH % HEIGHT);
    }
    return FloatImage.wrap(channels, HEIGHT, WIDTH, samples);
  }

  private static BufferedImage decoded(byte[] file) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(file));
  }

  private static Format of(
      String name, byte[] file, int components, int bits, boolean alpha, double psnr) {
    return new Format(name, file, components, bits, alpha, psnr);
  }

  private static byte[] png(int type, int space, boolean alpha) {
    return Formats.encode("png", Formats.image(type, space, alpha));
  }

  private static byte[] tiff(int type, int space, boolean alpha) {
    return Formats.encode("tiff", Formats.image(type, space, alpha));
  }

  private static byte[] pages() {
    return Formats.encode(
        "tiff", Formats.image(BYTE, RGB, false), Formats.image(SHORT, GRAY, false));
  }

  private static byte[] indexed(String format, boolean transparent) {
    return Formats.encode(format, Formats.indexed(Formats.palette(transparent)));
  }

  private static byte[] bmp(int type) {
    return Formats.encode("bmp", Formats.image(type));
  }

  private static byte[] jpeg(int type) {
    return Formats.encode("jpeg", Formats.image(type));
  }

  /** So that the writer writes CMYK; the reader has its own. */
  private static final class Inks extends ColorSpace {

    private static final long serialVersionUID = 1L;

    Inks() {
      super(ColorSpace.TYPE_CMYK, 4);
    }

    @Override
    public float[] toRGB(float[] inks) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] fromRGB(float[] rgb) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] toCIEXYZ(float[] colors) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] fromCIEXYZ(float[] colors) {
      throw new UnsupportedOperationException();
    }
  }
}
