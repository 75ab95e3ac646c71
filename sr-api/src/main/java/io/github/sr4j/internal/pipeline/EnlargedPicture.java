// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.images.CompatibleImage;
import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.rows.Coloring;
import io.github.sr4j.internal.rows.PixelKind;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.tiff.TiffTags;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** An enlarged image, a band of which is in memory. */
final class EnlargedPicture implements Picture {

  private final Picture source;
  private final RegionPlan plan;
  private final FileMetadata metadata;
  private final Optional<TiffTags> tags;
  private final UpscaleCall call;
  private @Nullable List<PixelKind> kinds; // of each layer
  private @Nullable Band lowRes; // the rows that the last band came of
  private @Nullable Band last;

  EnlargedPicture(
      Picture source,
      RegionPlan plan,
      FileMetadata metadata,
      Optional<TiffTags> tags,
      UpscaleCall call) {
    this.source = source;
    this.plan = plan;
    this.metadata = metadata;
    this.tags = tags;
    this.call = call;
  }

  @Override
  public int width() {
    return plan.size().width();
  }

  @Override
  public int height() {
    return plan.size().height();
  }

  @Override
  public FileMetadata metadata() {
    return metadata;
  }

  @Override
  public Optional<TiffTags> tiff() {
    return tags;
  }

  @Override
  public Band band(int row) throws IOException {
    if (last == null || !last.holds(row)) {
      last = compute(plan.regions(plan.bandOf(row)), last);
    }
    return last;
  }

  private Band compute(List<RegionPair> pairs, @Nullable Band reusable) throws IOException {
    if (kinds == null && !plan.isWhole()) {
      kinds = kinds(); // before rows are read, as a source is cheap in one direction only
    }
    Region rows = pairs.get(0).source().region();
    Band low = lowRes(rows.y(), rows.bottom());
    List<PixelKind> known = kinds == null ? kindsOf(low.rows()) : kinds;
    kinds = known;
    BufferedImage band = null;
    for (RegionPair pair : pairs) {
      Region from = pair.source().region();
      Region to = pair.result().region();
      BufferedImage region =
          upscale(low.rows().getSubimage(from.x(), 0, from.width(), from.height()), known, pair);
      if (pairs.size() == 1) {
        return new Band(to.y(), region);
      }
      if (band == null) {
        band =
            reusable != null && reusable.rows().getHeight() == to.height()
                ? reusable.rows()
                : CompatibleImage.of(region, width(), to.height());
      }
      band.getRaster().setDataElements(to.x(), 0, region.getRaster());
    }
    return new Band(pairs.get(0).result().y(), requireNonNull(band));
  }

  /** Enlarges a region, each layer by itself. */
  private BufferedImage upscale(BufferedImage region, List<PixelKind> known, RegionPair pair) {
    BufferedImage result = null;
    for (int i = 0; i < plan.layers().size(); i++) {
      Layer layer = plan.layers().get(i).layer();
      BufferedImage enlarged = plan.pipeline().upscale(layer.of(region), known.get(i), pair, call);
      if (plan.layers().size() == 1) {
        return enlarged;
      }
      if (result == null) {
        result = CompatibleImage.of(region, pair.result().width(), pair.result().height());
      }
      layer.of(result).setData(enlarged.getRaster());
    }
    return requireNonNull(result);
  }

  /** Goes through the source until all layers are known to be coloured. */
  private List<PixelKind> kinds() throws IOException {
    List<Coloring.Scan> scans = scans();
    for (int y = 0; y < source.height() && !scans.stream().allMatch(Coloring.Scan::isDone); ) {
      Band rows = source.band(y);
      add(rows.rows(), scans);
      y = rows.bottom();
    }
    return kinds(scans);
  }

  private List<PixelKind> kindsOf(BufferedImage whole) {
    List<Coloring.Scan> scans = scans();
    add(whole, scans);
    return kinds(scans);
  }

  private List<Coloring.Scan> scans() {
    return plan.layers().stream().map(layer -> new Coloring.Scan(layer.scale())).toList();
  }

  private void add(BufferedImage rows, List<Coloring.Scan> scans) {
    for (int i = 0; i < scans.size(); i++) {
      if (!scans.get(i).isDone()) {
        scans.get(i).add(plan.layers().get(i).layer().of(rows));
      }
    }
  }

  private List<PixelKind> kinds(List<Coloring.Scan> scans) {
    return IntStream.range(0, scans.size())
        .mapToObj(i -> new PixelKind(plan.layers().get(i).scale(), scans.get(i).coloring()))
        .toList();
  }

  /**
   * Reads rows, without those that the band before had as well: sources are cheap to go through in
   * one direction only.
   */
  private Band lowRes(int top, int bottom) throws IOException {
    Band before = lowRes;
    BufferedImage kind = before == null ? source.band(top).rows() : before.rows();
    BufferedImage rows = CompatibleImage.of(kind, source.width(), bottom - top);
    int from = top; // rows that are not there yet
    int to = bottom;
    if (before != null && before.top() <= top && before.bottom() > top) {
      from = Math.min(bottom, before.bottom());
      copy(before, top, from, rows, top);
    } else if (before != null && before.top() < bottom && before.bottom() >= bottom) {
      to = Math.max(top, before.top());
      copy(before, to, bottom, rows, top);
    }
    boolean isUpwards = to < bottom;
    while (from < to) {
      Band next = source.band(isUpwards ? to - 1 : from);
      int start = Math.max(from, next.top());
      int end = Math.min(to, next.bottom());
      copy(next, start, end, rows, top);
      if (isUpwards) {
        to = start;
      } else {
        from = end;
      }
    }
    lowRes = new Band(top, rows);
    return lowRes;
  }

  private static void copy(Band from, int start, int end, BufferedImage rows, int top) {
    rows.getRaster()
        .setDataElements(
            0,
            start - top,
            from.rows()
                .getRaster()
                .createChild(0, start - from.top(), rows.getWidth(), end - start, 0, 0, null));
  }
}
