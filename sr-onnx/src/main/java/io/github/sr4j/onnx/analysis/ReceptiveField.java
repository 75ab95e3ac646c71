// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import com.google.common.math.IntMath;
import com.google.common.primitives.Ints;
import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.Untraceable;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far a network looks, and what it does to sizes, as its graph shows.
 *
 * @param scale by how much the network itself enlarges
 * @param lostEdge the pixels of the output that are missing along each edge
 * @param halo the radius of the receptive field in pixels of the input, over all phases of the
 *     output, with what padding at the edges of the input affects
 * @param alignment the number of pixels by which the input can move so that the output moves along
 * @param isCentred whether what is missing is missing at both edges alike
 * @param isOutputChannelsLast whether the output is N, H, W, C
 */
public record ReceptiveField(
    int scale,
    int lostEdge,
    int halo,
    int alignment,
    boolean isCentred,
    boolean isOutputChannelsLast) {

  /** The largest alignment of models: of a larger one, blocks become too large to try. */
  public static final int MAX_ALIGNMENT = 128;

  // Divisible by most numbers that networks divide sizes by; the larger ones are for networks that
  // see far, or divide by something else.
  private static final int[] LENGTHS = {192, 960, 2880, 20160};

  private static final String OF_THE_SIZE = "parameters that depend on the size of the image";

  /**
   * The result of an analysis.
   *
   * @param field empty if the receptive field is not finite or not known
   * @param obstacle what is in the way then, such as {@code "InstanceNormalization in_1"}
   * @param isGlobal whether it looks at the whole image, so that the field is known not to be
   *     finite
   */
  public record Finding(
      Optional<ReceptiveField> field, Optional<String> obstacle, boolean isGlobal) {

    private static Finding of(ReceptiveField field) {
      return new Finding(Optional.of(field), Optional.empty(), false);
    }

    private static Finding unknown(String obstacle) {
      return new Finding(Optional.empty(), Optional.of(obstacle), false);
    }
  }

  /**
   * The input of a network.
   *
   * @param batch the blocks that it takes at a time
   * @param height 0 if it is free; so is width
   */
  public record Input(
      String name, int batch, int channels, int height, int width, boolean isChannelsLast) {

    private boolean isFixed() {
      return height > 0 && width > 0;
    }

    private long[] shape(int rows, int columns) {
      return isChannelsLast
          ? new long[] {batch, rows, columns, channels}
          : new long[] {batch, channels, rows, columns};
    }
  }

  /**
   * Follows the input through the graph.
   *
   * @param alignment a number of which free sides are multiples anyway
   */
  public static Finding find(OnnxGraph graph, Input input, String output, int alignment) {
    String mismatch = "";
    for (int length : LENGTHS) {
      try {
        int side = Math.multiplyExact(length, alignment / IntMath.gcd(length, alignment));
        Seen seen = at(graph, input, output, side);
        if (input.isFixed()) {
          return seen.field
              .map(Finding::of)
              .orElse(Finding.unknown("a receptive field as large as its input"));
        }
        mismatch = "a receptive field that grows with the image";
        if (seen.field.isEmpty()) {
          continue;
        }
        Seen twice = at(graph, input, output, 2 * side);
        if (seen.field.equals(twice.field)) {
          if (seen.traits == twice.traits) {
            return atAllSizes(seen, graph, input, output, side, alignment)
                .map(Finding::of)
                .orElse(Finding.unknown(OF_THE_SIZE));
          }
          mismatch = OF_THE_SIZE;
        }
      } catch (SizeMismatch e) {
        mismatch = "sizes that " + e.getMessage() + " cannot take";
      } catch (Untraceable e) {
        return new Finding(Optional.empty(), Optional.of(e.reason()), e.isGlobal());
      } catch (ArithmeticException e) {
        return Finding.unknown("sizes that cannot be followed");
      }
    }
    return Finding.unknown(mismatch);
  }

  /**
   * Returns the bytes that tensors take at a time, at most, for each pixel of the input.
   *
   * @param alignment a number of which free sides are multiples
   * @return the bytes; empty if the graph cannot be followed at any size
   */
  public static OptionalLong bytesPerPixel(
      OnnxGraph graph, Input input, String output, int alignment) {
    for (int length : LENGTHS) {
      int side = length / IntMath.gcd(length, alignment) * alignment;
      int height = input.height > 0 ? input.height : side;
      int width = input.width > 0 ? input.width : side;
      OptionalLong samples =
          GraphWalk.maxSamples(
              graph, input.name, output, input.shape(height, width), input.isChannelsLast);
      if (samples.isPresent()) {
        double bytes = (double) samples.getAsLong() * Float.BYTES / ((double) height * width);
        return OptionalLong.of(Math.max(1, (long) Math.ceil(bytes)));
      }
      if (input.isFixed()) {
        break;
      }
    }
    return OptionalLong.empty();
  }

  /**
   * The receptive field at one size.
   *
   * @param field empty if every pixel of the output sees an edge
   * @param traits those of the walk
   */
  private record Seen(Optional<ReceptiveField> field, int traits) {}

  /**
   * Returns the field with the alignment at which the network does the same at all sizes, if there
   * is one. That is more than what its strides need where the graph pads its input to a multiple.
   */
  private static Optional<ReceptiveField> atAllSizes(
      Seen seen, OnnxGraph graph, Input input, String output, int side, int declared) {
    ReceptiveField field = seen.field.orElseThrow();
    int alignment = field.alignment / IntMath.gcd(field.alignment, declared) * declared;
    do {
      if (isAt(side + alignment, seen, graph, input, output)) {
        return Optional.of(
            new ReceptiveField(
                field.scale,
                field.lostEdge,
                field.halo,
                alignment,
                field.isCentred,
                field.isOutputChannelsLast));
      }
      alignment *= 2;
    } while (alignment <= MAX_ALIGNMENT);
    return Optional.empty();
  }

  private static boolean isAt(int side, Seen seen, OnnxGraph graph, Input input, String output) {
    try {
      return seen.equals(at(graph, input, output, side));
    } catch (SizeMismatch | Untraceable e) {
      return false;
    }
  }

  private static Seen at(OnnxGraph graph, Input input, String output, int side)
      throws Untraceable, SizeMismatch {
    int height = input.height > 0 ? input.height : side;
    int width = input.width > 0 ? input.width : side;
    GraphWalk.Result result =
        new GraphWalk(graph)
            .walk(input.name, output, input.shape(height, width), input.isChannelsLast);
    int alignment = Ints.saturatedCast(result.alignment());
    if (height % alignment != 0 || width % alignment != 0) {
      throw new SizeMismatch("strides of " + alignment + " in all");
    }
    Size rows = Size.of(result.rows(), height);
    Size columns = Size.of(result.columns(), width);
    if (!rows.equals(columns)) {
      throw Untraceable.unknown("different scales or lost edges of rows and columns");
    }
    int halo =
        Math.max(
            result.rows().radius(rows.scale, rows.lostEdge),
            result.columns().radius(rows.scale, rows.lostEdge));
    if (2L * halo + alignment > Math.min(height, width)) {
      return new Seen(Optional.empty(), result.traits());
    }
    boolean isCentred =
        rows.lostEdge == 0
            || (rows.shift(result.rows()) < 1 && columns.shift(result.columns()) < 1);
    ReceptiveField field =
        new ReceptiveField(
            rows.scale, rows.lostEdge, halo, alignment, isCentred, result.isChannelsLast());
    return new Seen(Optional.of(field), result.traits());
  }

  /** The scale and lost edge of a side. */
  private record Size(int scale, int lostEdge) {

    static Size of(ReceptiveInterval interval, int length) throws SizeMismatch {
      long scale = interval.denominator();
      long missing = scale * length - interval.length();
      if (interval.numerator() != 1 || scale > 16 || missing < 0 || missing % 2 != 0) {
        throw new SizeMismatch(
            String.format("an output of %s pixels for %s of the input", interval.length(), length));
      }
      return new Size((int) scale, (int) (missing / 2));
    }

    /** Returns how far what a pixel in the middle sees is from where the pixel is. */
    private double shift(ReceptiveInterval interval) {
      int middle = interval.length() / 2;
      double seen = (interval.min(middle) + interval.max(middle)) / 2.0;
      return Math.abs(seen - ((middle + lostEdge + 0.5) / scale - 0.5));
    }
  }
}
