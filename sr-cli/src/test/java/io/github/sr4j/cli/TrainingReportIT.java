// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a training run as a browser shows it. */
final class TrainingReportIT {

  @TempDir private Path folder;
  @TempDir private Path profile;

  @Test
  void curvesAndCrops_areDrawn_andTheSliderGoesThroughTheBest() throws Exception {
    Path images = Fixtures.images(folder.resolve("images"), 2);
    Path run = folder.resolve("run");
    Invocation.of(
            "train",
            "--network",
            "compact(features=4, layers=1)",
            "--loss",
            "l1 + 0.1*mse",
            "--data",
            images,
            "--validate",
            images,
            "--out",
            run,
            "--steps",
            40,
            "--batch",
            2,
            "--patch",
            8,
            "--validate-every",
            10)
        .succeeds();

    try (Chromium chromium = Chromium.start(profile)) {
      chromium.open(run.resolve("report.html"));

      assertThat(texts(chromium, "figcaption span:first-child"))
          .contains("Loss, all parts", "Loss: l1", "Loss: 0.1*mse", "Learning rate")
          .contains("Validation PSNR", "Waiting for data");
      assertThat(texts(chromium, "dt")).contains("network", "learning-rate", "steps");
      assertThat(
              chromium
                  .evaluate(
                      "Array.from(document.querySelectorAll('polyline'))"
                          + ".every(line => line.getBoundingClientRect().width > 100)")
                  .asBoolean())
          .isTrue();
      assertThat(colors(chromium, "svg")).hasSizeGreaterThan(3); // it is not blank

      int newest = chromium.evaluate("+document.getElementById('at').max").asInt();
      assertThat(shownResults(chromium)).isEqualTo("2 of step " + steps(chromium)[newest]);
      chromium.evaluate("slider.value = 0; slider.dispatchEvent(new Event('input'))");
      assertThat(shownResults(chromium)).isEqualTo("2 of step " + steps(chromium)[0]);
      assertThat(
              chromium
                  .evaluate("Array.from(document.images).every(i => i.naturalWidth > 40)")
                  .asBoolean())
          .isTrue();
    }
  }

  private static String[] steps(Chromium chromium) throws Exception {
    return chromium.evaluate("document.getElementById('at').dataset.steps").asText().split(" ");
  }

  /** Returns how many results are to be seen, and what the page says that they are. */
  private static String shownResults(Chromium chromium) throws Exception {
    return chromium
        .evaluate(
            "Array.from(document.querySelectorAll('[data-at]'))"
                + ".filter(i => i.getBoundingClientRect().width > 0).length"
                + " + ' of ' + document.getElementById('step').textContent")
        .asText();
  }

  private static String texts(Chromium chromium, String selector) throws Exception {
    return chromium
        .evaluate(
            String.format(
                "Array.from(document.querySelectorAll('%s'), e => e.textContent).join('|')",
                selector))
        .asText();
  }

  /** Returns the colours on the screen where an element is. */
  private static Set<Integer> colors(Chromium chromium, String selector) throws Exception {
    JsonNode box =
        chromium.evaluate(
            String.format(
                "document.querySelector('%s').getBoundingClientRect().toJSON()", selector));
    BufferedImage screen = chromium.screenshot();
    Set<Integer> colors = new HashSet<>();
    int bottom = Math.min(screen.getHeight(), box.get("bottom").asInt());
    for (int y = Math.max(0, box.get("top").asInt()); y < bottom; y++) {
      for (int x = box.get("left").asInt(); x < box.get("right").asInt(); x++) {
        colors.add(screen.getRGB(x, y));
      }
    }
    return colors;
  }
}
