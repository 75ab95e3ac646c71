// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.onnx.files.EmbeddedModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OnnxRuntimeTest {

  private static final String CPU_BUILD =
      "cuda:0 is not available: the ONNX Runtime on the class path is the build for the CPU; add"
          + " the artifact io.github.sr4j:sr-onnx-cuda-linux, or -windows";

  @Test
  void probe_ofTheCpu_succeeds() {
    assertThat(OnnxRuntime.probe(Device.cpu()))
        .isEqualTo(new Device.Report(Device.cpu(), Device.cpu(), ""));
  }

  @Test
  void probe_ofCuda_inTheCpuBuild_saysWhatToAdd() {
    assumeCpuBuild();

    assertThat(OnnxRuntime.probe(Device.cuda(0)))
        .isEqualTo(new Device.Report(Device.cuda(0), Device.cpu(), CPU_BUILD));
  }

  /** Also CUDA, whose probe says what is to be added. */
  @Test
  void devices_inTheCpuBuild_areTheCpuAndCuda() {
    assumeCpuBuild();

    assertThat(OnnxRuntime.devices()).contains(Device.cpu(), Device.cuda(0));
    assertThat(OnnxRuntime.details(Device.cuda(0))).isEmpty();
  }

  @Test
  void cuda_inTheCpuBuild_isRefused() {
    assumeCpuBuild();

    assertThatThrownBy(
            () ->
                Upscaler.builder()
                    .model(TestModels.model(TestModels.nearest(3, 2)))
                    .device(Device.cuda(0))
                    .build())
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage(CPU_BUILD);
  }

  @Test
  void auto_inTheCpuBuild_isTheCpu_withTheReason() {
    assumeCpuBuild();

    try (Upscaler upscaler =
        Upscaler.builder().model(TestModels.model(TestModels.nearest(3, 2))).build()) {
      assertThat(upscaler.device())
          .isEqualTo(
              new Device.Report(
                  Device.auto(),
                  Device.cpu(),
                  CPU_BUILD
                      + "; webgpu:0 is not available: this build of ONNX Runtime has no WebGPU; add"
                      + " the artifact sr-onnx-webgpu"));
    }
  }

  @Test
  void coreml_isOfMacOs() {
    assumeCpuBuild();
    assumeFalse(System.getProperty("os.name").startsWith("Mac"), "Core ML is here");

    assertThat(OnnxRuntime.probe(Device.coreml()).reason())
        .isEqualTo("coreml is not available: Core ML is part of macOS");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Failed to load libcudnn.so.9: cannot open shared object file: No such file or directory \
          | the library libcudnn.so.9 is not on the library path
          CUDA failure 101: invalid device ordinal ; GPU=7 | this machine has no CUDA card of that number
          CUDA failure 100: no CUDA-capable device is detected \
          | this machine has no CUDA card, or this process may not use it
          CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version \
          | the CUDA driver is older than this build of ONNX Runtime needs
          libonnxruntime_providers_cuda.so: undefined symbol: cudaLibraryGetKernel \
          | CUDA or cuDNN is older than this build of ONNX Runtime needs: it lacks cudaLibraryGetKernel
          CUDA failure 209: no kernel image is available for execution on the device \
          | this build of ONNX Runtime holds no machine code for this CUDA card
          Failed to find CUDA shared provider | the ONNX Runtime that is loaded is the build for the CPU
          something else | something else
          """)
  void failuresOfCuda_areExplained(String message, String explanation) {
    assertThat(OnnxRuntime.reason(Device.cuda(7), message))
        .isEqualTo("cuda:7 is not available: " + explanation);
  }

  @Test
  void probeModel_isWhatTheTestModelsMake() {
    assertThat(EmbeddedModels.read("probe.onnx")).isEqualTo(TestModels.probe().bytes());
  }

  private static void assumeCpuBuild() {
    assumeFalse(
        OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA),
        "the ONNX Runtime on the class path has CUDA");
  }
}
