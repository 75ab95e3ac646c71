// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import io.github.sr4j.BlockUpscaler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A network with weights, which can be run and written as an ONNX file. */
public interface TrainedNetwork {

  /** Returns a copy of the network as it is now, to be closed by the caller. */
  BlockUpscaler snapshot();

  /**
   * Writes the network as {@link #snapshot} has it as an ONNX file, without checking it;
   * sr-training's {@code ModelExport} does both.
   *
   * @param metadata entries beside those that the network gives, under the keys of
   *     docs/model-format.md without their prefix
   */
  void exportOnnx(Path file, Map<String, String> metadata) throws IOException;
}
