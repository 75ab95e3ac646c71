// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.onnx.files.EmbeddedModels;
import io.github.sr4j.spi.UpscalerProvider;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Opens ONNX files in ONNX Runtime, and holds the models embedded in the library. Files of weights
 * of other programs are converted when they are opened.
 *
 * <p>Runs on the CPU with the artifact {@code onnxruntime}, which this module depends on, on CUDA
 * with sr-onnx-cuda beside it, on any graphics card with sr-onnx-webgpu, and on macOS on Core ML.
 * docs/model-format.md says which files are accepted.
 */
public final class OnnxUpscalerProvider implements UpscalerProvider {

  /** The extensions of files of weights, which become ONNX models when they are opened. */
  static final ImmutableSet<String> WEIGHTS =
      ImmutableSet.of("pth", "pt", "ckpt", "safetensors", "npz", "h5", "hdf5");

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
    return ImmutableSet.<String>builder().add("onnx").addAll(WEIGHTS).build();
  }

  @Override
  public List<Model.Card> embeddedModels() {
    return EmbeddedModels.all();
  }

  @Override
  public List<Device> gpus() {
    return OnnxRuntime.gpus();
  }

  @Override
  public List<String> operatorsOnCpu(Model model, Device device) {
    return OnnxModelReader.operatorsOnCpu(
        ForeignWeights.of(model).map(ForeignWeights::converted).orElse(model), device);
  }

  @Override
  public Optional<String> performanceKey(Device device) {
    return Optional.of(OnnxRuntime.performanceKey(device));
  }

  @Override
  public List<Device> devices() {
    return OnnxRuntime.devices();
  }

  @Override
  public Optional<Device.Details> details(Device device) {
    return OnnxRuntime.details(device);
  }

  @Override
  public Device.Report probe(Device device) {
    return OnnxRuntime.probe(device);
  }

  @Override
  public BlockUpscaler open(Model model, Device device, int threads) {
    Optional<ForeignWeights> weights = ForeignWeights.of(model);
    if (weights.isEmpty()) {
      return OnnxModelReader.open(model, device, threads);
    }
    BlockUpscaler opened = OnnxModelReader.open(weights.get().converted(), device, threads);
    try {
      weights.get().compare(opened, device);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  @Override
  public Optional<byte[]> quantized(Model model, List<FloatImage> blocks) {
    return Optional.of(Quantizer.quantized(model, blocks));
  }
}
