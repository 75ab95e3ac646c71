// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Files of formats, with an image that is smooth and has no two equal quarters. */
final class Formats {

  static final int WIDTH = 48;
  static final int HEIGHT = 32;

  private Formats() {}

  /** The image in [0, 1]: red, green, blue; the first is also that of gray images. */
  static float color(int channel, int x, int y) {
    double phase = x * (0.13 + 0.03 * channel) + y * (0.09 - 0.04 * channel);
    return (float) (0.5 + 0.4 * Math.sin(phase));
  }

  /** Opaque, soft, transparent from left to right. */
  static float alpha(int x) {
    return Math.max(0, Math.min(1, 2 - 3f * x / WIDTH));
  }

  static BufferedImage image(int type, int space, boolean alpha) {
    return image(type, ColorSpace.getInstance(space), alpha);
  }

  static BufferedImage image(int type, ColorSpace space, boolean alpha) {
    ColorModel model =
        new ComponentColorModel(
            space, alpha, false, alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE, type);
    return filled(
        new BufferedImage(model, model.createCompatibleWritableRaster(WIDTH, HEIGHT), false, null));
  }

  static BufferedImage image(int type) {
    return filled(new BufferedImage(WIDTH, HEIGHT, type));
  }

  private static BufferedImage filled(BufferedImage image) {
    ColorModel model = image.getColorModel();
    WritableRaster raster = image.getRaster();
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        for (int band = 0; band < raster.getNumBands(); band++) {
          float sample = band < model.getNumColorComponents() ? color(band, x, y) : alpha(x);
          if (model.getTransferType() == DataBuffer.TYPE_FLOAT) {
            raster.setSample(x, y, band, sample);
            continue;
          }
          long max = (1L << model.getComponentSize(band)) - 1;
          raster.setSample(x, y, band, (int) Math.round((double) sample * max));
        }
      }
    }
    return image;
  }

  /** The image in the nearest colours of a palette. */
  static BufferedImage indexed(IndexColorModel palette) {
    int type =
        palette.getPixelSize() < 8
            ? BufferedImage.TYPE_BYTE_BINARY
            : BufferedImage.TYPE_BYTE_INDEXED;
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type, palette);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int argb = palette.hasAlpha() && alpha(x) < 0.5 ? 0 : 0xff;
        for (int c = 0; c < 3; c++) {
          argb = argb << 8 | Math.round(color(c, x, y) * 255);
        }
        image.setRGB(x, y, argb);
      }
    }
    return image;
  }

  /** Equal steps from black to white. */
  static IndexColorModel grays(int bits) {
    byte[] levels = new byte[1 << bits];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) (255 * i / (levels.length - 1));
    }
    return new IndexColorModel(bits, levels.length, levels, levels, levels);
  }

  /** Six levels of each colour, and if asked a transparent one. */
  static IndexColorModel palette(boolean transparent) {
    byte[][] levels = new byte[3][217];
    for (int i = 0; i < 216; i++) {
      levels[0][i] = (byte) (i % 6 * 51);
      levels[1][i] = (byte) (i / 6 % 6 * 51);
      levels[2][i] = (byte) (i / 36 * 51);
    }
    int last = transparent ? 216 : -1;
    return new IndexColorModel(8, 217, levels[0], levels[1], levels[2], last);
  }

  /** Encodes with the JDK's writers: whether ours are right is for other tests. */
  static byte[] encode(String format, BufferedImage... pages) {
    return encode(
        format,
        "com.sun.",
        writer -> {
          if (pages.length == 1) {
            writer.write(pages[0]);
            return;
          }
          writer.prepareWriteSequence(null);
          for (BufferedImage page : pages) {
            writer.writeToSequence(new IIOImage(page, null, null), null);
          }
          writer.endWriteSequence();
        });
  }

  /** TIFF with the image's profile, which the JDK's writer leaves out. */
  static byte[] tiffWithProfile(BufferedImage image) {
    return encode("tiff", "com.twelvemonkeys.", writer -> writer.write(image));
  }

  private interface Encoding {
    void write(ImageWriter writer) throws IOException;
  }

  private static byte[] encode(String format, String vendor, Encoding encoding) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format);
    ImageWriter writer = writers.next();
    while (!writer.getClass().getName().startsWith(vendor)) {
      writer = writers.next();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(stream);
      encoding.write(writer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** A JPEG of four components: inks, or their luma, chroma and black. */
  static byte[] cmykJpeg(boolean ycck) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, WIDTH, HEIGHT, 4, null);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        double r = 255 * color(0, x, y);
        double g = 255 * color(1, x, y);
        double b = 255 * color(2, x, y);
        double luma = 0.299 * r + 0.587 * g + 0.114 * b; // ITU-R BT.601, full range, as in JFIF
        // Adobe writes inks inverted, 255 for none, and makes luma and chroma of what is not so.
        double[] pixel =
            ycck
                ? new double[] {255 - luma, 128 - (b - luma) / 1.772, 128 - (r - luma) / 1.402, 255}
                : new double[] {r, g, b, 255};
        raster.setPixel(x, y, Arrays.stream(pixel).mapToInt(v -> (int) Math.round(v)).toArray());
      }
    }
    byte[] jpeg =
        encode("jpeg", "com.sun.", writer -> writer.write(new IIOImage(raster, null, null)));
    ByteBuffer result = ByteBuffer.allocate(jpeg.length + 16);
    result.put(jpeg, 0, 2).putShort((short) 0xffee).putShort((short) 14);
    result.put("Adobe".getBytes(US_ASCII)).putShort((short) 100).putInt(0);
    return result.put((byte) (ycck ? 2 : 0)).put(jpeg, 2, jpeg.length - 2).array();
  }

  /** Adobe Photoshop's format: a header, three empty sections, and the flat image in planes. */
  static byte[] psd(int channels, int bits) {
    int size = channels * WIDTH * HEIGHT * bits / 8;
    ByteBuffer bytes = ByteBuffer.allocate(26 + 12 + 2 + size);
    bytes.put("8BPS".getBytes(US_ASCII)).putShort((short) 1).position(12);
    bytes.putShort((short) channels).putInt(HEIGHT).putInt(WIDTH).putShort((short) bits);
    bytes.putShort((short) (channels < 3 ? 1 : 3)).position(26 + 12);
    bytes.putShort((short) 0); // not compressed
    for (int channel = 0; channel < channels; channel++) {
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          float sample = channel == 3 ? alpha(x) : color(channel, x, y);
          if (bits == 8) {
            bytes.put((byte) Math.round(sample * 255));
          } else {
            bytes.putShort((short) Math.round(sample * 65535));
          }
        }
      }
    }
    return bytes.array();
  }

  /** WebP, lossless, with codes of 8 bits for every sample, hence not compressed. */
  static byte[] webp(boolean alpha) {
    Bits bits = new Bits();
    bits.put(0x2f, 8).put(WIDTH - 1, 14).put(HEIGHT - 1, 14).put(alpha ? 1 : 0, 1).put(0, 3);
    bits.put(0, 1).put(0, 1).put(0, 1); // no transform, no colour cache, one group of codes
    for (int symbols : new int[] {256 + 24, 256, 256, 256}) {
      // Lengths of codes are coded themselves: 1 is length 8, 0 is length 0. Their own lengths
      // come in the order 17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8.
      bits.put(0, 1).put(12 - 4, 4);
      for (int i = 0; i < 12; i++) {
        bits.put(i == 2 || i == 11 ? 1 : 0, 3);
      }
      bits.put(0, 1);
      for (int symbol = 0; symbol < symbols; symbol++) {
        bits.put(symbol < 256 ? 1 : 0, 1);
      }
    }
    bits.put(1, 1).put(0, 1).put(0, 1).put(0, 1); // distances: one symbol, 0
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        float[] samples = {color(1, x, y), color(0, x, y), color(2, x, y), alpha ? alpha(x) : 1};
        for (float sample : samples) {
          bits.put(Integer.reverse(Math.round(sample * 255)) >>> 24, 8);
        }
      }
    }
    byte[] data = bits.bytes();
    ByteBuffer file = ByteBuffer.allocate(20 + data.length + data.length % 2);
    file.order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(US_ASCII)).putInt(file.capacity() - 8);
    file.put("WEBPVP8L".getBytes(US_ASCII)).putInt(data.length).put(data);
    return file.array();
  }

  /** Bits, lowest first. */
  private static final class Bits {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long pending;
    private int count;

    Bits put(int value, int length) {
      pending |= (long) value << count;
      count += length;
      for (; count >= 8; count -= 8, pending >>>= 8) {
        bytes.write((int) pending);
      }
      return this;
    }

    byte[] bytes() {
      put(0, 7);
      return bytes.toByteArray();
    }
  }
}
