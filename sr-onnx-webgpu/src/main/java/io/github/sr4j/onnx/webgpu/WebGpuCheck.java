// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.onnx.shared.DeviceProbe;
import java.io.PrintStream;
import java.util.Map;

/**
 * A program that runs a small network on WebGPU, in a process of its own.
 *
 * <p>Prints one line: {@value #ANSWER} and either {@value #FINE} or a sentence. Its class path has
 * this module, sr-onnx and ONNX Runtime, and nothing else.
 */
final class WebGpuCheck {

  /** The beginning of the line with the answer. */
  static final String ANSWER = "sr4j-webgpu: ";

  /** The answer that everything works. */
  static final String FINE = "fine";

  private WebGpuCheck() {}

  /**
   * Runs the network.
   *
   * @param libraries files to be loaded before; {@code onnxruntime.native.path} names the folder of
   *     ONNX Runtime's own
   */
  public static void main(String[] libraries) {
    PrintStream out = System.out;
    String answer;
    try {
      for (String library : libraries) {
        System.load(library);
      }
      answer = run();
    } catch (UnsatisfiedLinkError | OrtException e) {
      answer = String.valueOf(e.getMessage());
    }
    out.println(ANSWER + answer.replaceAll("\\s*\\R\\s*", " "));
    out.flush();
    Runtime.getRuntime().halt(0); // the end of a process is where ONNX Runtime crashes
  }

  private static String run() throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    try (SessionOptions options = new SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.addWebGPU(Map.of());
      return DeviceProbe.run(environment, options).orElse(FINE);
    }
  }
}
