// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.math.LongMath;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A fraction as FFmpeg prints it: {@code 1/90000}, {@code 30000/1001}, {@code 64:45}. */
public record Ratio(long numerator, long denominator) {

  /** No number. */
  public static final Ratio UNKNOWN = new Ratio(0, 0);

  private static final double MIN_RATE = 0.001;
  private static final double MAX_RATE = 1000;
  private static final double ROUNDING = 0.0005; // of 23.976
  private static final Pattern FORM = Pattern.compile("(\\d{1,18})[/:](\\d{1,18})");

  /** Returns the fraction of a text in lowest terms, or {@link #UNKNOWN} for any other text. */
  public static Ratio parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return UNKNOWN;
    }
    long numerator = Long.parseLong(matcher.group(1));
    long denominator = Long.parseLong(matcher.group(2));
    if (numerator == 0 || denominator == 0) {
      return UNKNOWN;
    }
    long divisor = LongMath.gcd(numerator, denominator);
    return new Ratio(numerator / divisor, denominator / divisor);
  }

  /**
   * Returns the fraction that a number of frames in a second stands for: 23.976, 29.97 and 59.94
   * those of television, multiples of 1000/1001.
   *
   * @throws IllegalArgumentException if it is not within 0.001 to 1000
   */
  public static Ratio ofFrameRate(double framesPerSecond) {
    checkArgument(
        framesPerSecond >= MIN_RATE && framesPerSecond <= MAX_RATE,
        "framesPerSecond must be within 0.001 to 1000, but was %s",
        framesPerSecond);
    long ofTelevision = Math.round(framesPerSecond * 1.001);
    boolean isNear = Math.abs(ofTelevision * 1000 / 1001.0 - framesPerSecond) < ROUNDING;
    if (isNear && ofTelevision % 6 == 0) { // 24, 30, 48, 60 and 120
      return new Ratio(ofTelevision * 1000, 1001);
    }
    long thousandths = Math.round(framesPerSecond * 1000);
    long divisor = LongMath.gcd(thousandths, 1000);
    return new Ratio(thousandths / divisor, 1000 / divisor);
  }

  /** Returns whether it is a number. */
  public boolean isKnown() {
    return numerator > 0 && denominator > 0;
  }

  /** Returns the frames in a second of a unit of time, or the other way round. */
  public Ratio inverse() {
    return new Ratio(/* numerator= */ denominator, /* denominator= */ numerator);
  }

  /** Returns the nearest double. */
  public double toDouble() {
    return (double) numerator / denominator;
  }

  /**
   * Converts a time in units of this to the nearest one in units of another.
   *
   * @throws ArithmeticException if it does not fit
   */
  public long convert(long time, Ratio unit) {
    if (equals(unit)) {
      return time;
    }
    BigInteger dividend =
        BigInteger.valueOf(time)
            .multiply(BigInteger.valueOf(numerator))
            .multiply(BigInteger.valueOf(unit.denominator));
    BigInteger divisor =
        BigInteger.valueOf(denominator).multiply(BigInteger.valueOf(unit.numerator));
    return dividend.shiftLeft(1).add(divisor).divide(divisor.shiftLeft(1)).longValueExact();
  }

  @Override
  public String toString() {
    return numerator + "/" + denominator;
  }
}
