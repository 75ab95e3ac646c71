// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import com.google.common.base.Ascii;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The precision of a network's arithmetic in training, as settings name it in lower case. */
public enum Precision {
  /** Float32. */
  FP32,
  /**
   * Bfloat16 in convolutions and matrix products, with weights, losses and optimizers in float32.
   */
  BF16,
  /** The precision that trial steps find fastest. */
  AUTO;

  /**
   * Reads a precision.
   *
   * @throws IllegalArgumentException if there is no such precision; the message lists all
   */
  public static Precision parse(String text) {
    return Arrays.stream(values())
        .filter(precision -> precision.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new SettingException(
                    "%s must be one of %s, but was \"%s\"",
                    new SettingName("precision"),
                    Arrays.stream(values()).map(Precision::text).collect(Collectors.joining(", ")),
                    text));
  }

  /** Returns the name in settings. */
  public String text() {
    return Ascii.toLowerCase(name());
  }
}
