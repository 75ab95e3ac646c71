// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SharedData;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lossy WebPs against the pixels that libwebp decodes; resources/…/webp/README.md has the recipe.
 */
final class WebpIT {

  // TwelveMonkeys rounds otherwise when it converts to RGB, and leaves the far side of the edges
  // between macroblocks as it was before the loop filter.
  private static final double MEAN = 0.6; // 3 to 7 when decoded wrongly
  private static final int MAX = 16; // 136

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gradient-m0",
        "gradient-q50",
        "gradient-q75",
        "photo-m0",
        "photo-q50",
        "photo-q75",
        "photo-simple-filter",
        "alpha-raw",
        "alpha-best",
        "alpha-noise"
      })
  void lossy_isDecodedAsByLibwebp(String name) throws IOException {
    BufferedImage image = read(bytes(name + ".webp"));

    BufferedImage expected = ImageIO.read(resource(name + ".png"));
    assertThat(image.getType()).isEqualTo(expected.getType());
    assertClose(image.getRaster(), expected.getRaster());
  }

  /** Filters of alpha, on samples that are not compressed, as encoders choose for few of them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void rawAlpha_isUnfiltered(int filter) throws IOException {
    byte[] file = bytes("alpha-raw.webp");
    BufferedImage plain = read(file);
    int start = indexOf(file, "ALPH") + 8;
    int width = plain.getWidth();
    byte[] samples = Arrays.copyOfRange(file, start + 1, start + 1 + width * plain.getHeight());

    file[start] |= (byte) (filter << 2);
    for (int i = 1; i < samples.length; i++) {
      int left = samples[i - 1] & 0xff;
      int above = i < width ? left : samples[i - width] & 0xff;
      int prediction = filter == 1 ? left : above;
      if (i % width == 0) {
        prediction = above;
      } else if (filter == 3 && i > width) {
        int corner = samples[i - width - 1] & 0xff;
        prediction = Math.max(0, Math.min(255, left + above - corner));
      }
      file[start + 1 + i] = (byte) (samples[i] - prediction);
    }

    assertThat(pixels(read(file))).containsExactly(pixels(plain));
  }

  /** Where the container is intact, the reader reads on in what follows, and makes up pixels. */
  @ParameterizedTest
  @ValueSource(strings = {"photo-q75", "alpha-best", "alpha-raw"})
  void dataThatEndEarly_areRefused(String name) throws IOException {
    byte[] whole = bytes(name + ".webp");
    String type = name.startsWith("photo") ? "VP8 " : "ALPH";
    int chunk = indexOf(whole, type);
    int length = ByteBuffer.wrap(whole).order(LITTLE_ENDIAN).getInt(chunk + 4);

    for (int left = length - 4; left > 12; left -= Math.max(4, length / 20)) {
      Path file = Files.write(folder.resolve("image.webp"), shortened(whole, chunk, left));
      assertThatThrownBy(() -> ImageFiles.read(file))
          .as("%s of %s bytes", left, length)
          .isInstanceOf(ImageFormatException.class)
          .hasMessageStartingWith(file + ": damaged webp image: ");
    }
  }

  /** As the partition of modes would be smaller than these are at least. */
  @Test
  void fewBytesForManyPixels_areRefusedAtOnce() throws IOException {
    byte[] file = bytes("photo-q75.webp");
    ByteBuffer.wrap(file).order(LITTLE_ENDIAN).putInt(indexOf(file, "VP8 ") + 14, 0x3fff3fff);

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("its data end early")
        .hasMessageEndingWith("bytes for 16383x16383 pixels");
  }

  /** The ratio of pixels to bytes is no sign of damage: one colour takes no bits at all. */
  @Test
  void oneColor_isRead() throws IOException {
    byte[] file = new byte[36];
    ByteBuffer bytes = ByteBuffer.wrap(file).order(LITTLE_ENDIAN);
    bytes.put("RIFF".getBytes(ISO_8859_1)).putInt(28).put("WEBPVP8L".getBytes(ISO_8859_1));
    bytes.putInt(16).put((byte) 0x2f).putInt(1999 | 999 << 14);
    // No transform, cache or groups; five simple codes, each of one symbol of 8 bits: 1, 0, 1.
    long bits = 0;
    int at = 3;
    for (int symbol : new int[] {0x40, 0x80, 0xc0, 0xff}) {
      bits |= (0b101L | (long) symbol << 3) << at;
      at += 11;
    }
    bytes.putLong(bits | 0b001L << at);

    BufferedImage image = read(file);

    assertThat(image.getWidth()).isEqualTo(2000);
    assertThat(image.getHeight()).isEqualTo(1000);
    assertThat(image.getRGB(1999, 999)).isEqualTo(0xff8040c0);
  }

  /** Pixels of the published cases as {@code dwebp -nofancy} decodes them. */
  @ParameterizedTest
  @CsvSource({
    "webp_lossy_m0, 65, 65, 220, 36, 32, 255",
    "webp_lossy_m0, 98, 43, 168, 114, 16, 255",
    "webp_lossy_m0, 188, 65, 23, 36, 234, 255",
    "webp_lossy_m0, 196, 130, 23, 164, 35, 255",
    "webp_lossy_q75, 78, 71, 86, 51, 44, 255",
    "webp_lossy_q75, 117, 47, 28, 130, 23, 255",
    "webp_lossy_q75, 225, 71, 138, 50, 241, 255",
    "webp_lossy_q75, 233, 141, 153, 115, 67, 255",
    "webp_alpha_uncompressed, 0, 0, 3, 0, 3, 0",
    "webp_alpha_uncompressed, 42, 48, 81, 120, 89, 138",
    "webp_alpha_uncompressed, 64, 32, 129, 79, 103, 176",
    "webp_alpha_uncompressed, 127, 95, 248, 231, 225, 115"
  })
  void caseOfLossyWebp_isDecodedAsByLibwebp(
      String name, int x, int y, int red, int green, int blue, int alpha) throws IOException {
    BufferedImage image = ImageFiles.read(SharedData.path("cases/images/" + name + ".webp"));

    int argb = image.getRGB(x, y);
    assertThat(argb >>> 24).isEqualTo(alpha);
    assertThat(argb >> 16 & 0xff).isCloseTo(red, within(5));
    assertThat(argb >> 8 & 0xff).isCloseTo(green, within(5));
    assertThat(argb & 0xff).isCloseTo(blue, within(5));
  }

  @Test
  void caseOf80BytesForManyPixels_isRefused() {
    Path file = SharedData.path("cases/hostile/vp8-16383.webp");

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("its data end early");
  }

  private BufferedImage read(byte[] file) throws IOException {
    return ImageFiles.read(Files.write(folder.resolve("image.webp"), file));
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = resource(name)) {
      return in.readAllBytes();
    }
  }

  private static InputStream resource(String name) {
    InputStream resource = WebpIT.class.getResourceAsStream("webp/" + name);
    assertThat(resource).as(name).isNotNull();
    return resource;
  }

  /** The file with a chunk of fewer bytes, and all sizes as they then are. */
  private static byte[] shortened(byte[] file, int chunk, int length) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(LITTLE_ENDIAN);
    int end = chunk + 8 + bytes.getInt(chunk + 4);
    end += end & 1;
    ByteBuffer result = ByteBuffer.allocate(file.length).order(LITTLE_ENDIAN);
    result.put(file, 0, chunk + 8 + length).put(new byte[length & 1]);
    result.put(file, end, file.length - end);
    result.putInt(4, result.position() - 8).putInt(chunk + 4, length);
    return Arrays.copyOf(result.array(), result.position());
  }

  private static int indexOf(byte[] file, String chunk) {
    return new String(file, ISO_8859_1).indexOf(chunk);
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }

  private static void assertClose(Raster actual, Raster expected) {
    assertThat(actual.getBounds()).isEqualTo(expected.getBounds());
    double sum = 0;
    for (int y = 0; y < expected.getHeight(); y++) {
      for (int x = 0; x < expected.getWidth(); x++) {
        for (int band = 0; band < expected.getNumBands(); band++) {
          int difference = Math.abs(actual.getSample(x, y, band) - expected.getSample(x, y, band));
          assertThat(difference)
              .as("band %s at %s, %s", band, x, y)
              .isLessThanOrEqualTo(band == 3 ? 0 : MAX);
          sum += difference;
        }
      }
    }
    int samples = expected.getWidth() * expected.getHeight() * expected.getNumBands();
    assertThat(sum / samples).isLessThan(MEAN);
  }
}
