// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.spi.Arguments;
import java.util.function.BiFunction;

/** The kinds of normalisation that networks have as an argument. */
enum Normalization {
  /** By the statistics of a batch in training, by running ones when run. */
  BATCH,
  /** By the statistics of each image. */
  INSTANCE;

  /** Returns the function that adds a normalisation of a name. */
  BiFunction<String, FeatureMap, FeatureMap> in(Layers layers) {
    return this == BATCH ? layers::batchNormalization : layers::instanceNormalization;
  }

  /** Reads the argument {@code norm}: {@code batch} or {@code instance}. */
  static Normalization of(Arguments arguments, Normalization defaultValue) {
    String norm = arguments.text("norm", defaultValue.text());
    checkArgument(
        norm.equals(BATCH.text()) || norm.equals(INSTANCE.text()),
        "norm of %s must be batch or instance, but was \"%s\"",
        arguments.name(),
        norm);
    return norm.equals(BATCH.text()) ? BATCH : INSTANCE;
  }

  String text() {
    return Ascii.toLowerCase(name());
  }
}
