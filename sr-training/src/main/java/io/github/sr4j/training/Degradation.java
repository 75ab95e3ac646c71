// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.training.internal.data.ImageRef;
import io.github.sr4j.training.internal.data.ImageRefs;
import io.github.sr4j.training.internal.degradation.DegradationStep;
import io.github.sr4j.training.internal.degradation.DegradationSteps;
import io.github.sr4j.training.internal.degradation.Examples;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The making of a low-resolution image from a high-resolution one: what a network learns to undo.
 *
 * <p>It is a sequence of steps, as in {@code anisotropic(along=0.5-4, across=0.5-2) then bicubic
 * then noise(sigma=1-15) then jpeg(quality=40-95)}. Arguments such as {@code 1-15} are ranges: a
 * value in them is drawn, uniformly, each time. docs/data.md lists the steps. The names of whole
 * degradations are
 *
 * <ul>
 *   <li>{@code bicubic}: MATLAB's antialiased bicubic, as in the tables of papers;
 *   <li>{@code gaussian(sigma=1.6)}: a Gaussian blur of which every {@code scale}-th pixel is kept,
 *       of C. Dong et al., <i>Image Super-Resolution Using Deep Convolutional Networks</i>, TPAMI
 *       2016, section 4;
 *   <li>{@code real-esrgan}: the second-order pipeline of X. Wang et al., <i>Real-ESRGAN: Training
 *       Real-World Blind Super-Resolution with Pure Synthetic Data</i>, ICCVW 2021.
 * </ul>
 *
 * <p>Immutable and safe for use by multiple threads.
 */
public final class Degradation implements Trainer.Degradation {

  private static final Degradation BICUBIC = parse("bicubic");

  private final ImmutableList<DegradationStep> steps;

  private Degradation(ImmutableList<DegradationStep> steps) {
    this.steps = steps;
  }

  /** Returns MATLAB's antialiased bicubic, {@code bicubic} in texts. */
  public static Degradation bicubic() {
    return BICUBIC;
  }

  /** Returns the second-order pipeline of Real-ESRGAN, {@code real-esrgan} in texts. */
  public static Degradation realEsrgan() {
    return parse("real-esrgan");
  }

  /**
   * Returns a Gaussian blur and subsampling, {@code gaussian(sigma=1.6)} in texts.
   *
   * @throws IllegalArgumentException if {@code sigma} is not within 0.1 to 20
   */
  public static Degradation gaussian(double sigma) {
    return parse("gaussian(sigma=" + Arguments.text(sigma) + ")");
  }

  /**
   * Reads a degradation: steps separated by {@code then}.
   *
   * @throws IllegalArgumentException if there is no such step or it has no such argument; the
   *     message says which there are
   */
  public static Degradation parse(String text) {
    ImmutableList.Builder<DegradationStep> steps = ImmutableList.builder();
    for (String step : text.split("\\sthen\\s", -1)) {
      steps.add(DegradationSteps.of(Arguments.parse(step)));
    }
    return new Degradation(steps.build());
  }

  /** Returns the degradation that does this and then another one. */
  public Degradation then(Degradation next) {
    return new Degradation(
        ImmutableList.<DegradationStep>builder().addAll(steps).addAll(next.steps).build());
  }

  /**
   * Makes a low-resolution image.
   *
   * @param highRes one channel of luma or gray, or red, green and blue in [0, 1]; it is trimmed to
   *     a multiple of the scale
   * @param scale by how much the low-resolution image is smaller
   * @param seed decides what is drawn; without meaning unless {@link #isRandom}
   * @return an image of {@code width / scale} by {@code height / scale} pixels, neither clamped nor
   *     rounded to 8 bits, which is up to the caller
   * @throws IllegalArgumentException if the steps do not end with a low-resolution image, or {@code
   *     scale} is not within 1 to 16, or a side is smaller than it
   */
  public FloatImage apply(FloatImage highRes, int scale, long seed) {
    checkScale(scale);
    checkReduces();
    FloatImage image = highRes.modCrop(scale);
    SplittableRandom random = new SplittableRandom(seed);
    DegradationStep.Size lowRes =
        new DegradationStep.Size(image.width() / scale, image.height() / scale);
    for (DegradationStep step : steps) {
      image = step.apply(image, lowRes, random);
    }
    return image;
  }

