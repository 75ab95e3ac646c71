// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;
import static io.github.sr4j.imaging.FloatImage.BYTE_LEVELS;

import io.github.sr4j.ImageFormatException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferUShort;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The conversion between AWT's images and {@link FloatImage}, and the reading and writing of files:
 * the only place that knows colour models, transparency and image formats.
 *
 * <p>Safe for use by multiple threads as long as nobody draws on the images passed.
 */
public final class AwtImages {

  private AwtImages() {}

  /**
   * Returns the colours of an image, without its transparency.
   *
   * <p>A gray image has one channel, whose samples are those of the image: no transfer function is
   * applied, as {@link BufferedImage#getRGB} would. Every other image has three, in sRGB; an
   * indexed image those of its palette. Premultiplied alpha is divided out; what is fully
   * transparent is then black. Samples of more than 8 bits keep their precision.
   */
  public static FloatImage toFloat(BufferedImage image) {
    if (isPackedRgb(image)) {
      return fromPacked(image);
    }
    ColorModel model = image.getColorModel();
    if (!(model instanceof ComponentColorModel)) {
      return fromGetRgb(image);
    }
    boolean gray = isGray(image);
    BufferedImage known = image;
    if (!gray && !model.getColorSpace().isCS_sRGB()) {
      known = componentImage(image, 3, model.hasAlpha(), bits(image));
      new ColorConvertOp(null).filter(image, known);
    }
    int channels = gray ? 1 : 3;
    return hasPlainComponents(known)
        ? fromComponents(known, channels)
        : fromNormalizedComponents(known, channels);
  }

