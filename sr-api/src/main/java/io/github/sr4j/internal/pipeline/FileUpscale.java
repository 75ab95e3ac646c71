// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.math.IntMath;
import com.google.common.primitives.Ints;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.files.Picture.Band;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.images.CompatibleImage;
import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.images.SampleKind;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.Gaps;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.ValueScale;
import io.github.sr4j.internal.rows.ValueScale.Scan;
import io.github.sr4j.internal.tiff.TiffTags;
import io.github.sr4j.internal.tiles.TiledNetwork;
import io.github.sr4j.internal.util.MemoryShortage;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enlarging of image files in bands of rows, each in regions that go through the pipeline on
 * their own with what their result depends on around them. What is in memory depends on an image's
 * width and not on its height, unless the network looks at the whole image. Safe for use by
 * multiple threads.
 */
final class FileUpscale {

  /**
   * How much is in memory at a time.
   *
   * @param wholePixels up to which images are not cut
   * @param regionPixels of the low-resolution image in a region, about
   * @param bandBytes of a band of the result, about
   * @param decoded of the source
   */
  record Limits(long wholePixels, int regionPixels, long bandBytes, ImageSource.Budget decoded) {

    /**
     * Regions are as large as a network takes at a time. Of bands there is one, with its low
     * resolution and the writer's copy, besides what the network needs.
     */
    static Limits ofHeap() {
      long bytes = Runtime.getRuntime().maxMemory() / 8;
      return new Limits(
          TiledNetwork.WHOLE_UP_TO, 1 << 18, Math.min(bytes, 1 << 28), ImageSource.Budget.ofHeap());
    }
  }

  private static final Logger logger = LoggerFactory.getLogger(FileUpscale.class);

  private static final int MIN_ROWS = 64; // of the low-resolution image: less is mostly margin
  private static final int MAX_ROWS = 512;

  private final Pipeline pipeline;
  private final PixelLimits pixelLimits;
  private final Limits limits;

  /** Enlarges images of at most so many pixels, and for each byte as many as their format holds. */
  FileUpscale(Pipeline pipeline, long maxPixels, Limits limits) {
    this(pipeline, PixelLimits.of(maxPixels), limits);
  }

  FileUpscale(Pipeline pipeline, PixelLimits pixelLimits, Limits limits) {
    this.pipeline = pipeline;
    this.pixelLimits = pixelLimits;
    this.limits = limits;
  }

  /** Does what {@link Upscaler#upscale(Path, Path, UpscaleOptions)} says. */
  void run(Path source, Path target, UpscaleOptions options) throws IOException {
    try {
      enlarge(source, target, options);
    } catch (SuperResolutionException e) {
      throw e; // says what it is about
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (MemoryShortage.isCauseOf(e)) {
        throw MemoryShortage.ofEnlarging(source, e);
      }
      throw e;
    } catch (StackOverflowError e) {
      throw new SuperResolutionException(
          source + ": not enough stack to enlarge it; allow Java more with -Xss", e);
    }
  }

