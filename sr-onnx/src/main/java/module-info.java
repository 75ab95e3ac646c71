// SPDX-License-Identifier: Apache-2.0

/** Inference in ONNX Runtime, on CPU and CUDA, and the models embedded in the library. */
// ONNX Runtime names its module in its manifest only; the modules that the shared package is
// exported to are compiled after this one.
@SuppressWarnings({"requires-automatic", "module"})
@org.jspecify.annotations.NullMarked
module io.github.sr4j.onnx {
  requires transitive io.github.sr4j;
  requires static org.jspecify;
  requires com.google.common;
  requires io.github.sr4j.networks;
  requires com.microsoft.onnxruntime;
  requires org.slf4j;

  exports io.github.sr4j.onnx.shared to
      io.github.sr4j.onnx.cuda,
      io.github.sr4j.onnx.webgpu;

  uses io.github.sr4j.onnx.shared.ExecutionProvider;

  provides io.github.sr4j.spi.UpscalerProvider with
      io.github.sr4j.onnx.OnnxUpscalerProvider;
}
