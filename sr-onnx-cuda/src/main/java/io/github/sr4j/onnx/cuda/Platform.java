// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A platform that ONNX Runtime has a CUDA build for, and the names of libraries on it. */
enum Platform {
  LINUX(
      "linux-x64",
      "linux-x86_64",
      "libcuda.so.1",
      "libnvidia-ml.so.1",
      List.of(
          "libonnxruntime.so",
          "libonnxruntime4j_jni.so",
          "libonnxruntime_providers_shared.so",
          "libonnxruntime_providers_cuda.so"),
      List.of(
          "libcudart.so.12",
          "libnvrtc.so.12",
          "libcublasLt.so.12",
          "libcublas.so.12",
          "libcurand.so.10"),
      List.of(
          "libcudnn_graph.so.9",
          "libcudnn_ops.so.9",
          "libcudnn_cnn.so.9",
          "libcudnn_engines_runtime_compiled.so.9",
          "libcudnn_engines_precompiled.so.9",
          "libcudnn_heuristic.so.9",
          "libcudnn.so.9"),
      "libnvrtc-builtins.so.12.9"),
  WINDOWS(
      "win-x64",
      "windows-x86_64",
      "nvcuda.dll",
      "nvml.dll",
      List.of(
          "onnxruntime.dll",
          "onnxruntime4j_jni.dll",
          "onnxruntime_providers_shared.dll",
          "onnxruntime_providers_cuda.dll"),
      List.of("cudart64_12.dll", "nvrtc64_120_0.dll", "cublasLt64_12.dll", "cublas64_12.dll"),
      List.of(
          "cudnn_graph64_9.dll",
          "cudnn_ops64_9.dll",
          "cudnn_cnn64_9.dll",
          "cudnn_engines_runtime_compiled64_9.dll",
          "cudnn_engines_precompiled64_9.dll",
          "cudnn_heuristic64_9.dll",
          "cudnn64_9.dll"),
      "nvrtc-builtins64_129.dll");

  private final String onnxRuntimeName;
  private final String javacppName;
  private final String driver;
  private final String management;
  private final ImmutableList<String> natives;
  private final ImmutableList<String> toolkit;
  private final ImmutableList<String> cudnn;
  private final String bundledBuiltins;

  Platform(
      String onnxRuntimeName,
      String javacppName,
      String driver,
      String management,
      List<String> natives,
      List<String> toolkit,
      List<String> cudnn,
      String bundledBuiltins) {
    this.onnxRuntimeName = onnxRuntimeName;
    this.javacppName = javacppName;
    this.driver = driver;
    this.management = management;
    this.natives = ImmutableList.copyOf(natives);
    this.toolkit = ImmutableList.copyOf(toolkit);
    this.cudnn = ImmutableList.copyOf(cudnn);
    this.bundledBuiltins = bundledBuiltins;
  }

  /**
   * Returns the platform of an operating system and an architecture.
   *
   * @return empty if ONNX Runtime has no CUDA build for it
   */
  static Optional<Platform> of(String system, String architecture) {
    if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
      return Optional.empty();
    }
    String name = system.toLowerCase(Locale.ROOT);
    return name.startsWith("linux")
        ? Optional.of(LINUX)
        : name.startsWith("windows") ? Optional.of(WINDOWS) : Optional.empty();
  }

  /** Returns its name in the jars of ONNX Runtime. */
  String onnxRuntimeName() {
    return onnxRuntimeName;
  }

  /** Returns its name in the jars of JavaCPP. */
  String javacppName() {
    return javacppName;
  }

  /** Returns the end of the name of the artifact that brings all libraries. */
  String artifact() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the library that NVIDIA's driver brings. */
  String driver() {
    return driver;
  }

  /** Returns the library with which the driver tells of the memory of cards. */
  String management() {
    return management;
  }

  /** Returns the libraries of ONNX Runtime. */
  ImmutableList<String> natives() {
    return natives;
  }

  /** Returns the libraries of CUDA that convolution networks need, each after those it needs. */
  ImmutableList<String> toolkit() {
    return toolkit;
  }

  /** Returns the libraries of cuDNN that convolution networks need, each after those it needs. */
  ImmutableList<String> cudnn() {
    return cudnn;
  }

  /**
   * Returns the library that the bundled nvrtc looks for beside itself; that of an installation has
   * the name of its own version.
   */
  String bundledBuiltins() {
    return bundledBuiltins;
  }
}
