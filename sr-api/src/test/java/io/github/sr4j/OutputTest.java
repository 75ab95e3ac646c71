// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static io.github.sr4j.internal.testing.TestImages.photo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.files.TiffFile;
import io.github.sr4j.internal.testing.FilterNetwork;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OutputTest {

  @TempDir Path folder;

  @Test
  void values_printThemselves_andAreEqualIfTheyPrintTheSame() {
    List<Output> values =
        List.of(
            Output.bmp(),
            Output.png(),
            Output.png(9),
            Output.jpeg(),
            Output.jpeg(0.9),
            Output.jpeg(0.9).chroma444(),
            Output.jpeg(0.9).chroma422(),
            Output.tiff(),
            Output.tiff().deflated());

    assertThat(values)
        .extracting(Output::toString)
        .containsExactly(
            "bmp",
            "png",
            "png(level=9)",
            "jpeg(quality=0.95, chroma=4:2:0)",
            "jpeg(quality=0.9, chroma=4:2:0)",
            "jpeg(quality=0.9, chroma=4:4:4)",
            "jpeg(quality=0.9, chroma=4:2:2)",
            "tiff",
            "tiff(deflated)");
    assertThat(values).doesNotHaveDuplicates();
    assertThat(Output.jpeg(0.9).chroma444().chroma420())
        .isEqualTo(Output.jpeg(0.9))
        .hasSameHashCodeAs(Output.jpeg(0.9));
    assertThat(values)
        .extracting(Output::mediaType)
        .contains("image/png", "image/jpeg", "image/tiff", "image/bmp");
  }

  @Test
  void settings_outOfRange_areRefused() {
    assertThatThrownBy(() -> Output.png(10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("level must be within 0 to 9, but was 10");
    assertThatThrownBy(() -> Output.png(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Output.jpeg(1.01))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("quality must be within 0 to 1, but was 1.01");
    assertThatThrownBy(() -> Output.jpeg(Double.NaN))
        .hasMessage("quality must be within 0 to 1, but was NaN");
  }

  @Test
  void settings_ofAnotherFormat_areRefused() {
    assertThatThrownBy(() -> Output.png(3).chroma444())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("chroma sampling is of jpeg, but the output is png(level=3)");
    assertThatThrownBy(() -> Output.jpeg().deflated())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("deflated is of tiff, but the output is jpeg(quality=0.95, chroma=4:2:0)");
  }

  @Test
  void levelOfPng_changesTheSize_andNoPixel() throws IOException {
    BufferedImage image = gradient(BufferedImage.TYPE_3BYTE_BGR);
    byte[] stored = written(image, Output.png(0));
    byte[] fast = written(image, Output.png(1));
    byte[] small = written(image, Output.png(9));

    assertThat(stored.length).isGreaterThan(3 * 200 * 100);
    assertThat(fast.length).isLessThan(stored.length);
    assertThat(small.length).isLessThan(stored.length);
    for (byte[] png : List.of(stored, fast, small)) {
      assertThat(samples(read(png))).isEqualTo(samples(image));
    }
  }

  @Test
  void qualityOfJpeg_changesTheSize() throws IOException {
    BufferedImage image = photo(BufferedImage.TYPE_3BYTE_BGR, 60, 50);

    assertThat(written(image, Output.jpeg(0.2)).length)
        .isLessThan(written(image, Output.jpeg(0.8)).length / 2);
    assertThat(written(image, Output.jpeg())).isEqualTo(written(image, Output.jpeg(0.95)));
  }

  @ParameterizedTest
  @CsvSource({"4:4:4, 0x11", "4:2:2, 0x21", "4:2:0, 0x22"})
  void chromaOfJpeg_isSampledAsAsked(String sampling, int factors) throws IOException {
    Output jpeg = Output.jpeg(0.9);
    Output output =
        switch (sampling) {
          case "4:4:4" -> jpeg.chroma444();
          case "4:2:2" -> jpeg.chroma422();
          default -> jpeg.chroma420();
        };
    for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_ARGB}) {
      byte[] file = written(photo(type, 31, 17), output);

      assertThat(samplingFactors(file)).containsExactly(factors, 0x11, 0x11);
      assertThat(read(file).getWidth()).isEqualTo(31);
    }
    assertThat(output.chroma()).contains(sampling);
  }

  @Test
  void grayJpeg_hasNoChroma() throws IOException {
    byte[] file =
        written(photo(BufferedImage.TYPE_BYTE_GRAY, 31, 17), Output.jpeg(0.9).chroma444());

    assertThat(read(file).getHeight()).isEqualTo(17);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_BYTE_INDEXED
      })
  void deflatedTiff_isSmaller_andChangesNoPixel(int type) throws IOException {
    BufferedImage image = gradient(type);
    byte[] plain = written(image, Output.tiff());
    byte[] deflated = written(image, Output.tiff().deflated());

    assertThat(deflated.length).isLessThan(plain.length / 2);
    assertThat(pixels(read(deflated))).isEqualTo(pixels(image));
    assertThat(read(deflated).getColorModel()).isEqualTo(read(plain).getColorModel());
  }

  @Test
  void deflatedTiff_of16Bits_isReadByTheJdk() throws IOException {
    BufferedImage image = photo(BufferedImage.TYPE_USHORT_GRAY, 20, 10);

    assertThat(samples(read(written(image, Output.tiff().deflated())))).isEqualTo(samples(image));
  }

  /** Samples that neither the JDK's reader nor TwelveMonkeys' has as they are. */
  @ParameterizedTest
  @CsvSource({"32, 3", "16, 2", "16, 3", "8, 2", "64, 3", "32, 2"})
  void deflatedTiff_ofNumbers_isTheSameImage(int bits, int format) throws IOException {
    byte[] data = new byte[24 * bits / 8];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (format == 3 ? 0x40 - i % 8 : i * 37);
    }
    byte[] source = TiffFile.of(6, 4, 1, 1, bits, format, data).bytes();
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(ModelInfo.Color.LUMA, 2, 1))) {

      BufferedImage plain = read(upscaler.upscale(source, Output.tiff()));
      BufferedImage deflated = read(upscaler.upscale(source, Output.tiff().deflated()));

      assertThat(samples(deflated)).isEqualTo(samples(plain));
      assertThat(deflated.getRaster().getTransferType())
          .isEqualTo(plain.getRaster().getTransferType());
    }
  }

  @Test
  void outputOfOptions_isThatOfFiles_ofItsFormatOnly() throws IOException {
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.jpg");
    ImageFiles.write(photo(BufferedImage.TYPE_3BYTE_BGR, 20, 10), source);
    UpscaleOptions options = UpscaleOptions.defaults().output(Output.jpeg(0.9).chroma444());
    try (Upscaler upscaler = Upscaler.of(FilterNetwork.of(ModelInfo.Color.RGB, 2, 1))) {

      upscaler.upscale(source, target, options);

      assertThat(samplingFactors(Files.readAllBytes(target))).containsExactly(0x11, 0x11, 0x11);
      Path other = folder.resolve("target.png");
      assertThatThrownBy(() -> upscaler.upscale(source, other, options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "output must be png, which the name of the target says, but was"
                  + " jpeg(quality=0.9, chroma=4:4:4): "
                  + other);
      assertThat(other).doesNotExist();
    }
  }

  /** Returns the sampling factors of each component, by the frame header (ITU-T T.81, B.2.2). */
  private static int[] samplingFactors(byte[] jpeg) {
    int at = 2;
    while ((jpeg[at + 1] & 0xff) != 0xc0) {
      at += 2 + ((jpeg[at + 2] & 0xff) << 8 | (jpeg[at + 3] & 0xff));
    }
    int[] factors = new int[jpeg[at + 9]];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = jpeg[at + 11 + 3 * i];
    }
    return factors;
  }

  private static BufferedImage gradient(int type) {
    BufferedImage image = new BufferedImage(200, 100, type);
    for (int y = 0; y < 100; y++) {
      for (int x = 0; x < 200; x++) {
        image.setRGB(x, y, new Color(x, (x + y) / 2, y).getRGB());
      }
    }
    return image;
  }

  private static byte[] written(BufferedImage image, Output output) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    ImageFiles.write(image, stream, output);
    return stream.toByteArray();
  }

  private static BufferedImage read(byte[] file) throws IOException {
    return ImageFiles.read(new ByteArrayInputStream(file));
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  private static double[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (double[]) null);
  }
}
