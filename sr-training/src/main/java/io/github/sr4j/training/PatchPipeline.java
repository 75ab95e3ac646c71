// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.training.internal.data.ImageRef;
import io.github.sr4j.training.internal.data.ImageRefs;
import io.github.sr4j.training.internal.data.TrainingImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The processing of images before patches are cut from them, and of each patch where degradations
 * are drawn per patch.
 *
 * @param network what the patches are for
 * @param scales trained at once
 * @param degradation of images whose low-resolution image is not given
 */
record PatchPipeline(ModelInfo network, List<Integer> scales, Degradation degradation) {

  private static final int CONTEXT = 16; // pixels of the original around a patch that is degraded

  /** The images of a pair as the files have them. */
  record Decoded(FloatImage highRes, List<FloatImage> lowRes) {
    static Decoded read(ImageRefs.Pair pair) throws IOException {
      List<FloatImage> lowRes = new ArrayList<>();
      for (ImageRef picture : pair.lowRes()) {
        lowRes.add(picture.read());
      }
      return new Decoded(pair.highRes().read(), lowRes);
    }
  }

  /** A patch, in pixels of the network's input. */
  record Square(int x, int y, int size, TrainingImage.Orientation orientation) {}

  /** Returns the scale from the network's input to the target. */
  int blockScale(int scaleIndex) {
    return network.isPreupscaled() ? 1 : scales.get(scaleIndex);
  }

  /** Returns the side of the network's input that a side of an original gives. */
  int inputSide(int side, int scaleIndex) {
    return (side - side % scales.get(scaleIndex)) / blockScale(scaleIndex);
  }

  /** Returns the least side of an original from which a patch of each scale can be cut. */
  int neededSide(int patchSize) {
    int needed = 0;
    for (int i = 0; i < scales.size(); i++) {
      int scale = scales.get(i);
      int trimmed = (patchSize * blockScale(i) + scale - 1) / scale * scale;
      needed = Math.max(needed, trimmed);
    }
    return needed;
  }

  /**
   * Returns the image from which patches are cut.
   *
   * @throws IllegalArgumentException if the images of the pair are not of matching sizes
   */
  TrainingImage photo(Decoded decoded, ImageRefs.Pair names) {
    boolean isPair = !decoded.lowRes.isEmpty();
    boolean isGrayOrColor = !isPair && degradation.isOfColors();
    FloatImage original = isGrayOrColor ? sensed(decoded.highRes) : converted(decoded.highRes);
    if (!isPair && degradation.isRandom()) {
      return new TrainingImage(TrainingImage.Plane.ofBytes(original), List.of());
    }
    List<TrainingImage.Plane> inputs = new ArrayList<>();
    for (int i = 0; i < scales.size(); i++) {
      if (isPair) {
        checkSizes(decoded, names, i);
      }
      FloatImage lowRes =
          isPair ? decoded.lowRes.get(i) : degradation.apply(original, scales.get(i), 0).rounded();
      inputs.add(input(converted(lowRes), scales.get(i)));
    }
    return new TrainingImage(TrainingImage.Plane.ofBytes(converted(original)), inputs);
  }

  private void checkSizes(Decoded decoded, ImageRefs.Pair names, int scaleIndex) {
    FloatImage highRes = decoded.highRes;
    FloatImage lowRes = decoded.lowRes.get(scaleIndex);
    int scale = scales.get(scaleIndex);
    checkArgument(
        highRes.width() / scale == lowRes.width() && highRes.height() / scale == lowRes.height(),
        "%s must be %s times as large as %s, but they are of %sx%s and %sx%s (width x height)",
        names.highRes().name(),
        scale,
        names.lowRes().get(scaleIndex).name(),
        highRes.width(),
        highRes.height(),
        lowRes.width(),
        lowRes.height());
  }

  /** Returns the network's input for a low-resolution image of 8 bits. */
  private TrainingImage.Plane input(FloatImage lowRes, int scale) {
    return network.isPreupscaled()
        ? TrainingImage.Plane.ofFloats(
            Resampling.bicubic(lowRes, lowRes.width() * scale, lowRes.height() * scale))
        : TrainingImage.Plane.ofBytes(lowRes);
  }

  /** Returns an image as a camera would see it: in colours, or gray if that is enough. */
  private FloatImage sensed(FloatImage image) {
    return (network.color() == ModelInfo.Color.LUMA ? image : rgb(image)).rounded();
  }

  /** Returns an image in the colour space of the network. */
  private FloatImage converted(FloatImage image) {
    return (network.color() == ModelInfo.Color.LUMA ? Luma.of(image) : rgb(image)).rounded();
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

  /**
   * Cuts a patch.
   *
   * @param seed of a degradation that is drawn for this patch
   */
  void cut(
      TrainingImage photo,
      int scaleIndex,
      Square square,
      long seed,
      float[] input,
      int inputOffset,
      float[] target,
      int targetOffset) {
    TrainingImage.Plane large = photo.highRes();
    TrainingImage.Plane small;
    int x = square.x;
    int y = square.y;
    if (photo.inputs().isEmpty()) {
      int scale = scales.get(scaleIndex);
      int unit = scale / blockScale(scaleIndex); // pixels of the input in one of low resolution
      int margin = (CONTEXT + scale - 1) / scale;
      int left = Math.max(0, x / unit - margin);
      int top = Math.max(0, y / unit - margin);
      int right = Math.min(large.width() / scale, (x + square.size + unit - 1) / unit + margin);
      int bottom = Math.min(large.height() / scale, (y + square.size + unit - 1) / unit + margin);
      FloatImage context =
          large.crop(left * scale, top * scale, (right - left) * scale, (bottom - top) * scale);
      small = input(converted(degradation.apply(context, scale, seed).rounded()), scale);
      large = TrainingImage.Plane.ofFloats(converted(context));
      x -= left * unit;
      y -= top * unit;
    } else {
      small = photo.inputs().get(scaleIndex);
    }
    int blockScale = blockScale(scaleIndex);
    small.cut(x, y, square.size, square.orientation, input, inputOffset);
    large.cut(
        x * blockScale,
        y * blockScale,
        square.size * blockScale,
        square.orientation,
        target,
        targetOffset);
  }
}
