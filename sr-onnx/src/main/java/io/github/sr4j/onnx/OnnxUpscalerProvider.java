// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceReport;
import io.github.sr4j.Model;
import io.github.sr4j.spi.UpscalerProvider;
import java.util.List;
import java.util.Set;

/**
 * Opens ONNX files in ONNX Runtime, and holds the models embedded in the library.
 *
 * <p>Runs on the CPU with the artifact {@code onnxruntime}, which this module depends on, and also
 * on CUDA if that artifact is exchanged for {@code onnxruntime_gpu}. docs/model-format.md says
 * which files are accepted.
 */
public final class OnnxUpscalerProvider implements UpscalerProvider {

  /** Creates the provider; {@link java.util.ServiceLoader} does. */
  public OnnxUpscalerProvider() {}

  @Override
  public String name() {
    return "onnx";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Set<String> modelExtensions() {
    return ImmutableSet.of("onnx");
  }

  @Override
  public List<EmbeddedModel> embeddedModels() {
    return EmbeddedModels.all();
  }

  @Override
  public DeviceReport probe(Device device) {
    return OnnxRuntime.probe(device);
  }

  @Override
  public BlockUpscaler open(Model model, Device device, int threads) {
    return OnnxModelReader.open(model, device, threads);
  }
}
