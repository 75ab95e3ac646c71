// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.testkit.UpscalerProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class OnnxUpscalerProviderTest extends UpscalerProviderContract {

  @Override
  protected UpscalerProvider provider() {
    return new OnnxUpscalerProvider();
  }

  @Override
  protected Path writeModel(Path directory) throws IOException {
    OnnxFile file = TestModels.convolutions(3, scale(), 8, 3, 1).metadata("halo=3");
    return Files.write(directory.resolve("convolutions.onnx"), file.bytes());
  }

  @Override
  protected int scale() {
    return 3;
  }
}
