// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sr4j.cli.upscale.ComparePage;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser shows it. */
final class ComparePageIT {

  @TempDir private Path folder;
  @TempDir private Path profile;

  @Test
  void slider_movesTheLineBetweenTheImages_byMouseAndByKeys() throws Exception {
    Path page = folder.resolve("page.html");
    ComparePage.write(
        page,
        filled(new BufferedImage(200, 150, BufferedImage.TYPE_INT_RGB), Color.RED),
        filled(new BufferedImage(400, 300, BufferedImage.TYPE_INT_RGB), Color.BLUE),
        new ComparePage.Facts("in.png", "out.png", "tiny", "cpu", 1.25));

    try (Chromium chromium = Chromium.start(profile)) {
      chromium.open(page);

      assertThat(naturalWidths(chromium)).isEqualTo("[400,400]");
      assertBoundaryAt(chromium, 0.5);

      double[] view = view(chromium);
      chromium.click(view[0] + 0.8 * view[2], view[1] + 0.5 * view[3]);
      assertBoundaryAt(chromium, 0.8);

      for (int i = 0; i < 20; i++) {
        chromium.press("ArrowLeft", 37);
      }
      assertBoundaryAt(chromium, 0.6); // a percent each

      chromium.evaluate("zoom.value = '2'; zoom.dispatchEvent(new Event('change'))");
      assertThat(view(chromium)[2]).isEqualTo(800); // on a screen of normal density
      assertBoundaryAt(chromium, 0.6);
    }
  }

  @Test
  void largeImage_isShownReducedToTheWindow() throws Exception {
    Path page = folder.resolve("page.html");
    ComparePage.write(
        page,
        filled(new BufferedImage(2500, 100, BufferedImage.TYPE_INT_ARGB), Color.RED),
        filled(new BufferedImage(5000, 200, BufferedImage.TYPE_INT_ARGB), Color.BLUE),
        new ComparePage.Facts("in.png", "out.png", "tiny", "cpu", 1.25));

    try (Chromium chromium = Chromium.start(profile)) {
      chromium.open(page);

      assertThat(naturalWidths(chromium)).isEqualTo("[2500,2500]");
      assertThat(view(chromium)[2]).isBetween(500.0, 1000.0);
      assertBoundaryAt(chromium, 0.5);
    }
  }

  /** Red is the image before, on the left; blue the one after. */
  private static void assertBoundaryAt(Chromium chromium, double fraction) throws Exception {
    BufferedImage screen = chromium.screenshot();
    double[] view = view(chromium);
    int y = (int) (view[1] + 0.25 * view[3]); // above the handle and the names
    int left = (int) (view[0] + (fraction - 0.02) * view[2]);
    int right = (int) (view[0] + (fraction + 0.02) * view[2]);
    assertThat(hue(screen, left, y)).isEqualTo("red");
    assertThat(hue(screen, right, y)).isEqualTo("blue");
  }

  /** Tells the two colours apart, whatever scaling does to their last bit. */
  private static String hue(BufferedImage screen, int x, int y) {
    Color color = new Color(screen.getRGB(x, y));
    if (Math.max(color.getGreen(), Math.min(color.getRed(), color.getBlue())) > 10) {
      return color.toString();
    }
    return color.getRed() > 240 ? "red" : color.getBlue() > 240 ? "blue" : color.toString();
  }

  private static String naturalWidths(Chromium chromium) throws Exception {
    return chromium
        .evaluate("JSON.stringify(Array.from(document.images, image => image.naturalWidth))")
        .asText();
  }

  /** Returns where the images are on the screen: x, y, width, height. */
  private static double[] view(Chromium chromium) throws Exception {
    JsonNode view = chromium.evaluate("view.getBoundingClientRect().toJSON()");
    return new double[] {
      view.get("x").asDouble(),
      view.get("y").asDouble(),
      view.get("width").asDouble(),
      view.get("height").asDouble()
    };
  }

  private static BufferedImage filled(BufferedImage image, Color color) {
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        image.setRGB(x, y, color.getRGB());
      }
    }
    return image;
  }
}
