// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Model;
import io.github.sr4j.onnx.files.EmbeddedModels;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.testkit.UpscalerProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The contract, with the int8 form of the default model as the file. */
final class Int8UpscalerProviderTest extends UpscalerProviderContract {

  @Override
  protected UpscalerProvider provider() {
    return new OnnxUpscalerProvider();
  }

  @Override
  protected Path writeModel(Path directory) throws IOException {
    return Files.write(directory.resolve("int8.onnx"), EmbeddedModels.content("fast-x2-int8"));
  }

  @Override
  protected int scale() {
    return 2;
  }

  @Test
  void model_isInt8() {
    try (BlockUpscaler network = open()) {
      assertThat(network.info().precision()).isEqualTo(Model.Precision.INT8);
    }
  }
}
