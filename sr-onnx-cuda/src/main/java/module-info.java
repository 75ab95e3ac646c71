// SPDX-License-Identifier: Apache-2.0

/** The CUDA execution provider of ONNX Runtime, the checks before it and the libraries it needs. */
@SuppressWarnings("requires-automatic") // ONNX Runtime and JNA name their modules in manifests only
@org.jspecify.annotations.NullMarked
module io.github.sr4j.onnx.cuda {
  requires com.google.common;
  requires com.microsoft.onnxruntime;
  requires com.sun.jna;
  requires io.github.sr4j;
  requires io.github.sr4j.onnx;
  requires static org.jspecify;
  requires org.slf4j;

  provides io.github.sr4j.onnx.shared.ExecutionProvider with
      io.github.sr4j.onnx.cuda.CudaExecutionProvider;
}
