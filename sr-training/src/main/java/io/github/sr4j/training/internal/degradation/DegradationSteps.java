// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;
import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.training.Degradation;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The steps that a {@link Degradation} can have, by name. */
public final class DegradationSteps {

  private static final String GRAY = "0.4"; // the probability of gray noise in Real-ESRGAN

  private static final ImmutableSortedMap<String, Function<Arguments, DegradationStep>> STEPS =
      ImmutableSortedMap.<String, Function<Arguments, DegradationStep>>naturalOrder()
          .put("anisotropic", DegradationSteps::anisotropic)
          .put("area", arguments -> reduction("area", Resize.AREA::apply))
          .put("bicubic", arguments -> reduction("bicubic", Resampling::bicubic))
          .put("bilinear", arguments -> reduction("bilinear", Resize.BILINEAR::apply))
          .put("blur", DegradationSteps::blur)
          .put("gaussian", DegradationSteps::gaussian)
          .put("jpeg", DegradationSteps::jpeg)
          .put("noise", DegradationSteps::noise)
          .put("poisson", DegradationSteps::poisson)
          .put("real-esrgan", arguments -> new SecondOrder())
          .put("resize", DegradationSteps::resize)
          .put("sinc", DegradationSteps::sinc)
          .buildOrThrow();

  private DegradationSteps() {}

  /**
   * Returns a step.
   *
   * @throws IllegalArgumentException if there is none of this name, or it has no such argument
   */
  public static DegradationStep of(Arguments arguments) {
    Function<Arguments, DegradationStep> step = STEPS.get(arguments.name());
    checkArgument(
        step != null,
        "no degradation named \"%s\"; there are %s",
        arguments.name(),
        String.join(", ", STEPS.keySet()));
    DegradationStep made = step.apply(arguments);
    arguments.refuseUnread();
    return made;
  }

