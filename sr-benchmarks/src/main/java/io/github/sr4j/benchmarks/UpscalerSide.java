// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import io.github.sr4j.Device;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** SR4J, from {@code BufferedImage} to {@code BufferedImage}. */
final class UpscalerSide implements InferenceSide {

  private final Upscaler upscaler;
  private final BufferedImage image;
  private @Nullable BufferedImage result;

  /**
   * Opens the model.
   *
   * @param tileSize the size of tiles; empty for what the library chooses
   */
  UpscalerSide(InferenceTask task, OptionalInt tileSize) {
    Upscaler.Builder builder =
        Upscaler.builder().model(task.model()).device(Device.cpu()).threads(task.threads());
    tileSize.ifPresent(builder::tileSize);
    this.upscaler = builder.build();
    this.image = task.image();
  }

  @Override
  public void run() {
    result = upscaler.upscale(image);
  }

  @Override
  public @Nullable BufferedImage picture() {
    return result;
  }

  @Override
  public void close() {
    upscaler.close();
  }
}
