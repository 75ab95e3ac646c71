// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import io.github.sr4j.Device;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.testkit.UpscalerProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;

/** The contract of a backend, on WebGPU; skipped where that does not work, with the reason. */
final class WebGpuUpscalerProviderTest extends UpscalerProviderContract {

  @BeforeAll
  static void assumeWebGpu() {
    TestModels.assumeWebGpu();
  }

  @Override
  protected UpscalerProvider provider() {
    return TestModels.provider();
  }

  @Override
  protected Device device() {
    return TestModels.WEBGPU;
  }

  @Override
  protected Path writeModel(Path directory) throws IOException {
    byte[] onnx = TestModels.onnx("compact(features=4, layers=1)", scale());
    return Files.write(directory.resolve("compact.onnx"), onnx);
  }

  @Override
  protected int scale() {
    return 3;
  }
}
