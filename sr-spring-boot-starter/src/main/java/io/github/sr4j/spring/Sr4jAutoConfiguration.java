// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spring;

import io.github.sr4j.Upscaler;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The service of upscalers of a Spring Boot application: a bean of the type {@link
 * Upscaler.Service} with the options of {@link Sr4jProperties}, unless the application has one. It
 * is closed with the context. Metrics and health are there where the application has Micrometer and
 * the health of Spring Boot 4.
 */
@AutoConfiguration
@EnableConfigurationProperties(Sr4jProperties.class)
public final class Sr4jAutoConfiguration {

  /** Creates the configuration, as Spring does. */
  public Sr4jAutoConfiguration() {}

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  Upscaler.Service upscalers(
      Sr4jProperties properties, ObjectProvider<UpscalerCustomizer> customizers) {
    Upscaler.Builder builder = properties.builder();
    customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
    Upscaler.Service service = builder.buildService();
    try {
      properties.scales().forEach(scale -> service.forScale(scale).warmUp());
      return service;
    } catch (Throwable e) { // of whatever kind, it ends the start of the application
      service.close();
      throw e;
    }
  }

  /** Metrics, where the application has Micrometer. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  static class Metrics {

    @Bean
    @ConditionalOnMissingBean(name = "upscalerMetrics")
    MeterBinder upscalerMetrics(Upscaler.Service upscalers) {
      return new UpscalerMetrics(upscalers);
    }
  }

  /** Health, where the application has that of Spring Boot 4. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(HealthIndicator.class)
  static class Health {

    @Bean
    @ConditionalOnEnabledHealthIndicator("upscaler")
    @ConditionalOnMissingBean(name = "upscalerHealthIndicator")
    HealthIndicator upscalerHealthIndicator(Upscaler.Service upscalers, Sr4jProperties properties) {
      return new UpscalerHealth(upscalers, properties.scales());
    }
  }
}
