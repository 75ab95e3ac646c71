// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.onnx.shared.ChildCheck;
import io.github.sr4j.onnx.shared.DeviceProbe;
import java.io.IOException;
import java.util.Map;

/**
 * A program that runs a small network on WebGPU, in a process of its own: ONNX Runtime 1.28 crashes
 * at the end of a process in which Dawn has refused every card.
 *
 * <p>Its class path has this module, sr-onnx and ONNX Runtime, and nothing else.
 */
final class WebGpuCheck {

  private WebGpuCheck() {}

  /**
   * Runs the network.
   *
   * @param libraries files to be loaded before; {@code onnxruntime.native.path} names the folder of
   *     ONNX Runtime's own
   */
  public static void main(String[] libraries) throws IOException {
    String obstacle;
    try {
      for (String library : libraries) {
        System.load(library);
      }
      obstacle = obstacle();
    } catch (UnsatisfiedLinkError | OrtException e) {
      obstacle = String.valueOf(e.getMessage());
    }
    ChildCheck.Answer.give(obstacle);
  }

  private static String obstacle() throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    try (SessionOptions options = new SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.addWebGPU(Map.of());
      return DeviceProbe.run(environment, options).orElse("");
    }
  }
}
