// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.util.Map;

/**
 * The process that {@link FirstImage} starts again and again. It answers with the nanoseconds of
 * its steps: {@code sr4j} with those of an image, of opening and of enlarging; {@code raw} with
 * those of loading ONNX Runtime, of opening the session and of the first run.
 */
final class FirstImageWorker {

  private FirstImageWorker() {}

  /** Does what the first argument says; the second is the width and height of the image. */
  public static void main(String[] arguments) throws Exception {
    long start = System.nanoTime();
    int size = Integer.parseInt(arguments[1]);
    if (arguments[0].equals("sr4j")) {
      BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
      long made = System.nanoTime();
      try (Upscaler upscaler = Upscaler.create()) {
        long opened = System.nanoTime();
        BufferedImage result = upscaler.upscale(image);
        long end = System.nanoTime();
        answer(made - start, opened - made, end - opened, end - start, result.getWidth());
      }
      return;
    }
    try (InputStream file = FirstImageWorker.class.getResourceAsStream(arguments[2])) {
      byte[] content = file.readAllBytes();
      start = System.nanoTime();
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      long loaded = System.nanoTime();
      try (SessionOptions options = new SessionOptions();
          OrtSession session = environment.createSession(content, options);
          OnnxTensor input =
              OnnxTensor.createTensor(
                  environment, FloatBuffer.allocate(size * size), new long[] {1, 1, size, size})) {
        long opened = System.nanoTime();
        try (OrtSession.Result result =
            session.run(Map.of(session.getInputNames().iterator().next(), input))) {
          long end = System.nanoTime();
          answer(loaded - start, opened - loaded, end - opened, end - start, result.size());
        }
      }
    }
  }

  private static void answer(long... values) {
    StringBuilder line = new StringBuilder(WorkerProcess.ANSWER);
    for (long value : values) {
      line.append(value).append(' ');
    }
    System.out.println(line.toString().strip());
  }
}
