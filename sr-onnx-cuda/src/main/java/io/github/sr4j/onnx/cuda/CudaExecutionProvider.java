// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Device;
import io.github.sr4j.onnx.shared.ExecutionProvider;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA execution provider: NVIDIA's driver, its cards, and the libraries of CUDA and cuDNN are
 * checked before ONNX Runtime is loaded.
 */
public final class CudaExecutionProvider implements ExecutionProvider {

  private static final int PRIORITY = 200;

  private @Nullable Preflight preflight; // guarded by this

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
      preflight = Preflight.run();
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
    try (OrtCUDAProviderOptions cuda = options(device.index())) {
      options.addCUDA(cuda);
    }
  }

  /** Returns the settings of a card, to be closed by the caller. */
  static OrtCUDAProviderOptions options(int card) throws OrtException {
    OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(card);
    try {
      // An exhaustive search takes hundreds of milliseconds for each new block size.
      cuda.add("cudnn_conv_algo_search", "HEURISTIC");
      cuda.add("arena_extend_strategy", "kSameAsRequested");
      cuda.add("use_tf32", "0"); // its error of about 1e-3 would differ from tile to tile
      return cuda;
    } catch (OrtException e) {
      cuda.close();
      throw e;
    }
  }
}
