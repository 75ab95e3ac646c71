// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Notices when a discriminator and a generator no longer learn from one another. It looks at means
 * over {@value #WINDOW} steps, since single batches are noisy, and reports a state once until it
 * has been absent for twice as many.
 *
 * <p>Confined to one thread.
 */
public final class CollapseWatch {

  static final int WINDOW = 100;

  // Shares of what they would be if the two were in balance, or of what real patches have.
  private static final double NO_LOSS = 0.01;
  private static final double ABOUT_GUESSING = 0.02;
  private static final double NO_CHANGE = 0.04;
  private static final double NO_VARIATION = 0.05;
  private static final double MAX_SAMPLES = 0.9;
  private static final double MAX_ACCURACY = 0.6; // of one who guesses

  /**
   * The measurements of a step.
   *
   * @param loss the discriminator's
   * @param accuracy the share of patches, real and generated, that the discriminator told right
   * @param contrast the variation of samples within generated patches, divided by that within real
   *     ones
   * @param variety the variation of samples from one generated patch to another, divided by that of
   *     real ones
   * @param saturation the share of generated samples that are not between 0 and 1
   */
  public record Observation(
      double loss, double accuracy, double contrast, double variety, double saturation) {}

  /** A condition that may hold for a while. */
  private static final class Episode {

    private int endedFor;
    private boolean isTold;

    /** Returns whether this is the step at which to tell of it. */
    boolean isNews(boolean holds) {
      endedFor = holds ? 0 : endedFor + 1;
      if (endedFor >= 2 * WINDOW) {
        isTold = false;
      }
      boolean isNews = holds && !isTold;
      isTold |= holds;
      return isNews;
    }
  }

  private final double lossOfGuessing;
  private final Deque<Observation> last = new ArrayDeque<>();
  private final Episode infallible = new Episode();
  private final Episode guessing = new Episode();
  private final Episode flat = new Episode();
  private final Episode uniform = new Episode();
  private final Episode saturated = new Episode();

  /**
   * Starts to watch.
   *
   * @param lossOfGuessing the discriminator's value if it cannot tell and knows it
   */
  public CollapseWatch(double lossOfGuessing) {
    this.lossOfGuessing = lossOfGuessing;
  }

  /** Takes note of a step, and returns what to tell a person. */
  public Optional<String> observe(Observation step) {
    if (!Double.isFinite(step.loss)) {
      return Optional.of(
          String.format(
              "the discriminator has collapsed: its loss is %s. Lower the learning rate, or that of"
                  + " the discriminator, as in adversarial(rate=0.1)",
              step.loss));
    }
    last.add(step);
    if (last.size() < WINDOW) {
      return Optional.empty();
    }
    if (last.size() > WINDOW) {
      last.remove();
    }
    return news(
        new Observation(
            mean(Observation::loss),
            mean(Observation::accuracy),
            mean(Observation::contrast),
            mean(Observation::variety),
            mean(Observation::saturation)));
  }

  private double mean(ToDoubleFunction<Observation> value) {
    return last.stream().mapToDouble(value).sum() / last.size();
  }

  private double deviation(ToDoubleFunction<Observation> value) {
    double mean = mean(value);
    return Math.sqrt(mean(step -> Math.pow(value.applyAsDouble(step) - mean, 2)));
  }

  private Optional<String> news(Observation mean) {
    List<String> news = new ArrayList<>();
    if (infallible.isNews(mean.accuracy > 0.99 && mean.loss < NO_LOSS * lossOfGuessing)) {
      news.add(
          String.format(
              Locale.ROOT,
              "the discriminator has collapsed: for %d steps it has told all patches right, at a"
                  + " loss of %.1e, so that the generator has nothing to learn from it",
              WINDOW,
              mean.loss));
    }
    // Two networks in balance come close to guessing, too, but then the loss goes up and down.
    boolean isGuessing =
        mean.loss > (1 - ABOUT_GUESSING) * lossOfGuessing
            && mean.accuracy < MAX_ACCURACY
            && deviation(Observation::loss) < NO_CHANGE * lossOfGuessing;
    if (guessing.isNews(isGuessing)) {
      news.add(
          String.format(
              Locale.ROOT,
              "the discriminator has collapsed: for %d steps it has been no better than guessing,"
                  + " at a loss of %.3f and an accuracy of %.2f",
              WINDOW,
              mean.loss,
              mean.accuracy));
    }
    if (flat.isNews(mean.contrast < NO_VARIATION)) {
      news.add("the generator has collapsed: for " + WINDOW + " steps its patches have been flat");
    }
    if (uniform.isNews(mean.variety < NO_VARIATION)) {
      news.add(
          "the generator has collapsed: for "
              + WINDOW
              + " steps its patches have all been the same");
    }
    if (saturated.isNews(mean.saturation > MAX_SAMPLES)) {
      news.add(
          "the generator has collapsed: for "
              + WINDOW
              + " steps its patches have been black and white");
    }
    return news.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", news));
  }
}
