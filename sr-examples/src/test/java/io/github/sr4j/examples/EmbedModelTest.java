// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model.Card;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.onnx.editing.HalfWeights;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbedModelTest {

  private static final String HEAD = "# name | ... \n";

  @TempDir private Path folder;

  @Test
  void modelIsReplaced_withItsInt8Form_andItsTermsAreKept() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    for (int seed = 0; seed < 2; seed++) {
      ImageFiles.write(
          TestImages.buffered(TestImages.noise(3, 160, 150, seed)), photos.resolve(seed + ".png"));
    }
    Path file = folder.resolve("trained.onnx");
    try (InputStream in = OnnxUpscalerProvider.class.getResourceAsStream("models/fast-x2.onnx")) {
      Files.write(file, HalfWeights.widened(in.readAllBytes()));
    }
    Path models = Files.createDirectory(folder.resolve("models"));
    Path index = models.resolve("models.txt");
    Files.writeString(
        index,
        HEAD
            + "other-x2 | 2 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | CC0-1.0 | nothing\n"
            + "net-x2 | 2 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | MIT | drawings, mine\n");

    String line = EmbedModel.embed(models, "net-x2", file, photos, photos, List.of());

    Path stored = models.resolve("net-x2.onnx");
    Card embedded =
        new OnnxUpscalerProvider()
            .embeddedModels().stream()
                .filter(card -> card.name().equals("fast-x2"))
                .findFirst()
                .orElseThrow();
    Card.Cost cost = embedded.cost().orElseThrow();
    assertThat(line)
        .startsWith(
            String.format(
                "net-x2 | 2 | %s | %s | %s | ",
                cost.multiplyAccumulates(), cost.parameters(), Files.size(stored)))
        .endsWith(" | MIT | drawings, mine");
    assertThat(line.split(" [|] ", -1)[7])
        .isEqualTo(Long.toString(Files.size(models.resolve("net-x2-int8.onnx"))));
    assertThat(Files.size(stored)).isBetween(2 * cost.parameters(), 3 * cost.parameters());
    FloatImage image = TestImages.scene(1, 40, 30, /* seed= */ 1);
    ImageAssert.assertThat(enlarged(stored, image)).isCloseTo(enlarged(file, image), 1e-3);
    assertThat(Files.readAllLines(index)).hasSize(3).last().isEqualTo(line);
    assertThatThrownBy(() -> EmbedModel.embed(models, "new-x2", file, photos, photos, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no new-x2");
  }

  private static FloatImage enlarged(Path model, FloatImage image) {
    try (Upscaler upscaler = Upscaler.builder().model(model).device(Device.cpu()).build()) {
      return upscaler.upscale(image);
    }
  }
}
