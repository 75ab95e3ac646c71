// SPDX-License-Identifier: Apache-2.0
package com.example.reactive;

import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** An enlargement as a Uni, as Quarkus wants it. */
public final class MutinyRecipe {

  private MutinyRecipe() {}

  // snippet: mutiny
  /**
   * Begins when it is subscribed to. Cancelling it, as a client that hangs up does, stops the work.
   */
  public static Uni<byte[]> enlarged(Upscaler upscaler, byte[] picture) {
    UpscaleOptions options = UpscaleOptions.defaults().timeout(Duration.ofSeconds(60));
    return Uni.createFrom()
        .emitter(
            emitter -> {
              CompletableFuture<byte[]> call =
                  upscaler.upscaleAsync(picture, Output.png(), options);
              emitter.onTermination(() -> call.cancel(true)); // completionStage() lets it run on
              call.whenComplete(
                  (png, failure) -> {
                    if (failure == null) {
                      emitter.complete(png);
                    } else {
                      emitter.fail(failure);
                    }
                  });
            });
  }
  // end
}
