// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.pipeline.FileUpscale.Limits;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.ValueScale;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The cutting of an image into bands of regions, each of which is enlarged on its own from the
 * source region that the pipeline names. Regions that are multiples of its alignment partition the
 * image. Immutable.
 */
final class RegionPlan {

  private static final int BYTES_PER_PIXEL = 4; // of most images, about
  private static final int MIN_ROWS = 64; // of the low-resolution image: less is mostly margin
  private static final int MAX_ROWS = 512;

  private final Pipeline pipeline;
  private final List<ScaledLayer> layers;
  private final Size source;
  private final Size size;
  private final Reach reach;
  private final int[] columns; // edges of regions, from 0 to the width
  private final int[] rows; // edges of bands, from 0 to the height

  RegionPlan(
      Pipeline pipeline,
      Limits limits,
      Picture picture,
      List<ScaledLayer> layers,
      UpscaleOptions options)
      throws IOException {
    this.pipeline = pipeline;
    this.layers = layers;
    int width = picture.width();
    int height = picture.height();
    source = new Size(width, height);
    size = pipeline.sizes().streamed(width, height, options);
    boolean hasGaps =
        layers.stream().flatMap(layer -> layer.scale().stream()).anyMatch(ValueScale::hasGaps);
    reach = pipeline.reach(source, size, picture.hasAlpha(), hasGaps);
    if (reach.margin().isEmpty() || source.pixels() <= limits.wholePixels()) {
      pipeline.sizes().inMemory(width, height, options); // refuses what does not fit in an array
      columns = new int[] {0, width};
      rows = new int[] {0, height};
      return;
    }
    int bytesPerPixel = Math.max(BYTES_PER_PIXEL, picture.model().getPixelSize() / 8);
    double bytesPerRow =
        (double) bytesPerPixel * size.width() * Math.max(1, (double) size.height() / height);
    int most = (int) Math.max(1, Math.min(limits.bandBytes() / bytesPerRow, MAX_ROWS));
    int bandRows = Math.max(most, Math.min(MIN_ROWS, limits.regionPixels() / MIN_ROWS));
    rows = edges(height, bandRows, reach.alignment());
    columns = edges(width, limits.regionPixels() / bandRows, reach.alignment());
  }

  /** Parts of about equal size: a last one of a pixel or two would be nearly all margin. */
  private static int[] edges(int side, int most, int alignment) {
    long count = Math.max(1, ((long) side + most - 1) / Math.max(1, most));
    long part = (side + count - 1) / count;
    long aligned = (part + alignment - 1) / alignment * alignment;
    int[] edges = new int[(int) ((side + aligned - 1) / aligned) + 1];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = (int) Math.min(side, i * aligned);
    }
    return edges;
  }

  Pipeline pipeline() {
    return pipeline;
  }

  List<ScaledLayer> layers() {
    return layers;
  }

  /** Returns the size of the result. */
  Size size() {
    return size;
  }

  long tiles() {
    long tiles = 0;
    for (int band = 0; band + 1 < rows.length; band++) {
      for (RegionPair pair : regions(band)) {
        tiles += pipeline.tiles(pair.source().region().size());
      }
    }
    return tiles * layers.size();
  }

  boolean isWhole() {
    return rows.length == 2 && columns.length == 2;
  }

  /** Returns the band that makes a row of the result. */
  int bandOf(int row) {
    int band = 0;
    while (row >= enlarged(rows[band + 1], source.height(), size.height())) {
      band++;
    }
    return band;
  }

  /** Returns the regions of a band, without those that shrink to nothing. */
  List<RegionPair> regions(int band) {
    List<RegionPair> pairs = new ArrayList<>();
    int top = enlarged(rows[band], source.height(), size.height());
    int bottom = enlarged(rows[band + 1], source.height(), size.height());
    for (int i = 0; i + 1 < columns.length; i++) {
      int left = enlarged(columns[i], source.width(), size.width());
      int right = enlarged(columns[i + 1], source.width(), size.width());
      if (left < right && top < bottom) {
        Region covered =
            new Region(
                columns[i], rows[band], columns[i + 1] - columns[i], rows[band + 1] - rows[band]);
        pairs.add(
            new RegionPair(
                new Part(reach.source(covered, source), source),
                new Part(new Region(left, top, right - left, bottom - top), size)));
      }
    }
    return pairs;
  }

  private static int enlarged(int edge, int side, int resultSide) {
    return (int) Math.round((double) edge * resultSide / side);
  }
}
