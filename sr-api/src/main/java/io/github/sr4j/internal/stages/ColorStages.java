// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.pixels.YcbcrPlanes;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.Coloring;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The ways of colours through a network of luma or RGB, to any size. A luma network sees the luma
 * of RGB, an RGB network sees luma as gray. A gray image of three channels stays gray.
 */
public final class ColorStages {

  private static final float BLACK = 16; // ITU-R BT.601: luma of black and white, in 255ths
  private static final float WHITE = 235;

  private final Resized network;
  private final Stage ofLuma;
  private final Map<Coloring, Stage> stages = new EnumMap<>(Coloring.class);

  /**
   * Prepares the ways.
   *
   * @param network all passes of it
   * @param channels 1 or 3, of the network
   */
  public ColorStages(Stage network, int channels, RowExecutor executor) {
    this.network = new Resized(network, executor);
    UnaryOperator<Rows> same = UnaryOperator.identity();
    UnaryOperator<Rows> luma = rows -> rows.map(1, ColorStages::luma);
    UnaryOperator<Rows> gray = rows -> rows.map(3, ColorStages::gray);
    boolean isOfLuma = channels == 1;
    ofLuma = isOfLuma ? this.network : new Resized(new Mapped(network, gray, luma), executor);
    stages.put(
        Coloring.ONE_CHANNEL,
        new Mapped(
            ofLuma,
            rows -> rows.map(1, ColorStages::grayToLuma),
            rows -> rows.map(1, ColorStages::lumaToGray)));
    stages.put(
        Coloring.EQUAL_CHANNELS,
        isOfLuma
            ? new Mapped(ofLuma, luma, gray)
            : new Mapped(this.network, same, luma.andThen(gray)::apply));
    stages.put(Coloring.COLORS, isOfLuma ? new LumaAndChroma(ofLuma, executor) : this.network);
  }

  /** Returns the way of an image's colours. */
  public Stage of(Coloring coloring) {
    return stages.getOrDefault(coloring, network);
  }

  /** Returns the way of luma. */
  public Stage ofLuma() {
    return ofLuma;
  }

  /** Returns how far the result of any colours looks, with alpha, which is resampled. */
  public Reach reach(Size source, Size result) {
    return network
        .reach()
        .beside(Bicubic.REACH)
        .then(Bicubic.toSize(source, result, network.scale()), 1);
  }

  private static void luma(float[] rgb, int pixels) {
    YcbcrPlanes.luma(rgb, pixels, rgb);
  }

  private static void grayToLuma(float[] gray, int pixels) {
    affine(gray, pixels, (WHITE - BLACK) / 255, BLACK / 255);
  }

  private static void lumaToGray(float[] luma, int pixels) {
    affine(luma, pixels, 255 / (WHITE - BLACK), -BLACK / (WHITE - BLACK));
  }

  /** Makes luma RGB, of equal channels. */
  private static void gray(float[] samples, int pixels) {
    lumaToGray(samples, pixels);
    System.arraycopy(samples, 0, samples, pixels, pixels);
    System.arraycopy(samples, 0, samples, 2 * pixels, pixels);
  }

  private static void affine(float[] samples, int pixels, float factor, float constant) {
    for (int i = 0; i < pixels; i++) {
      samples[i] = samples[i] * factor + constant;
    }
  }
}