  /**
   * Returns the transparency of an image as one channel, 0 where it is transparent and 1 where it
   * is opaque; empty if the image's kind has none.
   */
  public static Optional<FloatImage> alpha(BufferedImage image) {
    ColorModel model = image.getColorModel();
    if (!model.hasAlpha()) {
      return Optional.empty();
    }
    int width = image.getWidth();
    int height = image.getHeight();
    float[] samples = new float[height * width];
    if (hasPlainComponents(image)) {
      readBand(image.getRaster(), model.getNumColorComponents(), samples, 0);
    } else {
      int[] row = new int[width];
      for (int y = 0; y < height; y++) {
        image.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++) {
          samples[y * width + x] = BYTE_LEVELS[row[x] >>> 24];
        }
      }
    }
    return Optional.of(FloatImage.wrap(1, height, width, samples));
  }

  /**
   * Makes an image of the kind of another one: gray from one channel, sRGB from three; with 16 bits
   * per sample if {@code like} has more than 8, else with 8; with alpha if one is given; packed
   * into integers if {@code like} is, else in bytes. Indexed, premultiplied and 5-bit images thus
   * become plain ones. Samples are clamped to {@code [0, 1]} and rounded half up.
   *
   * @param alpha one channel of the image's size, or null for an opaque image
   * @throws IllegalArgumentException if {@code alpha} has another size or three channels
   */
  public static BufferedImage toBuffered(
      FloatImage image, @Nullable FloatImage alpha, BufferedImage like) {
    BufferedImage result =
        blank(image.channels(), image.width(), image.height(), alpha != null, like);
    writeRows(image, alpha, result, 0);
    return result;
  }

  /**
   * Makes the image that {@link #toBuffered} would, but black, to be filled by {@link #writeRows}.
   *
   * @param channels 1 for gray, 3 for sRGB
   * @param alpha whether the image has alpha
   */
  public static BufferedImage blank(
      int channels, int width, int height, boolean alpha, BufferedImage like) {
    int bits = bits(like);
    if (channels == 3
        && bits == 8
        && like.getRaster().getDataBuffer().getDataType() == DataBuffer.TYPE_INT) {
      return new BufferedImage(
          width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    }
    return componentImage(width, height, channels, alpha, bits);
  }

  /**
   * Writes some rows of an image, so that a caller can spread the work over threads: different rows
   * may be written at the same time. Samples are clamped and rounded as by {@link #toBuffered}.
   *
   * @param rows as wide as {@code target}, with the channels it was made for
   * @param alpha one channel of the size of {@code rows}, or null if {@code target} has no alpha
   * @param target an image that {@link #blank} made
   * @param top where the first row goes
   * @throws IllegalArgumentException if {@code rows} and {@code alpha} are not as {@code target}
   *     needs them, or reach beyond it
   */
  public static void writeRows(
      FloatImage rows, @Nullable FloatImage alpha, BufferedImage target, int top) {
    checkArgument(
        alpha == null
            || (alpha.channels() == 1
                && alpha.width() == rows.width()
                && alpha.height() == rows.height()),
        "alpha must have one channel and the size of the image, %s, but was %s",
        rows,
        alpha);
    ColorModel model = target.getColorModel();
    checkArgument(
        rows.channels() == model.getNumColorComponents()
            && (alpha != null) == model.hasAlpha()
            && rows.width() == target.getWidth()
            && top >= 0
            && rows.height() <= target.getHeight() - top,
        "rows must fit an image of %sx%s (width x height), %s channels and alpha %s, but were %s,"
            + " alpha %s, at row %s",
        target.getWidth(),
        target.getHeight(),
        model.getNumColorComponents(),
        model.hasAlpha(),
        rows,
        alpha != null,
        top);
    WritableRaster raster = target.getRaster();
    if (isPackedRgb(target)) {
      writePacked(rows, alpha, raster, top);
      return;
    }
    for (int channel = 0; channel < rows.channels(); channel++) {
      writeBand(rows, channel, raster, channel, top);
    }
    if (alpha != null) {
      writeBand(alpha, 0, raster, rows.channels(), top);
    }
  }

  /**
   * Gives the fully transparent pixels of an image the colours of the nearest visible ones, blurred
   * with the distance. An image filter then has no edge to sharpen between what is seen and the
   * arbitrary colours that are not. Other pixels are kept; so is an image without a visible pixel.
   *
   * @param image one or three channels
   * @param alpha one channel of the image's size
   * @throws IllegalArgumentException if {@code alpha} has another size or three channels
   */
  public static FloatImage bleed(FloatImage image, FloatImage alpha) {
    return Bleed.apply(image, alpha);
  }

  /**
   * Reads an image from a file of any format that {@link javax.imageio.ImageIO} has a reader for.
   * Of several images in a file, the first is read. A rotation recorded in the file is not applied.
   *
   * @throws ImageFormatException if the file is not an image, or is damaged or cut off; the message
   *     names the file and says what was found
   * @throws IOException if the file does not exist or cannot be read
   */
  public static BufferedImage read(Path file) throws IOException {
    return ImageFiles.read(file);
  }

  /**
   * Writes an image to a file, in the format that the file name's extension says. The image appears
   * under its name, replacing a file that was there, once it is complete; on failure nothing is
   * left.
   *
   * <p>A format that cannot hold the image as it is gets it with 8 bits per sample and without
   * alpha, over white; JPEG always does, at quality 0.95.
   *
   * @throws IllegalArgumentException if the extension is not one of bmp, jpg, jpeg, png, tif and
   *     tiff; GIF could not keep the colours
   * @throws IOException if the folder does not exist or cannot be written to
   */
  public static void write(BufferedImage image, Path file) throws IOException {
    ImageFiles.write(image, file);
  }

  static boolean isGray(BufferedImage image) {
    ColorModel model = image.getColorModel();
    return model instanceof ComponentColorModel
        && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
  }

  private static boolean isPackedRgb(BufferedImage image) {
    int type = image.getType();
    return type == BufferedImage.TYPE_INT_RGB
        || type == BufferedImage.TYPE_INT_ARGB
        || type == BufferedImage.TYPE_INT_BGR;
  }

  /** Whether the samples are whole bytes or shorts, one array element each. */
  private static boolean hasPlainComponents(BufferedImage image) {
    DataBuffer data = image.getRaster().getDataBuffer();
    if (!(image.getColorModel() instanceof ComponentColorModel model)
        || !(image.getSampleModel() instanceof ComponentSampleModel)
        || !(data instanceof DataBufferByte || data instanceof DataBufferUShort)) {
      return false;
    }
    for (int size : model.getComponentSize()) {
      if (size != DataBuffer.getDataTypeSize(data.getDataType())) {
        return false;
      }
    }
    return true;
  }

  private static int bits(BufferedImage image) {
    return image.getColorModel().getComponentSize(0) > 8 ? 16 : 8;
  }

  private static FloatImage fromPacked(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = height * width;
    float[] samples = new float[3 * plane];
    boolean bgr = image.getType() == BufferedImage.TYPE_INT_BGR;
    int low = bgr ? 0 : 2 * plane;
    int high = bgr ? 2 * plane : 0;
    int[] row = new int[width];
    for (int y = 0, i = 0; y < height; y++) {
      image.getRaster().getDataElements(0, y, width, 1, row);
      for (int x = 0; x < width; x++, i++) {
        int pixel = row[x];
        samples[high + i] = BYTE_LEVELS[pixel >> 16 & 0xff];
        samples[plane + i] = BYTE_LEVELS[pixel >> 8 & 0xff];
        samples[low + i] = BYTE_LEVELS[pixel & 0xff];
      }
    }
    return FloatImage.wrap(3, height, width, samples);
  }

  private static FloatImage fromComponents(BufferedImage image, int channels) {
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = height * width;
    float[] samples = new float[channels * plane];
    for (int channel = 0; channel < channels; channel++) {
      readBand(image.getRaster(), channel, samples, channel * plane);
    }
    if (image.isAlphaPremultiplied()) {
      float[] alpha = new float[plane];
      readBand(image.getRaster(), channels, alpha, 0);
      for (int i = 0; i < samples.length; i++) {
        float a = alpha[i % plane];
        samples[i] = a > 0 ? Math.min(1, samples[i] / a) : 0;
      }
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  /** The slow way, for unusual types of samples. */
  private static FloatImage fromNormalizedComponents(BufferedImage image, int channels) {
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = height * width;
    float[] samples = new float[channels * plane];
    ColorModel model = image.getColorModel();
    float[] components = new float[model.getNumComponents()];
    Object pixel = null;
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        pixel = image.getRaster().getDataElements(x, y, pixel);
        // In [0, 1] for every type, with premultiplied alpha divided out.
        model.getNormalizedComponents(pixel, components, 0);
        for (int channel = 0; channel < channels; channel++) {
          samples[channel * plane + i] = components[channel];
        }
      }
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  /** The slow way, for indexed images and packings other than three bytes in an integer. */
  private static FloatImage fromGetRgb(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = height * width;
    float[] samples = new float[3 * plane];
    int[] row = new int[width];
    for (int y = 0, i = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++, i++) {
        samples[i] = BYTE_LEVELS[row[x] >> 16 & 0xff];
        samples[plane + i] = BYTE_LEVELS[row[x] >> 8 & 0xff];
        samples[2 * plane + i] = BYTE_LEVELS[row[x] & 0xff];
      }
    }
    return FloatImage.wrap(3, height, width, samples);
  }

  private static void readBand(Raster raster, int band, float[] samples, int offset) {
    Band source = new Band(raster, band);
    int width = raster.getWidth();
    if (raster.getDataBuffer() instanceof DataBufferByte data) {
      byte[] bytes = data.getData(source.bank);
      for (int y = 0, i = offset; y < raster.getHeight(); y++) {
        for (int x = 0, p = source.row(y); x < width; x++, i++, p += source.pixelStride) {
          samples[i] = BYTE_LEVELS[bytes[p] & 0xff];
        }
      }
    } else {
      short[] shorts = ((DataBufferUShort) raster.getDataBuffer()).getData(source.bank);
      for (int y = 0, i = offset; y < raster.getHeight(); y++) {
        for (int x = 0, p = source.row(y); x < width; x++, i++, p += source.pixelStride) {
          samples[i] = (shorts[p] & 0xffff) / 65535f;
        }
      }
    }
  }

  private static void writeBand(
      FloatImage rows, int channel, WritableRaster raster, int band, int top) {
    Band target = new Band(raster, band);
    int width = rows.width();
    int height = rows.height();
    float[] samples = rows.samples();
    if (raster.getDataBuffer() instanceof DataBufferByte data) {
      byte[] bytes = data.getData(target.bank);
      for (int y = 0, i = channel * height * width; y < height; y++) {
        for (int x = 0, p = target.row(top + y); x < width; x++, i++, p += target.pixelStride) {
          bytes[p] = (byte) quantised(samples[i], 255);
        }
      }
    } else {
      short[] shorts = ((DataBufferUShort) raster.getDataBuffer()).getData(target.bank);
      for (int y = 0, i = channel * height * width; y < height; y++) {
        for (int x = 0, p = target.row(top + y); x < width; x++, i++, p += target.pixelStride) {
          shorts[p] = (short) quantised(samples[i], 65535);
        }
      }
    }
  }

  private static int quantised(float sample, int most) {
    int level = (int) (sample * most + 0.5f);
    return Math.max(0, Math.min(most, level));
  }

  private static void writePacked(
      FloatImage rows, @Nullable FloatImage alpha, WritableRaster raster, int top) {
    int width = rows.width();
    int plane = rows.height() * width;
    float[] samples = rows.samples();
    int[] row = new int[width];
    for (int y = 0, i = 0; y < rows.height(); y++) {
      for (int x = 0; x < width; x++, i++) {
        row[x] =
            quantised(samples[i], 255) << 16
                | quantised(samples[plane + i], 255) << 8
                | quantised(samples[2 * plane + i], 255);
      }
      if (alpha != null) {
        for (int x = 0; x < width; x++) {
          row[x] |= quantised(alpha.samples()[y * width + x], 255) << 24;
        }
      }
      raster.setDataElements(0, top + y, width, 1, row);
    }
  }

  private static BufferedImage componentImage(
      BufferedImage size, int channels, boolean alpha, int bits) {
    return componentImage(size.getWidth(), size.getHeight(), channels, alpha, bits);
  }

  /**
   * An interleaved image; where AWT has a type for it, of that type, which others are quick with.
   */
  private static BufferedImage componentImage(
      int width, int height, int channels, boolean alpha, int bits) {
    if (channels == 1 && !alpha) {
      return new BufferedImage(
          width, height, bits == 8 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_USHORT_GRAY);
    }
    if (channels == 3 && bits == 8) {
      return new BufferedImage(
          width, height, alpha ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR);
    }
    int type = bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT;
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
            alpha,
            false,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            type);
    WritableRaster raster =
        Raster.createInterleavedRaster(type, width, height, channels + (alpha ? 1 : 0), null);
    return new BufferedImage(model, raster, false, null);
  }

  /** Where the samples of one band of a raster lie in its arrays. */
  private static final class Band {
    final int bank;
    final int pixelStride;
    private final int scanlineStride;
    private final int first;

    Band(Raster raster, int band) {
      ComponentSampleModel model = (ComponentSampleModel) raster.getSampleModel();
      bank = model.getBankIndices()[band];
      pixelStride = model.getPixelStride();
      scanlineStride = model.getScanlineStride();
      // A sub-image shares the arrays of the whole and differs in its translation.
      int x = raster.getMinX() - raster.getSampleModelTranslateX();
      int y = raster.getMinY() - raster.getSampleModelTranslateY();
      first =
          raster.getDataBuffer().getOffsets()[bank]
              + model.getBandOffsets()[band]
              + y * scanlineStride
              + x * pixelStride;
    }

    int row(int y) {
      return first + y * scanlineStride;
    }
  }
}
