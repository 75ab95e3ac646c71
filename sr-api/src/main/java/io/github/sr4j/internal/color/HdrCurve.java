// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.color;

import java.util.Optional;

/**
 * A transfer function of high dynamic range: from a component in {@code [0, 1]} to light, of which
 * 1 is the white of paper, and what shines is beyond.
 */
public enum HdrCurve {
  /** The perceptual quantiser: SMPTE ST 2084, ITU-R BT.2100 table 4, of 10,000 cd/m2. */
  PQ(16) {
    @Override
    double absolute(double component) {
      double root = Math.pow(component, 1 / M2);
      return Math.pow(Math.max(0, root - C1) / (C2 - C3 * root), 1 / M1);
    }

    @Override
    double component(double light) {
      double y = Math.pow(Math.max(0, light), M1);
      return Math.pow((C1 + C2 * y) / (1 + C3 * y), M2);
    }

    @Override
    double white() {
      return 203.0 / 10_000; // ITU-R BT.2408, 2.1: reference white
    }
  },
  /** Hybrid log-gamma: ITU-R BT.2100 table 5; light is that of the scene. */
  HLG(18) {
    @Override
    double absolute(double component) {
      return component <= 0.5
          ? component * component / 3
          : (Math.exp((component - C) / A) + B) / 12;
    }

    @Override
    double component(double light) {
      return light <= 1.0 / 12
          ? Math.sqrt(3 * Math.max(0, light))
          : A * Math.log(12 * light - B) + C;
    }

    @Override
    double white() {
      return absolute(0.75); // ITU-R BT.2408, 2.1: reference white
    }
  };

  private static final double M1 = 2610.0 / 16384;
  private static final double M2 = 2523.0 / 4096 * 128;
  private static final double C1 = 3424.0 / 4096;
  private static final double C2 = 2413.0 / 4096 * 32;
  private static final double C3 = 2392.0 / 4096 * 32;

  private static final double A = 0.17883277;
  private static final double B = 1 - 4 * A;
  private static final double C = 0.5 - A * Math.log(4 * A);

  private static final int MIN_TABLE = 64; // shorter ones are no curve of any use

  private final int code;

  HdrCurve(int code) {
    this.code = code;
  }

  /** Returns the curve of a code point of ITU-T H.273, table 3; empty if it is another one. */
  public static Optional<HdrCurve> ofCode(int code) {
    for (HdrCurve curve : values()) {
      if (curve.code == code) {
        return Optional.of(curve);
      }
    }
    return Optional.empty();
  }

  /**
   * Returns the curve that a table of a colour profile holds, up to a constant by which light is
   * multiplied, and cut off at 1; empty if it is another one.
   *
   * @param table light in {@code [0, 1]} at equal steps of components
   */
  public static Optional<HdrCurve> ofTable(double[] table) {
    for (HdrCurve curve : values()) {
      if (table.length >= MIN_TABLE && curve.isIn(table)) {
        return Optional.of(curve);
      }
    }
    return Optional.empty();
  }

  private boolean isIn(double[] table) {
    int last = table.length - 1;
    if (table[last - 1] >= 1) { // it is cut off
      while (last > 1 && table[last] >= 1) {
        last--;
      }
    }
    double factor = table[last] / absolute((double) last / (table.length - 1));
    for (int i = 0; i < table.length; i++) {
      double expected = Math.min(1, factor * absolute((double) i / (table.length - 1)));
      // A hundredth, or two levels of 16 bits: others round constants, and steps where it is cut.
      if (!(Math.abs(table[i] - expected) <= Math.max(2.0 / 65535, 0.01 * expected))) {
        return false;
      }
    }
    return true;
  }

  /** Returns light of which 1 is the most. */
  abstract double absolute(double component);

  /** Returns the component of light of which 1 is the most. */
  abstract double component(double light);

  /** Returns the light of white paper, of which 1 is the most. */
  abstract double white();

  /** Returns the light of a component, of which 1 is white paper. */
  public double light(double component) {
    return absolute(component) / white();
  }

  /** Returns the component of light, of which 1 is white paper. */
  public double componentOf(double light) {
    return component(light * white());
  }
}
