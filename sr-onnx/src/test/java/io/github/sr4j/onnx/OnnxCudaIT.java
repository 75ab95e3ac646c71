// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The CUDA twin of {@link OnnxUpscalerTest}; skipped where CUDA does not work, with the reason. */
final class OnnxCudaIT {

  private static final Device CUDA = Device.cuda(0);

  @BeforeEach
  void assumeCuda() {
    Device.Report report = OnnxRuntime.probe(CUDA);
    assumeTrue(report.actual().equals(CUDA), report.reason());
  }

  @Test
  void cuda_equalsCpu_wholeAndTiled() {
    Model model = TestModels.model(TestModels.convolutions(3, 2, 16, 4, 5).metadata("halo=4"));
    try (Upscaler cpu = Upscaler.builder().model(model).device(Device.cpu()).build();
        Upscaler cuda = Upscaler.builder().model(model).device(CUDA).build();
        Upscaler tiled = Upscaler.builder().model(model).device(CUDA).tileSize(32).build()) {
      var image = TestImages.noise(3, 97, 61, 1);

      assertThat(cuda.device()).isEqualTo(new Device.Report(CUDA, CUDA, ""));
      ImageAssert.assertThat(cuda.upscale(image)).isCloseTo(cpu.upscale(image), 1e-4);
      ImageAssert.assertThat(tiled.upscale(image)).isCloseTo(cuda.upscale(image), 1e-5);
    }
  }

  @Test
  void auto_isCuda() {
    Model model = TestModels.model(TestModels.nearest(3, 2));
    try (Upscaler upscaler = Upscaler.builder().model(model).build()) {
      assertThat(upscaler.device()).isEqualTo(new Device.Report(Device.auto(), CUDA, ""));
    }
  }
}
