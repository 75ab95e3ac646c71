// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The turn that threads take to use a device whose execution provider is for one thread at a time.
 *
 * <p>All sessions on WebGPU share one queue of commands, which two of them must not fill at once:
 * runs fail or never end.
 */
final class DeviceTurn {

  private static final ReentrantLock OF_WEBGPU = new ReentrantLock(true);

  private static @Nullable String failure; // the first of WebGPU, guarded by its lock

  /** The use of a device. */
  interface Use<T> {
    T run() throws OrtException;
  }

  private DeviceTurn() {}

  /**
   * Uses a device, once no other thread does if that is necessary. After a failure, WebGPU is not
   * used any more: what was left in its queue crashes the process.
   *
   * @throws DeviceUnavailableException if the device has failed before
   * @throws CancellationException if the calling thread is interrupted while it waits; it stays so
   */
  static <T> T take(Device device, Use<T> use) throws OrtException {
    if (device.kind() != Device.Kind.WEBGPU) {
      return use.run();
    }
    try {
      OF_WEBGPU.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted while another thread used " + device);
      cancelled.initCause(e);
      throw cancelled;
    }
    try {
      if (failure != null) {
        throw new DeviceUnavailableException(
            String.format(
                "%s is not available any more in this process, in which it has failed: %s",
                device, failure),
            null);
      }
      return use.run();
    } catch (OrtException e) {
      failure = OnnxRuntime.message(e);
      throw e;
    } finally {
      OF_WEBGPU.unlock();
    }
  }

  /** Uses a device as {@link #take} does, but waits even if the thread is interrupted. */
  static <T> T takeUninterruptibly(Device device, Use<T> use) throws OrtException {
    if (device.kind() != Device.Kind.WEBGPU) {
      return use.run();
    }
    OF_WEBGPU.lock();
    try {
      return use.run();
    } finally {
      OF_WEBGPU.unlock();
    }
  }
}
