// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spring;

import io.github.sr4j.Upscaler;

/**
 * A change to the options of the application's service of upscalers, for what properties cannot
 * say, such as {@link Upscaler.Builder#callbackExecutor}. All beans of this type are called, in
 * their order, after the properties have been set.
 */
@FunctionalInterface
public interface UpscalerCustomizer {

  /** Sets options that no property has set. */
  void customize(Upscaler.Builder builder);
}
