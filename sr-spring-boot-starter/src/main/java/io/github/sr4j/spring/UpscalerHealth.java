// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spring;

import io.github.sr4j.Device;
import io.github.sr4j.Upscaler;
import io.github.sr4j.Upscaler.Statistics;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * The health of a service of upscalers: up while it is open, with the device of each scale that was
 * opened at the start. A full queue is no bad health: it means that the next caller comes later.
 */
final class UpscalerHealth implements HealthIndicator {

  private final Upscaler.Service upscalers;
  private final List<Integer> scales;

  UpscalerHealth(Upscaler.Service upscalers, List<Integer> scales) {
    this.upscalers = upscalers;
    this.scales = scales;
  }

  @Override
  public Health health() {
    Health.Builder health = Health.up();
    try {
      for (int scale : scales) {
        Device.Report device = upscalers.forScale(scale).device();
        health.withDetail("x" + scale, device.actual().toString());
        if (!device.reason().isEmpty()) {
          health.withDetail("x" + scale + ".reason", device.reason());
        }
      }
    } catch (RuntimeException e) {
      health.down(e);
    }
    Statistics statistics = upscalers.statistics();
    return health
        .withDetail("running", statistics.running())
        .withDetail("waiting", statistics.waiting())
        .build();
  }
}
