// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.awt.image.DataBufferUShort;
import java.awt.image.DirectColorModel;
import java.awt.image.Raster;
import java.awt.image.SinglePixelPackedSampleModel;
import java.awt.image.WritableRaster;

/**
 * The samples of one band of an image, red or alpha for example, as its rasters hold them: where,
 * and what the levels are that stand for 0 and 1. Immutable.
 */
abstract class Samples {

  /** The samples that 8-bit pixels can have: {@code n / 255} at {@code n}. */
  static final float[] BYTE_LEVELS = new float[256];

  static {
    for (int i = 0; i < BYTE_LEVELS.length; i++) {
      BYTE_LEVELS[i] = i / 255f;
    }
  }

  private Samples() {}

  /** Whether an image has such bands, in the order of the components of its colour model. */
  static boolean areIn(BufferedImage image) {
    ColorModel model = image.getColorModel();
    return model instanceof ComponentColorModel
        || (model instanceof DirectColorModel
            && image.getSampleModel() instanceof SinglePixelPackedSampleModel);
  }

  static Samples of(BufferedImage image, int band) {
    Raster raster = image.getRaster();
    DataBuffer data = raster.getDataBuffer();
    ColorModel model = image.getColorModel();
    int bits = model.getComponentSize(band);
    if (raster.getSampleModel() instanceof ComponentSampleModel layout) {
      if (data instanceof DataBufferByte bytes) {
        return new Bytes(raster, layout, bytes, band, (1 << bits) - 1);
      }
      if (data instanceof DataBufferUShort shorts) {
        return new Shorts(raster, layout, shorts, band, (1 << bits) - 1);
      }
    }
    if (raster.getSampleModel() instanceof SinglePixelPackedSampleModel layout
        && data instanceof DataBufferInt ints
        && bits == 8) {
      return new PackedBytes(raster, layout, ints, band);
    }
    return new Others(image.getRaster(), model, band);
  }

  /** Rounds half up to the levels from 0 to {@code max}, clamped; NaN becomes 0. */
  static int level(float sample, int max) {
    return Math.max(0, Math.min(max, (int) (sample * max + 0.5f)));
  }

  /** Reads rows: 0 is read as 0 and the highest level as 1. */
  abstract void read(int top, int bottom, float[] samples, int offset);

  /** Writes rows, with {@link #level}. The bands of a pixel must not be written concurrently. */
  abstract void write(int top, int bottom, float[] samples, int offset);

  /** Returns the value of a sample after writing and reading it. */
  abstract float rounded(float sample);

  /** Samples in arrays of bytes, one each. */
  private static final class Bytes extends Samples {
    private final byte[] bytes;
    private final int max;
    private final float[] levels;
    private final Place place;

    Bytes(Raster raster, ComponentSampleModel layout, DataBufferByte data, int band, int max) {
      bytes = data.getData(layout.getBankIndices()[band]);
      this.max = max;
      levels = max == 255 ? BYTE_LEVELS : levels(max);
      place = new Place(raster, layout, band);
    }

    private static float[] levels(int max) {
      float[] levels = new float[256];
      for (int i = 0; i < levels.length; i++) {
        levels[i] = (float) i / max;
      }
      return levels;
    }

    @Override
    void read(int top, int bottom, float[] samples, int offset) {
      int step = place.pixelStride;
      for (int y = top, i = offset; y < bottom; y++) {
        for (int end = i + place.width, p = place.row(y); i < end; i++, p += step) {
          samples[i] = levels[bytes[p] & 0xff];
        }
      }
    }

    @Override
    void write(int top, int bottom, float[] samples, int offset) {
      int step = place.pixelStride;
      for (int y = top, i = offset; y < bottom; y++) {
        for (int end = i + place.width, p = place.row(y); i < end; i++, p += step) {
          bytes[p] = (byte) level(samples[i], max);
        }
      }
    }

    @Override
    float rounded(float sample) {
      return levels[level(sample, max)];
    }
  }

  /** Samples in arrays of shorts, one each. */
  private static final class Shorts extends Samples {
    private final short[] shorts;
    private final int max;
    private final Place place;

    Shorts(Raster raster, ComponentSampleModel layout, DataBufferUShort data, int band, int max) {
      shorts = data.getData(layout.getBankIndices()[band]);
      this.max = max;
      place = new Place(raster, layout, band);
    }

    @Override
    void read(int top, int bottom, float[] samples, int offset) {
      int step = place.pixelStride;
      float highest = max;
      for (int y = top, i = offset; y < bottom; y++) {
        for (int end = i + place.width, p = place.row(y); i < end; i++, p += step) {
          samples[i] = (shorts[p] & 0xffff) / highest;
        }
      }
    }

    @Override
    void write(int top, int bottom, float[] samples, int offset) {
      int step = place.pixelStride;
      for (int y = top, i = offset; y < bottom; y++) {
        for (int end = i + place.width, p = place.row(y); i < end; i++, p += step) {
          shorts[p] = (short) level(samples[i], max);
        }
      }
    }

