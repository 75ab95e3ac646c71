// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The running of a network on small blocks, to find out what its graph does not show. */
final class NetworkProbe {

  /**
   * The size and layout of a result relative to its block.
   *
   * @param isChannelsLast whether the output is N, H, W, C
   */
  record Shape(int scale, int lostEdge, int alignment, boolean isChannelsLast) {}

  // Odd and unequal, so that swapped axes and wrong factors show.
  private static final int WIDTH = 23;
  private static final int HEIGHT = 17;
  private static final double MAX_SCALE = 16;
  private static final long MAX_PIXELS = 1 << 24; // of all blocks of a batch
  private static final int[] ALIGNMENTS = {1, 2, 4, 8, 16, 32, 64};
  private static final int MANY_DIVISORS = 120; // of 3, 5, 6, 10, 12, ..., beside the powers of two
  private static final int PICTURE = 16; // by how much a block that shows a picture is larger

  private final String name;
  private final OnnxSession session;
  private final ReceptiveField.Input input;
  private final OnnxSession.Format format;
  private final OptionalInt declaredScale;
  private boolean isTooLarge; // the output of the last run, for any scale

  NetworkProbe(
      String name,
      OnnxSession session,
      ReceptiveField.Input input,
      OnnxSession.Format format,
      OptionalInt declaredScale) {
    this.name = name;
    this.session = session;
    this.input = input;
    this.format = format;
    this.declaredScale = declaredScale;
  }

  /**
   * Finds out what becomes of blocks.
   *
   * @param alignment of what their sides are multiples; if it is not known, the least power of two
   *     up to 64 with which the network works
   * @param lost the rows and columns of a block that are known to have no part in the result
   * @throws ModelFormatException if the network cannot be run, or returns no image
   */
  Shape shape(OptionalInt alignment, int lost) {
    boolean isFixed = input.height() > 0 && input.width() > 0;
    int[] candidates =
        alignment.isPresent() || isFixed ? new int[] {alignment.orElse(1)} : ALIGNMENTS;
    @Nullable ModelFormatException failure = null;
    for (int candidate : candidates) {
      try {
        Shape found = shapeOf(block(candidate, lost), candidate);
        // A network that rounds sizes down to a multiple looks like one that loses an edge, but
        // not when the size is a multiple.
        if (found.lostEdge == 0
            || isFixed
            || shapeOf(block(candidate, lost + candidate), candidate).equals(found)) {
          return found;
        }
      } catch (ModelFormatException e) {
        failure = failure == null ? e : failure;
        if (isTooLarge) {
          break; // what is made of larger blocks would be larger still
        }
      }
    }
    if (failure == null) {
      throw new ModelFormatException(
          name + ": the pixels that its output lacks depend on the size of its input", null);
    }
    if (candidates.length > 1 && !isTooLarge && failure.getCause() instanceof OrtException e) {
      throw new SettingException(
              failure,
              "%s: declares free sides, but fails on blocks of most: %s; "
                  + (isRunning(MANY_DIVISORS, lost)
                      ? "the sides must be multiples of a number: declare %s N (or metadata"
                          + " sr4j.alignment in the file)"
                      : "its graph seems to be made for one size: export it again with free sides"
                          + " (dynamic axes), or with that size as its input's"),
              name,
              OnnxRuntime.message(e),
              new SettingName("alignment"))
          .ofModel();
    }
    throw failure;
  }

  private boolean isRunning(int alignment, int lost) {
    try {
      return session.shape(block(alignment, lost), format).length > 0;
    } catch (OrtException e) {
      return false;
    }
  }

  private Shape shapeOf(FloatImage block, int alignment) {
    int width = block.width();
    int height = block.height();
    long[] shape;
    try {
      shape = session.shape(block, format);
    } catch (OrtException e) {
      throw new ModelFormatException(
          String.format(
              "%s: fails on a block of %sx%s (width x height): %s",
              name, width, height, OnnxRuntime.message(e)),
          e);
    }
    isTooLarge = samples(shape) > MAX_SCALE * MAX_SCALE * input.batch() * block.samples().length;
    return shape(shape, width, height, alignment).orElseThrow(() -> noImage(shape, width, height));
  }

