// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static com.google.common.base.Preconditions.checkArgument;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A network in a session of ONNX Runtime, which it owns. */
final class OnnxBlockUpscaler implements BlockUpscaler {

  /**
   * The kinds of devices whose results for a block are compared with the CPU's before a model is
   * used: ONNX Runtime's WebGPU computes some convolutions wrongly, and Core ML is not tested.
   */
  static final ImmutableSet<Device.Kind> COMPARED =
      ImmutableSet.of(Device.Kind.WEBGPU, Device.Kind.COREML);

  private static final double TOLERANCE = 1e-3;
  private static final int SIDE = 33; // of the block that is compared, or more

  private static final float[] NOTHING = {};
  private static final int MAX_SAMPLES = Integer.MAX_VALUE / Float.BYTES; // in a direct buffer

  /** The type and layout of the output tensor. */
  record OutputFormat(OnnxJavaType type, boolean isChannelsLast) {}

  private final OnnxSession session;
  private final OnnxSession.Format format;
  private final OutputFormat output;
  private final boolean isOutputChannelsLast;
  private final boolean isOutputPlain; // an image's samples as they are
  private final ModelInfo info;
  private final Device device;

  OnnxBlockUpscaler(
      OnnxSession session,
      OnnxSession.Format format,
      OutputFormat output,
      ModelInfo info,
      Device device) {
    this.session = session;
    this.format = format;
    this.output = output;
    this.isOutputChannelsLast = output.isChannelsLast();
    this.isOutputPlain =
        output.type() == OnnxJavaType.FLOAT
            && format.batch() == 1
            && format.isPlain(format.ranges().output(), isOutputChannelsLast, info.channels());
    this.info = info;
    this.device = device;
  }

  /**
   * Returns the same network in a session on another device.
   *
   * @param other is closed with what is returned
   */
  OnnxBlockUpscaler on(Device otherDevice, OnnxSession other) {
    return new OnnxBlockUpscaler(other, format, output, info, otherDevice);
  }

  /**
   * Compares the result for a block.
   *
   * @param cpu the same network on the CPU
   * @throws DeviceUnavailableException if the results differ, or this device fails
   */
  void requireResultsOf(OnnxBlockUpscaler cpu) {
    FloatImage block = noise();
    float[] expected = cpu.upscale(block).samples();
    float[] actual;
    try {
      actual = upscale(block).samples();
    } catch (DeviceUnavailableException e) {
      throw e;
    } catch (SuperResolutionException e) {
      throw new DeviceUnavailableException(
          String.format("%s is not available for %s", device, e.getMessage()), e);
    }
    for (int i = 0; i < expected.length; i++) {
      double largest = TOLERANCE * Math.max(1, Math.abs(expected[i]));
      if (!(Math.abs(actual[i] - expected[i]) <= largest)) { // also for NaN
        throw new DeviceUnavailableException(
            String.format(
                "%s is not available for %s, of which it computes wrong results: %s instead of"
                    + " the CPU's %s",
                device, info.name(), actual[i], expected[i]),
            null);
      }
    }
  }

  /** Returns a small block of random samples that this network takes. */
  FloatImage noise() {
    int lost = 2 * info.lostEdge() / info.blockScale();
    int height = info.blockHeight().orElse(aligned(SIDE + lost));
    int width = info.blockWidth().orElse(aligned(SIDE + 2 + lost));
    float[] samples = new float[info.channels() * height * width];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return FloatImage.wrap(info.channels(), height, width, samples);
  }

  private int aligned(int side) {
    return (side + info.alignment() - 1) / info.alignment() * info.alignment();
  }

  /** Returns the form of the network's tensors. */
  OnnxSession.Format format() {
    return format;
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public Device.Report device() {
    return new Device.Report(device, device, "");
  }

  @Override
  public FloatImage upscale(FloatImage block) {
    return upscale(block, NOTHING);
  }

  @Override
  public FloatImage upscale(FloatImage block, float[] reusable) {
    int channels = info.channels();
    checkArgument(
        block.channels() == channels,
        "block must have %s channels for %s, but had %s",
        channels,
        info.name(),
        block.channels());
    int height = block.height() * info.blockScale() - 2 * info.lostEdge();
    int width = block.width() * info.blockScale() - 2 * info.lostEdge();
    checkRoom(block, (long) block.height() * block.width());
    checkRoom(block, (long) height * width);
    long[] expected =
        isOutputChannelsLast
            ? new long[] {format.batch(), height, width, channels}
            : new long[] {format.batch(), channels, height, width};
    OnnxSession.Output result;
    try {
      if (isOutputPlain && reusable.length == channels * height * width) {
        session.run(block, format, expected, reusable);
        return FloatImage.wrap(channels, height, width, reusable);
      }
      result = session.run(block, format);
    } catch (OrtException e) {
      throw new SuperResolutionException(
          String.format(
              "%s: ONNX Runtime failed on a block of %sx%s (width x height): %s",
              info.name(), block.width(), block.height(), OnnxRuntime.message(e)),
          e);
    }
    if (!Arrays.equals(result.shape, expected)) {
      throw new SuperResolutionException(
          String.format(
              "%s: a block of %sx%s (width x height) must become %s, but became %s",
              info.name(),
              block.width(),
              block.height(),
              Arrays.toString(expected),
              Arrays.toString(result.shape)),
          null);
    }
    return toImage(result.samples, info.channels(), height, width, format, isOutputChannelsLast);
  }

  private void checkRoom(FloatImage block, long pixels) {
    if (pixels * info.channels() * format.batch() > MAX_SAMPLES) {
      throw new SuperResolutionException(
          String.format(
              "%s: a block of %sx%s (width x height) would make tensors of more than %s samples;"
                  + " upscale in smaller tiles",
              info.name(), block.width(), block.height(), MAX_SAMPLES),
          null);
    }
  }

  /** Returns the first image of an output. */
  static FloatImage toImage(
      float[] output,
      int channels,
      int height,
      int width,
      OnnxSession.Format format,
      boolean isChannelsLast) {
    if (format.batch() == 1 && format.isPlain(format.ranges().output(), isChannelsLast, channels)) {
      return FloatImage.wrap(channels, height, width, output);
    }
    int plane = height * width;
    float[] samples = new float[channels * plane];
    Range range = format.ranges().output();
    float factor = 1 / (range.white() - range.black());
    float constant = -range.black() * factor;
    int step = isChannelsLast ? channels : 1;
    for (int c = 0; c < channels; c++) {
      int channel = format.isBgr() ? channels - 1 - c : c;
      int from = isChannelsLast ? channel : channel * plane;
      for (int i = 0; i < plane; i++) {
        samples[c * plane + i] = output[from + i * step] * factor + constant;
      }
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  @Override
  public void close() {
    session.close();
  }
}
