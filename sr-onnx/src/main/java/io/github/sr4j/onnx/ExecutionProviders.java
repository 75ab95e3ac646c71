// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.onnx.shared.ExecutionProvider;
import io.github.sr4j.shared.util.Providers;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The execution providers that artifacts on the class path add, and the choice of the one whose
 * native libraries this process loads.
 *
 * <p>Safe for use by multiple threads.
 */
final class ExecutionProviders {

  private static final Logger logger = LoggerFactory.getLogger(ExecutionProviders.class);

  private final List<ExecutionProvider> all; // by falling priority
  private final Map<String, String> obstacles = new HashMap<>(); // by name; empty if there is none
  private @Nullable ExecutionProvider loaded;

  private ExecutionProviders(List<ExecutionProvider> all) {
    this.all = all;
  }

  /**
   * Returns a choice among some.
   *
   * @param all execution providers by falling priority
   */
  static ExecutionProviders of(List<ExecutionProvider> all) {
    return new ExecutionProviders(ImmutableList.copyOf(all));
  }

  /** Returns a choice among those on the class path. */
  static ExecutionProviders find() {
    return of(
        Providers.discover(
            ExecutionProvider.class,
            loader -> ServiceLoader.load(ExecutionProvider.class, loader),
            ExecutionProvider::name,
            ExecutionProvider::priority));
  }

  /**
   * Returns the folder of the first execution provider that this machine can use.
   *
   * @return empty if there is none, so that the libraries for the CPU are to be loaded
   */
  synchronized Optional<Path> libraries() {
    for (ExecutionProvider provider : all) {
      if (obstacle(provider).isEmpty()) {
        try {
          Path folder = provider.libraries();
          loaded = provider;
          return Optional.of(folder);
        } catch (IOException e) {
          obstacles.put(
              provider.name(),
              "the libraries of " + provider.name() + " cannot be unpacked: " + Reasons.of(e));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns whether an artifact on the class path adds devices of a kind. */
  boolean hasFor(Device.Kind kind) {
    return all.stream().anyMatch(provider -> provider.kinds().contains(kind));
  }

  /** Returns the devices that artifacts on the class path are for, whether they work or not. */
  synchronized List<Device> devices() {
    all.forEach(this::obstacle);
    return all.stream()
        .flatMap(provider -> provider.devices().stream())
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns what is known of a device. */
  synchronized Optional<Device.Details> details(Device device) {
    all.forEach(this::obstacle);
    return all.stream()
        .filter(provider -> provider.kinds().contains(device.kind()))
        .findFirst()
        .flatMap(provider -> provider.details(device));
  }

  /**
   * Adds the execution provider of a device to the options of a session.
   *
   * @param device a device for whose kind {@link #hasFor} is true
   * @throws DeviceUnavailableException if this machine or process cannot use the device
   * @throws OrtException if ONNX Runtime refuses it
   */
  synchronized void addTo(SessionOptions options, Device device) throws OrtException {
    ExecutionProvider provider =
        all.stream()
            .filter(each -> each.kinds().contains(device.kind()))
            .findFirst()
            .orElseThrow(() -> unavailable(device, "no artifact on the class path adds it"));
    String obstacle = obstacle(provider);
    if (!obstacle.isEmpty()) {
      throw unavailable(device, obstacle);
    }
    if (loaded != null && loaded != provider) {
      throw unavailable(
          device,
          String.format(
              "this process has loaded the native libraries of %s instead of those of %s; a process"
                  + " loads one set",
              loaded.name(), provider.name()));
    }
    Optional<String> ofDevice = provider.obstacle(device);
    if (ofDevice.isPresent()) {
      throw unavailable(device, ofDevice.get());
    }
    provider.addTo(options, device);
  }

  /** Returns the versions on which the speed of a device depends; nothing if it cannot be used. */
  synchronized String version(Device device) {
    return all.stream()
        .filter(each -> each.kinds().contains(device.kind()) && obstacle(each).isEmpty())
        .findFirst()
        .map(ExecutionProvider::version)
        .orElse("");
  }

  private String obstacle(ExecutionProvider provider) {
    return obstacles.computeIfAbsent(provider.name(), name -> found(provider));
  }

  /** Returns an obstacle; a check that fails is one, too, and must not take the CPU away. */
  private static String found(ExecutionProvider provider) {
    try {
      return provider.obstacle().orElse("");
    } catch (CancellationException e) {
      throw e; // the next call asks again
    } catch (LinkageError | RuntimeException e) { // of the library by which it calls native code
      logger.warn("the check of {} failed", provider.name(), e);
      return "the check of " + provider.name() + " failed: " + Reasons.of(e);
    }
  }

  private static DeviceUnavailableException unavailable(Device device, String reason) {
    return new DeviceUnavailableException(device + " is not available: " + reason, null);
  }
}
