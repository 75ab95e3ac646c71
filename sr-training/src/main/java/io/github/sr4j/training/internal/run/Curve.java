// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import com.google.common.html.HtmlEscapers;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A curve over the steps of a run, as SVG: the mean of the values that fall on one column of the
 * picture, and behind it from the least to the greatest of them. The vertical axis is logarithmic
 * if values are positive and half of them less than a tenth of the greatest.
 */
public final class Curve {

  private static final int WIDTH = 480;
  private static final int HEIGHT = 210;
  private static final int LEFT = 62;
  private static final int RIGHT = 12;
  private static final int TOP = 10;
  private static final int BOTTOM = 26;
  private static final int COLUMNS = 240;
  private static final int TICKS = 5;
  private static final double[] ROUND = {1, 2, 5, 10};

  private final List<double[]> points = new ArrayList<>(); // step, mean, least, greatest
  private double firstStep = Double.POSITIVE_INFINITY;
  private double lastStep = Double.NEGATIVE_INFINITY;
  private final boolean isLogarithmic;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  private Curve(double[] steps, double[] values) {
    for (int i = 0; i < steps.length; i++) {
      if (Double.isFinite(values[i])) {
        firstStep = Math.min(firstStep, steps[i]);
        lastStep = Math.max(lastStep, steps[i]);
      }
    }
    int column = -1;
    int count = 0;
    for (int i = 0; i < steps.length; i++) {
      if (!Double.isFinite(values[i])) {
        continue;
      }
      int next = (int) ((steps[i] - firstStep) / Math.max(1, lastStep - firstStep) * (COLUMNS - 1));
      if (next != column) {
        column = next;
        count = 0;
        points.add(new double[] {0, 0, values[i], values[i]});
      }
      double[] point = points.get(points.size() - 1);
      count++;
      point[0] += (steps[i] - point[0]) / count;
      point[1] += (values[i] - point[1]) / count;
      point[2] = Math.min(point[2], values[i]);
      point[3] = Math.max(point[3], values[i]);
      min = Math.min(min, values[i]);
      max = Math.max(max, values[i]);
    }
    double[] finite = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    isLogarithmic = min > 0 && finite.length > 0 && max > 10 * finite[finite.length / 2];
  }

  /**
   * Draws a curve.
   *
   * @param name what a reader that cannot see it is told
   * @param steps where the values are, rising
   * @param values NaN where there is none
   * @return an SVG element; empty if there is no value
   */
  public static String svg(String name, double[] steps, double[] values) {
    Curve curve = new Curve(steps, values);
    return curve.points.isEmpty() ? "" : curve.draw(name);
  }

  private String draw(String name) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            HEIGHT,
            HtmlEscapers.htmlEscaper().escape(name)));
    for (double tick : isLogarithmic ? powers() : multiples(bottom(), top())) {
      line(svg, LEFT, y(tick), WIDTH - RIGHT, y(tick));
      text(svg, LEFT - 6, y(tick) + 4, "end", label(tick));
    }
    for (double tick : multiples(firstStep, lastStep)) {
      line(svg, x(tick), HEIGHT - BOTTOM, x(tick), HEIGHT - BOTTOM + 4);
      text(svg, x(tick), HEIGHT - BOTTOM + 17, "middle", label(tick));
    }
    StringBuilder band = new StringBuilder();
    StringBuilder curve = new StringBuilder();
    for (double[] point : points) {
      append(band, point[0], point[3]);
      append(curve, point[0], point[1]);
    }
    for (int i = points.size() - 1; i >= 0; i--) {
      append(band, points.get(i)[0], points.get(i)[2]);
    }
    svg.append("<polygon class=\"band\" points=\"").append(band).append("\"/>");
    svg.append("<polyline class=\"curve\" points=\"").append(curve).append("\"/>");
    if (points.size() <= COLUMNS / 4) {
      for (double[] point : points) {
        svg.append(
            String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"><title>step %.0f: %s</title></circle>",
                x(point[0]),
                y(point[1]),
                point[0],
                label(point[1])));
      }
    }
    return svg.append("</svg>").toString();
  }

  private void append(StringBuilder list, double step, double value) {
    list.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(step), y(value)));
  }

  private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            x1,
            y1,
            x2,
            y2));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
            x,
            y,
            anchor,
            text));
  }

  private double x(double step) {
    double range = Math.max(1, lastStep - firstStep);
    return LEFT + (step - firstStep) / range * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    double low = bottom();
    double high = top();
    double fraction =
        isLogarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return HEIGHT - BOTTOM - fraction * (HEIGHT - TOP - BOTTOM);
  }

  /** The value at the bottom; with that at the top it is never the same. */
  private double bottom() {
    return isLogarithmic ? min : min - margin();
  }

  private double top() {
    return isLogarithmic ? max : max + margin();
  }

  private double margin() {
    double range = max - min;
    return range > 0 ? range / 20 : Math.max(Math.abs(min) / 10, 1e-6);
  }

  /** Returns some five round numbers of a range. */
  private static List<Double> multiples(double from, double to) {
    if (from == to) {
      return List.of(from);
    }
    double raw = (to - from) / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double step = power;
    for (double factor : ROUND) {
      step = factor * power;
      if (step >= raw) {
        break;
      }
    }
    List<Double> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(from / step); i * step <= to; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Ones, twos and fives between the least and the greatest value, or ones if there are many. */
  private List<Double> powers() {
    List<Double> ticks = new ArrayList<>();
    boolean isWide = max > 300 * min;
    for (int exponent = (int) Math.floor(Math.log10(min));
        Math.pow(10, exponent) <= max;
        exponent++) {
      for (int i = 0; i < (isWide ? 1 : 3); i++) {
        double tick = ROUND[i] * Math.pow(10, exponent);
        if (tick >= min && tick <= max) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** Returns a number in as few digits as it needs, of five. */
  public static String label(double value) {
    if (value == 0) {
      return "0";
    }
    double magnitude = Math.abs(value);
    if (magnitude >= 1e6 || magnitude < 1e-3) {
      return String.format(Locale.ROOT, "%.2e", value)
          .replaceFirst("\\.?0+e", "e")
          .replaceFirst("e([+-])0?", "e$1")
          .replace("e+", "e");
    }
    return new BigDecimal(value).round(new MathContext(5)).stripTrailingZeros().toPlainString();
  }
}
