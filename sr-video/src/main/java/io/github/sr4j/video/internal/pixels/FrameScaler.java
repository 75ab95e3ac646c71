// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.video.internal.pixels.PixelFormat.Kind;
import io.github.sr4j.video.internal.pixels.PlaneResampler.Axis;
import io.github.sr4j.video.internal.pixels.Samples.Coding;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The enlargement of raw frames of one kind. Luma goes through a luma network as it is, with the
 * bits that it has, and chroma is enlarged bicubically from where it lies to where it will lie; an
 * RGB network gets the colours of the film's own matrix. Alpha is enlarged bicubically. Safe for
 * use by multiple threads.
 */
public final class FrameScaler {

  /**
   * An enlarged frame, in the pixel format of the source. Immutable, if its bytes are left alone.
   */
  public static final class Frame {

    private final int width;
    private final int height;
    private final byte[] samples;

    Frame(int width, int height, byte[] samples) {
      this.width = width;
      this.height = height;
      this.samples = samples;
    }

    /** Returns the width in pixels. */
    public int width() {
      return width;
    }

    /** Returns the height in pixels. */
    public int height() {
      return height;
    }

    /** Returns the bytes, which are not copied and must not be written to. */
    public byte[] samples() {
      return samples;
    }
  }

  private final Upscaler upscaler;
  private final FrameFormat format;
  private final PixelFormat pixels;
  private final boolean isOfLuma; // the network
  private final @Nullable YuvMatrix matrix;
  private final @Nullable PlaneResampler chromaToLuma;
  private final AtomicReference<@Nullable Resamplers> resamplers = new AtomicReference<>();

  /** The resamplers of planes for results of one size; those that are not needed are null. */
  private record Resamplers(
      int width,
      int height,
      @Nullable PlaneResampler chroma,
      @Nullable PlaneResampler lumaToChroma,
      @Nullable PlaneResampler alpha) {}

  /**
   * Prepares the enlargement.
   *
   * @throws ImageFormatException if the network takes RGB and the frames' matrix is not known, or a
   *     frame does not fit in an array
   */
  public FrameScaler(Upscaler upscaler, FrameFormat format) {
    this.upscaler = upscaler;
    this.format = format;
    this.pixels = format.pixels();
    this.isOfLuma = upscaler.info().channels() == 1;
    this.matrix = format.matrix().orElse(null);
    if (pixels.kind() == Kind.YUV && !isOfLuma && matrix == null) {
      throw new ImageFormatException(
          String.format(
              "the model %s works on RGB, to which there is no linear matrix from the colours of"
                  + " this film; use a model that works on luma",
              upscaler.info().name()),
          null);
    }
    requireFitting(format.frameBytes(), format.width(), format.height());
    this.chromaToLuma = !isOfLuma && isSubsampled() ? chromaToLuma() : null;
  }

