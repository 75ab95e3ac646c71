// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.StringReader;
import java.util.Arrays;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class CurveTest {

  private static Document draw(double[] steps, double... values) throws Exception {
    String svg = Curve.svg("Loss: <l1>", steps, values);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static double[][] points(Document svg) {
    Element line = (Element) svg.getElementsByTagName("polyline").item(0);
    return Arrays.stream(line.getAttribute("points").strip().split(" "))
        .map(p -> Arrays.stream(p.split(",")).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }

  private static String[] labels(Document svg) {
    NodeList texts = svg.getElementsByTagName("text");
    return IntStream.range(0, texts.getLength())
        .mapToObj(i -> texts.item(i).getTextContent())
        .toArray(String[]::new);
  }

  @Test
  void linear_goesFromLeftToRight_andHigherIsMore() throws Exception {
    Document svg = draw(new double[] {100, 200, 300}, 30, 32, 31);
    double[][] points = points(svg);

    assertThat(points).hasDimensions(3, 2);
    assertThat(points[0][0]).isEqualTo(62);
    assertThat(points[2][0]).isEqualTo(468);
    assertThat(points[1][0]).isEqualTo((62 + 468) / 2.0);
    assertThat(points[1][1]).isLessThan(points[2][1]); // y goes down
    assertThat(points[2][1]).isLessThan(points[0][1]);
    assertThat(labels(svg)).contains("30", "31", "32", "100", "200", "300");
    assertThat(svg.getDocumentElement().getAttribute("aria-label")).isEqualTo("Loss: <l1>");
  }

  @Test
  void positiveValues_mostOfThemSmall_areLogarithmic() throws Exception {
    double[][] points = points(draw(new double[] {1, 2, 3}, 1, 0.01, 0.0001));

    assertThat(points[1][1] - points[0][1]).isCloseTo(points[2][1] - points[1][1], within(0.2));
    double[][] cosine = points(draw(new double[] {1, 2, 3}, 1e-3, 5e-4, 1e-9));
    assertThat(cosine[1][1] - cosine[0][1]).isCloseTo(cosine[2][1] - cosine[1][1], within(0.2));
  }

  @Test
  void manySteps_areMeans_withABandAroundThem() throws Exception {
    double[] steps = IntStream.rangeClosed(1, 100_000).asDoubleStream().toArray();
    double[] values = IntStream.rangeClosed(1, 100_000).mapToDouble(i -> i % 2).toArray();
    Document svg = draw(steps, values);
    double[][] points = points(svg);

    assertThat(points.length).isLessThanOrEqualTo(240);
    assertThat(points[50][1]).isBetween(90.0, 105.0); // the middle, of 0 and 1
    assertThat(svg.getElementsByTagName("polygon").getLength()).isEqualTo(1);
    assertThat(svg.getElementsByTagName("circle").getLength()).isZero();
  }

  @Test
  void gaps_areLeftOut_andNothingIsNothing() throws Exception {
    double nan = Double.NaN;
    assertThat(points(draw(new double[] {1, 2, 3, 4}, nan, 1, nan, 2))).hasDimensions(2, 2);
    assertThat(Curve.svg("empty", new double[] {1, 2}, new double[] {nan, nan})).isEmpty();
    assertThat(Curve.svg("empty", new double[0], new double[0])).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "-3", "1e-12", "5e8"})
  void constantValue_isALineInTheMiddle(double value) throws Exception {
    double[][] points = points(draw(new double[] {1, 1_000_000}, value, value));

    assertThat(points[0][1]).isEqualTo(points[1][1]).isBetween(90.0, 105.0);
  }

  @Test
  void oneStep_isAPoint() throws Exception {
    assertThat(draw(new double[] {7}, 0.5).getElementsByTagName("circle").getLength()).isOne();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "30, 30",
    "31.5, 31.5",
    "100000, 100000",
    "2000000, 2e6",
    "0.0001, 1e-4",
    "0.00025, 2.5e-4",
    "0.001, 0.001",
    "-0.5, -0.5",
    "1e-12, 1e-12"
  })
  void labels_areShort(double value, String label) {
    assertThat(Curve.label(value)).isEqualTo(label);
  }
}
