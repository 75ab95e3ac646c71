// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import static io.github.sr4j.onnx.webgpu.TestModels.WEBGPU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks on WebGPU against the CPU; skipped where it does not work, with the reason. */
final class WebGpuNetworksTest {

  private static final double PARITY = 1e-3;

  /** Every network, as small as it can be: a device in software needs a second for 64x64 pixels. */
  private static final List<String> NETWORKS =
      List.of(
          "compact(features=8, layers=1)",
          "compact(features=8, layers=1, expansion=2)",
          "edsr(blocks=1, features=8)",
          "espcn",
          "fsrcnn",
          "imdn(blocks=1, features=16)",
          "johnson(blocks=1, features=8, norm=instance)",
          "mdsr(blocks=1, features=8)",
          "rcan(groups=1, blocks=1, features=8, reduction=4)",
          "srcnn(kernels=9-1-5)",
          "srresnet(blocks=1, features=8)",
          "srvgg(features=8, layers=1)",
          "vdsr(layers=3, features=8)",
          "carn(features=8)",
          "carn-m(features=8, groups=2)",
          "cunet(features=8)",
          "dncnn(layers=3, features=8)",
          "fast-style(blocks=1, features=8)",
          "imdn-rtc(blocks=1, features=16)",
          "imdn-rte(blocks=1, features=16)",
          "lapsrn(layers=1, features=8)",
          "msrresnet(blocks=1, features=8)",
          "rlfn(blocks=1, features=8, attention=4)", // before PAN, after which it is computed
          // wrongly
          "pan(blocks=1, features=8, upsampled=4)",
          "rfdn(blocks=1, features=8)",
          "rrdbnet(blocks=1, features=8, growth=4)",
          "safmn(blocks=1, features=8)",
          "span(blocks=2, features=8)",
          "upconv7(features=4)",
          "vgg7(features=4)");

  @BeforeAll
  static void assumeWebGpu() {
    TestModels.assumeWebGpu();
  }

  static Stream<String> networks() {
    return NETWORKS.stream();
  }

