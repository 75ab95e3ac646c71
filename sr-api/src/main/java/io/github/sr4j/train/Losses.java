// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.shared.losses.CharbonnierLoss;
import io.github.sr4j.shared.losses.EdgeLoss;
import io.github.sr4j.shared.losses.L1Loss;
import io.github.sr4j.shared.losses.MseLoss;
import io.github.sr4j.shared.losses.MultiScaleSsimLoss;
import io.github.sr4j.shared.losses.SsimLoss;
import io.github.sr4j.shared.losses.TotalVariationLoss;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.LossProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The losses of this library, and the reading of losses from text. */
public final class Losses {

  private static final ImmutableSet<String> NAMES =
      ImmutableSet.of("charbonnier", "edge", "l1", "ms_ssim", "mse", "ssim", "tv");

  /** A weight up to the sign of its exponent: the plus sign in 1e+3 separates nothing. */
  private static final Pattern EXPONENT = Pattern.compile("\\s*[0-9.]+[eE]");

  private Losses() {}

  /** Returns the mean absolute difference. */
  public static Loss l1() {
    return new L1Loss();
  }

  /**
   * Returns the mean squared difference: the pixel loss of Johnson et al., <i>Perceptual Losses for
   * Real-Time Style Transfer and Super-Resolution</i>, ECCV 2016, section 3.2, {@code |p - t|^2 /
   * (C H W)}.
   */
  public static Loss mse() {
    return new MseLoss();
  }

  /**
   * Returns the Charbonnier loss with an epsilon of 1e-3, the value of the paper.
   *
   * @see #charbonnier(double)
   */
  public static Loss charbonnier() {
    return charbonnier(1e-3);
  }

  /**
   * Returns the Charbonnier loss, {@code mean(sqrt(d^2 + epsilon^2) - epsilon)}: an L1 that is
   * smooth at zero (Lai et al., <i>Deep Laplacian Pyramid Networks for Fast and Accurate
   * Super-Resolution</i>, CVPR 2017).
   *
   * @throws IllegalArgumentException if {@code epsilon} is not positive
   */
  public static Loss charbonnier(double epsilon) {
    checkArgument(
        epsilon > 0 && Double.isFinite(epsilon), "epsilon must be positive, but was %s", epsilon);
    return new CharbonnierLoss(epsilon);
  }

  /**
   * Returns the total variation of the prediction, {@code mean(|dx p|) + mean(|dy p|)}, a prior
   * against noise: the target plays no part, and a perfect prediction costs something (Rudin et
   * al., <i>Nonlinear total variation based noise removal algorithms</i>, Physica D 60, 1992).
   */
  public static Loss tv() {
    return new TotalVariationLoss();
  }

  /**
   * Returns the mean absolute difference of the image gradients, {@code mean(|dx p - dx t|) +
   * mean(|dy p - dy t|)} (Mathieu et al., <i>Deep multi-scale video prediction beyond mean square
   * error</i>, ICLR 2016, with signed differences).
   */
  public static Loss edge() {
    return new EdgeLoss();
  }

  /**
   * Returns {@code 1 - SSIM}, the structural similarity of Wang et al., <i>Image Quality
   * Assessment: From Error Visibility to Structural Similarity</i>, 2004, for images of at least
   * 11x11.
   */
  public static Loss ssim() {
    return new SsimLoss();
  }

  /**
   * Returns the loss of multi-scale structural similarity with the five scales of the paper, for
   * images of at least 176x176.
   *
   * @see #msSsim(int)
   */
  public static Loss msSsim() {
    return msSsim(5);
  }

  /**
   * Returns {@code 1 - MS-SSIM}, the structural similarity at several scales (Wang et al.,
   * <i>Multi-Scale Structural Similarity for Image Quality Assessment</i>, Asilomar 2003).
   *
   * @param scales the number of scales; images are at least 11 * 2^(scales - 1) pixels wide and
   *     high. The paper's powers are divided by their sum if there are fewer than 5
   * @throws IllegalArgumentException if {@code scales} is not within 2 to 5; one scale is {@link
   *     #ssim}
   */
  public static Loss msSsim(int scales) {
    checkArgument(scales >= 2 && scales <= 5, "scales must be within 2 to 5, but was %s", scales);
    return new MultiScaleSsimLoss(scales);
  }

  /**
   * Reads a loss from a text: names with arguments in parentheses, each with a weight if it has
   * one, and added, such as {@code "l1 + 0.1*focal(gamma=2)"}.
   *
   * <p>The names are {@code l1}, {@code mse} (or {@code l2}), {@code charbonnier(epsilon=1e-3)},
   * {@code tv}, {@code edge}, {@code ssim}, {@code ms_ssim(scales=5)}, and those of the {@link
   * LossProvider}s on the class path, sr-networks' {@code feature}, {@code gram} and {@code lpips}
   * among them.
   *
   * @throws IllegalArgumentException if the text is not of this form or names no loss; the message
   *     lists those that there are
   * @throws io.github.sr4j.ModelFormatException if a file that it names is damaged or not what the
   *     loss needs
   */
  public static Loss parse(String text) {
    return split(text).stream()
        .map(part -> parseTerm(part, text))
        .reduce(Loss::plus)
        .orElseThrow(() -> new IllegalArgumentException("loss must not be empty"));
  }

  /** Splits a sum at those plus signs that are outside of parentheses. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    int depth = 0;
    boolean isQuoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        isQuoted = !isQuoted;
      } else if (!isQuoted) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == '+' && depth == 0 && !EXPONENT.matcher(text.substring(start, i)).matches()) {
          parts.add(text.substring(start, i));
          start = i + 1;
        }
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static Loss parseTerm(String part, String text) {
    int star = part.indexOf('*');
    int parenthesis = part.indexOf('(');
    if (star < 0 || (parenthesis >= 0 && parenthesis < star)) {
      return create(Arguments.parse(part));
    }
    double weight;
    try {
      weight = Double.parseDouble(part.substring(0, star).strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          String.format(
              "the weight before * in loss \"%s\" must be a number, but was \"%s\"",
              text, part.substring(0, star).strip()),
          e);
    }
    return create(Arguments.parse(part.substring(star + 1))).times(weight);
  }

  private static Loss create(Arguments arguments) {
    Loss loss =
        switch (arguments.name()) {
          case "l1" -> l1();
          case "mse", "l2" -> mse();
          case "charbonnier" -> charbonnier(arguments.number("epsilon", 1e-3));
          case "tv" -> tv();
          case "edge" -> edge();
          case "ssim" -> ssim();
          case "ms_ssim" -> msSsim(arguments.integer("scales", 5, 2, 5));
          default -> plugIn(arguments);
        };
    arguments.refuseUnread();
    return loss;
  }

  private static Loss plugIn(Arguments arguments) {
    Set<String> names = new TreeSet<>(NAMES);
    for (LossProvider provider : LossProvider.all()) {
      if (provider.name().equals(arguments.name())) {
        return provider.create(arguments);
      }
      names.add(provider.name());
    }
    throw new IllegalArgumentException(
        String.format(
            "no loss named \"%s\"; there are %s", arguments.name(), String.join(", ", names)));
  }
}