    @Override
    float rounded(float sample) {
      return (float) level(sample, max) / max;
    }
  }

  /** Samples of 8 bits in integers that hold a pixel each. */
  private static final class PackedBytes extends Samples {
    private final int[] ints;
    private final int shift;
    private final int width;
    private final int stride;
    private final int first;

    PackedBytes(Raster raster, SinglePixelPackedSampleModel layout, DataBufferInt data, int band) {
      ints = data.getData();
      shift = layout.getBitOffsets()[band];
      width = raster.getWidth();
      stride = layout.getScanlineStride();
      first =
          data.getOffset()
              - raster.getSampleModelTranslateY() * stride
              - raster.getSampleModelTranslateX();
    }

    @Override
    void read(int top, int bottom, float[] samples, int offset) {
      for (int y = top, i = offset; y < bottom; y++) {
        for (int end = i + width, p = first + y * stride; i < end; i++, p++) {
          samples[i] = BYTE_LEVELS[ints[p] >>> shift & 0xff];
        }
      }
    }

    @Override
    void write(int top, int bottom, float[] samples, int offset) {
      int others = ~(0xff << shift);
      for (int y = top, i = offset; y < bottom; y++) {
        for (int end = i + width, p = first + y * stride; i < end; i++, p++) {
          ints[p] = (ints[p] & others) | level(samples[i], 255) << shift;
        }
      }
    }

    @Override
    float rounded(float sample) {
      return BYTE_LEVELS[level(sample, 255)];
    }
  }

  /** Samples of any type, in any layout: the slow way. */
  private static final class Others extends Samples {
    private final WritableRaster raster;
    private final int band;
    private final int type;
    private final double min; // the values of 0 and 1
    private final double max;

    Others(WritableRaster raster, ColorModel model, int band) {
      this.raster = raster;
      this.band = band;
      type = model instanceof ComponentColorModel ? model.getTransferType() : DataBuffer.TYPE_INT;
      boolean isColor = band < model.getNumColorComponents();
      ColorSpace space = model.getColorSpace();
      switch (type) {
        case DataBuffer.TYPE_FLOAT, DataBuffer.TYPE_DOUBLE -> {
          min = isColor ? space.getMinValue(band) : 0;
          max = isColor ? space.getMaxValue(band) : 1;
        }
        case DataBuffer.TYPE_SHORT -> {
          min = 0;
          max = Short.MAX_VALUE;
        }
        default -> {
          min = 0;
          // A mask may leave a component without bits, which is 0.
          max = Math.max(1, (1L << model.getComponentSize(band)) - 1);
        }
      }
    }

    @Override
    void read(int top, int bottom, float[] samples, int offset) {
      int width = raster.getWidth();
      double[] row = new double[width];
      for (int y = top, i = offset; y < bottom; y++) {
        raster.getSamples(0, y, width, 1, band, row);
        for (int x = 0; x < width; x++, i++) {
          double value = type == DataBuffer.TYPE_INT ? (long) row[x] & 0xffffffffL : row[x];
          samples[i] = (float) ((value - min) / (max - min));
        }
      }
    }

    @Override
    void write(int top, int bottom, float[] samples, int offset) {
      int width = raster.getWidth();
      double[] row = new double[width];
      for (int y = top, i = offset; y < bottom; y++) {
        for (int x = 0; x < width; x++, i++) {
          double value = value(samples[i]);
          row[x] = type == DataBuffer.TYPE_INT ? (int) (long) value : value; // unsigned
        }
        raster.setSamples(0, y, width, 1, band, row);
      }
    }

    private double value(float sample) {
      double value = min + sample * (max - min);
      return switch (type) {
        case DataBuffer.TYPE_FLOAT, DataBuffer.TYPE_DOUBLE -> value; // neither rounded nor clamped
        case DataBuffer.TYPE_SHORT -> rounded(value, Short.MIN_VALUE);
        default -> rounded(value, 0);
      };
    }

    private double rounded(double value, double lowest) {
      return Math.max(lowest, Math.min(max, Math.floor(value + 0.5)));
    }

    @Override
    float rounded(float sample) {
      return (float) ((value(sample) - min) / (max - min));
    }
  }

  /** The positions of the samples of one band of a raster in their array. */
  private static final class Place {
    final int width;
    final int pixelStride;
    private final int scanlineStride;
    private final int first;

    Place(Raster raster, ComponentSampleModel layout, int band) {
      width = raster.getWidth();
      pixelStride = layout.getPixelStride();
      scanlineStride = layout.getScanlineStride();
      // A sub-image shares the arrays of the whole and differs in its translation.
      first =
          raster.getDataBuffer().getOffsets()[layout.getBankIndices()[band]]
              + layout.getBandOffsets()[band]
              - raster.getSampleModelTranslateY() * scanlineStride
              - raster.getSampleModelTranslateX() * pixelStride;
    }

    int row(int y) {
      return first + y * scanlineStride;
    }
  }
}
