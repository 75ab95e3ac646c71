// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import com.google.common.primitives.Ints;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.calls.Deadline;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.ImageInput;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.files.Picture.Band;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.images.SampleKind;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.ValueScale;
import io.github.sr4j.internal.rows.ValueScale.Scan;
import io.github.sr4j.internal.tiff.TiffTags;
import io.github.sr4j.internal.tiles.TiledNetwork;
import io.github.sr4j.internal.util.MemoryShortage;
import io.github.sr4j.shared.util.FileTimesListener;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enlarging of image files in bands of rows, each in regions that go through the pipeline on
 * their own with the surroundings that their result depends on. Memory use depends on an image's
 * width and not on its height, unless the network looks at the whole image. Safe for use by
 * multiple threads.
 */
final class FileUpscale {

  /**
   * The bounds of what is in memory at a time.
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
    ImageTarget writer = ImageTarget.of(target, options.output());
    writer.check();
    try (ImageInput input = ImageInput.of(source)) {
      run(input, writer, options, Deadline.of(options.timeout()));
    }
  }

  /** Enlarges an image. */
  void run(ImageInput source, ImageTarget target, UpscaleOptions options, Deadline deadline)
      throws IOException {
    try {
      enlarge(source, target, options, deadline);
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

  private void enlarge(
      ImageInput source, ImageTarget writer, UpscaleOptions options, Deadline deadline)
      throws IOException {
    FileClock clock = new FileClock();
    try (ImageSource reader = ImageSource.open(source, pixelLimits, limits.decoded())) {
      writer.checkIsNot(source);
      Optional<Animation> animation = reader.animation();
      if (animation.isPresent() && !writer.takesAnimation()) {
        int frames = animation.get().frames().size();
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: an animation of %s%s, of which %s could hold one; %s, which becomes an"
                    + " animated PNG",
                source,
                animation.get().hasStill() ? "a still image and " : "",
                frames == 1 ? "1 frame" : frames + " frames",
                writer.shown(),
                writer.adviceToTake("png")),
            null);
      }
      List<Picture> pictures = reader.pictures().stream().map(clock::decoded).toList();
      clock.opened();
      if (animation.isEmpty() && pictures.size() > 1 && !writer.takesPages()) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: has %s pages, of which %s could hold one; %s",
                source,
                pictures.size(),
                writer.shown(),
                writer.adviceToTake("tif")),
            null);
      }
      List<RegionPlan> plans = new ArrayList<>();
      for (Picture picture : pictures) {
        boolean isLikeTheFirst = animation.isPresent() && !plans.isEmpty();
        if (isLikeTheFirst) {
          plans.add(plans.get(0));
          continue;
        }
        checkSize(source, picture, options);
        List<ScaledLayer> layers = layers(source, picture);
        checkHolds(writer, source, picture, layers);
        plans.add(new RegionPlan(pipeline, limits, picture, layers, options));
      }
      for (int i = 0; i < plans.size(); i++) {
        Size size = plans.get(i).size();
        writer.check(size.width(), size.height(), pictures.get(i).metadata());
      }
      List<FileMetadata> metadata = new ArrayList<>();
      Set<String> notes = new LinkedHashSet<>(reader.notes());
      if (reader.masks() > 0) {
        notes.add(
            String.format(
                Locale.ROOT, "%s of its images are masks of others and left out", reader.masks()));
      }
      long tiles = plans.stream().mapToLong(RegionPlan::tiles).sum();
      UpscaleCall call = new UpscaleCall(Ints.saturatedCast(tiles), options.listener(), deadline);
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
      Iterator<Picture> results = // each of which holds memory once it is written
          IntStream.range(0, pictures.size())
              .mapToObj(
                  i ->
                      clock.enlarged(
                          new EnlargedPicture(
                              pictures.get(i),
                              plans.get(i),
                              metadata.get(i),
                              tags(pictures.get(i), plans.get(i), options),
                              call)))
              .iterator();
      if (animation.isPresent()) {
        writer.write(animation.get(), results);
      } else {
        writer.write(results);
      }
      options.listener().ifPresent(listener -> tellTimes(clock, listener));
    }
  }

  private static void tellTimes(FileClock clock, ProgressListener listener) {
    if (listener instanceof FileTimesListener told) {
      clock.tell(told);
    }
  }

  /** Returns the metadata of the enlarged image. */
  private static FileMetadata metadata(Picture source, RegionPlan plan, UpscaleOptions options) {
    FileMetadata metadata = source.metadata();
    if (options.stripsMetadata()) {
      metadata = metadata.withDescriptions(Descriptions.NONE);
    } else if (options.stripsLocation()) {
      metadata = metadata.withDescriptions(metadata.descriptions().withoutLocation());
    }
    return metadata.enlarged(
        (double) plan.size().width() / source.width(),
        (double) plan.size().height() / source.height(),
        plan.size().width(),
        plan.size().height());
  }

  /** Returns the tags of the enlarged image in a TIFF. */
  private static Optional<TiffTags> tags(Picture source, RegionPlan plan, UpscaleOptions options) {
    Optional<TiffTags> tags = source.tiff();
    if (options.stripsMetadata()) {
      tags = tags.map(TiffTags::withoutMetadata);
    } else if (options.stripsLocation()) {
      tags = tags.map(TiffTags::withoutPlace);
    }
    double horizontally = (double) plan.size().width() / source.width();
    double vertically = (double) plan.size().height() / source.height();
    return tags.map(of -> of.enlarged(horizontally, vertically));
  }

  /** Refuses a result that is too large. */
  private void checkSize(ImageInput source, Picture picture, UpscaleOptions options) {
    try {
      pipeline.sizes().streamed(picture.width(), picture.height(), options);
    } catch (ImageFormatException e) { // does not know the file
      throw named(source, e);
    }
  }

  private static ImageFormatException named(ImageInput source, ImageFormatException e) {
    return new ImageFormatException(
        String.format(Locale.ROOT, "%s: %s", source, e.getMessage()), e);
  }

  /** Finds the scales of an image's layers, for which the rows of some kinds have to be read. */
  private static List<ScaledLayer> layers(ImageInput source, Picture picture) throws IOException {
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

  private static void add(BufferedImage rows, int top, Scan scan, ImageInput source) {
    try {
      scan.add(rows, top);
    } catch (ImageFormatException e) { // knows the place, but not the file
      throw named(source, e);
    }
  }

  /** Refuses a format that would change numbers into shades, or drop bands. */
  private static void checkHolds(
      ImageTarget writer, ImageInput source, Picture picture, List<ScaledLayer> layers)
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
              "%s: has %s, which %s could not hold; %s",
              source,
              found,
              writer.shown(),
              writer.adviceToTake("tif")),
          null);
    }
  }
}
