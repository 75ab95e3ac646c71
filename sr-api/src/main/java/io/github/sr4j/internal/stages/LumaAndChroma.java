// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.pixels.YcbcrPlanes;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;

/** RGB whose luma goes through a stage; chroma is resampled bicubically from the source. */
record LumaAndChroma(Stage ofLuma, RowExecutor executor) implements Stage {

  @Override
  public int scale() {
    return ofLuma.scale();
  }

  @Override
  public Reach reach() {
    return ofLuma.reach().beside(Bicubic.REACH);
  }

  @Override
  public int tiles(Size source) {
    return ofLuma.tiles(source);
  }

  @Override
  public Rows whole(Rows source, UpscaleCall call) {
    Part part = Part.whole(new Size(source.width(), source.height()));
    YcbcrImage image = new YcbcrImage(source, executor);
    return image.withLuma(
        ofLuma.whole(Rows.of(image.luma), call), new RegionPair(part, part.scaledBy(scale())));
  }

  @Override
  public void apply(Rows source, RegionPair regions, UpscaleCall call, Sink sink) {
    YcbcrImage image = new YcbcrImage(source, executor);
    ofLuma.apply(
        Rows.of(image.luma),
        regions,
        call,
        (region, luma) -> sink.accept(region, image.withLuma(luma, regions)));
  }

  /** The planes of an image. */
  private static final class YcbcrImage {

    private final FloatImage luma;
    private final FloatImage blueDifference;
    private final FloatImage redDifference;

    YcbcrImage(Rows rgb, RowExecutor executor) {
      int width = rgb.width();
      luma = plane(rgb);
      blueDifference = plane(rgb);
      redDifference = plane(rgb);
      executor.run(
          width,
          rgb.height(),
          Rows.SCRATCH,
          (top, bottom, band) -> {
            Region rows = new Region(0, top, width, bottom - top);
            rgb.read(rows, band);
            int pixels = rows.pixels();
            YcbcrPlanes.fromRgb(band, pixels, band);
            System.arraycopy(band, 0, luma.samples(), top * width, pixels);
            System.arraycopy(band, pixels, blueDifference.samples(), top * width, pixels);
            System.arraycopy(band, 2 * pixels, redDifference.samples(), top * width, pixels);
          });
    }

    private static FloatImage plane(Rows image) {
      return FloatImage.wrap(
          1, image.height(), image.width(), new float[image.height() * image.width()]);
    }

    Rows withLuma(Rows enlarged, RegionPair regions) {
      return Rows.ofLumaAndChroma(enlarged, blueDifference, redDifference, regions);
    }
  }
}
