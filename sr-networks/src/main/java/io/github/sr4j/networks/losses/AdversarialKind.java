// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import io.github.sr4j.spi.Arguments;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/**
 * The objectives of a discriminator and a generator, as functions of the discriminator's answers
 * for real patches, {@code r}, and for generated ones, {@code g}: a number for each patch, the
 * larger the more real. {@code E} is the mean over the patches, {@code s} the sigmoid.
 */
public enum AdversarialKind {
  /**
   * {@code -E log s(r) - E log(1 - s(g))} against {@code -E log s(g)}.
   *
   * <p>I. Goodfellow et al., <i>Generative Adversarial Nets</i>, NIPS 2014, equation 1 and the
   * generator's form of section 3 that does not saturate, which is equation 6 of C. Ledig et al.,
   * <i>Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network</i>,
   * CVPR 2017. That sums over patches; here it is a mean.
   */
  STANDARD(2 * Math.log(2)) {
    @Override
    public Objective discriminator(double[] real, double[] generated) {
      return new Objective(
          mean(real, r -> softplus(-r)) + mean(generated, g -> softplus(g)),
          derivatives(real, r -> -sigmoid(-r)),
          derivatives(generated, g -> sigmoid(g)));
    }

    @Override
    public Objective generator(double[] real, double[] generated) {
      return new Objective(
          mean(generated, g -> softplus(-g)),
          new double[real.length],
          derivatives(generated, g -> -sigmoid(-g)));
    }

    @Override
    double threshold(double[] others) {
      return 0;
    }
  },

  /**
   * {@code -E log s(r - E g) - E log(1 - s(g - E r))} against {@code -E log(1 - s(r - E g)) - E log
   * s(g - E r)}: whether a patch is more real than the others are on average.
   *
   * <p>A. Jolicoeur-Martineau, <i>The relativistic discriminator: a key element missing from
   * standard GAN</i>, 2018, section 4 (RaSGAN), as equations 1 and 2 of X. Wang et al., <i>ESRGAN:
   * Enhanced Super-Resolution Generative Adversarial Networks</i>, ECCV Workshops 2018, have it.
   * The authors' program halves both.
   */
  RELATIVISTIC(2 * Math.log(2)) {
    @Override
    public Objective discriminator(double[] real, double[] generated) {
      return relative(real, generated);
    }

    /** The same with the places of real and generated patches exchanged. */
    @Override
    public Objective generator(double[] real, double[] generated) {
      Objective exchanged = relative(generated, real);
      return new Objective(
          exchanged.value, /* real= */ exchanged.generated, /* generated= */ exchanged.real);
    }

    private Objective relative(double[] higher, double[] lower) {
      double meanOfHigher = mean(higher, r -> r);
      double meanOfLower = mean(lower, g -> g);
      double pullOfHigher = mean(higher, r -> sigmoid(meanOfLower - r));
      double pullOfLower = mean(lower, g -> sigmoid(g - meanOfHigher));
      return new Objective(
          mean(higher, r -> softplus(meanOfLower - r))
              + mean(lower, g -> softplus(g - meanOfHigher)),
          derivatives(higher, r -> -sigmoid(meanOfLower - r) - pullOfLower),
          derivatives(lower, g -> sigmoid(g - meanOfHigher) + pullOfHigher));
    }

    @Override
    double threshold(double[] others) {
      return mean(others, other -> other);
    }
  },

  /**
   * {@code (E (r - 1)^2 + E g^2) / 2} against {@code E (g - 1)^2 / 2}.
   *
   * <p>X. Mao et al., <i>Least Squares Generative Adversarial Networks</i>, ICCV 2017, equation 9.
   */
  LEAST_SQUARES(0.25) {
    @Override
    public Objective discriminator(double[] real, double[] generated) {
      return new Objective(
          (mean(real, r -> (r - 1) * (r - 1)) + mean(generated, g -> g * g)) / 2,
          derivatives(real, r -> r - 1),
          derivatives(generated, g -> g));
    }

    @Override
    public Objective generator(double[] real, double[] generated) {
      return new Objective(
          mean(generated, g -> (g - 1) * (g - 1)) / 2,
          new double[real.length],
          derivatives(generated, g -> g - 1));
    }

    @Override
    double threshold(double[] others) {
      return 0.5;
    }
  };

  /**
   * A value and its derivatives.
   *
   * @param real with respect to the answer for each real patch
   * @param generated with respect to the answer for each generated patch
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier: nothing compares arrays
  public record Objective(double value, double[] real, double[] generated) {}

  private final double lossOfGuessing;

  AdversarialKind(double lossOfGuessing) {
    this.lossOfGuessing = lossOfGuessing;
  }

  /** Returns the discriminator's value if it cannot tell and knows it. */
  public double lossOfGuessing() {
    return lossOfGuessing;
  }

  /** Returns the objective of the discriminator. */
  public abstract Objective discriminator(double[] real, double[] generated);

  /**
   * Returns the objective of the generator. Its gradient does not reach real patches: their answers
   * are constants.
   */
  public abstract Objective generator(double[] real, double[] generated);

  /**
   * Returns the answer above which a patch is taken for a real one.
   *
   * @param others the answers for the patches of the other sort
   */
  abstract double threshold(double[] others);

  /** Returns the share of real patches that are taken for such. */
  public double accuracyOnReal(double[] real, double[] generated) {
    double threshold = threshold(generated);
    return mean(real, r -> r > threshold ? 1 : 0);
  }

  /** Returns the share of generated patches that are not taken for real ones. */
  public double accuracyOnGenerated(double[] real, double[] generated) {
    double threshold = threshold(real);
    return mean(generated, g -> g < threshold ? 1 : 0);
  }

  /** Reads the argument {@code kind}: {@code standard}, which is the default, or another. */
  static AdversarialKind of(Arguments arguments) {
    String text = arguments.text("kind", STANDARD.text());
    for (AdversarialKind kind : values()) {
      if (kind.text().equals(text)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            "kind of %s must be one of %s, but was \"%s\"",
            arguments.name(),
            Arrays.stream(values()).map(AdversarialKind::text).collect(Collectors.joining(", ")),
            text));
  }

  String text() {
    return Ascii.toLowerCase(name());
  }

  static double mean(double[] answers, DoubleUnaryOperator function) {
    checkArgument(answers.length > 0, "answers must not be empty");
    double sum = 0;
    for (double answer : answers) {
      sum += function.applyAsDouble(answer);
    }
    return sum / answers.length;
  }

  /** The derivatives of a mean, given those of what it is the mean of. */
  private static double[] derivatives(double[] answers, DoubleUnaryOperator derivative) {
    return Arrays.stream(answers).map(a -> derivative.applyAsDouble(a) / answers.length).toArray();
  }

  /** -log s(-x), which neither overflows nor loses small values. */
  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
