// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The run of the network alone, with the options of ONNX Runtime as they are but for the threads.
 * Its input is in direct memory already; its output stays where it is.
 */
final class RawSide implements InferenceSide {

  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs;

  RawSide(InferenceTask task) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(task.threads());
      session = environment.createSession(task.model().toString(), options);
    }
    int side = task.blockSize();
    FloatBuffer samples =
        ByteBuffer.allocateDirect(side * side * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    SplittableRandom random = new SplittableRandom(1);
    while (samples.hasRemaining()) {
      samples.put((float) random.nextDouble());
    }
    String input = session.getInputNames().iterator().next();
    long[] shape = {1, 1, side, side}; // NCHW
    inputs = Map.of(input, OnnxTensor.createTensor(environment, samples.flip(), shape));
  }

  @Override
  public void run() throws OrtException {
    session.run(inputs).close();
  }

  @Override
  public @Nullable BufferedImage picture() {
    return null;
  }

  @Override
  public void close() throws IOException {
    inputs.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IOException("cannot close the session", e);
    }
  }
}
