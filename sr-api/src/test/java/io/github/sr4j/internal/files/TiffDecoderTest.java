// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.SharedData;
import io.github.sr4j.internal.files.TiffFile.Page;
import io.github.sr4j.internal.images.CompatibleImage;
import io.github.sr4j.shared.util.HalfFloat;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Samples that are not those of pictures, as they are stored and as they are read. */
final class TiffDecoderTest {

  private static final int UNSIGNED = 1;
  private static final int SIGNED = 2;
  private static final int FLOAT = 3;

  @TempDir Path folder;

  /** Samples in the order of rows, columns and bands, of a kind's own values. */
  private static double[] values(int count, int format, int bits) {
    Random random = new Random(31L * format + bits);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (format) {
            case FLOAT ->
                bits == 16
                    ? HalfFloat.toFloat((short) ((random.nextInt(0xf800) - 0x7c00) & 0xfbff))
                    : bits == 24
                        ? Math.scalb(random.nextInt(1 << 17) - 65536.0, random.nextInt(20) - 10)
                        : bits == 32
                            ? (float) (random.nextGaussian() * 1e4)
                            : random.nextGaussian() * 1e200;
            case SIGNED ->
                (long) ((random.nextDouble() - 0.5) * Math.scalb(1.0, Math.min(bits, 50)));
            default -> (long) (random.nextDouble() * Math.scalb(1.0, Math.min(bits, 50)));
          };
    }
    return values;
  }

  /** A row of samples as they are stored, after the predictor. */
  private static byte[] row(
      double[] values, int format, int bits, ByteOrder order, int predictor, int samples) {
    ByteBuffer row =
        ByteBuffer.allocate((values.length * bits + 7) / 8)
            .order(predictor == 3 ? ByteOrder.BIG_ENDIAN : order);
    long[] stored = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      stored[i] = stored(values[i], format, bits);
    }
    if (predictor == 2) {
      for (int i = values.length - 1; i >= samples; i--) {
        stored[i] -= stored[i - samples];
      }
    }
    for (int i = 0; i < values.length; i++) {
      switch (bits) {
        case 8 -> row.put((byte) stored[i]);
        case 16 -> row.putShort((short) stored[i]);
        case 32 -> row.putInt((int) stored[i]);
        case 64 -> row.putLong(stored[i]);
        default -> {
          for (int bit = 0; bit < bits; bit++) {
            boolean isSwapped = bits == 24 && row.order() == ByteOrder.LITTLE_ENDIAN;
            int of = isSwapped ? bit / 8 * 8 + 7 - bit % 8 : bits - 1 - bit;
            int at = i * bits + bit;
            int set = (int) (stored[i] >> of & 1) << (7 - at % 8);
            row.put(at / 8, (byte) (row.get(at / 8) | set));
          }
        }
      }
    }
    if (predictor == 3) {
      return predicted(row.array(), bits / 8, samples);
    }
    return row.array();
  }

  /** Adobe's TIFF Technical Note 3: bytes by significance, then differences. */
  private static byte[] predicted(byte[] bytes, int size, int samples) {
    byte[] sorted = new byte[bytes.length];
    int count = bytes.length / size;
    for (int i = 0; i < count; i++) {
      for (int b = 0; b < size; b++) {
        sorted[b * count + i] = bytes[i * size + b];
      }
    }
    for (int i = sorted.length - 1; i >= samples; i--) {
      sorted[i] -= sorted[i - samples];
    }
    return sorted;
  }

  private static long stored(double value, int format, int bits) {
    if (format != FLOAT) {
      return (long) value;
    }
    return switch (bits) {
      case 16 -> HalfFloat.of((float) value);
      case 24 -> {
        long wide = Float.floatToRawIntBits((float) value) & 0xffff_ffffL;
        long exponent = (wide >> 23 & 0xff) - 127 + 63;
        yield value == 0 ? 0 : (wide >> 31 << 23) | (exponent << 16) | (wide >> 7 & 0xffff);
      }
      case 32 -> Float.floatToRawIntBits((float) value);
      default -> Double.doubleToRawLongBits(value);
    };
  }

  private static byte[] compressed(byte[] bytes, int compression) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (compression) {
      case 1 -> out.writeBytes(bytes);
      case 32773 -> {
        for (int i = 0; i < bytes.length; ) {
          int run = 1;
          while (run < 128 && i + run < bytes.length && bytes[i + run] == bytes[i]) {
            run++;
          }
          if (run > 1) {
            out.write(1 - run);
            out.write(bytes[i]);
          } else {
            out.write(0);
            out.write(bytes[i]);
          }
          i += run;
          if (i % 7 == 0) {
            out.write(-128); // says nothing
          }
        }
      }
      default -> {
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
          deflater.write(bytes);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT, 16, 1, 1, 1, 8", // format, bits, samples, predictor, planes, compression
    "FLOAT, 16, 3, 3, 1, 8",
    "FLOAT, 16, 3, 3, 2, 32946",
    "FLOAT, 24, 1, 1, 1, 1",
    "FLOAT, 24, 3, 3, 1, 8",
    "FLOAT, 32, 1, 1, 1, 32773",
    "FLOAT, 32, 3, 3, 1, 8",
    "FLOAT, 32, 3, 2, 1, 8",
    "FLOAT, 32, 3, 3, 2, 8",
    "FLOAT, 64, 1, 1, 1, 1",
    "FLOAT, 64, 3, 3, 1, 8",
    "SIGNED, 8, 1, 2, 1, 8",
    "SIGNED, 8, 3, 1, 1, 1",
    "SIGNED, 16, 1, 2, 1, 8",
    "SIGNED, 16, 3, 2, 2, 8",
    "SIGNED, 32, 1, 2, 1, 8",
    "SIGNED, 64, 1, 2, 1, 8",
    "UNSIGNED, 12, 1, 1, 1, 1",
    "UNSIGNED, 10, 3, 1, 1, 8",
    "UNSIGNED, 14, 3, 1, 2, 8",
    "UNSIGNED, 5, 1, 1, 1, 1",
    "UNSIGNED, 24, 1, 1, 1, 1",
    "UNSIGNED, 64, 1, 2, 1, 8",
    "UNSIGNED, 8, 6, 2, 1, 8",
    "UNSIGNED, 16, 7, 2, 2, 32773",
    "UNSIGNED, 12, 5, 1, 1, 1",
    "UNSIGNED, 32, 4, 2, 1, 8",
    "FLOAT, 32, 9, 3, 1, 8"
  })
  void samples_areReadAsStored_inStripsAndTiles_ofBothOrders(
      String name, int bits, int samples, int predictor, int planes, int compression)
      throws IOException {
    int format = List.of("", "UNSIGNED", "SIGNED", "FLOAT").indexOf(name);
    int width = 37;
    int height = 29;
    int photometric = samples == 3 ? 2 : 1;
    double[] values = values(width * height * samples, format, bits);
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      for (int tile : new int[] {0, 16, 48}) {
        TiffFile file = new TiffFile(order);
        Page page =
            file.page(width, height)
                .samples(photometric, samples, bits, format)
                .tag(259, TiffFile.SHORT, compression)
                .tag(284, TiffFile.SHORT, planes)
                .tag(317, TiffFile.SHORT, predictor);
        int across = tile == 0 ? width : tile;
        int down = tile == 0 ? 5 : tile;
        List<byte[]> segments = new ArrayList<>();
        for (int plane = 0; plane < (planes == 2 ? samples : 1); plane++) {
          for (int top = 0; top < height; top += down) {
            for (int left = 0; left < width; left += across) {
              ByteArrayOutputStream segment = new ByteArrayOutputStream();
              int rows = tile == 0 ? Math.min(down, height - top) : down;
              for (int y = top; y < top + rows; y++) {
                int count = planes == 2 ? 1 : samples;
                double[] row = new double[across * count];
                for (int i = 0; i < row.length; i++) {
                  int x = left + i / count;
                  int band = planes == 2 ? plane : i % count;
                  row[i] = x < width && y < height ? values[(y * width + x) * samples + band] : 0;
                }
                segment.writeBytes(row(row, format, bits, order, predictor, count));
              }
              segments.add(compressed(segment.toByteArray(), compression));
            }
          }
        }
        if (tile == 0) {
          page.tag(278, TiffFile.LONG, down).strips(segments.toArray(new byte[0][]));
        } else {
          page.tiles(tile, tile, segments.toArray(new byte[0][]));
        }

        Raster raster = read(file.write(folder.resolve("samples.tif")));

        assertThat(raster.getNumBands()).isEqualTo(samples);
        double[] read = raster.getPixels(0, 0, width, height, (double[]) null);
        if (bits == 32 && format == UNSIGNED) {
          for (int i = 0; i < read.length; i++) {
            read[i] = (long) read[i] & 0xffff_ffffL;
          }
        }
        assertThat(read).as("%s, tiles of %s", order, tile).containsExactly(values);
      }
    }
  }

  private static Raster read(Path file) throws IOException {
    try (ImageSource source =
        ImageSource.open(
            ImageInput.of(file),
            PixelLimits.of(1 << 20),
            new ImageSource.Budget(1 << 10, 1 << 10))) {
      Picture picture = source.pictures().get(0);
      WritableRaster whole = null;
      for (int y = 0; y < picture.height(); ) {
        Picture.Band band = picture.band(y);
        if (whole == null) {
          whole = CompatibleImage.of(band.rows(), picture.width(), picture.height()).getRaster();
        }
        whole.setDataElements(0, y, band.rows().getRaster());
        y = band.bottom();
      }
      return whole;
    }
  }

  @Test
  void lzw_isReadAsTheJdkWritesIt() throws IOException {
    BufferedImage kind =
        ImageFiles.read(TiffFile.ofFloats(1, 1, 2f).write(folder.resolve("kind.tif")));
    BufferedImage image = CompatibleImage.of(kind, 70, 90);
    WritableRaster raster = image.getRaster();
    Random random = new Random(1);
    for (int y = 0; y < 90; y++) {
      for (int x = 0; x < 70; x++) {
        raster.setSample(
            x, y, 0, y < 30 ? Math.floorDiv(x, 7) - 3f : random.nextInt(50) * 0.37f - 5);
      }
    }
    Path file = folder.resolve("lzw.tif");
    ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(stream);
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionType("LZW");
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }

    assertThat(read(file).getPixels(0, 0, 70, 90, (double[]) null))
        .containsExactly(raster.getPixels(0, 0, 70, 90, (double[]) null));
  }

  @Test
  void halfFloats_areThoseOfIeee754() {
    assertThat(HalfFloat.toFloat((short) 0x3c00)).isEqualTo(1f);
    assertThat(HalfFloat.toFloat((short) 0xc000)).isEqualTo(-2f);
    assertThat(HalfFloat.toFloat((short) 0x7bff)).isEqualTo(65504f);
    assertThat(HalfFloat.toFloat((short) 1)).isEqualTo(Math.scalb(1f, -24));
    assertThat(HalfFloat.toFloat((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfFloat.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(HalfFloat.of(value)).isEqualTo((short) bits);
      } else {
        assertThat(HalfFloat.toFloat(HalfFloat.of(value))).isNaN();
      }
    }
    assertThat(HalfFloat.of(1 + Math.scalb(1f, -11))).isEqualTo((short) 0x3c00); // to even
    assertThat(HalfFloat.of(65520)).isEqualTo((short) 0x7c00);
  }

  @Test
  void kindsOfAwt_areThoseOfTheSamples() throws IOException {
    assertThat(typeOf(FLOAT, 16)).isEqualTo(DataBuffer.TYPE_FLOAT);
    assertThat(typeOf(FLOAT, 64)).isEqualTo(DataBuffer.TYPE_DOUBLE);
    assertThat(typeOf(SIGNED, 8)).isEqualTo(DataBuffer.TYPE_SHORT);
    assertThat(typeOf(SIGNED, 32)).isEqualTo(DataBuffer.TYPE_DOUBLE);
    assertThat(typeOf(UNSIGNED, 12)).isEqualTo(DataBuffer.TYPE_USHORT);
  }

  private int typeOf(int format, int bits) throws IOException {
    byte[] data = new byte[2 * bits];
    Path file = TiffFile.of(4, 4, 1, 1, bits, format, data).write(folder.resolve("kind.tif"));
    return ImageFiles.read(file).getRaster().getTransferType();
  }

  @Test
  void whiteIsZero_isTurnedForPictures() throws IOException {
    byte[] data = {0, 0, (byte) 0xff, (byte) 0xf0}; // 12 bits: 0, 0x00f (or so), 0xff0
    Path file =
        TiffFile.of(2, 1, 0, 1, 12, UNSIGNED, Arrays.copyOf(data, 3))
            .write(folder.resolve("w.tif"));

    Raster raster = ImageFiles.read(file).getRaster();

    assertThat(raster.getSample(0, 0, 0)).isEqualTo(0xfff);
    assertThat(raster.getSample(1, 0, 0)).isEqualTo(0xfff - 0x0ff);
  }

  @Test
  void tilesThatAreNotInTheFile_haveNoData() throws IOException {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    byte[] tile = new byte[16 * 16 * 4];
    file.page(32, 16)
        .samples(1, 1, 32, FLOAT)
        .text(42113, "-9999")
        .tiles(16, 16, tile, new byte[0]);

    Raster raster = read(file.write(folder.resolve("sparse.tif")));

    assertThat(raster.getSampleFloat(0, 0, 0)).isEqualTo(0);
    assertThat(raster.getSampleFloat(31, 15, 0)).isEqualTo(-9999);
  }

  @Test
  void cutOffSamples_areDamage() {
    Path file = TiffFile.of(8, 8, 1, 1, 32, FLOAT, new byte[100]).write(folder.resolve("cut.tif"));

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("cut.tif: damaged tif image: the file is cut off");
  }

  @ParameterizedTest
  @CsvSource({
    "5, 64, 1, samples are complex numbers",
    "3, 40, 1, floating-point samples of 40 bits",
    "2, 12, 1, signed samples of 12 bits",
    "1, 4096, 1, unsigned samples of 4096 bits",
    "3, 32, 7, floating-point samples that are compressed with JPEG",
    "3, 32, 34887, compressed with LERC"
  })
  void kindsThatAreNotRead_areNamed(int format, int bits, int compression, String words) {
    TiffFile file = TiffFile.of(4, 4, 1, 1, bits, format, new byte[4096]);
    file.page().tag(259, TiffFile.SHORT, compression);
    Path path = file.write(folder.resolve("kind.tif"));

    assertThatThrownBy(() -> ImageFiles.read(path))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("kind.tif: a TIFF of a kind that is not read: it")
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 6})
  void bandsBeyondColor_areNoImageInMemory(int samples) {
    Path file =
        TiffFile.of(4, 4, samples == 4 ? 2 : 1, samples, 8, UNSIGNED, new byte[16 * samples])
            .write(folder.resolve("bands.tif"));

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("bands.tif: has " + samples + " samples per pixel");
  }

  @Test
  void elevations_ofTheCase_areNotClamped() throws IOException {
    BufferedImage image =
        ImageFiles.read(SharedData.folder("cases").resolve("images/dem_float.tif"));

    double[] values = image.getRaster().getPixels(0, 0, 80, 60, (double[]) null);
    assertThat(Arrays.stream(values).min()).hasValue(-9999);
    assertThat(Arrays.stream(values).max().orElseThrow()).isGreaterThan(1);
  }
}
