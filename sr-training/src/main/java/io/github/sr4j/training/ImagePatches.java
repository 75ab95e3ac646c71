// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.train.Trainer.Sampling;
import io.github.sr4j.training.internal.data.DetailMap;
import io.github.sr4j.training.internal.data.ImageRef;
import io.github.sr4j.training.internal.data.ImageRefs;
import io.github.sr4j.training.internal.data.TrainingImage;
import io.github.sr4j.training.internal.files.ImageFolder;
import io.github.sr4j.training.internal.files.Unreadable;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The patches of images, for one network: from folders, zip files, lists of files, and memory.
 *
 * <pre>{@code
 * ImagePatches patches = ImagePatches.builder(session.info())
 *     .data(Path.of("DIV2K_train_HR.zip"))
 *     .degradation(Degradation.parse("real-esrgan"))
 *     .patchSize(48).batchSize(16).seed(1)
 *     .build();
 * }</pre>
 *
 * <p>Each image is trimmed to a multiple of the scale and {@linkplain Degradation degraded}, unless
 * its low-resolution image is given; for a luma network the luma of both is taken, and all of it is
 * rounded to 8 bits, as the images are that a network is used on. Where the network wants an
 * enlarged image, the small one is enlarged bicubically, without rounding, before patches are cut,
 * so that patches have no edges of their own. A degradation in which nothing is drawn is done once
 * for each image. One in which something is drawn is done anew for each patch, with 16 pixels of
 * the original around it: the patches of a batch then differ in it, as those of photographs do.
 *
 * <p>Patches are drawn at random, every position of every image being equally likely unless
 * detailed ones are preferred, and so each of the eight flips and rotations; or they are those of a
 * grid ({@link Builder#sampling}). Positions are those of pixels of the network's input. If several
 * scales are trained at once, those of a batch are mixed if the network wants enlarged images, as
 * VDSR was trained; otherwise each batch has one scale.
 *
 * <p>A batch depends on its number and on what the source was built with, but not on what is kept
 * in memory, nor on the threads that ask for it. Immutable and safe for use by multiple threads.
 */
public final class ImagePatches implements PatchBatch.Source {

  private static final String IN_MEMORY = "images in memory";

  private final PatchPipeline preparation;
  private final List<Item> items;
  private final long[][] ends; // [scale][item]: the number of positions in it and all before it
  private final Sampling sampling;
  private final int patchSize;
  private final int batchSize;
  private final long seed;
  private final String name;
  private final List<String> skipped;
  private final List<String> unreadable;

  private ImagePatches(
      Builder builder, List<Item> items, List<String> skipped, List<String> unreadable) {
    this.preparation = builder.preparation();
    this.items = items;
    this.sampling = builder.sampling;
    this.patchSize = builder.patchSize;
    this.batchSize = builder.batchSize;
    this.seed = new SplittableRandom(builder.seed).nextLong();
    this.name = String.join(" + ", builder.names());
    this.skipped = skipped;
    this.unreadable = unreadable;
    this.ends = new long[preparation.scales().size()][items.size()];
    for (int scale = 0; scale < ends.length; scale++) {
      long positions = 0;
      for (int i = 0; i < items.size(); i++) {
        positions += (long) along(items.get(i).width, scale) * along(items.get(i).height, scale);
        ends[scale][i] = positions;
      }
    }
  }

  /**
   * Returns a builder.
   *
   * @param network what the patches are for: its scale, colour space and whether it wants enlarged
   *     input
   */
  public static Builder builder(ModelInfo network) {
    return new Builder(network);
  }

  /** Returns the number of images that patches are cut from. */
  public int imageCount() {
    return items.size();
  }

  /**
   * Returns the number of images that are kept in memory; the others are decoded again for each
   * batch that has a patch of them.
   */
  public int cachedCount() {
    return (int) items.stream().filter(item -> item.kept != null).count();
  }

  /**
   * Returns the number of patches in an epoch, of all scales together, if they are those of a grid.
   */
  public OptionalLong patchCount() {
    return sampling.isGrid()
        ? OptionalLong.of(Arrays.stream(ends).mapToLong(ImagePatches::last).sum())
        : OptionalLong.empty();
  }

  /** Returns the names of images that are smaller than a patch; nothing is cut from them. */
  public List<String> skipped() {
    return skipped;
  }

  /** Returns, for each file that cannot be read and was left out, what is wrong with it. */
  public List<String> unreadable() {
    return unreadable;
  }

  /** Returns the fingerprint of the data: its name, the number of images, a checksum. */
  String fingerprint() {
    CRC32 sum = new CRC32();
    for (Item item : items) {
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        sum.update((int) (item.sum >>> shift));
      }
    }
    return String.format(
        Locale.ROOT, "%s, %d images, sum %08x", name, items.size(), sum.getValue());
  }

  /** Returns a sum of what is read of each image, by its name. */
  Map<String, String> sums() {
    Map<String, String> sums = new TreeMap<>();
    for (Item item : items) {
      String sum = String.format(Locale.ROOT, "%08x", item.sum);
      sums.merge(item.pair.highRes().name(), sum, (one, other) -> one + " " + other);
    }
    return sums;
  }

  /** Returns the data's name and size, as a model's provenance has it. */
  String description() {
    String patches = sampling.isGrid() ? ", " + patchCount().orElseThrow() + " patches" : "";
    return String.format(Locale.ROOT, "%s (%d images%s)", name, items.size(), patches);
  }

  /** Returns the remarks for a person who trains on this data, as sentences. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    unreadable.forEach(problem -> remarks.add("not trained on: " + problem));
    if (!skipped.isEmpty()) {
      remarks.add(
          String.format(
              Locale.ROOT,
              "%d of %d images are smaller than a patch and not trained on, such as %s",
              skipped.size(),
              skipped.size() + items.size(),
              skipped.get(0)));
    }
    if (sampling.isGrid()) {
      remarks.add(
          String.format(
              Locale.ROOT,
              "%d patches in an epoch, which is %.1f batches",
              patchCount().orElseThrow(),
              (double) patchCount().orElseThrow() / batchSize));
    }
    if (cachedCount() < items.size()) {
      remarks.add(
          String.format(
              Locale.ROOT,
              "%d of %d images do not fit in the memory for decoded images and are decoded again"
                  + " for each batch; a larger cache, if the heap allows it, is faster",
              items.size() - cachedCount(),
              items.size()));
    }
    return remarks;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if {@code number} is negative
   * @throws UncheckedIOException if an image that is not kept in memory cannot be read any more
   */
  @Override
  public PatchBatch batch(long number) {
    checkArgument(number >= 0, "number must be at least 0, but was %s", number);
    SplittableRandom random = new SplittableRandom(seed + number);
    Draw[] draws = draws(number, random);
    int targetSize = patchSize * preparation.blockScale(draws[0].scale);
    int channels = preparation.network().channels();
    PatchBatch.Shape inputShape = new PatchBatch.Shape(batchSize, channels, patchSize, patchSize);
    PatchBatch.Shape targetShape =
        new PatchBatch.Shape(batchSize, channels, targetSize, targetSize);
    float[] input = new float[inputShape.size()];
    float[] target = new float[targetShape.size()];
    // Ordered, so that what is not kept is decoded once and one image at a time.
    Arrays.sort(draws, Comparator.comparingInt(draw -> draw.item));
    int decoded = -1;
    TrainingImage photo = null;
    for (Draw draw : draws) {
      if (photo == null || draw.item != decoded) {
        photo = photo(items.get(draw.item));
        decoded = draw.item;
      }
      preparation.cut(
          photo,
          draw.scale,
          new PatchPipeline.Square(draw.x, draw.y, patchSize, draw.orientation),
          draw.seed,
          input,
          draw.index * channels * patchSize * patchSize,
          target,
          draw.index * channels * targetSize * targetSize);
    }
    return new PatchBatch(inputShape, input, targetShape, target);
  }

  private TrainingImage photo(Item item) {
    if (item.kept != null) {
      return item.kept;
    }
    try {
      PatchPipeline.Decoded decoded = PatchPipeline.Decoded.read(item.pair);
      FloatImage highRes = decoded.highRes();
      if (highRes.width() != item.width || highRes.height() != item.height) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: the image was %dx%d, but now is %dx%d (width x height); do not change images"
                    + " that are trained on",
                item.pair.highRes().name(),
                item.width,
                item.height,
                highRes.width(),
                highRes.height()),
            null);
      }
      return preparation.photo(decoded, item.pair);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Decides on the patches of a batch, in their order. */
  private Draw[] draws(long number, SplittableRandom random) {
    int scales = ends.length;
    boolean mixed = preparation.network().isPreupscaled();
    int scale = 0;
    if (scales > 1 && !mixed) {
      scale = sampling.isGrid() ? (int) (number % scales) : random.nextInt(scales);
    }
    Draw[] draws = new Draw[batchSize];
    for (int index = 0; index < batchSize; index++) {
      long position;
      if (sampling.isGrid()) {
        position = gridElement(mixed ? number : number / scales, index, mixed ? -1 : scale);
        for (scale = mixed ? 0 : scale; position >= last(ends[scale]); scale++) {
          position -= last(ends[scale]);
        }
      } else {
        scale = scales > 1 && mixed ? random.nextInt(scales) : scale;
        position = randomPosition(scale, random);
      }
      Place place = place(scale, position);
      draws[index] =
          new Draw(
              index,
              scale,
              place.item,
              place.x,
              place.y,
              new TrainingImage.Orientation(sampling.flips() ? random.nextInt(8) : 0),
              preparation.degradation().isRandom() ? random.nextLong() : 0);
    }
    return draws;
  }

  /** Draws a position: any, or of two the one with more detail. */
  private long randomPosition(int scale, SplittableRandom random) {
    long count = last(ends[scale]);
    long position = random.nextLong(count);
    if (sampling.detail() > 0 && random.nextDouble() < sampling.detail()) {
      long other = random.nextLong(count);
      return detail(scale, other) > detail(scale, position) ? other : position;
    }
    return position;
  }

  private double detail(int scale, long position) {
    Place place = place(scale, position);
    int by = preparation.blockScale(scale);
    return items.get(place.item).detail.of(place.x * by, place.y * by, patchSize * by);
  }

  private Place place(int scale, long position) {
    int item = firstBeyond(ends[scale], position);
    long within = position - (item == 0 ? 0 : ends[scale][item - 1]);
    int columns = along(items.get(item).width, scale);
    return new Place(
        item,
        (int) (within % columns) * sampling.stride(),
        (int) (within / columns) * sampling.stride());
  }

  /**
   * Returns an element of the endless sequence of epochs, each of which has every position once.
   *
   * @param scale the scale that the sequence is of, or -1 for all
   */
  private long gridElement(long number, int index, int scale) {
    long count = scale < 0 ? patchCount().orElseThrow() : last(ends[scale]);
    long rest = number % count * batchSize + index;
    long epoch = number / count * batchSize + rest / count; // may wrap: no more than a seed
    long epochSeed = new SplittableRandom(seed ^ epoch).nextLong();
    return PatchOrder.shuffled(rest % count, count, epochSeed);
  }

  /** Returns the number of positions along a side of an original. */
  private int along(int side, int scale) {
    int available = preparation.inputSide(side, scale);
    return available < patchSize ? 0 : (available - patchSize) / sampling.stride() + 1;
  }

  private static long last(long[] ends) {
    return ends[ends.length - 1];
  }

  private static int firstBeyond(long[] ends, long position) {
    int found = Arrays.binarySearch(ends, position + 1);
    return found >= 0 ? found : -found - 1;
  }

  /**
   * Where a patch is cut.
   *
   * @param item the index of its image
   * @param x in pixels of the network's input
   * @param y in pixels of the network's input
   */
  private record Place(int item, int x, int y) {}

  /**
   * One patch of a batch.
   *
   * @param index its place in the batch
   * @param scale the index of its scale
   * @param item the index of its image
   * @param x in pixels of the network's input
   * @param y in pixels of the network's input
   * @param seed of its degradation
   */
  private record Draw(
      int index,
      int scale,
      int item,
      int x,
      int y,
      TrainingImage.Orientation orientation,
      long seed) {}

  /** An image. */
  private static final class Item {
    final ImageRefs.Pair pair;
    final int width;
    final int height;
    final long sum;
    final DetailMap detail;
    final @Nullable TrainingImage kept;

    Item(ImageRefs.Pair pair, TrainingImage photo, boolean keep) {
      this.pair = pair;
      this.width = photo.highRes().width();
      this.height = photo.highRes().height();
      CRC32 crc = new CRC32();
      photo.addTo(crc);
      this.sum = crc.getValue();
      this.detail = DetailMap.of(photo.highRes());
      this.kept = keep ? photo : null;
    }
  }

  /** The parts of a source. Not thread-safe. */
  public static final class Builder {

    private record Origin(Path highRes, @Nullable Path lowRes) {}

    private final ModelInfo network;
    private final List<Origin> origins = new ArrayList<>();
    private final List<ImageRefs.Pair> inMemory = new ArrayList<>();
    private List<Integer> scales;
    private Degradation degradation = Degradation.bicubic();
    private Sampling sampling = Sampling.random();
    private int patchSize = 48;
    private int batchSize = 16;
    private long seed = 1;
    private long cacheBytes = Runtime.getRuntime().maxMemory() / 2;
    private boolean skipUnreadable;

    private Builder(ModelInfo network) {
      this.network = requireNonNull(network, "network");
      this.scales = List.of(network.scale());
    }

    /**
     * Adds high-resolution images of files.
     *
     * @param source a folder, which is searched with the folders in it; a {@code .zip} file,
     *     likewise; or a {@code .txt} file with the path of an image, a folder or a zip file on
     *     each line, relative to the list, where lines that are empty or begin with {@code #} are
     *     left out
     */
    public Builder data(Path source) {
      origins.add(new Origin(requireNonNull(source, "source"), null));
      return this;
    }

    /**
     * Adds pairs of files, as DIV2K and RealSR have them.
     *
     * <p>A pair has the same path in both, without its extension; or the low-resolution image's
     * name ends in {@code x2}, as in {@code 0001.png} and {@code X2/0001x2.png}; or the two end in
     * {@code _HR} and {@code _LR2}, also in one folder; for a scale of 2. Two lists of one scale
     * are paired line by line. Each original, trimmed to a multiple of the scale, must be exactly
     * {@code scale} times as large as its partner.
     *
     * @param highRes a folder, a {@code .zip} file or a {@code .txt} list, as for {@link #data}
     * @param lowRes the same with the low-resolution images, of all scales if there are several
     */
    public Builder pairs(Path highRes, Path lowRes) {
      origins.add(new Origin(requireNonNull(highRes, "highRes"), requireNonNull(lowRes, "lowRes")));
      return this;
    }

    /** Adds a high-resolution image that is in memory, in [0, 1]; it counts as one of 8 bits. */
    public Builder image(FloatImage highRes) {
      requireNonNull(highRes, "highRes");
      inMemory.add(new ImageRefs.Pair(inMemory("image", highRes), List.of()));
      return this;
    }

    /** Adds a high-resolution image that is in memory. */
    public Builder image(BufferedImage highRes) {
      return image(AwtImages.toFloat(highRes));
    }

    /** Adds a pair of images that are in memory, in [0, 1], for a source of one scale. */
    public Builder pair(FloatImage highRes, FloatImage lowRes) {
      requireNonNull(highRes, "highRes");
      requireNonNull(lowRes, "lowRes");
      inMemory.add(
          new ImageRefs.Pair(inMemory("highRes", highRes), List.of(inMemory("lowRes", lowRes))));
      return this;
    }

    private ImageRef inMemory(String kind, FloatImage image) {
      String name = kind + " " + (inMemory.size() + 1) + " in memory";
      ImageFolder.checkFinite(name, image);
      return new ImageRefs.InMemory(name, image);
    }

    /**
     * Sets the scales that are trained at once. Default: that of the network.
     *
     * @throws IllegalArgumentException if there is none, one twice, or one not within 1 to 16
     */
    public Builder scales(List<Integer> scales) {
      checkArgument(
          !scales.isEmpty()
              && scales.stream().distinct().count() == scales.size()
              && scales.stream().allMatch(scale -> scale >= 1 && scale <= 16),
          "scales must be different numbers within 1 to 16, but were %s",
          scales);
      this.scales = List.copyOf(scales);
      return this;
    }

    /**
     * Sets how low-resolution images are made where they are not given. Default: {@link
     * Degradation#bicubic}.
     *
     * @throws IllegalArgumentException if it does not end with a low-resolution image
     */
    public Builder degradation(Degradation degradation) {
      degradation.checkReduces();
      this.degradation = degradation;
      return this;
    }

    /**
     * Sets which patches batches have. Default: {@link Sampling#random()}.
     *
     * <ul>
     *   <li>{@code random}: any, drawn anew for each batch; with {@code random(detail=0.75)}, of
     *       two drawn positions the one with more detail is taken with that probability, measured
     *       as the mean square of the original's Laplacian;
     *   <li>{@code grid(stride=14)}: those at multiples of a number of pixels of the network's
     *       input, each once in an epoch, in another order each time; the sub-images of C. Dong et
     *       al., TPAMI 2016. An epoch may end within a batch.
     * </ul>
     *
     * <p>{@code flips=false} as an argument turns the flips and rotations of random patches off,
     * {@code flips=true} turns those of a grid on. {@code reductions=0.7-0.5} adds the images made
     * smaller by these factors to the images themselves.
     */
    public Builder sampling(Sampling sampling) {
      this.sampling = requireNonNull(sampling, "sampling");
      return this;
    }

    /**
     * Sets the side of a patch in pixels of the network's input. Default: 48.
     *
     * @throws IllegalArgumentException if {@code patch} is less than 1
     */
    public Builder patch(int patch) {
      checkArgument(patch >= 1, "patch must be at least 1 pixel, but was %s", patch);
      this.patchSize = patch;
      return this;
    }

    /**
     * Sets the number of patches in a batch. Default: 16.
     *
     * @throws IllegalArgumentException if {@code batch} is less than 1
     */
    public Builder batch(int batch) {
      checkArgument(batch >= 1, "batch must be at least 1, but was %s", batch);
      this.batchSize = batch;
      return this;
    }

    /** Sets the seed of everything that is drawn. Default: 1. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Sets how much memory decoded images may take. Those beyond it are decoded again for each
     * batch that has a patch of them, which is slow and gives the same batches. An image takes 1
     * byte for a sample of the original and of the small one, 4 bytes for one of an enlarged one.
     * Default: half of the memory that Java may use.
     *
     * @param megabytes in units of 2^20 bytes; 0 keeps none
     * @throws IllegalArgumentException if {@code megabytes} is negative
     */
    public Builder cacheMegabytes(long megabytes) {
      checkArgument(megabytes >= 0, "cacheMegabytes must be at least 0, but was %s", megabytes);
      this.cacheBytes = Math.min(megabytes, Long.MAX_VALUE >> 20) << 20;
      return this;
    }

    /**
     * Sets whether files that cannot be read are left out and listed by {@link #unreadable}, rather
     * than an error. Default: false.
     */
    public Builder skipUnreadable(boolean skipUnreadable) {
      this.skipUnreadable = skipUnreadable;
      return this;
    }

    private PatchPipeline preparation() {
      return new PatchPipeline(network, scales, degradation);
    }

    private String sources() {
      return origins.isEmpty()
          ? IN_MEMORY
          : origins.stream().map(o -> o.highRes.toString()).collect(joining(" + "));
    }

    private List<String> names() {
      List<String> names = new ArrayList<>();
      for (Origin origin : origins) {
        Path last = origin.highRes.toAbsolutePath().normalize().getFileName();
        names.add(last == null ? origin.highRes.toString() : last.toString());
      }
      if (!inMemory.isEmpty()) {
        names.add(IN_MEMORY);
      }
      return names;
    }

    /**
     * Reads the images and returns the source.
     *
     * @throws IOException if a file or folder does not exist or holds no images, an image has no
     *     partner or cannot be read, or all are smaller than a patch
     * @throws ImageFormatException if a file is damaged or not an image
     * @throws IllegalArgumentException if the images of a pair are not of matching sizes
     * @throws IllegalStateException if there are no images, a pair is in memory and there are
     *     several scales, or a degradation is set and all images are pairs
     */
    public ImagePatches build() throws IOException {
      List<ImageRefs.Pair> pairs = pairs();
      PatchPipeline preparation = preparation();
      AtomicLong left = new AtomicLong(cacheBytes);
      List<Outcome> outcomes =
          pairs.parallelStream().map(pair -> read(pair, preparation, left)).toList();
      refuseUnreadable(outcomes);
      List<Item> items =
          outcomes.stream().flatMap(outcome -> Optional.ofNullable(outcome.item).stream()).toList();
      List<String> tooSmall =
          outcomes.stream().flatMap(o -> Optional.ofNullable(o.tooSmall).stream()).toList();
      if (items.isEmpty() && tooSmall.isEmpty()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s: none of the %d images can be read; %s",
                sources(),
                outcomes.size(),
                Unreadable.reason(failures(outcomes).get(0))));
      }
      if (items.isEmpty()) {
        int side = preparation.neededSide(patchSize);
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s: each of the %d images is smaller than a patch, which takes %dx%d pixels (width"
                    + " x height) of an original; use a smaller patch size or larger images",
                sources(),
                tooSmall.size(),
                side,
                side));
      }
      List<String> unreadable = failures(outcomes).stream().map(Unreadable::reason).toList();
      return new ImagePatches(this, items, tooSmall, unreadable);
    }

    private List<ImageRefs.Pair> pairs() throws IOException {
      List<ImageRefs.Pair> pairs = new ArrayList<>();
      for (Origin origin : origins) {
        if (origin.lowRes == null) {
          ImageRefs.in(origin.highRes).forEach(p -> pairs.add(new ImageRefs.Pair(p, List.of())));
        } else {
          pairs.addAll(ImageRefs.paired(origin.highRes, origin.lowRes, scales));
        }
      }
      pairs.addAll(inMemory);
      checkState(!pairs.isEmpty(), "there must be images, but none were added");
      checkState(
          pairs.stream().allMatch(p -> p.lowRes().isEmpty() || p.lowRes().size() == scales.size()),
          "a pair of images in memory is of one scale, but scales were %s",
          scales);
      checkState(
          degradation.equals(Degradation.bicubic())
              || pairs.stream().anyMatch(pair -> pair.lowRes().isEmpty()),
          "degradation must not be set if all low-resolution images are given, but was \"%s\"",
          degradation);
      if (sampling.reductions().isEmpty()) {
        return pairs;
      }
      checkState(
          pairs.stream().allMatch(pair -> pair.lowRes().isEmpty()),
          "reductions must not be set if low-resolution images are given, but were %s",
          sampling.reductions());
      return pairs.stream().flatMap(this::withReductions).toList();
    }

    private Stream<ImageRefs.Pair> withReductions(ImageRefs.Pair pair) {
      return Stream.concat(
          Stream.of(pair),
          sampling.reductions().stream()
              .map(factor -> new ImageRefs.Reduced(pair.highRes(), factor))
              .map(reduced -> new ImageRefs.Pair(reduced, List.of())));
    }

    private Outcome read(ImageRefs.Pair pair, PatchPipeline preparation, AtomicLong left) {
      PatchPipeline.Decoded decoded;
      try {
        decoded = PatchPipeline.Decoded.read(pair);
      } catch (ImageFormatException | IOException e) {
        return new Outcome(null, null, e);
      }
      if (preparation.neededSide(patchSize)
          > Math.min(decoded.highRes().width(), decoded.highRes().height())) {
        return new Outcome(null, pair.highRes().name(), null);
      }
      TrainingImage photo = preparation.photo(decoded, pair);
      boolean keep = left.addAndGet(-photo.bytes()) >= 0;
      if (!keep) {
        left.addAndGet(photo.bytes()); // a smaller one may fit
      }
      return new Outcome(new Item(pair, photo, keep), null, null);
    }

    private static List<Exception> failures(List<Outcome> outcomes) {
      return outcomes.stream().flatMap(o -> Optional.ofNullable(o.failure).stream()).toList();
    }

    private void refuseUnreadable(List<Outcome> outcomes) throws IOException {
      List<Exception> failures = failures(outcomes);
      if (skipUnreadable || failures.isEmpty()) {
        return;
      }
      throw Unreadable.refused(failures);
    }

    /** The outcome for an image: one of three. */
    private record Outcome(
        @Nullable Item item, @Nullable String tooSmall, @Nullable Exception failure) {}
  }
}
