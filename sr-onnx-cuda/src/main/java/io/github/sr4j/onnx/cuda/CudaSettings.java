// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;

/** The settings of the CUDA execution provider. Uses no library but ONNX Runtime. */
final class CudaSettings {

  private CudaSettings() {}

  /** Returns the settings of a card, to be closed by the caller. */
  static OrtCUDAProviderOptions of(int card) throws OrtException {
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
