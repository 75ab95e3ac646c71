// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.testkit.graph.OnnxWriterContract;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** A written ONNX file is the same function in ONNX Runtime. */
class OnnxWriterTest extends OnnxWriterContract {

  @Override
  protected Tensor run(byte[] model, Map<String, Tensor> inputs) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensorLike> tensors = new LinkedHashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
        FloatBuffer samples = FloatBuffer.wrap(input.getValue().samples());
        long[] shape = input.getValue().shape().toArray();
        tensors.put(input.getKey(), OnnxTensor.createTensor(environment, samples, shape));
      }
      try (OrtSession session = environment.createSession(model, options);
          OrtSession.Result result = session.run(tensors)) {
        OnnxTensor output = (OnnxTensor) result.get(0);
        FloatBuffer values = output.getFloatBuffer(); // a copy
        float[] samples = new float[values.remaining()];
        values.get(samples);
        return Tensor.of(Shape.of(output.getInfo().getShape()), samples);
      }
    } finally {
      tensors.values().forEach(OnnxTensorLike::close);
    }
  }
}
