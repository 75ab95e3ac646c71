// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * The adversarial loss: how well a second network, the {@link Discriminator}, tells predictions
 * from targets. A training session that has it in its loss owns the discriminator and trains it
 * along.
 *
 * @param kind what the two networks minimise
 * @param features the channels of the discriminator's first layers, 64 in the paper
 * @param isPooled whether the discriminator takes means over the patch before its dense layers, so
 *     that patches may be of any size
 * @param rate what the learning rate is multiplied by for the discriminator
 */
public record AdversarialLoss(AdversarialKind kind, int features, boolean isPooled, double rate)
    implements Loss {

  static final String NAME = "adversarial";

  private static final int FEATURES = 64;
  private static final double RATE = 1;

  static AdversarialLoss of(Arguments arguments) {
    String pooling = arguments.text("pooling", "none");
    checkArgument(
        pooling.equals("none") || pooling.equals("mean"),
        "pooling of %s must be none or mean, but was \"%s\"",
        NAME,
        pooling);
    double rate = arguments.number("rate", RATE);
    checkArgument(rate >= 0, "rate of %s must be at least 0, but was %s", NAME, rate);
    return new AdversarialLoss(
        AdversarialKind.of(arguments),
        arguments.integer("features", FEATURES, 1, 512),
        pooling.equals("mean"),
        rate);
  }

  /**
   * Refuses: with the discriminator as it is drawn, the value would mean nothing, and training on
   * it would look like training.
   */
  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    throw new IllegalStateException(
        NAME
            + " has a value only inside a training session that trains its discriminator, which"
            + " those of sr-dl4j do");
  }

  @Override
  public String toString() {
    List<String> arguments = new ArrayList<>();
    if (kind != AdversarialKind.STANDARD) {
      arguments.add("kind=" + kind.text());
    }
    if (features != FEATURES) {
      arguments.add("features=" + features);
    }
    if (isPooled) {
      arguments.add("pooling=mean");
    }
    if (rate != RATE) {
      arguments.add("rate=" + rate);
    }
    return arguments.isEmpty() ? NAME : NAME + "(" + String.join(", ", arguments) + ")";
  }
}
