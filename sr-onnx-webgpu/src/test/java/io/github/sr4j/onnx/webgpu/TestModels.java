// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Device;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.spi.UpscalerProvider;
import java.util.Map;

/** Networks with random weights, and the card of the tests. */
final class TestModels {

  static final Device WEBGPU = Device.webgpu(0);

  private TestModels() {}

  /** Skips a test where WebGPU does not work, with the reason. */
  static void assumeWebGpu() {
    Device.Report report = provider().probe(WEBGPU);
    assumeTrue(report.actual().equals(WEBGPU), report.reason());
  }

  static UpscalerProvider provider() {
    return new OnnxUpscalerProvider();
  }

  /** Returns the ONNX file of a network. */
  static byte[] onnx(String text, int scale) {
    Network network = Networks.of(text, scale);
    return StoredNetwork.of(
            network, InitialWeights.draw(Networks.parameters(network), 1), Map.of("network", text))
        .onnx(Map.of());
  }
}
