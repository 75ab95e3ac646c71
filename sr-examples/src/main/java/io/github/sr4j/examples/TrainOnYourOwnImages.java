// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.training.Degradation;
import io.github.sr4j.training.ImagePatches;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How do I train on images that my program holds, and for low-resolution images that are blurred,
 * noisy and compressed?
 *
 * <p>Arguments: a folder, zip file or list of images to train on as well, the folder for the
 * results, and the number of steps.
 */
public final class TrainOnYourOwnImages {

  private TrainOnYourOwnImages() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    BufferedImage drawn = drawing();
    // What the network takes: luma, which it enlarges itself. sr4j networks tells.
    ModelInfo network = ModelInfo.builder("compact", 2).color(ModelInfo.Color.LUMA).build();

    // snippet: patches
    ImagePatches patches =
        ImagePatches.builder(network)
            .data(folder)
            .image(drawn)
            .degradation(Degradation.realEsrgan())
            .patch(32)
            .batch(16)
            .build();
    // end

    Trainer.Report report =
        Trainer.builder()
            .network("compact")
            .scale(2)
            .data(patches)
            .out(Path.of(args[1]))
            .steps(Long.parseLong(args[2]))
            .build()
            .train();
    System.out.printf(
        Locale.ROOT, "%d images, loss %.4f%n", patches.imageCount(), report.lastLoss());
  }

  private static BufferedImage drawing() {
    BufferedImage image = new BufferedImage(256, 192, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    for (int i = 0; i < 40; i++) {
      graphics.setColor(Color.getHSBColor(i / 40f, 0.7f, 0.9f));
      graphics.fillOval(i * 37 % 230, i * 53 % 170, 15 + i, 15 + i / 2);
    }
    graphics.dispose();
    return image;
  }
}
