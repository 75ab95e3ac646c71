// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spring;

import io.github.sr4j.Upscaler;
import io.github.sr4j.Upscaler.Statistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/** The counts of a service of upscalers as meters. */
final class UpscalerMetrics implements MeterBinder {

  private final Upscaler.Service upscalers;

  UpscalerMetrics(Upscaler.Service upscalers) {
    this.upscalers = upscalers;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    gauge(registry, "sr4j.calls.running", "calls in work", Statistics::running);
    gauge(registry, "sr4j.calls.waiting", "calls that have not begun", Statistics::waiting);
    gauge(
        registry,
        "sr4j.calls.waiting.pixels",
        "pixels of the images in memory whose calls have not begun",
        Statistics::waitingPixels);
    counter(registry, "completed", Statistics::completed);
    counter(registry, "failed", Statistics::failed);
    counter(registry, "cancelled", Statistics::cancelled);
    counter(registry, "refused", Statistics::refused);
  }

  private void gauge(
      MeterRegistry registry, String name, String what, ToDoubleFunction<Statistics> count) {
    Gauge.builder(name, upscalers, service -> count.applyAsDouble(service.statistics()))
        .description(what)
        .register(registry);
  }

  private void counter(MeterRegistry registry, String outcome, ToDoubleFunction<Statistics> count) {
    FunctionCounter.builder(
            "sr4j.calls", upscalers, service -> count.applyAsDouble(service.statistics()))
        .description("calls that have ended")
        .tag("outcome", outcome)
        .register(registry);
  }
}