  /** Draws a way to resample. */
  static Resize anyMethod(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> Resize.AREA;
      case 1 -> Resize.BILINEAR;
      default -> Resize.BICUBIC;
    };
  }

  private static DegradationStep blur(Arguments arguments) {
    Range sigma = sigma(arguments, "sigma");
    return filter(
        arguments,
        sigma.isFixed(),
        false,
        (image, random) ->
            Resize.gaussian(image, image.width(), image.height(), sigma.draw(random)));
  }

  private static DegradationStep anisotropic(Arguments arguments) {
    Range along = sigma(arguments, "along");
    Range across = sigma(arguments, "across");
    Range angle = Range.of(arguments, "angle", "0-180", 0, 360);
    return filter(
        arguments,
        along.isFixed() && across.isFixed() && angle.isFixed(),
        false,
        (image, random) -> {
          double a = along.draw(random);
          double b = across.draw(random);
          int size = 2 * (int) Math.ceil(3 * Math.max(a, b)) + 1;
          return Kernel.elliptic(
                  size, a, b, Math.toRadians(angle.draw(random)), q -> Math.exp(-q / 2))
              .apply(image);
        });
  }

  private static Range sigma(Arguments arguments, String key) {
    return Range.of(arguments, key, "0.2-3", 0.1, 20);
  }

  private static DegradationStep sinc(Arguments arguments) {
    Range cutoff = Range.of(arguments, "cutoff", "1.05-3.14", 0.1, Math.PI);
    Range size = Range.of(arguments, "size", "7-21", 3, 51);
    return filter(
        arguments,
        cutoff.isFixed() && size.isFixed(),
        false,
        (image, random) ->
            Kernel.sinc(size.drawInteger(random) / 2 * 2 + 1, cutoff.draw(random)).apply(image));
  }

  private static DegradationStep noise(Arguments arguments) {
    Range sigma = Range.of(arguments, "sigma", "1-30", 0, 255);
    double gray = probability(arguments, "gray", GRAY);
    return filter(
        arguments,
        false,
        true,
        (image, random) ->
            Filters.gaussianNoise(
                image, sigma.draw(random) / 255, random.nextDouble() < gray, random));
  }

  private static DegradationStep poisson(Arguments arguments) {
    Range strength = Range.of(arguments, "strength", "0.05-3", 0, 100);
    double gray = probability(arguments, "gray", GRAY);
    return filter(
        arguments,
        false,
        true,
        (image, random) ->
            Filters.poissonNoise(image, strength.draw(random), random.nextDouble() < gray, random));
  }

  private static DegradationStep jpeg(Arguments arguments) {
    Range quality = Range.of(arguments, "quality", "30-95", 1, 100);
    return filter(
        arguments,
        quality.isFixed(),
        true,
        (image, random) -> Filters.jpeg(image, quality.drawInteger(random)));
  }

  private static double probability(Arguments arguments, String key, String defaultValue) {
    return Range.of(arguments, key, defaultValue, 0, 1).from();
  }

  /** A step that keeps the size of an image and is applied with a probability. */
  private static DegradationStep filter(
      Arguments arguments, boolean isFixed, boolean isOfColors, Filter filter) {
    double probability = probability(arguments, "probability", "1");
    return new Filtering(
        arguments.toString(), probability, isFixed && probability == 1, isOfColors, filter);
  }

  @FunctionalInterface
  private interface Filter {
    FloatImage apply(FloatImage image, SplittableRandom random);
  }

  private record Filtering(
      String text, double probability, boolean isFixed, boolean isOfColors, Filter filter)
      implements DegradationStep {

    @Override
    public FloatImage apply(FloatImage image, Size lowRes, SplittableRandom random) {
      boolean isDone = probability == 1 || random.nextDouble() < probability;
      return isDone ? filter.apply(image, random) : image;
    }

    @Override
    public boolean isRandom() {
      return !isFixed;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Blur and subsampling. Wherever the blur is the whole of it, the kernel is centred on the pixels
   * of the result.
   */
  private static DegradationStep gaussian(Arguments arguments) {
    Range sigma = sigma(arguments, "sigma");
    return new Reduction(
        arguments.toString(),
        DegradationStep.Stage.ORIGINAL,
        sigma.isFixed(),
        (image, width, height, random) ->
            Resize.gaussian(image, width, height, sigma.draw(random)));
  }

  private static DegradationStep reduction(String text, Scaling scaling) {
    return new Reduction(
        text,
        DegradationStep.Stage.ANY,
        true,
        (image, width, height, random) -> scaling.apply(image, width, height));
  }

  @FunctionalInterface
  private interface Scaling {
    FloatImage apply(FloatImage image, int width, int height);
  }

  @FunctionalInterface
  private interface RandomScaling {
    FloatImage apply(FloatImage image, int width, int height, SplittableRandom random);
  }

  /** The step that reduces an image of any size to the low-resolution image. */
  private record Reduction(String text, Stage needs, boolean isFixed, RandomScaling scaling)
      implements DegradationStep {

    @Override
    public FloatImage apply(FloatImage image, Size lowRes, SplittableRandom random) {
      return scaling.apply(image, lowRes.width(), lowRes.height(), random);
    }

    @Override
    public Stage leaves(Stage stage) {
      return Stage.REDUCED;
    }

    @Override
    public boolean isRandom() {
      return !isFixed;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static DegradationStep resize(Arguments arguments) {
    Range factor = Range.of(arguments, "factor", "0.15-1.5", 0.01, 16);
    String names = "random, area, bilinear, bicubic";
    String method = arguments.text("method", "random");
    checkArgument(
        List.of(names.split(", ", -1)).contains(method),
        "method of resize must be one of %s, but was \"%s\"",
        names,
        method);
    return new RandomResize(arguments.toString(), factor, method);
  }

  /** A step whose result may have any size. */
  private record RandomResize(String text, Range factor, String method) implements DegradationStep {

    @Override
    public FloatImage apply(FloatImage image, Size lowRes, SplittableRandom random) {
      double f = factor.draw(random);
      Resize resize =
          method.equals("random")
              ? anyMethod(random)
              : Resize.valueOf(method.toUpperCase(Locale.ROOT));
      return resize.apply(
          image,
          Math.max(1, (int) Math.round(image.width() * f)),
          Math.max(1, (int) Math.round(image.height() * f)));
    }

    @Override
    public Stage leaves(Stage stage) {
      return Stage.ANY;
    }

    @Override
    public boolean isRandom() {
      return !factor.isFixed() || method.equals("random");
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