  private static void checkScale(int scale) {
    checkArgument(scale >= 1 && scale <= 16, "scale must be within 1 to 16, but was %s", scale);
  }

  /** Returns whether the result depends on the seed. */
  public boolean isRandom() {
    return steps.stream().anyMatch(DegradationStep::isRandom);
  }

  /**
   * Returns whether it is done to colours, also where luma alone is wanted of the result: sensors
   * and JPEG see colours. A linear step is done to luma alone, as in the papers on luma networks.
   */
  boolean isOfColors() {
    return steps.stream().anyMatch(DegradationStep::isOfColors);
  }

  /**
   * Checks that the result is {@code scale} times smaller than the original.
   *
   * @throws IllegalArgumentException if it is not
   */
  void checkReduces() {
    DegradationStep.Stage stage = DegradationStep.Stage.ORIGINAL;
    for (DegradationStep step : steps) {
      checkArgument(
          step.needs() == DegradationStep.Stage.ANY || step.needs() == stage,
          "%s of the degradation \"%s\" must come before anything that resizes the image",
          step,
          this);
      stage = step.leaves(stage);
    }
    checkArgument(
        stage == DegradationStep.Stage.REDUCED,
        "a degradation must end with a low-resolution image, but \"%s\" does not; add \"then"
            + " bicubic\", or area, bilinear or gaussian",
        this);
  }

  /**
   * Writes examples to look at, and to train or measure on.
   *
   * <p>The folder gets, for each example, {@code HR/NAME-1.png} and {@code LR/NAME-1.png}, which
   * are pairs for {@link ImagePatches.Builder#pairs}, and {@code NAME-1.png}, in which both are
   * side by side, the small one enlarged so that its pixels can be seen. Images are taken in turn;
   * each example is drawn with a seed of its own.
   *
   * <p>Earlier examples of the same names are replaced; no other file is.
   *
   * @param source a folder, a zip file or a list of images
   * @param folder is created if needed
   * @param count the number of examples
   * @return the files that show both images
   * @throws java.nio.file.FileAlreadyExistsException if an example would replace a file that is not
   *     an example, or an image of the source; nothing is written then
   * @throws IOException if the source cannot be read, or the folder cannot be written
   * @throws io.github.sr4j.ImageFormatException if an image is damaged
   * @throws IllegalArgumentException as {@link #apply}, or if {@code count} is less than 1, or
   *     examples would be written among the images of the source
   */
  public List<Path> writeExamples(Path source, Path folder, int scale, int count, long seed)
      throws IOException {
    checkArgument(count >= 1, "count must be at least 1, but was %s", count);
    checkScale(scale);
    checkReduces();
    List<ImageRef> pictures = ImageRefs.in(source);
    Examples examples = new Examples(folder, pictures, count);
    examples.checkTargets(source);
    Files.createDirectories(examples.highRes());
    Files.createDirectories(examples.lowRes());
    SplittableRandom random = new SplittableRandom(seed);
    List<Path> written = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      FloatImage large = pictures.get(i % pictures.size()).read().rounded().modCrop(scale);
      FloatImage small = apply(large, scale, random.nextLong()).rounded();
      String name = examples.names().get(i);
      write(large, examples.highRes().resolve(name));
      write(small, examples.lowRes().resolve(name));
      written.add(folder.resolve(name));
      write(sideBySide(large, small, scale), folder.resolve(name));
    }
    return written;
  }

  private static void write(FloatImage image, Path file) throws IOException {
    int type = image.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    ImageFiles.write(AwtImages.toBuffered(image, null, new BufferedImage(1, 1, type)), file);
  }

  private static FloatImage sideBySide(FloatImage large, FloatImage small, int scale) {
    int width = large.width();
    float[] samples = new float[2 * large.samples().length];
    for (int row = 0; row < large.channels() * large.height(); row++) {
      System.arraycopy(large.samples(), row * width, samples, 2 * row * width, width);
      int channel = row / large.height();
      int y = row % large.height() / scale;
      for (int x = 0; x < width; x++) {
        samples[(2 * row + 1) * width + x] = small.sample(channel, x / scale, y);
      }
    }
    return FloatImage.wrap(large.channels(), large.height(), 2 * width, samples);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Degradation degradation && toString().equals(degradation.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** Returns the text that {@link #parse} makes the same degradation of. */
  @Override
  public String toString() {
    return String.join(" then ", steps.stream().map(DegradationStep::toString).toList());
  }
}
