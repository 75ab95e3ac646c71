// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.onnx.editing.HalfWeights;
import io.github.sr4j.onnx.files.EmbeddedModels;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.quantization.QuantizedModel;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The quantization of a model: its network is run on blocks, whose activations are observed. */
final class Quantizer {

  private static final String METADATA = "sr4j.";
  private static final String IN_FLOAT = " in float"; // figures of another network

  private Quantizer() {}

  /**
   * Returns the content of an ONNX file whose inner convolutions compute in 8 bits.
   *
   * @param blocks inputs of the network, at least one
   */
  static byte[] quantized(Model model, List<FloatImage> blocks) {
    byte[] stored = content(model);
    OnnxGraph.parse(model.name(), stored); // refuses what is not well-formed
    byte[] content = HalfWeights.widened(stored);
    OnnxGraph graph = OnnxGraph.parse(model.name(), content);
    try (OnnxBlockUpscaler network = open(model, content)) {
      if (graph.opset() < QuantizedModel.MIN_OPSET) {
        throw new ModelFormatException(
            String.format(
                "%s: must be of opset %s or newer to be quantized, but is of %s; export it anew",
                model.name(), QuantizedModel.MIN_OPSET, graph.opset()),
            null);
      }
      OnnxSession.Format format = network.format();
      QuantizedModel quantized =
          new QuantizedModel(content, graph, ImmutableSet.of(format.output()));
      if (quantized.convolutions() == 0) {
        throw new ModelFormatException(
            model.name()
                + ": has no convolution in float32 between two others, which is what becomes 8"
                + " bits",
            null);
      }
      calibrate(model, quantized, format, blocks);
      if (!quantized.isFinite()) {
        throw new ModelFormatException(
            model.name() + ": its activations must be finite to be quantized", null);
      }
      return quantized.toBytes(metadata(network.info(), quantized.convolutions(), blocks.size()));
    }
  }

  /** Returns the declared properties, some of which the file may lack, and the record of this. */
  private static Map<String, String> metadata(ModelInfo info, int convolutions, int blocks) {
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    info.properties()
        .forEach(
            (key, property) -> {
              if (property.isDeclared()) {
                metadata.put(METADATA + key, property.value());
              }
            });
    info.provenance().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("psnr") && !entry.getValue().endsWith(IN_FLOAT))
        .forEach(entry -> metadata.put(METADATA + entry.getKey(), entry.getValue() + IN_FLOAT));
    metadata.put(
        METADATA + "quantization",
        String.format("int8, %s convolutions, calibrated on %s blocks", convolutions, blocks));
    return metadata.buildOrThrow();
  }

  private static OnnxBlockUpscaler open(Model model, byte[] content) {
    Model copy = Model.bytes(model.name(), content).declared(model.declaration());
    return (OnnxBlockUpscaler)
        OnnxModelReader.open(copy, Device.cpu(), Runtime.getRuntime().availableProcessors());
  }

  private static byte[] content(Model model) {
    Optional<ForeignWeights> weights = ForeignWeights.of(model);
    if (weights.isPresent()) {
      return weights.get().converted().content().orElseThrow();
    }
    if (model.file().isEmpty()) {
      return model.content().orElseGet(() -> EmbeddedModels.content(model.name()));
    }
    try {
      return Files.readAllBytes(model.file().get());
    } catch (IOException e) {
      throw new ModelFormatException(model.name() + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static void calibrate(
      Model model, QuantizedModel quantized, OnnxSession.Format format, List<FloatImage> blocks) {
    try (SessionOptions options =
            OnnxRuntime.options(Device.cpu(), Runtime.getRuntime().availableProcessors());
        OrtSession session =
            OnnxRuntime.environment().createSession(quantized.observable(), options)) {
      for (FloatImage block : blocks) {
        observe(
            session,
            format,
            block,
            quantized,
            (tensor, values, shape) -> quantized.widen(tensor, values));
      }
      if (quantized.isFinite()) {
        for (FloatImage block : blocks) {
          observe(
              session,
              format,
              block,
              quantized,
              (tensor, values, shape) -> quantized.count(tensor, values));
        }
        quantized.choose();
        for (FloatImage block : blocks) {
          observe(session, format, block, quantized, quantized::average);
        }
      }
    } catch (OrtException e) {
      throw new ModelFormatException(
          model.name() + ": its activations cannot be observed: " + OnnxRuntime.message(e), e);
    }
  }

  private interface Observer {
    void take(String tensor, float[] values, long... shape);
  }

  private static void observe(
      OrtSession session,
      OnnxSession.Format format,
      FloatImage block,
      QuantizedModel quantized,
      Observer observer)
      throws OrtException {
    try (OnnxTensor input = OnnxSession.tensor(block, format);
        OrtSession.Result result =
            session.run(Map.of(format.input(), input), quantized.activations())) {
      for (Map.Entry<String, OnnxValue> entry : result) {
        OnnxTensor values = (OnnxTensor) entry.getValue();
        observer.take(entry.getKey(), OnnxSession.samples(values), values.getInfo().getShape());
      }
    }
  }
}
