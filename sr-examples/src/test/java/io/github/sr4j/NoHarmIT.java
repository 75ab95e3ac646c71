// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The embedded models spoil no kind of picture, whatever they were trained on. */
final class NoHarmIT {

  private static final int WIDTH = 240; // a multiple of the scales
  private static final int HEIGHT = 192;
  private static final double A_LEVEL = 1.01 / 255; // of 8 bits, to which results are rounded

  private static final Map<String, FloatImage> PICTURES =
      Map.of(
          "text", drawn(NoHarmIT::text),
          "lines of one pixel", drawn(NoHarmIT::lines),
          "checkerboard", TestImages.checkerboard(3, WIDTH, HEIGHT, 12),
          "noise", TestImages.noise(3, WIDTH, HEIGHT, 1),
          "edges between saturated colours", drawn(NoHarmIT::colors));

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("modelsAndPictures")
  void picture_isAtLeastAsGoodAsBicubic(Model.Card card, String picture) {
    FloatImage highRes = PICTURES.get(picture).rounded();
    FloatImage lowRes = reduced(highRes, card.scale());
    double bicubic = Metrics.psnr(Resampling.bicubic(lowRes, WIDTH, HEIGHT).rounded(), highRes);

    assertThat(Metrics.psnr(enlarged(card, lowRes), highRes)).isGreaterThanOrEqualTo(bicubic);
  }

  /** So that it has no bands. Along the edges, pixels are missing that the result depends on. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void gradient_isWithinALevelOfTheOriginal_andTwoAlongTheEdges(Model.Card card) {
    FloatImage highRes = TestImages.gradient(3, WIDTH, HEIGHT).rounded();

    FloatImage enlarged = enlarged(card, reduced(highRes, card.scale()));

    ImageAssert.assertThat(enlarged.shave(8)).isCloseTo(highRes.shave(8), A_LEVEL);
    ImageAssert.assertThat(enlarged).isCloseTo(highRes, 2 * A_LEVEL);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void flatImage_keepsItsLevel(Model.Card card) {
    for (int level = 0; level <= 255; level += 17) {
      FloatImage expected = flat(level, 20 * card.scale());

      ImageAssert.assertThat(enlarged(card, flat(level, 20))).isCloseTo(expected, A_LEVEL);
    }
  }

  private static FloatImage flat(int level, int side) {
    float[] samples = new float[3 * side * side];
    Arrays.fill(samples, level / 255f);
    return FloatImage.wrap(3, side, side, samples);
  }

  private static FloatImage reduced(FloatImage image, int scale) {
    return Resampling.bicubic(image, WIDTH / scale, HEIGHT / scale).rounded();
  }

  private static FloatImage enlarged(Model.Card card, FloatImage image) {
    try (Upscaler upscaler = Upscaler.builder().model(card.name()).device(Device.cpu()).build()) {
      return upscaler.upscale(image).rounded();
    }
  }

  private static FloatImage drawn(Consumer<Graphics2D> drawing) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, WIDTH, HEIGHT);
    graphics.setColor(Color.BLACK);
    drawing.accept(graphics);
    graphics.dispose();
    return AwtImages.toFloat(image);
  }

  private static void text(Graphics2D graphics) {
    int baseline = 0;
    for (int size = 10; baseline + 2 * size < HEIGHT; size += 4) {
      baseline += size + 4;
      graphics.setFont(new Font(Font.SERIF, Font.PLAIN, size));
      graphics.drawString("The quick brown fox jumps over the lazy dog", 4, baseline);
    }
  }

  private static void lines(Graphics2D graphics) {
    graphics.setStroke(new BasicStroke(1));
    for (int i = 0; i < 12; i++) {
      graphics.drawLine(4 + 20 * i, 4, 4 + 20 * i, HEIGHT / 3);
      graphics.drawLine(4, HEIGHT / 3 + 5 * i, WIDTH / 2, HEIGHT / 3 + 5 * i);
      graphics.drawLine(WIDTH / 2, HEIGHT - 4, 20 * i, 2 * HEIGHT / 3);
    }
  }

  private static void colors(Graphics2D graphics) {
    List<Color> colors =
        List.of(Color.RED, Color.GREEN, Color.BLUE, Color.CYAN, Color.MAGENTA, Color.YELLOW);
    for (int i = 0; i < 40; i++) {
      graphics.setColor(colors.get((i * 7 + i / 8) % colors.size()));
      graphics.fillOval(30 * (i % 8), 38 * (i / 8), 34, 42);
    }
  }

  private static Stream<Model.Card> models() {
    return new OnnxUpscalerProvider().embeddedModels().stream();
  }

  private static Stream<Arguments> modelsAndPictures() {
    return models()
        .flatMap(card -> PICTURES.keySet().stream().sorted().map(name -> Arguments.of(card, name)));
  }
}
