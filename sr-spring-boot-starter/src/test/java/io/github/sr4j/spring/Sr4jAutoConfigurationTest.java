// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The beans of an application of Spring Boot with the starter on its class path. */
@Timeout(120)
final class Sr4jAutoConfigurationTest {

  private static final BufferedImage IMAGE = new BufferedImage(8, 6, BufferedImage.TYPE_3BYTE_BGR);

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(Sr4jAutoConfiguration.class))
          .withPropertyValues("sr4j.device=cpu", "sr4j.threads=1");

  @Test
  void service_isThere_andClosedWithTheContext() {
    Upscaler[] two = new Upscaler[1];
    application.run(
        context -> {
          two[0] = context.getBean(Upscaler.Service.class).forScale(2);
          assertThat(two[0].upscale(IMAGE).getWidth()).isEqualTo(16);
        });

    assertThatThrownBy(() -> two[0].upscale(IMAGE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void scales_areOpenedAtTheStart_andHealthTellsTheirDevice() {
    application
        .withPropertyValues("sr4j.scales=2,3")
        .run(
            context -> {
              Health health = context.getBean(HealthIndicator.class).health();

              assertThat(health.getStatus()).isEqualTo(Status.UP);
              assertThat(health.getDetails())
                  .containsEntry("x2", "cpu")
                  .containsEntry("x3", "cpu")
                  .containsEntry("waiting", 0);
            });
  }

  @Test
  void quality_andPurpose_chooseTheModel() {
    application
        .withPropertyValues("sr4j.quality=best", "sr4j.purpose=photo")
        .run(
            context ->
                assertThat(context.getBean(Upscaler.Service.class).forScale(2).info().name())
                    .isEqualTo("quality-x2"));
  }

  @Test
  void precision_choosesTheFormOfTheModel() {
    application
        .withPropertyValues("sr4j.precision=int8")
        .run(
            context ->
                assertThat(context.getBean(Upscaler.Service.class).forScale(2).info().precision())
                    .isEqualTo(Model.Precision.INT8));
  }

  @Test
  void health_ofAClosedService_isDown() {
    application
        .withPropertyValues("sr4j.scales=2")
        .run(
            context -> {
              context.getBean(Upscaler.Service.class).close();

              assertThat(context.getBean(HealthIndicator.class).health().getStatus())
                  .isEqualTo(Status.DOWN);
            });
  }

  @Test
  void scaleWithoutAModel_endsTheStart() {
    application
        .withPropertyValues("sr4j.scales=2,7")
        .run(
            context ->
                assertThat(context)
                    .hasFailed()
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("but was 7"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sr4j.tile-size=8 | tileSize must be at least 16",
        "sr4j.threads=0 | threads must be within 1 to 1024",
        "sr4j.device=tpu | device must be auto, gpu, cpu, cuda:N, coreml or webgpu:N",
        "sr4j.fallback=auto | fallback must be cpu, cuda:N, coreml or webgpu:N",
        "sr4j.passes=9 | passes must be within 1 to 4",
        "sr4j.approximate-tiles=0 | approximateTiles must be within 1 to 1024",
        "sr4j.max-pixels=0 | maxPixels must be at least 1",
        "sr4j.max-result-pixels=0 | maxResultPixels must be at least 1",
        "sr4j.max-pixels-per-byte=0 | maxPixelsPerByte must be at least 1",
        "sr4j.max-memory=1KB | maxMemory must be at least 1048576 bytes, but was 1024",
        "sr4j.max-opening-time=0s | maxOpeningTime must be positive",
        "sr4j.max-waiting=-1 | maxWaiting must be at least 0",
        "sr4j.max-waiting-pixels=-1 | maxWaitingPixels must be at least 0",
        "sr4j.edges=round | Failed to convert",
        "sr4j.precision=int4 | Failed to convert"
      })
  void property_reachesTheBuilder_whichRefusesIt(String property, String words) {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(Sr4jAutoConfiguration.class))
        .withPropertyValues(property)
        .run(
            context ->
                assertThat(context.getStartupFailure()).isNotNull().hasStackTraceContaining(words));
  }

  @Test
  void queue_isThatOfTheProperties_andMetersCountIt() {
    application
        .withPropertyValues("sr4j.max-waiting=0", "sr4j.self-ensemble=true", "sr4j.edges=mirror")
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(
            context -> {
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              context.getBean(MeterBinder.class).bindTo(registry);
              Upscaler two = context.getBean(Upscaler.Service.class).forScale(2);
              BufferedImage large = new BufferedImage(900, 900, BufferedImage.TYPE_BYTE_GRAY);
              CompletableFuture<BufferedImage> runs = two.upscaleAsync(large);

              assertThatThrownBy(() -> two.upscaleAsync(large))
                  .isInstanceOf(RejectedExecutionException.class);
              assertThat(registry.get("sr4j.calls.waiting").gauge().value()).isZero();
              runs.cancel(true);
              assertThat(count(registry, "refused")).isEqualTo(1);
              two.upscale(IMAGE);
              assertThat(count(registry, "completed")).isEqualTo(1);
            });
  }

  private static double count(MeterRegistry registry, String outcome) {
    return registry.get("sr4j.calls").tag("outcome", outcome).functionCounter().count();
  }

  @Test
  void customizers_areCalled_afterTheProperties() {
    AtomicInteger completions = new AtomicInteger();
    application
        .withBean(
            UpscalerCustomizer.class,
            () ->
                builder ->
                    builder.callbackExecutor(
                        task -> {
                          completions.incrementAndGet();
                          task.run();
                        }))
        .run(
            context -> {
              context.getBean(Upscaler.Service.class).forScale(2).upscaleAsync(IMAGE).join();
              assertThat(completions).hasValue(1);
            });
  }

  @Test
  void serviceOfTheApplication_replacesThisOne() {
    Upscaler.Service mine =
        (Upscaler.Service)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Upscaler.Service.class},
                (self, method, arguments) -> method.getName().equals("toString") ? "mine" : null);
    application
        .withBean("mine", Upscaler.Service.class, () -> mine)
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(Upscaler.Service.class)
                    .hasBean("mine")
                    .doesNotHaveBean("upscalers"));
  }

  @Test
  void withoutMicrometerAndHealth_theServiceIsThereAlone() {
    application
        .withClassLoader(
            new FilteredClassLoader("io.micrometer", "org.springframework.boot.health"))
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(Upscaler.Service.class)
                    .doesNotHaveBean("upscalerMetrics")
                    .doesNotHaveBean("upscalerHealthIndicator"));
  }

  @Test
  void health_canBeSwitchedOff() {
    application
        .withPropertyValues("management.health.upscaler.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
  }

  @Test
  void everyProperty_isDescribed() throws Exception {
    String metadata;
    try (InputStream file =
        Sr4jProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      metadata = new String(file.readAllBytes(), UTF_8);
    }
    assertThat(Arrays.stream(Sr4jProperties.class.getRecordComponents()))
        .extracting(RecordComponent::getName)
        .allSatisfy(
            name -> {
              String kebab = name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
              assertThat(metadata)
                  .containsPattern(
                      "\"name\": \"sr4j\\." + kebab + "\",[^}]*\"description\": \"[^\"]{10,}");
            });
  }
}