  private static double samples(long[] shape) {
    return Arrays.stream(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
  }

  private Optional<Shape> shape(long[] shape, int width, int height, int alignment) {
    if (shape.length != 4 || shape[0] != input.batch()) {
      return Optional.empty();
    }
    boolean isFirst = shape[1] == input.channels();
    boolean isLast = shape[3] == input.channels();
    if (!isFirst && !isLast) {
      return Optional.empty();
    }
    boolean isChannelsLast = (isFirst && isLast) ? input.isChannelsLast() : isLast;
    long rows = shape[isChannelsLast ? 1 : 2];
    long columns = shape[isChannelsLast ? 2 : 3];
    // Two sides tell scale and lost edge, unless they are equal: then the scale is taken as
    // declared,
    // or as the minimum that leaves an edge.
    long scale =
        width != height
            ? (columns - rows) / (width - height)
            : declaredScale.isPresent() && rows <= (long) declaredScale.getAsInt() * height
                ? declaredScale.getAsInt()
                : (rows + height - 1) / height;
    if (width == height && rows == height) {
      scale = 1;
    }
    long missing = scale * height - rows;
    boolean isWhole =
        scale >= 1 && scale <= MAX_SCALE && missing >= 0 && scale * width - columns == missing;
    if (isWhole && missing % 2 != 0) {
      throw new ModelFormatException(
          String.format(
              "%s: its output lacks %s rows and columns, an odd number, so not as many at either"
                  + " edge; the network must be padded or cropped evenly",
              name, missing),
          null);
    }
    return isWhole
        ? Optional.of(new Shape((int) scale, (int) missing / 2, alignment, isChannelsLast))
        : Optional.empty();
  }

  private ModelFormatException noImage(long[] shape, int width, int height) {
    String form = input.isChannelsLast() ? "N, H, W, C" : "N, C, H, W";
    String expected =
        input.isChannelsLast()
            ? String.format("%s, s*%s, s*%s, %s", input.batch(), height, width, input.channels())
            : String.format("%s, %s, s*%s, s*%s", input.batch(), input.channels(), height, width);
    return new ModelFormatException(
        String.format(
            "%s: is no super-resolution network: %s (%s) must become [%s] with a whole s, or lack"
                + " the same even number of rows and columns, but became %s",
            name,
            OnnxModelReader.text(format.shape(input.channels(), height, width)),
            form,
            expected,
            OnnxModelReader.text(shape)),
        null);
  }

  /**
   * Finds out the ranges of samples.
   *
   * @param preupscale by how much the input is enlarged before; 1 if it is not
   * @param inputs those that the input may have, from the most to the least usual
   * @param outputs those that the output may have
   * @throws ModelFormatException if no range, or more than one, is as good as the network can be
   */
  SampleRanges ranges(Shape shape, int preupscale, Set<Range> inputs, Set<Range> outputs) {
    FloatImage block = block(shape.alignment, lost(shape.lostEdge, shape.scale) + PICTURE);
    RangeProbe.Network network =
        new RangeProbe.Network(
            name,
            input.channels(),
            block.width(),
            block.height(),
            shape.scale,
            shape.lostEdge,
            preupscale);
    return new RangeProbe(network, (image, range) -> raw(image, range, shape))
        .find(inputs, outputs);
  }

  /** Runs the network, and returns the samples of its output in the range that it has. */
  private FloatImage raw(FloatImage block, Range range, Shape shape) {
    OnnxSession.Format tried = format.with(new SampleRanges(range, Range.ONE));
    try {
      return OnnxBlockUpscaler.toImage(
          session.run(block, tried).samples,
          block.channels(),
          block.height() * shape.scale - 2 * shape.lostEdge,
          block.width() * shape.scale - 2 * shape.lostEdge,
          tried,
          shape.isChannelsLast);
    } catch (OrtException e) {
      throw new ModelFormatException(
          String.format(
              "%s: fails on a block of %sx%s (width x height): %s",
              name, block.width(), block.height(), OnnxRuntime.message(e)),
          e);
    }
  }

  /** Returns the rows or columns of the input that are lost with an edge of the output. */
  static int lost(int lostEdge, int scale) {
    return (2 * lostEdge + scale - 1) / scale;
  }

  /**
   * Returns a block that a network can take.
   *
   * @param alignment of what its sides are multiples: odd ones, so that they are none of its
   *     double, if nothing is lost
   * @param lost how many more rows and columns it has, rounded up to a multiple
   */
  private FloatImage block(int alignment, int lost) {
    int down = oddMultiple(HEIGHT, alignment);
    int across = Math.max(down + 2, oddMultiple(WIDTH, alignment));
    long more = ((long) lost + alignment - 1) / alignment;
    long width = input.width() > 0 ? input.width() : (across + more) * alignment;
    long height = input.height() > 0 ? input.height() : (down + more) * alignment;
    if (width * height * input.batch() > MAX_PIXELS) {
      throw new ModelFormatException(
          String.format(
              "%s: must be tried on %s blocks of %sx%s (width x height) to find out what it does,"
                  + " which are more than %s pixels",
              name, input.batch(), width, height, MAX_PIXELS),
          null);
    }
    return wave((int) width, (int) height);
  }

  /** Grows with the alignment, but not far beyond what shows lost edges: results may be large. */
  private static int oddMultiple(int side, int alignment) {
    return Math.min(side, (4 * side + alignment - 1) / alignment | 1);
  }

  /** Returns an image with soft structure, which networks change little. */
  private FloatImage wave(int width, int height) {
    double[] rows = new double[height];
    Arrays.setAll(rows, y -> 0.3 * Math.cos(2 * Math.PI * y / height));
    double[] columns = new double[width];
    float[] samples = new float[input.channels() * height * width];
    int at = 0;
    for (int c = 0; c < input.channels(); c++) {
      int shift = c;
      Arrays.setAll(columns, x -> Math.sin(2 * Math.PI * x / width + shift));
      for (double row : rows) {
        for (double column : columns) {
          samples[at++] = (float) (0.5 + row * column);
        }
      }
    }
    return FloatImage.wrap(input.channels(), height, width, samples);
  }
}
