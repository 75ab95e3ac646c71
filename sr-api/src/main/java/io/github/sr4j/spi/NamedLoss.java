// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/** A loss under another name. */
record NamedLoss(String name, Loss loss) implements Loss {

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*");

  NamedLoss {
    checkArgument(
        NAME.matcher(name).matches(),
        "name must be a letter followed by letters, digits, _, - or ., but was \"%s\"",
        name);
    requireNonNull(loss, "loss");
  }

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    loss.checkShape(shape);
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    return loss.evaluate(shape, prediction, target, gradient);
  }

  @Override
  public String toString() {
    return name;
  }
}
