// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An execution provider of ONNX Runtime that an added artifact brings, with the native libraries
 * that it is compiled into.
 *
 * <p>Implementations are found with {@link java.util.ServiceLoader}, and are stateless and safe for
 * use by multiple threads. The constructor is cheap and loads nothing. A process loads one set of
 * native libraries of ONNX Runtime: that of the implementation with the highest priority whose
 * {@link #obstacle()} is empty, or that of the artifact for the CPU.
 */
public interface ExecutionProvider {

  /** Returns the name of the artifact, such as {@code sr-onnx-cuda}. */
  String name();

  /** Returns the rank among several: 200 for CUDA, 100 for WebGPU. */
  int priority();

  /** Returns the kinds of devices that sessions can run on through this execution provider. */
  Set<Device.Kind> kinds();

  /**
   * Finds out, before any native library of ONNX Runtime is loaded, why this machine cannot use
   * this execution provider at all: a missing driver, card or library. Called once per process.
   *
   * @return the reason, one sentence for the user without a final period; empty if there is none
   */
  Optional<String> obstacle();

  /**
   * Finds out why one device cannot be used where others can. Called only after {@link #obstacle()}
   * has returned nothing.
   *
   * @return the reason, one sentence for the user without a final period; empty if there is none
   */
  default Optional<String> obstacle(Device device) {
    return Optional.empty();
  }

  /**
   * Returns the versions of the driver, the cards and the native libraries, on which the speed of a
   * device depends, as a text that is compared only. Called only after {@link #obstacle()} has
   * returned nothing.
   */
  default String version() {
    return "";
  }

  /**
   * Returns the devices of this machine that this execution provider is for, whether they work or
   * not. Called only after {@link #obstacle()}.
   */
  default List<Device> devices() {
    return List.of();
  }

  /**
   * Returns what is known of a device, whether it works or not. Called only after {@link
   * #obstacle()}.
   */
  default Optional<Device.Details> details(Device device) {
    return Optional.empty();
  }

  /**
   * Returns the folder that holds the native libraries of ONNX Runtime with this execution
   * provider, after unpacking them where necessary. Libraries that they link against are loaded
   * into the process by this call.
   *
   * @throws IOException if the folder cannot be filled
   */
  Path libraries() throws IOException;

  /**
   * Adds this execution provider to the options of a session.
   *
   * @param device a device of one of {@link #kinds}
   * @throws OrtException if ONNX Runtime refuses it
   */
  void addTo(SessionOptions options, Device device) throws OrtException;
}
