// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Device;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks of several scales, and of none: trained, exported at each, and run. */
final class ManyScalesIT {

  private static final String MDSR = "mdsr(blocks=1, features=4)";

  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void drawImages() throws IOException {
    images = Fixtures.images(folder.resolve("images"), 2);
  }

  /** A checkpoint of one scale holds the weights of all, each of which is a file of its own. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"mdsr(blocks=1, features=4) | mse", "vdsr(layers=3, features=4) | mse"})
  void networkTrainedForThreeScales_isExportedAtEach(String network, String loss)
      throws IOException {
    Path run = train(network, 2, "--scales", "2,3,4", "--loss", loss, "--patch", 12, "--steps", 6);

    for (int scale : new int[] {2, 3, 4}) {
      Path model = folder.resolve("x" + scale + ".onnx");
      Invocation.of(
              "export",
              "--network",
              network,
              "--scale",
              scale,
              "--weights",
              run.resolve("last.ckpt"),
              "--out",
              model)
          .succeeds();
      assertSizes(model, scale);
    }
  }

  @Test
  void scaleThatWasNotTrained_isRefused() {
    Invocation.of(arguments(MDSR, 2, "--scales", "2,5"))
        .failsSaying("scales of mdsr", "[2, 3, 4], but were [2, 5]");
    Invocation.of(arguments("espcn", 2, "--scales", "2,3")).failsSaying("scales of espcn");
  }

  /** As in EDSR's paper, section 4.2. */
  @ParameterizedTest
  @CsvSource({"3, tail.0.0.weight", "4, tail.0.2.weight"})
  void edsr_ofALargerScale_beginsWithTheBodyOfTheSmaller(int scale, String fresh)
      throws IOException {
    String network = "edsr(blocks=1, features=4)";
    Path two = train(network, 2, "--patch", 12, "--steps", 2);

    Invocation begun =
        Invocation.of(
            arguments(
                network,
                scale,
                "--patch",
                12,
                "--steps",
                1,
                "--initial-from",
                two.resolve("last.ckpt")));

    begun.succeeds();
    assertThat(begun.out())
        .contains("last.ckpt", fresh)
        .doesNotContain("head.0.weight", "body.0.body.0.weight", "body.1.weight", "tail.1.weight");
  }

  /** Strides of 4 in all: images of other sizes are continued, and what was added is cut off. */
  @Test
  void styleNetwork_takesImagesOfAnySize_andTiles() throws IOException {
    Path run =
        train(
            "johnson(blocks=1, features=4)", 1, "--loss", "mse + tv", "--patch", 24, "--steps", 2);
    Path model = run.resolve("model.onnx");
    assertSizes(model, 1);
    assertThat(Invocation.of("inspect", model).succeeds().out())
        .containsPattern("alignment +4")
        .containsPattern("halo +25");

    BufferedImage image = TestImages.buffered(TestImages.scene(3, 153, 118, 9));
    try (Upscaler whole = open(model).tileSize(1024).build();
        Upscaler tiled = open(model).tileSize(32).build()) {
      assertThat(AwtImages.toFloat(tiled.upscale(image)).samples())
          .isEqualTo(AwtImages.toFloat(whole.upscale(image)).samples());
    }
  }

  private static Upscaler.Builder open(Path model) {
    return Upscaler.builder().model(model).device(Device.cpu());
  }

  private static void assertSizes(Path model, int scale) {
    try (Upscaler upscaler = open(model).build()) {
      assertThat(upscaler.info().scale()).isEqualTo(scale);
      BufferedImage image = upscaler.upscale(TestImages.buffered(TestImages.scene(3, 15, 10, 1)));
      assertThat(image.getWidth()).isEqualTo(15 * scale);
      assertThat(image.getHeight()).isEqualTo(10 * scale);
    }
  }

  private Path train(String network, int scale, Object... more) {
    Object[] arguments = arguments(network, scale, more);
    Invocation.of(arguments).succeeds();
    return folder.resolve("run" + scale);
  }

  private Object[] arguments(String network, int scale, Object... more) {
    Object[] all =
        new Object[] {
          "train",
          "--network",
          network,
          "--scale",
          scale,
          "--data",
          images,
          "--out",
          folder.resolve("run" + scale),
          "--batch",
          2,
        };
    Object[] arguments = Arrays.copyOf(all, all.length + more.length);
    System.arraycopy(more, 0, arguments, all.length, more.length);
    return arguments;
  }
}
