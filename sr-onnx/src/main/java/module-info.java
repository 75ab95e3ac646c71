// SPDX-License-Identifier: Apache-2.0

/** Inference in ONNX Runtime, on CPU and CUDA, and the models embedded in the library. */
@SuppressWarnings("requires-automatic") // ONNX Runtime names its module in its manifest only
@org.jspecify.annotations.NullMarked
module io.github.sr4j.onnx {
  requires transitive io.github.sr4j;
  requires static org.jspecify;
  requires com.google.common;
  requires io.github.sr4j.networks;
  requires com.microsoft.onnxruntime;
  requires org.slf4j;

  provides io.github.sr4j.spi.UpscalerProvider with
      io.github.sr4j.onnx.OnnxUpscalerProvider;
}
