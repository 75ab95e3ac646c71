// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Upscaler;
import io.github.sr4j.video.FrameSource;
import io.github.sr4j.video.VideoOptions;
import io.github.sr4j.video.VideoUpscaler;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.IntStream;

/** How do I enlarge frames that my program makes? */
public final class UpscaleFrames {

  private UpscaleFrames() {}

  /** Takes the film to write. */
  public static void main(String[] args) throws IOException {
    Path target = Path.of(args[0]);
    // snippet: upscale
    Iterator<BufferedImage> frames =
        IntStream.range(0, 50).mapToObj(UpscaleFrames::render).iterator();
    try (Upscaler upscaler = Upscaler.create()) {
      new VideoUpscaler(upscaler)
          .upscale(FrameSource.ofImages(frames, 25), target, VideoOptions.defaults());
    }
    // end
  }

  private static BufferedImage render(int number) {
    BufferedImage frame = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = frame.createGraphics();
    graphics.setColor(Color.ORANGE);
    graphics.fillOval(number, 12, 16, 16);
    graphics.dispose();
    return frame;
  }
}