  private void enlarge(Path source, Path target, UpscaleOptions options) throws IOException {
    ImageTarget writer = ImageTarget.of(target);
    writer.check();
    try (ImageSource reader = ImageSource.open(source, pixelLimits, limits.decoded())) {
      checkArgument(
          !Files.exists(target) || !Files.isSameFile(source, target),
          "target must not be the source, but was %s",
          target);
      Optional<Animation> animation = reader.animation();
      if (animation.isPresent() && !writer.takesAnimation()) {
        int frames = animation.get().frames().size();
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: an animation of %s%s, of which %s could hold one; name a target ending in png,"
                    + " which becomes an animated PNG",
                source,
                animation.get().hasStill() ? "a still image and " : "",
                frames == 1 ? "1 frame" : frames + " frames",
                target),
            null);
      }
      List<Picture> pictures = reader.pictures();
      if (animation.isEmpty() && pictures.size() > 1 && !writer.takesPages()) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: has %s pages, of which %s could hold one; name a target ending in tif",
                source,
                pictures.size(),
                target),
            null);
      }
      List<Plan> plans = new ArrayList<>();
      for (Picture picture : pictures) {
        boolean isLikeTheFirst = animation.isPresent() && !plans.isEmpty();
        if (isLikeTheFirst) {
          plans.add(plans.get(0));
          continue;
        }
        List<ScaledLayer> layers = layers(source, picture);
        checkHolds(writer, target, source, picture, layers);
        plans.add(new Plan(pipeline, limits, picture, layers, options));
      }
      for (int i = 0; i < plans.size(); i++) {
        Size size = plans.get(i).size;
        writer.check(size.width(), size.height(), pictures.get(i).metadata());
      }
      List<FileMetadata> metadata = new ArrayList<>();
      Set<String> notes = new LinkedHashSet<>(reader.notes());
      if (reader.masks() > 0) {
        notes.add(
            String.format(
                Locale.ROOT, "%s of its images are masks of others and left out", reader.masks()));
      }
      long tiles = plans.stream().mapToLong(Plan::tiles).sum();
      UpscaleCall call = new UpscaleCall(Ints.saturatedCast(tiles), options.listener());
      for (int i = 0; i < pictures.size(); i++) {
        boolean isLikeTheFirst = animation.isPresent() && i > 0;
        metadata.add(
            isLikeTheFirst ? metadata.get(0) : metadata(pictures.get(i), plans.get(i), options));
        if (pictures.get(i).metadata().descriptions().xmp().isPresent()
            && metadata.get(i).descriptions().xmp().isEmpty()
            && !options.stripsMetadata()) {
          notes.add("its XMP metadata are damaged and left out");
        }
      }
      for (int i = 0; i < pictures.size(); i++) {
        notes.addAll(writer.leftOut(metadata.get(i), tags(pictures.get(i), plans.get(i), options)));
      }
      notes.forEach(note -> logger.warn("{}: {}", source, note));
      options.listener().ifPresent(listener -> notes.forEach(listener::noted));
      Iterator<Result> results = // each of which holds memory once it is written
          IntStream.range(0, pictures.size())
              .mapToObj(
                  i ->
                      new Result(
                          pictures.get(i),
                          plans.get(i),
                          metadata.get(i),
                          tags(pictures.get(i), plans.get(i), options),
                          call))
              .iterator();
      if (animation.isPresent()) {
        writer.write(animation.get(), results);
      } else {
        writer.write(results);
      }
    }
  }

  /** Returns the metadata of the enlarged image. */
  private static FileMetadata metadata(Picture source, Plan plan, UpscaleOptions options) {
    FileMetadata metadata = source.metadata();
    if (options.stripsMetadata()) {
      metadata = metadata.withDescriptions(Descriptions.NONE);
    } else if (options.stripsLocation()) {
      metadata = metadata.withDescriptions(metadata.descriptions().withoutLocation());
    }
    return metadata.enlarged(
        (double) plan.size.width() / source.width(),
        (double) plan.size.height() / source.height(),
        plan.size.width(),
        plan.size.height());
  }

  /** Returns the tags of the enlarged image in a TIFF. */
  private static Optional<TiffTags> tags(Picture source, Plan plan, UpscaleOptions options) {
    Optional<TiffTags> tags = source.tiff();
    if (options.stripsMetadata()) {
      tags = tags.map(TiffTags::withoutMetadata);
    } else if (options.stripsLocation()) {
      tags = tags.map(TiffTags::withoutPlace);
    }
    double horizontally = (double) plan.size.width() / source.width();
    double vertically = (double) plan.size.height() / source.height();
    return tags.map(of -> of.enlarged(horizontally, vertically));
  }

  /**
   * A layer of an image, and the scale of its values.
   *
   * @param scale empty if they are shades of a picture
   */
  private record ScaledLayer(Layer layer, Optional<ValueScale> scale) {}

  /** Finds the scales of an image's layers, for which the rows of some kinds have to be read. */
  private static List<ScaledLayer> layers(Path source, Picture picture) throws IOException {
    Optional<SampleKind> kind = picture.tiff().flatMap(TiffTags::kind);
    OptionalDouble noData = picture.tiff().map(TiffTags::noData).orElse(OptionalDouble.empty());
    List<Layer> layers = picture.layers();
    List<Scan> scans = new ArrayList<>();
    for (Layer layer : layers) {
      ColorModel model = layer.model(picture.model());
      scans.add(new Scan(model, kind.orElse(SampleKind.of(model)), noData));
    }
    for (int y = 0; y < picture.height() && scans.stream().anyMatch(Scan::isNeeded); ) {
      Band rows = picture.band(y);
      for (int i = 0; i < layers.size(); i++) {
        if (scans.get(i).isNeeded()) {
          add(layers.get(i).of(rows.rows()), rows.top(), scans.get(i), source);
        }
      }
      y = rows.bottom();
    }
    return IntStream.range(0, layers.size())
        .mapToObj(i -> new ScaledLayer(layers.get(i), scans.get(i).scale()))
        .toList();
  }

  private static void add(BufferedImage rows, int top, Scan scan, Path source) {
    try {
      scan.add(rows, top);
    } catch (ImageFormatException e) { // knows the place, but not the file
      throw new ImageFormatException(
          String.format(Locale.ROOT, "%s: %s", source, e.getMessage()), e);
    }
  }

  /** Refuses a format that would change numbers into shades, or drop bands. */
  private static void checkHolds(
      ImageTarget writer, Path target, Path source, Picture picture, List<ScaledLayer> layers)
      throws IOException {
    if (writer.takesPages()) {
      return;
    }
    Optional<ValueScale> scale = layers.get(0).scale();
    String found = null;
    if (layers.size() > 1) {
      found = picture.model().getNumComponents() + " samples per pixel, more than colour and alpha";
    } else if (scale.isPresent() && !scale.get().isOfShades()) {
      found = "samples that are numbers, " + scale.get().range();
    }
    if (found != null) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: has %s, which %s could not hold; name a target ending in tif",
              source,
              found,
              target),
          null);
    }
  }

  /** How an image is cut. */
  private static final class Plan {

    private static final int BYTES_PER_PIXEL = 4; // of most images, about

    // Colours bleed under transparency from a pyramid, of which that makes five levels those of the
    // whole image; further ones are seen where nothing is visible only.
    private static final int BLEED_ALIGNMENT = 32;

    private final Pipeline pipeline;
    private final List<ScaledLayer> layers;
    private final Size size;
    private final int width;
    private final int height;
    private final int alignment; // of the edges of regions and their sources
    private final int margin;
    private final int[] columns; // edges of regions, from 0 to the width
    private final int[] rows; // edges of bands, from 0 to the height

    Plan(
        Pipeline pipeline,
        Limits limits,
        Picture source,
        List<ScaledLayer> layers,
        UpscaleOptions options)
        throws IOException {
      this.pipeline = pipeline;
      this.layers = layers;
      this.width = source.width();
      this.height = source.height();
      this.alignment =
          source.hasAlpha() ? lcm(pipeline.alignment(), BLEED_ALIGNMENT) : pipeline.alignment();
      size = pipeline.streamedSize(width, height, options);
      if (pipeline.margin().isEmpty() || (long) width * height <= limits.wholePixels()) {
        pipeline.resultSize(width, height, options); // refuses what does not fit in an array
        margin = 0;
        columns = new int[] {0, width};
        rows = new int[] {0, height};
        return;
      }
      boolean hasGaps =
          layers.stream().flatMap(layer -> layer.scale().stream()).anyMatch(ValueScale::hasGaps);
      margin = pipeline.margin().getAsInt() + marginOfResampling() + (hasGaps ? Gaps.REACH : 0);
      int bytesPerPixel = Math.max(BYTES_PER_PIXEL, source.model().getPixelSize() / 8);
      double bytesPerRow =
          (double) bytesPerPixel * size.width() * Math.max(1, (double) size.height() / height);
      int most = (int) Math.max(1, Math.min(limits.bandBytes() / bytesPerRow, MAX_ROWS));
      int bandRows = Math.max(most, Math.min(MIN_ROWS, limits.regionPixels() / MIN_ROWS));
      rows = edges(height, bandRows, alignment);
      columns = edges(width, limits.regionPixels() / bandRows, alignment);
    }

    /**
     * Returns the margin of resampling to the size, in low-resolution pixels: the kernel's radius,
     * larger when shrinking, and up to a pixel of the result by which edges are rounded.
     */
    private int marginOfResampling() {
      int scale = pipeline.scale();
      if (size.width() == width * scale && size.height() == height * scale) {
        return 0;
      }
      double factor = Math.min((double) size.width() / width, (double) size.height() / height);
      double ofResult = 2 / Math.min(scale, factor); // of the network's result, or of chroma
      double ofChroma = 2 / Math.min(1, factor);
      return (int) Math.ceil(Math.max(ofResult, ofChroma) + 1 / factor) + 1;
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

    private static int lcm(int a, int b) {
      return a / IntMath.gcd(a, b) * b;
    }

    long tiles() {
      long tiles = 0;
      for (int band = 0; band + 1 < rows.length; band++) {
        for (RegionPair pair : regions(band)) {
          tiles += pipeline.tiles(pair.source().width(), pair.source().height());
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
      while (row >= enlarged(rows[band + 1], height, size.height())) {
        band++;
      }
      return band;
    }

    /** Returns the regions of a band, without those that shrink to nothing. */
    List<RegionPair> regions(int band) {
      List<RegionPair> pairs = new ArrayList<>();
      int top = enlarged(rows[band], height, size.height());
      int bottom = enlarged(rows[band + 1], height, size.height());
      for (int i = 0; i + 1 < columns.length; i++) {
        int left = enlarged(columns[i], width, size.width());
        int right = enlarged(columns[i + 1], width, size.width());
        if (left < right && top < bottom) {
          pairs.add(
              new RegionPair(
                  source(columns[i], rows[band], columns[i + 1], rows[band + 1]),
                  new Part(new Region(left, top, right - left, bottom - top), size)));
        }
      }
      return pairs;
    }

    private Part source(int left, int top, int right, int bottom) {
      int x = before(left);
      int y = before(top);
      Region region = new Region(x, y, after(right, width) - x, after(bottom, height) - y);
      return new Part(region, new Size(width, height));
    }

    private static int enlarged(int edge, int side, int resultSide) {
      return (int) Math.round((double) edge * resultSide / side);
    }

    private int before(int edge) {
      return Math.max(0, edge - margin) / alignment * alignment;
    }

    private int after(int edge, int side) {
      long end = ((long) edge + margin + alignment - 1) / alignment * alignment;
      return (int) Math.min(side, end);
    }
  }

  /** An enlarged image, a band of which is in memory. */
  private static final class Result implements Picture {

    private final Picture source;
    private final Plan plan;
    private final FileMetadata metadata;
    private final Optional<TiffTags> tags;
    private final UpscaleCall call;
    private @Nullable List<Boolean> isGray; // of each layer
    private @Nullable Band lowRes; // the rows that the last band came of
    private @Nullable Band last;

    Result(
        Picture source,
        Plan plan,
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
      return plan.size.width();
    }

    @Override
    public int height() {
      return plan.size.height();
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
      if (isGray == null && !plan.isWhole()) {
        isGray = findOutIfGray();
      }
      Region rows = pairs.get(0).source().region();
      Band low = lowRes(rows.y(), rows.bottom());
      BufferedImage band = null;
      for (RegionPair pair : pairs) {
        Region from = pair.source().region();
        Region to = pair.result().region();
        BufferedImage region =
            upscale(low.rows().getSubimage(from.x(), 0, from.width(), from.height()), pair);
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
    private BufferedImage upscale(BufferedImage region, RegionPair pair) {
      BufferedImage result = null;
      for (int i = 0; i < plan.layers.size(); i++) {
        ScaledLayer scaled = plan.layers.get(i);
        BufferedImage enlarged =
            plan.pipeline.upscale(
                scaled.layer().of(region),
                scaled.scale(),
                isGray == null ? Optional.empty() : Optional.of(isGray.get(i)),
                pair,
                call);
        if (plan.layers.size() == 1) {
          return enlarged;
        }
        if (result == null) {
          result = CompatibleImage.of(region, pair.result().width(), pair.result().height());
        }
        scaled.layer().of(result).setData(enlarged.getRaster());
      }
      return requireNonNull(result);
    }

    private List<Boolean> findOutIfGray() throws IOException {
      Boolean[] areGray = new Boolean[plan.layers.size()];
      Arrays.fill(areGray, true);
      for (int y = 0; y < source.height() && Arrays.asList(areGray).contains(true); ) {
        Band rows = source.band(y);
        for (int i = 0; i < areGray.length; i++) {
          ScaledLayer scaled = plan.layers.get(i);
          areGray[i] =
              areGray[i] && Pipeline.isGray(scaled.layer().of(rows.rows()), scaled.scale());
        }
        y = rows.bottom();
      }
      return List.of(areGray);
    }

    /**
     * Reads rows, without those that the band before had as well: sources are cheap to go through
     * in one direction only.
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
}