  /** Refuses a frame that does not fit in an array. */
  static int requireFitting(long bytes, int width, int height) {
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new ImageFormatException(
          String.format(
              "a frame must have less than 2^31 bytes, but one of %sx%s (width x height) has %s",
              width, height, bytes),
          null);
    }
    return (int) bytes;
  }

  /** Returns the kind of the frames. */
  public FrameFormat format() {
    return format;
  }

  /**
   * Enlarges a frame.
   *
   * @throws IllegalArgumentException if it has not as many bytes as frames of this kind have
   * @throws java.util.concurrent.CancellationException if the calling thread is interrupted
   */
  public Frame scale(byte[] frame) {
    checkArgument(
        frame.length == format.frameBytes(),
        "frame must have %s bytes, but has %s",
        format.frameBytes(),
        frame.length);
    return switch (pixels.kind()) {
      case GRAY -> lumaAndChroma(frame);
      case YUV -> isOfLuma ? lumaAndChroma(frame) : throughRgb(frame);
      case RGB -> rgb(frame);
    };
  }

  private Frame lumaAndChroma(byte[] frame) {
    Coding coding = Coding.studioLuma(pixels.depth(), format.isFullRange());
    FloatImage luma = upscaler.upscale(image(1, plane(frame, 0, coding)));
    Resamplers scaling = resamplers(luma);
    Frame result = blank(luma);
    writePlane(luma.samples(), 0, 0, coding, result);
    if (scaling.chroma != null) {
      for (int i = 1; i <= 2; i++) {
        float[] chroma = scaling.chroma.resample(plane(frame, i, Coding.CODES));
        writePlane(chroma, 0, i, Coding.CODES, result);
      }
    }
    writeAlpha(frame, scaling, result);
    return result;
  }

  private Frame throughRgb(byte[] frame) {
    int depth = pixels.depth();
    Coding lumaCoding = Coding.luma(depth, format.isFullRange());
    Coding chromaCoding = Coding.chroma(depth, format.isFullRange());
    YuvMatrix conversion = requireNonNull(matrix);
    float[] y = plane(frame, 0, lumaCoding);
    float[] cb = atLuma(plane(frame, 1, chromaCoding));
    float[] cr = atLuma(plane(frame, 2, chromaCoding));
    conversion.toRgb(y, cb, cr);
    FloatImage rgb = upscaler.upscale(image(3, joined(y, cb, cr)));
    Resamplers scaling = resamplers(rgb);
    Frame result = blank(rgb);
    float[] luma = rgb.channel(0).samples();
    float[] blueness = rgb.channel(1).samples();
    float[] redness = rgb.channel(2).samples();
    conversion.fromRgb(luma, blueness, redness);
    PlaneResampler reduction = scaling.lumaToChroma;
    writePlane(luma, 0, 0, lumaCoding, result);
    writePlane(
        reduction == null ? blueness : reduction.resample(blueness), 0, 1, chromaCoding, result);
    writePlane(
        reduction == null ? redness : reduction.resample(redness), 0, 2, chromaCoding, result);
    writeAlpha(frame, scaling, result);
    return result;
  }

  /** Returns chroma with a sample for each of luma. */
  private float[] atLuma(float[] chroma) {
    return chromaToLuma == null ? chroma : chromaToLuma.resample(chroma);
  }

  private PlaneResampler chromaToLuma() {
    Axis columns =
        toLuma(
            pixels.width(1, format.width()),
            format.width(),
            pixels.chromaShiftX(),
            format.chroma().offsetX(pixels));
    Axis rows =
        toLuma(
            pixels.height(1, format.height()),
            format.height(),
            pixels.chromaShiftY(),
            format.chroma().offsetY(pixels));
    return new PlaneResampler(columns, rows);
  }

  private Frame rgb(byte[] frame) {
    Coding coding = Coding.full(pixels.depth());
    // FFmpeg's order is green, blue, red.
    float[] red = plane(frame, 2, coding);
    float[] green = plane(frame, 0, coding);
    float[] blue = plane(frame, 1, coding);
    FloatImage rgb = upscaler.upscale(image(3, joined(red, green, blue)));
    Frame result = blank(rgb);
    int size = rgb.width() * rgb.height();
    writePlane(rgb.samples(), size, 0, coding, result);
    writePlane(rgb.samples(), 2 * size, 1, coding, result);
    writePlane(rgb.samples(), 0, 2, coding, result);
    writeAlpha(frame, resamplers(rgb), result);
    return result;
  }

  private void writeAlpha(byte[] frame, Resamplers scaling, Frame result) {
    if (scaling.alpha != null) {
      int alpha = pixels.planes() - 1;
      float[] enlarged = scaling.alpha.resample(plane(frame, alpha, Coding.CODES));
      writePlane(enlarged, 0, alpha, Coding.CODES, result);
    }
  }

  private FloatImage image(int channels, float[] samples) {
    return FloatImage.wrap(channels, format.height(), format.width(), samples);
  }

  private static float[] joined(float[] first, float[] second, float[] third) {
    float[] all = new float[3 * first.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(second, 0, all, first.length, first.length);
    System.arraycopy(third, 0, all, 2 * first.length, first.length);
    return all;
  }

  private float[] plane(byte[] frame, int plane, Coding coding) {
    int offset = (int) pixels.offset(plane, format.width(), format.height());
    int count = pixels.width(plane, format.width()) * pixels.height(plane, format.height());
    return Samples.read(frame, offset, count, pixels.depth(), coding);
  }

  private void writePlane(float[] numbers, int first, int plane, Coding coding, Frame frame) {
    int offset = (int) pixels.offset(plane, frame.width(), frame.height());
    int count = pixels.width(plane, frame.width()) * pixels.height(plane, frame.height());
    Samples.write(numbers, first, count, pixels.depth(), coding, frame.samples(), offset);
  }

  private Frame blank(FloatImage result) {
    long bytes = pixels.frameBytes(result.width(), result.height());
    return new Frame(
        result.width(),
        result.height(),
        new byte[requireFitting(bytes, result.width(), result.height())]);
  }

  private boolean isSubsampled() {
    return pixels.chromaShiftX() > 0 || pixels.chromaShiftY() > 0;
  }

  private Resamplers resamplers(FloatImage result) {
    Resamplers made = resamplers.get();
    if (made == null || made.width != result.width() || made.height != result.height()) {
      made = make(result.width(), result.height());
      resamplers.set(made);
    }
    return made;
  }

  private Resamplers make(int width, int height) {
    double scaleX = (double) width / format.width();
    double scaleY = (double) height / format.height();
    boolean hasChroma = pixels.kind() == Kind.YUV;
    double offsetX = format.chroma().offsetX(pixels);
    double offsetY = format.chroma().offsetY(pixels);
    PlaneResampler chroma = null;
    PlaneResampler toChroma = null;
    if (hasChroma && isOfLuma) {
      chroma =
          new PlaneResampler(
              enlarged(
                  pixels.width(1, format.width()),
                  pixels.width(1, width),
                  scaleX,
                  pixels.chromaShiftX(),
                  offsetX),
              enlarged(
                  pixels.height(1, format.height()),
                  pixels.height(1, height),
                  scaleY,
                  pixels.chromaShiftY(),
                  offsetY));
    } else if (hasChroma && isSubsampled()) {
      toChroma =
          new PlaneResampler(
              new Axis(width, pixels.width(1, width), 1 << pixels.chromaShiftX(), offsetX),
              new Axis(height, pixels.height(1, height), 1 << pixels.chromaShiftY(), offsetY));
    }
    PlaneResampler alpha = null;
    if (pixels.hasAlpha()) {
      alpha =
          new PlaneResampler(
              enlarged(format.width(), width, scaleX, 0, 0),
              enlarged(format.height(), height, scaleY, 0, 0));
    }
    return new Resamplers(width, height, chroma, toChroma, alpha);
  }

  private static Axis toLuma(int chroma, int luma, int shift, double offset) {
    double group = 1 << shift;
    return new Axis(chroma, luma, 1 / group, -offset / group);
  }

  /**
   * Returns the axis of enlarged chroma. Sample {@code k} lies at {@code group * k + offset} in its
   * luma, before and after; the luma's pixels grow around their centres.
   */
  private static Axis enlarged(int source, int result, double scale, int shift, double offset) {
    double group = 1 << shift;
    return new Axis(source, result, 1 / scale, ((offset + 0.5) / scale - 0.5 - offset) / group);
  }
}
