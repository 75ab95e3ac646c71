// SPDX-License-Identifier: Apache-2.0
package com.example.reactive;

import io.github.sr4j.Upscaler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;

/** The upscalers of an application with CDI, such as Quarkus. */
@ApplicationScoped
public class Upscalers {

  // snippet: cdi
  @Produces
  @ApplicationScoped
  Upscaler.Service upscalers() {
    return Upscaler.builder().maxWaiting(64).maxPixels(40_000_000).buildService();
  }

  void close(@Disposes Upscaler.Service upscalers) {
    upscalers.close();
  }
  // end
}
