// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import io.github.sr4j.spi.Arguments;
import org.nd4j.autodiff.samediff.SDVariable;

/** What brings the channels between the layers of a network to one mean and variance. */
enum Normalization {
  /** By the statistics of a batch in training, by running ones when run. */
  BATCH {
    @Override
    SDVariable add(Layers layers, String name, SDVariable input, int channels) {
      return layers.batchNormalization(name, input, channels);
    }
  },
  /** By the statistics of each image. */
  INSTANCE {
    @Override
    SDVariable add(Layers layers, String name, SDVariable input, int channels) {
      return layers.instanceNormalization(name, input, channels);
    }
  };

  abstract SDVariable add(Layers layers, String name, SDVariable input, int channels);

  /** Reads the argument {@code norm}: {@code batch}, which is the default, or {@code instance}. */
  static Normalization of(Arguments arguments) {
    String norm = arguments.text("norm", BATCH.text());
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
