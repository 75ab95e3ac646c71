// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.Picture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The tags of the first page of a little-endian TIFF, read by a few lines. */
final class TiffTagsOf {

  private TiffTagsOf() {}

  private static ByteBuffer values(Path file, int wanted) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int at = bytes.getInt(4);
    int count = bytes.getShort(at);
    for (int i = 0, entry = at + 2; i < count; i++, entry += 12) {
      if ((bytes.getShort(entry) & 0xffff) == wanted) {
        int type = bytes.getShort(entry + 2);
        int size = bytes.getInt(entry + 4) * (type == 12 ? 8 : type == 4 ? 4 : type == 3 ? 2 : 1);
        int place = size <= 4 ? entry + 8 : bytes.getInt(entry + 8);
        ByteBuffer values = ByteBuffer.allocate(size + 1).order(ByteOrder.LITTLE_ENDIAN);
        return values.put((byte) type).put(1, bytes, place, size).position(0);
      }
    }
    return ByteBuffer.allocate(1);
  }

  /** Returns the numbers of a tag, none if it is absent. */
  static double[] numbers(Path file, int tag) throws IOException {
    ByteBuffer values = values(file, tag);
    int type = values.get();
    double[] numbers = new double[values.remaining()];
    int count = 0;
    while (values.hasRemaining()) {
      numbers[count++] =
          switch (type) {
            case 3 -> values.getShort() & 0xffff;
            case 4 -> values.getInt() & 0xffff_ffffL;
            case 12 -> values.getDouble();
            default -> values.get();
          };
    }
    return Arrays.copyOf(numbers, count);
  }

  /** Returns a text without the zero at its end. */
  static String text(Path file, int tag) throws IOException {
    byte[] bytes = values(file, tag).array();
    return new String(bytes, 1, bytes.length - 2, US_ASCII);
  }

  /** Returns the samples of each band of the first page. */
  static double[][] bands(Path file) throws IOException {
    try (ImageSource source = ImageSource.open(file, 1 << 20)) {
      Picture picture = source.pictures().get(0);
      double[][] bands = new double[picture.band(0).rows().getRaster().getNumBands()][];
      for (int band = 0; band < bands.length; band++) {
        bands[band] = new double[picture.width() * picture.height()];
        for (int y = 0; y < picture.height(); y++) {
          Picture.Band rows = picture.band(y);
          double[] row =
              rows.rows()
                  .getRaster()
                  .getSamples(0, y - rows.top(), picture.width(), 1, band, (double[]) null);
          System.arraycopy(row, 0, bands[band], y * picture.width(), row.length);
        }
      }
      return bands;
    }
  }
}
