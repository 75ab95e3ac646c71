// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Device;
import io.github.sr4j.onnx.shared.ExecutionProvider;
import io.github.sr4j.onnx.shared.ObstacleException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA execution provider: NVIDIA's driver, its cards, and the libraries of CUDA and cuDNN are
 * checked before ONNX Runtime is loaded.
 */
public final class CudaExecutionProvider implements ExecutionProvider {

  private static final int PRIORITY = 200;

  private @Nullable Driver driver; // both guarded by this
  private @Nullable Preflight preflight;

  /** Creates it; {@link java.util.ServiceLoader} does. */
  public CudaExecutionProvider() {}

  @Override
  public String name() {
    return "sr-onnx-cuda";
  }

  @Override
  public int priority() {
    return PRIORITY;
  }

  @Override
  public Set<Device.Kind> kinds() {
    return ImmutableSet.of(Device.Kind.CUDA);
  }

  @Override
  public synchronized Optional<String> obstacle() {
    try {
      Driver asked = Preflight.askDriver();
      driver = asked;
      preflight = Preflight.run(asked);
      return Optional.empty();
    } catch (ObstacleException e) {
      return Optional.of(e.sentence());
    }
  }

  @Override
  public synchronized Optional<String> obstacle(Device device) {
    return passed().obstacle(device.index());
  }

  @Override
  public synchronized List<Device> devices() {
    return driver == null
        ? ImmutableList.of(Device.cuda(0))
        : driver.cards().stream()
            .map(card -> Device.cuda(card.index()))
            .collect(ImmutableList.toImmutableList());
  }

  @Override
  public synchronized Optional<Device.Details> details(Device device) {
    if (driver == null || device.index() >= driver.cards().size()) {
      return Optional.empty();
    }
    Driver.Card card = driver.cards().get(device.index());
    return Optional.of(
        new Device.Details(
            card.name() + ", compute capability " + card.capabilityText(),
            name(),
            "NVIDIA's, for CUDA " + Driver.versionText(driver.cudaVersion()),
            OptionalLong.of(card.memory()),
            card.freeMemory()));
  }

  @Override
  public synchronized String version() {
    Preflight machine = passed();
    return machine.driver().cudaVersion()
        + " "
        + machine.driver().cards().stream().map(Driver.Card::name).toList()
        + " "
        + machine.natives();
  }

  @Override
  public synchronized Path libraries() {
    return passed().natives();
  }

  private Preflight passed() {
    if (preflight == null) {
      throw new IllegalStateException("the obstacle must be asked for first");
    }
    return preflight;
  }

  @Override
  public void addTo(SessionOptions options, Device device) throws OrtException {
    try (OrtCUDAProviderOptions cuda = CudaSettings.of(device.index())) {
      options.addCUDA(cuda);
    }
  }
}
