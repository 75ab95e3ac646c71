// SPDX-License-Identifier: Apache-2.0
package com.example.reactive;

import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** An enlargement as a Mono, as Spring WebFlux wants it. */
public final class ReactorRecipe {

  private ReactorRecipe() {}

  // snippet: reactor
  /**
   * Begins when it is subscribed to. Cancelling it, as a client that hangs up does, stops the work.
   */
  public static Mono<byte[]> enlarged(Upscaler upscaler, byte[] picture) {
    UpscaleOptions options = UpscaleOptions.defaults().timeout(Duration.ofSeconds(60));
    return Mono.fromFuture(() -> upscaler.upscaleAsync(picture, Output.png(), options));
  }
  // end
}
