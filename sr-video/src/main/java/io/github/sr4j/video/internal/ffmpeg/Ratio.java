// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import com.google.common.math.LongMath;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A fraction as FFmpeg prints it: {@code 1/90000}, {@code 30000/1001}, {@code 64:45}. */
public record Ratio(long numerator, long denominator) {

  /** No number. */
  public static final Ratio UNKNOWN = new Ratio(0, 0);

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

  /** Returns whether it is a number. */
  public boolean isKnown() {
    return numerator > 0 && denominator > 0;
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
