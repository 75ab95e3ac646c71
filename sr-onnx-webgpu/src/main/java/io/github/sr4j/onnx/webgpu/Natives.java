// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.onnx.shared.ObstacleException;
import java.net.URL;
import java.util.Locale;
import java.util.Map;

/**
 * The native libraries of ONNX Runtime with WebGPU for one platform, which the jar of that
 * platform's classifier holds.
 */
final class Natives {

  private static final ImmutableMap<String, String> NAMES_IN_ONNX_RUNTIME =
      ImmutableMap.of("linux-x86_64", "linux-x64", "windows-x86_64", "win-x64");

  /** The libraries that Dawn compiles programs for Direct3D 12 with. */
  private static final ImmutableList<String> OF_DIRECT3D =
      ImmutableList.of("dxil.dll", "dxcompiler.dll");

  private final String platform;

  /**
   * Names the libraries of a platform.
   *
   * @param platform as in classifiers, such as {@code linux-x86_64}
   */
  Natives(String platform) {
    this.platform = platform;
  }

  /** Returns the name of this platform in classifiers, such as {@code linux-x86_64}. */
  static String platform() {
    return platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static String platform(String system, String architecture) {
    String name = system.toLowerCase(Locale.ROOT);
    String family =
        name.startsWith("windows") ? "windows" : name.startsWith("mac") ? "macosx" : "linux";
    return switch (architecture) {
      case "amd64", "x86_64" -> family + "-x86_64";
      case "aarch64", "arm64" -> family + "-arm64";
      default -> family + "-" + architecture;
    };
  }

  private boolean isWindows() {
    return platform.startsWith("windows");
  }

  /**
   * Returns the content of each library by the name of its file.
   *
   * @throws ObstacleException if there are none for this platform, or their jar is not on the class
   *     path
   */
  Map<String, URL> libraries() throws ObstacleException {
    String name = NAMES_IN_ONNX_RUNTIME.get(platform);
    if (name == null) {
      throw new ObstacleException(
          String.format(
              "sr-onnx-webgpu has no native libraries for %s, only for %s",
              platform, String.join(" and ", NAMES_IN_ONNX_RUNTIME.keySet())));
    }
    String runtime = isWindows() ? "onnxruntime.dll" : "libonnxruntime.so";
    String binding = isWindows() ? "onnxruntime4j_jni.dll" : "libonnxruntime4j_jni.so";
    URL found = Natives.class.getResource("natives/" + platform + "/" + runtime);
    if (found == null) {
      throw new ObstacleException(
          String.format(
              "the jar with its native libraries for %s is not on the class path: give the"
                  + " dependency sr-onnx-webgpu the classifier %s",
              platform, platform));
    }
    ImmutableMap.Builder<String, URL> libraries = ImmutableMap.builder();
    libraries.put(runtime, found);
    URL java = OrtEnvironment.class.getResource("/ai/onnxruntime/native/" + name + "/" + binding);
    if (java == null) {
      throw new ObstacleException(
          String.format(
              "the jar of ONNX Runtime on the class path has no %s for %s", binding, platform));
    }
    libraries.put(binding, java);
    for (String library : compilers()) {
      URL compiler = Natives.class.getResource("natives/" + platform + "/" + library);
      if (compiler != null) {
        libraries.put(library, compiler);
      }
    }
    return libraries.buildOrThrow();
  }

  /**
   * Checks that the class path has them.
   *
   * @throws ObstacleException if it has not
   */
  void requireThere() throws ObstacleException {
    if (libraries().isEmpty()) {
      throw new IllegalStateException("a platform has at least two libraries");
    }
  }

  /** Returns the libraries that are loaded before ONNX Runtime looks for them, in this order. */
  ImmutableList<String> compilers() {
    return isWindows() ? OF_DIRECT3D : ImmutableList.of();
  }
}
