// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * A convolution that shows whether a device computes: its result is compared with one computed
 * here. Uses no library but ONNX Runtime, so that it can run in a process of its own.
 */
public final class DeviceProbe {

  private static final int SIDE = 16; // of the image, in pixels
  private static final int INPUTS = 4; // channels
  private static final int OUTPUTS = 8;
  private static final int KERNEL = 3;
  // All products and sums are multiples of 1/256 below 16, which float32 and TF32 hold exactly.
  private static final double TOLERANCE = 1e-3;

  private DeviceProbe() {}

  /**
   * Runs the convolution in a session with options.
   *
   * @return the difference to the right result, in a sentence; empty if there is none
   * @throws OrtException if ONNX Runtime cannot run it
   */
  public static Optional<String> run(OrtEnvironment environment, SessionOptions options)
      throws OrtException {
    float[] input = input();
    FloatBuffer samples =
        ByteBuffer.allocateDirect(input.length * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer()
            .put(input)
            .rewind();
    long[] shape = {1, INPUTS, SIDE, SIDE}; // NCHW
    try (OrtSession session = environment.createSession(model(), options);
        OnnxTensor tensor = OnnxTensor.createTensor(environment, samples, shape);
        OrtSession.Result result = session.run(Map.of("input", tensor))) {
      return result.get(0) instanceof OnnxTensor output
          ? difference(output.getFloatBuffer(), expected(input))
          : Optional.of("its probe returned no tensor");
    }
  }

  static Optional<String> difference(FloatBuffer actual, float[] expected) {
    if (actual.remaining() != expected.length) {
      return Optional.of(
          String.format(
              "its probe returned %s numbers instead of %s", actual.remaining(), expected.length));
    }
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs((double) actual.get(i) - expected[i]);
      if (!(difference <= TOLERANCE)) { // also for NaN
        return Optional.of(
            String.format(
                "it computes wrong numbers: %s instead of %s at c=%s, y=%s, x=%s of its probe",
                actual.get(i), expected[i], i / (SIDE * SIDE), i / SIDE % SIDE, i % SIDE));
      }
    }
    return Optional.empty();
  }

  /** Returns the weights of the convolution, output channel by output channel. */
  public static float[] weights() {
    float[] weights = new float[OUTPUTS * INPUTS * KERNEL * KERNEL];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (i * 7 % 11 - 5) / 16f;
    }
    return weights;
  }

  static float[] input() {
    float[] input = new float[INPUTS * SIDE * SIDE];
    for (int i = 0; i < input.length; i++) {
      input[i] = i * 5 % 17 / 16f;
    }
    return input;
  }

  /** Returns the convolution of an input with zeros around it. */
  static float[] expected(float[] input) {
    float[] weights = weights();
    float[] output = new float[OUTPUTS * SIDE * SIDE];
    for (int i = 0; i < output.length; i++) {
      int channel = i / (SIDE * SIDE);
      for (int c = 0; c < INPUTS; c++) {
        for (int k = 0; k < KERNEL * KERNEL; k++) {
          int y = i / SIDE % SIDE + k / KERNEL - KERNEL / 2;
          int x = i % SIDE + k % KERNEL - KERNEL / 2;
          if (y >= 0 && y < SIDE && x >= 0 && x < SIDE) {
            output[i] +=
                input[(c * SIDE + y) * SIDE + x]
                    * weights[(channel * INPUTS + c) * KERNEL * KERNEL + k];
          }
        }
      }
    }
    return output;
  }

  private static byte[] model() {
    try (InputStream in =
        DeviceProbe.class.getResourceAsStream("/io/github/sr4j/onnx/probe.onnx")) {
      if (in == null) {
        throw new IllegalStateException("probe.onnx is missing from the jar of sr-onnx");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read probe.onnx in the jar of sr-onnx", e);
    }
  }
}
