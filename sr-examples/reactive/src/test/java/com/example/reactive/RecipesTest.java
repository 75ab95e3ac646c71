// SPDX-License-Identifier: Apache-2.0
package com.example.reactive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sr4j.Output;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class RecipesTest {

  private Upscaler.Service upscalers;
  private Upscaler upscaler;

  @BeforeEach
  void open() {
    upscalers = new Upscalers().upscalers();
    upscaler = upscalers.forScale(2);
  }

  @AfterEach
  void close() {
    new Upscalers().close(upscalers);
  }

  @Test
  void mono_enlarges_andStopsTheWorkWhenItIsCancelled() throws Exception {
    assertEquals(64, width(ReactorRecipe.enlarged(upscaler, picture(32)).block()));

    var subscription = ReactorRecipe.enlarged(upscaler, picture(3000)).subscribe();
    awaitThat(() -> upscalers.statistics().running() == 1);
    subscription.dispose();
    awaitThat(() -> upscalers.statistics().running() == 0);
    assertEquals(1, upscalers.statistics().cancelled());
  }

  @Test
  void uni_enlarges_andStopsTheWorkWhenItIsCancelled() throws Exception {
    assertEquals(64, width(MutinyRecipe.enlarged(upscaler, picture(32)).await().indefinitely()));

    var subscription =
        MutinyRecipe.enlarged(upscaler, picture(3000)).subscribe().with(png -> {}, failure -> {});
    awaitThat(() -> upscalers.statistics().running() == 1);
    subscription.cancel();
    awaitThat(() -> upscalers.statistics().running() == 0);
    assertEquals(1, upscalers.statistics().cancelled());
  }

  @Test
  void nothingBegins_beforeSomebodySubscribes() throws Exception {
    ReactorRecipe.enlarged(upscaler, picture(32));
    MutinyRecipe.enlarged(upscaler, picture(32));

    Upscaler.Statistics counts = upscalers.statistics();
    assertTrue(counts.running() == 0 && counts.waiting() == 0 && counts.completed() == 0);
  }

  private static byte[] picture(int side) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageFiles.write(
        new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR), png, Output.png());
    return png.toByteArray();
  }

  private static int width(byte[] png) throws IOException {
    return ImageFiles.read(new ByteArrayInputStream(png)).getWidth();
  }

  private static void awaitThat(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }
}