  static Stream<Model> embeddedModels() {
    return TestModels.provider().embeddedModels().stream().map(card -> Model.embedded(card.name()));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void network_isThatOfTheCpu(String network) {
    int scale = network.matches("(dncnn|fast-style|vgg7)\\(.*") ? 1 : 2; // these keep the size
    equalsCpu(Model.bytes("model.onnx", TestModels.onnx(network, scale)));
  }

  @ParameterizedTest
  @MethodSource("embeddedModels")
  void embeddedModel_isThatOfTheCpu(Model model) {
    equalsCpu(model);
  }

  /** A convolution of six channels, which ONNX Runtime 1.28 computes wrongly on WebGPU. */
  @Test
  void networkThatIsComputedWrongly_isRefused() {
    Model model = Model.bytes("model.onnx", TestModels.onnx("compact(features=6, layers=1)", 2));

    assertThatThrownBy(() -> TestModels.provider().open(model, WEBGPU, 1))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageMatching(
            "webgpu:0 is not available for model.onnx, of which it computes wrong results: \\S+"
                + " instead of the CPU's \\S+");
    try (Upscaler auto = Upscaler.builder().model(model).build()) {
      assertThat(auto.device().actual()).isEqualTo(Device.cpu());
      assertThat(auto.device().reason()).contains("computes wrong results");
    }
  }

  private static void equalsCpu(Model model) {
    try (BlockUpscaler cpu = TestModels.provider().open(model, Device.cpu(), 1);
        BlockUpscaler card = TestModels.provider().open(model, WEBGPU, 1)) {
      ModelInfo info = cpu.info();
      int alignment = info.alignment();
      int lost = 2 * info.lostEdge() / info.blockScale();
      FloatImage block =
          TestImages.noise(
              info.channels(), aligned(24 + lost, alignment), aligned(21 + lost, alignment), 1);

      assertThat(card.device()).isEqualTo(new Device.Report(WEBGPU, WEBGPU, ""));
      ImageAssert.assertThat(card.upscale(block)).isCloseTo(cpu.upscale(block), PARITY);
    }
  }

  private static int aligned(int side, int alignment) {
    return (side + alignment - 1) / alignment * alignment;
  }

  @Test
  void everyNetwork_isAmongThem() {
    for (String name : Networks.names()) {
      assertThat(NETWORKS).anyMatch(network -> network.matches(name + "(\\(.*)?"));
    }
  }

  private static Model model() {
    return Model.bytes("model.onnx", TestModels.onnx("compact(features=4, layers=1)", 2));
  }

  @Test
  void tiled_equalsWhole() {
    FloatImage image = TestImages.noise(3, 41, 27, 1);
    try (Upscaler whole = Upscaler.builder().model(model()).device(WEBGPU).build();
        Upscaler tiled = Upscaler.builder().model(model()).device(WEBGPU).tileSize(16).build()) {
      ImageAssert.assertThat(tiled.upscale(image)).isCloseTo(whole.upscale(image), 1e-5);
    }
  }

  /** Two sessions that fill Dawn's queue of commands at once fail, or hang. */
  @Test
  void severalNetworksAtOnce_computeWhatOneDoes() throws Exception {
    FloatImage block = TestImages.noise(1, 11, 9, 1);
    List<BlockUpscaler> networks = new ArrayList<>();
    try (BlockUpscaler cpu = TestModels.provider().open(model(), Device.cpu(), 1)) {
      FloatImage expected = cpu.upscale(block);
      List<CompletableFuture<Void>> runs = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        BlockUpscaler network = TestModels.provider().open(model(), WEBGPU, 1);
        networks.add(network);
        runs.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int run = 0; run < 10; run++) {
                    ImageAssert.assertThat(network.upscale(block)).isCloseTo(expected, PARITY);
                    TestModels.provider().open(model(), WEBGPU, 1).close();
                  }
                }));
      }
      for (CompletableFuture<Void> run : runs) {
        run.get(2, TimeUnit.MINUTES);
      }
    } finally {
      networks.forEach(BlockUpscaler::close);
    }
  }

  @Test
  void interruptedCall_isCancelled_andLeavesTheNetwork() {
    FloatImage image = TestImages.noise(1, 64, 48, 1);
    try (Upscaler upscaler =
        Upscaler.builder().model(model()).device(WEBGPU).tileSize(16).build()) {
      FloatImage expected = upscaler.upscale(image);
      CompletableFuture<FloatImage> call = upscaler.upscaleAsync(image);

      assertThat(call.cancel(true)).isTrue();

      assertThat(call).isCancelled();
      ImageAssert.assertThat(upscaler.upscale(image)).isCloseTo(expected, 1e-5);
      Thread.currentThread().interrupt();
      try {
        upscaler.upscale(image);
      } catch (CancellationException e) {
        assertThat(e).hasMessageContaining("interrupt");
      }
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void operatorsOnCpu_areThoseThatWebGpuLacks() {
    assertThat(TestModels.provider().operatorsOnCpu(model(), WEBGPU)).isEmpty();
    assertThat(TestModels.provider().operatorsOnCpu(model(), Device.cpu()))
        .anyMatch(operator -> operator.startsWith("Conv"));
  }

  /** A device in software is slower than the CPU, so that {@code auto} does not take it. */
  @Test
  void gpu_isTheCard_andSaysIfTheCpuIsFaster() {
    try (Upscaler gpu = Upscaler.builder().model(model()).device(Device.gpu()).build();
        Upscaler auto = Upscaler.builder().model(model()).build()) {
      boolean isSlower = gpu.device().reason().contains("the CPU is faster than webgpu:0");

      assertThat(gpu.device().actual()).isEqualTo(WEBGPU);
      assertThat(auto.device().actual()).isEqualTo(isSlower ? Device.cpu() : WEBGPU);
      assertThat(auto.device().reason().contains("the CPU is faster than webgpu:0"))
          .isEqualTo(isSlower);
    }
  }
}
