// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A network and its exported file are the same function. */
final class NetworkExportIT {

  private static final List<String> NETWORKS =
      List.of(
          "compact",
          "compact(features=5, layers=0)",
          "compact(features=6, layers=2, expansion=3)",
          "edsr(blocks=2, features=16)",
          "edsr(blocks=1, features=8, scaling=0.1)",
          "espcn",
          "fsrcnn",
          "imdn(blocks=2, features=32)",
          "johnson(blocks=2, features=16)",
          "johnson(blocks=1, features=8, norm=instance)",
          "mdsr(blocks=2, features=16)",
          "rcan(groups=2, blocks=2, features=16, reduction=4)",
          "srcnn(kernels=9-1-5)",
          "srcnn(kernels=9-3-5)",
          "srcnn(kernels=9-5-5)",
          "srcnn(kernels=9-5-5, color=rgb)",
          "srresnet(blocks=2, features=16)",
          "srvgg(features=8, layers=2)",
          "vdsr(layers=5, features=16)",
          "carn(features=8)",
          "carn-m(features=8, groups=2)",
          "cunet(features=8)",
          "dncnn(layers=4, features=8)",
          "fast-style(blocks=1, features=8)",
          "imdn-rtc(blocks=1, features=8)",
          "imdn-rte(blocks=1, features=8)",
          "lapsrn(layers=2, features=8)",
          "msrresnet(blocks=1, features=8)",
          "pan(blocks=1, features=8, upsampled=4)",
          "rfdn(blocks=1, features=8)",
          "rlfn(blocks=1, features=8, attention=4)",
          "rrdbnet(blocks=1, features=8, growth=4)",
          "safmn(blocks=1, features=8)",
          "span(blocks=2, features=8)",
          "upconv7(features=4)",
          "vgg7(features=4)");

  @ParameterizedTest(name = "{0} x{1}, {2}")
  @MethodSource("networksAndScales")
  void exported_equalsNative(String network, int scale, String engine, @TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("model.onnx");
    UpscalerProvider onnx = UpscalerProvider.all().get(0);
    try (TrainingSession session =
        TrainingProvider.forNetwork(network, engine)
            .open(TrainingSetup.of(network, scale, Losses.l1()).seed(42))) {
      for (int i = 0; i < 3; i++) { // or the statistics of normalisations would be trivial
        session.step(noise(session.info(), i), 1e-3);
      }
      session.exportOnnx(file, Map.of("license", "none"));
      try (BlockUpscaler expected = session.snapshot();
          BlockUpscaler actual = onnx.open(Model.file(file), Device.cpu(), 2)) {
        int alignment = expected.info().alignment(); // 37x29, or the next size that it allows
        int width = (37 + alignment - 1) / alignment * alignment;
        int height = (29 + alignment - 1) / alignment * alignment;
        FloatImage image = TestImages.noise(expected.info().channels(), width, height, 1);

        ImageAssert.assertThat(actual.upscale(image)).isCloseTo(expected.upscale(image), 1e-4);
        assertThat(actual.info().scale()).isEqualTo(scale);
        assertThat(actual.info().color()).isEqualTo(expected.info().color());
        assertThat(actual.info().halo()).isEqualTo(expected.info().halo());
        assertThat(actual.info().alignment()).isEqualTo(expected.info().alignment());
        assertThat(actual.info().isPreupscaled()).isEqualTo(expected.info().isPreupscaled());
        assertThat(actual.info().provenance())
            .containsEntry("license", "none")
            .containsKey("network");
      }
    }
  }

  private static PatchBatch noise(ModelInfo info, int seed) {
    int side = info.provenance().getOrDefault("network", "").startsWith("cunet") ? 64 : 24;
    int largeSide = side * info.blockScale();
    return new PatchBatch(
        new PatchBatch.Shape(1, info.channels(), side, side),
        TestImages.noise(info.channels(), side, side, seed).samples(),
        new PatchBatch.Shape(1, info.channels(), largeSide, largeSide),
        TestImages.noise(info.channels(), largeSide, largeSide, seed).samples());
  }

  @Test
  void everyNetwork_isAmongThem() {
    for (TrainingProvider provider : TrainingProvider.all()) {
      for (String name : provider.networks()) {
        assertThat(NETWORKS).anyMatch(network -> network.matches(name + "(\\(.*)?"));
      }
    }
  }

  /** Each with each engine on the class path. */
  static Stream<Arguments> networksAndScales() {
    return TrainingProvider.all().stream()
        .map(TrainingProvider::name)
        .flatMap(
            engine ->
                NETWORKS.stream()
                    .flatMap(
                        network ->
                            scales(network).map(scale -> Arguments.of(network, scale, engine))));
  }

  private static Stream<Integer> scales(String network) {
    return switch (io.github.sr4j.spi.Arguments.parse(network).name()) {
      case "johnson", "rrdbnet" -> Stream.of(1, 2, 4, 8);
      case "lapsrn" -> Stream.of(2, 4, 8);
      case "mdsr" -> Stream.of(2, 3, 4);
      case "cunet" -> Stream.of(1, 2);
      case "dncnn", "fast-style", "vgg7" -> Stream.of(1);
      case "upconv7" -> Stream.of(2);
      default -> Stream.of(1, 2, 3, 4);
    };
  }
}
