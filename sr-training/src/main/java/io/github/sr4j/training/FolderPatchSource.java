// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.Crops;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.ImagePatchSource;
import io.github.sr4j.train.PatchBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * The patches of a folder of high-resolution images, for one network.
 *
 * <p>Each image is trimmed to a multiple of the scale and degraded as test images are: for a luma
 * network Y alone, rounded to 8 bits, is made smaller by MATLAB's antialiased bicubic and rounded
 * again, as the images are that a network is used on; for an RGB network each channel is. Where the
 * network wants an enlarged image, the small one is enlarged bicubically as a whole, without
 * rounding, before patches are cut, so that patches have no borders of their own.
 *
 * <p>Each patch of a batch is drawn anew: every position of every image is equally likely, and so
 * is each of the eight flips and rotations. Positions are those of whole low-resolution pixels, or,
 * if the network wants an enlarged image, of pixels of that.
 *
 * <p>All images are decoded at the start and held in memory: 1 byte for a sample of a small or a
 * large image, 4 bytes for one of an enlarged image. Immutable and safe for use by multiple
 * threads.
 */
public final class FolderPatchSource implements ImagePatchSource {

  private final List<Pair> pairs;
  private final long[] ends; // of pairs.get(i): the number of positions in it and all before it
  private final ImageFolder folder;
  private final List<Path> skipped;
  private final int channels;
  private final int blockScale;
  private final int patchSize;
  private final int batchSize;
  private final long seed;

  private FolderPatchSource(
      ImageFolder folder,
      List<Pair> pairs,
      List<Path> skipped,
      ModelInfo network,
      int patchSize,
      int batchSize,
      long seed) {
    this.folder = folder;
    this.pairs = pairs;
    this.skipped = skipped;
    this.channels = network.channels();
    this.blockScale = network.blockScale();
    this.patchSize = patchSize;
    this.batchSize = batchSize;
    this.seed = seed;
    this.ends = new long[pairs.size()];
    long positions = 0;
    for (int i = 0; i < ends.length; i++) {
      positions += pairs.get(i).positions(patchSize);
      ends[i] = positions;
    }
  }

