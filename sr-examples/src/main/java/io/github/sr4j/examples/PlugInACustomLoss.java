// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.LossProvider;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How do I train with a loss of my own?
 *
 * <p>Arguments: a folder of high-resolution images, the folder for the results, and the number of
 * steps.
 *
 * <p>A loss is a class with one method, {@link Power} here. Given to {@link Trainer.Builder#loss}
 * as an object, that is all. So that {@code sr4j train --loss "l1 + 0.1*power(gamma=2)"} finds it
 * by name, {@link PowerProvider} is listed in the jar's {@code
 * META-INF/services/io.github.sr4j.spi.LossProvider}, and the jar is in the folder {@code lib} of
 * sr4j.
 */
public final class PlugInACustomLoss {

  private PlugInACustomLoss() {}

  public static void main(String[] args) throws IOException {
    Loss loss = Losses.l1().plus(new Power(2).times(0.1));

    Trainer.builder()
        .loss(loss)
        .data(Path.of(args[0]))
        .out(Path.of(args[1]))
        .steps(Long.parseLong(args[2]))
        .build()
        .train();
  }

  /**
   * The mean of {@code |d|^(1 + gamma)}: an L1 in which each difference is weighted with a power of
   * itself, so that training attends to where the result is still bad.
   *
   * @param gamma the power, at least 0, which makes it the L1
   */
  record Power(double gamma) implements Loss {

    Power {
      if (!(gamma >= 0)) {
        throw new IllegalArgumentException("gamma must be at least 0, but was " + gamma);
      }
    }

    @Override
    public double evaluate(
        PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
      double sum = 0;
      for (int i = 0; i < prediction.length; i++) {
        double d = (double) prediction[i] - target[i];
        double weight = Math.pow(Math.abs(d), gamma);
        sum += weight * Math.abs(d);
        gradient[i] = (float) ((1 + gamma) * weight * Math.signum(d) / prediction.length);
      }
      return sum / prediction.length;
    }

    /**
     * The form that {@link Losses#parse} reads; it goes into reports and into the exported model.
     */
    @Override
    public String toString() {
      return "power(gamma=" + gamma + ")";
    }
  }

  /** Makes {@link Power} from text. */
  public static final class PowerProvider implements LossProvider {
    @Override
    public String name() {
      return "power";
    }

    @Override
    public Loss create(Arguments arguments) {
      return new Power(arguments.number("gamma", 2));
    }
  }
}
