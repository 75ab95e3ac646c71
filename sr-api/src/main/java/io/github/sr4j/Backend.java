// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

/**
 * A backend, which opens and runs models. Every backend is an {@code UpscalerProvider} of the
 * package {@code io.github.sr4j.spi}, which says what it has to do; this is as much of it as the
 * users of {@link Upscaler.Builder#backend} need.
 */
public interface Backend {

  /**
   * The name by which messages call this backend, such as {@code "onnx"}; lower-case and unique.
   */
  String name();
}