  /**
   * Reads the images of a folder and of the folders in it.
   *
   * @param network what the patches are for: its scale, colour space and whether it wants enlarged
   *     input
   * @param patchSize the side of a patch in pixels of the network's input
   * @param batchSize the number of patches in a batch
   * @param seed the seed of positions, flips and rotations
   * @throws IOException if there is no such folder, it holds no images, one cannot be read, or all
   *     are smaller than a patch
   * @throws io.github.sr4j.ImageFormatException if a file is damaged or not an image
   * @throws IllegalArgumentException if {@code patchSize} or {@code batchSize} is less than 1
   */
  public static FolderPatchSource of(
      Path folder, ModelInfo network, int patchSize, int batchSize, long seed) throws IOException {
    checkArgument(patchSize >= 1, "patchSize must be at least 1 pixel, but was %s", patchSize);
    checkArgument(batchSize >= 1, "batchSize must be at least 1, but was %s", batchSize);
    ImageFolder images = ImageFolder.of(folder);
    List<Optional<Pair>> all;
    try {
      all =
          images.files().parallelStream().map(file -> Pair.read(file, network, patchSize)).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    List<Pair> pairs = all.stream().flatMap(Optional::stream).toList();
    List<Path> skipped =
        IntStream.range(0, all.size())
            .filter(i -> all.get(i).isEmpty())
            .mapToObj(images.files()::get)
            .toList();
    if (pairs.isEmpty()) {
      int side = patchSize * network.blockScale();
      throw new IOException(
          String.format(
              "%s: each of the %d images is smaller than a patch, which takes %dx%d pixels (width x"
                  + " height) of an original; use a smaller patch size or larger images",
              folder, skipped.size(), side, side));
    }
    return new FolderPatchSource(images, pairs, skipped, network, patchSize, batchSize, seed);
  }

  /** Returns the number of images that patches are cut from. */
  public int imageCount() {
    return pairs.size();
  }

  /** Returns the images that are smaller than a patch; nothing is cut from them. */
  public List<Path> skipped() {
    return skipped;
  }

  /**
   * Returns what tells this data from other data: the folder's name, the number of images, a sum.
   */
  String fingerprint() {
    CRC32 sum = new CRC32();
    for (Pair pair : pairs) {
      sum.update(pair.target.values);
    }
    return String.format("%s, %d images, sum %08x", folder.name(), pairs.size(), sum.getValue());
  }

  /** Returns the folder's name and the number of images, as a model's provenance has it. */
  String description() {
    return String.format("%s (%d images)", folder.name(), pairs.size());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if {@code number} is negative
   */
  @Override
  public PatchBatch batch(long number) {
    checkArgument(number >= 0, "number must be at least 0, but was %s", number);
    int targetSize = patchSize * blockScale;
    BatchShape inputShape = new BatchShape(batchSize, channels, patchSize, patchSize);
    BatchShape targetShape = new BatchShape(batchSize, channels, targetSize, targetSize);
    float[] input = new float[inputShape.size()];
    float[] target = new float[targetShape.size()];
    // The seed is mixed first: neighbouring seeds must not share streams at shifted batch numbers.
    SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + number);
    for (int image = 0; image < batchSize; image++) {
      long position = random.nextLong(ends[ends.length - 1]);
      int found = Arrays.binarySearch(ends, position + 1);
      int index = found >= 0 ? found : -found - 1; // the first whose end is beyond the position
      Pair pair = pairs.get(index);
      position -= index == 0 ? 0 : ends[index - 1];
      int x = (int) (position % (pair.width - patchSize + 1));
      int y = (int) (position / (pair.width - patchSize + 1));
      Orientation orientation = new Orientation(random.nextInt(8));
      int area = pair.width * pair.height;
      for (int channel = 0; channel < channels; channel++) {
        int plane = image * channels + channel;
        cut(
            pair.input,
            channel * area,
            pair.width,
            x,
            y,
            patchSize,
            orientation,
            input,
            plane * patchSize * patchSize);
        cut(
            pair.target,
            channel * area * blockScale * blockScale,
            pair.width * blockScale,
            x * blockScale,
            y * blockScale,
            targetSize,
            orientation,
            target,
            plane * targetSize * targetSize);
      }
    }
    return new PatchBatch(inputShape, input, targetShape, target);
  }

  /**
   * One of the eight flips and rotations of a square.
   *
   * @param number 0 to 7: bit 0 mirrors columns, bit 1 mirrors rows, bit 2 swaps the two
   */
  private record Orientation(int number) {

    /**
     * Returns the index, in a plane of rows of {@code stride}, of what goes to a row and column.
     */
    int source(int row, int column, int size, int x, int y, int stride) {
      int i = (number & 4) == 0 ? row : column;
      int j = (number & 4) == 0 ? column : row;
      i = (number & 2) == 0 ? i : size - 1 - i;
      j = (number & 1) == 0 ? j : size - 1 - j;
      return (y + i) * stride + x + j;
    }
  }

  /** Samples in [0, 1], CHW. */
  @FunctionalInterface
  private interface Samples {
    /** Copies every {@code step}-th sample from {@code from} on. */
    void copy(int from, int step, float[] destination, int at, int count);
  }

  /** Samples of 8 bits, in a quarter of the memory. */
  private static final class Bytes implements Samples {

    private static final float[] LEVELS = new float[256];

    static {
      for (int i = 0; i < LEVELS.length; i++) {
        LEVELS[i] = i / 255f;
      }
    }

    private final byte[] values;

    private Bytes(byte[] values) {
      this.values = values;
    }

    static Bytes of(FloatImage image) {
      float[] samples = image.samples();
      byte[] values = new byte[samples.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (byte) Math.round(samples[i] * 255);
      }
      return new Bytes(values);
    }

    @Override
    public void copy(int from, int step, float[] destination, int at, int count) {
      for (int i = 0; i < count; i++) {
        destination[at + i] = LEVELS[values[from + i * step] & 0xFF];
      }
    }
  }

  /**
   * An image as the network is given it, and as it should be.
   *
   * @param width the width of {@code input} in pixels
   * @param height the height of {@code input} in pixels
   * @param target {@code blockScale} times as wide and high as {@code input}
   */
  private record Pair(int width, int height, Samples input, Bytes target) {

    /** Returns nothing if the image is smaller than a patch. */
    static Optional<Pair> read(Path file, ModelInfo network, int patchSize) {
      int scale = network.scale();
      try {
        FloatImage image = ImageFolder.read(file);
        if (Math.min(image.width(), image.height()) / scale * scale / network.blockScale()
            < patchSize) {
          return Optional.empty();
        }
        FloatImage original = network.color() == ModelInfo.Color.LUMA ? Luma.of(image) : rgb(image);
        FloatImage highRes = Crops.modCrop(original.rounded(), scale);
        int width = highRes.width();
        int height = highRes.height();
        FloatImage lowRes = Resampling.bicubic(highRes, width / scale, height / scale).rounded();
        Bytes target = Bytes.of(highRes);
        return Optional.of(
            network.isPreupscaled()
                ? new Pair(
                    width, height, samples(Resampling.bicubic(lowRes, width, height)), target)
                : new Pair(lowRes.width(), lowRes.height(), Bytes.of(lowRes), target));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Samples samples(FloatImage image) {
      float[] samples = image.samples();
      return (from, step, destination, at, count) -> {
        for (int i = 0; i < count; i++) {
          destination[at + i] = samples[from + i * step];
        }
      };
    }

    private static FloatImage rgb(FloatImage image) {
      if (image.channels() == 3) {
        return image;
      }
      float[] gray = image.samples();
      float[] samples = new float[3 * gray.length];
      for (int channel = 0; channel < 3; channel++) {
        System.arraycopy(gray, 0, samples, channel * gray.length, gray.length);
      }
      return FloatImage.wrap(3, image.height(), image.width(), samples);
    }

    /** Returns the number of places where a patch fits. */
    long positions(int patchSize) {
      return (width - patchSize + 1L) * (height - patchSize + 1L);
    }
  }

  /** Copies a square of a plane, flipped and rotated. */
  private static void cut(
      Samples samples,
      int plane, // the index of the plane's first sample
      int stride, // the plane's width
      int x,
      int y,
      int size,
      Orientation orientation,
      float[] patch,
      int offset) {
    int first = orientation.source(0, 0, size, x, y, stride);
    int nextRow = orientation.source(1, 0, size, x, y, stride) - first;
    int nextColumn = orientation.source(0, 1, size, x, y, stride) - first;
    for (int row = 0; row < size; row++) {
      samples.copy(plane + first + row * nextRow, nextColumn, patch, offset + row * size, size);
    }
  }
}
