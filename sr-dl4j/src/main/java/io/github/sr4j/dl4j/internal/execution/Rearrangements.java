// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.Reshape;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.Resize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.DataFormat;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Operators in SameDiff that move samples: shuffles, slices, extensions, changes of shape. */
public final class Rearrangements {

  private static final int ROWS = 2; // axes of NCHW
  private static final int COLUMNS = 3;

  private final SameDiff graph;
  private final boolean isDifferentiated;

  /** Creates the rearrangements of a graph. */
  public Rearrangements(SameDiff graph, boolean isDifferentiated) {
    this.graph = graph;
    this.isDifferentiated = isDifferentiated;
  }

  /**
   * Adds a pixel shuffle. SameDiff's has the order of TensorFlow.
   *
   * @param channels of the result
   * @param isInTheirOrder whether the channels are in the order of TensorFlow already
   */
  public SDVariable shuffle(SDVariable images, int block, int channels, boolean isInTheirOrder) {
    SDVariable ordered =
        isInTheirOrder ? images : transposedChannels(images, channels, block * block);
    return graph.cnn().depthToSpace(ordered, block, DataFormat.NCHW);
  }

  /**
   * Adds the inverse of a pixel shuffle.
   *
   * @param channels of the images
   */
  public SDVariable unshuffle(SDVariable images, int block, int channels) {
    SDVariable theirs = graph.cnn().spaceToDepth(images, block, DataFormat.NCHW);
    return channels == 1 ? theirs : transposedChannels(theirs, block * block, channels);
  }

  /** Takes channels as a matrix of some rows and columns, and transposes it. */
  private SDVariable transposedChannels(SDVariable images, int rows, int columns) {
    SDVariable shape = graph.shape(images);
    SDVariable number = graph.slice(shape, new int[] {0}, 1);
    SDVariable sides = graph.slice(shape, new int[] {2}, 2);
    SDVariable matrix =
        graph.reshape(images, graph.concat(0, number, lengths(rows, columns), sides));
    return graph.reshape(
        matrix.permute(0, 2, 1, 3, 4),
        graph.concat(0, number, lengths((long) rows * columns), sides));
  }

  private SDVariable lengths(long... lengths) {
    return graph.constant(Nd4j.createFromArray(lengths));
  }

  /** Adds a part along an axis. */
  public SDVariable slice(SDVariable array, Slice slice, int rank) {
    if (slice.from() >= 0 && slice.to() >= 0 && slice.to() != Slice.END) {
      int[] begin = new int[rank];
      int[] size = new int[rank];
      Arrays.fill(size, -1);
      begin[slice.axis()] = slice.from();
      size[slice.axis()] = slice.to() - slice.from();
      return graph.slice(array, begin, size);
    }
    return strip(array, rank, slice.axis(), slice.from(), slice.to());
  }

  /** Adds the part from one index of an axis to before another, which may count from the end. */
  private SDVariable strip(SDVariable array, int rank, int axis, int from, int to) {
    long[] begin = new long[rank];
    long[] end = new long[rank];
    long[] strides = new long[rank];
    Arrays.fill(strides, 1);
    begin[axis] = from;
    end[axis] = to;
    int all = (1 << rank) - 1;
    int others = all & ~(1 << axis); // taken whole
    int endMask = to == Slice.END ? all : others;
    return graph.stridedSlice(array, begin, end, strides, others, endMask, 0, 0, 0);
  }

  /** Adds zeros around images. */
  public SDVariable padded(SDVariable images, int rows, int columns) {
    int[][] pads = {{0, 0}, {0, 0}, {rows, rows}, {columns, columns}};
    return rows + columns == 0
        ? images
        : graph.nn().pad(images, graph.constant(Nd4j.createFromArray(pads)), PadMode.CONSTANT, 0);
  }

  /**
   * Adds every {@code stride}-th pixel of a part of images.
   *
   * @param before the rows and columns that are left out before it
   * @param behind the rows and columns that are left out behind it
   */
  public SDVariable part(SDVariable images, int[] before, int[] behind, int stride) {
    long[] begin = {0, 0, before[0], before[1]};
    long[] end = {0, 0, -behind[0], -behind[1]};
    long[] strides = {1, 1, stride, stride};
    int endMask = 0b0011 | (behind[0] == 0 ? 0b0100 : 0) | (behind[1] == 0 ? 0b1000 : 0);
    return graph.stridedSlice(images, begin, end, strides, 0b0011, endMask, 0, 0, 0);
  }

  /** Adds an extension. */
  public SDVariable pad(SDVariable images, Pad pad) {
    int pixels = pad.pixels();
    if (pixels == 0) {
      return images;
    }
    if (pad.extension() == Extension.CONSTANT) {
      return padded(images, pixels, pixels);
    }
    if (isDifferentiated) { // of SameDiff's own, the gradient is wrong
      return extended(extended(images, pad, COLUMNS), pad, ROWS);
    }
    if (pad.extension() == Extension.REFLECT) {
      return graph.nn().pad(images, pads(pixels), PadMode.REFLECT, 0);
    }
    // ND4J has no copies of the edge, but mirrors there: of one pixel, the mirror image is its
    // copy.
    SDVariable extended = images;
    for (int i = 0; i < pixels; i++) {
      extended = graph.nn().pad(extended, pads(1), PadMode.SYMMETRIC, 0);
    }
    return extended;
  }

  private SDVariable pads(int pixels) {
    return graph.constant(
        Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {pixels, pixels}, {pixels, pixels}}));
  }

  private SDVariable extended(SDVariable images, Pad pad, int axis) {
    List<SDVariable> parts = new ArrayList<>();
    parts.add(images);
    for (int i = 1; i <= pad.pixels(); i++) {
      boolean isMirrored = pad.extension() == Extension.REFLECT;
      parts.add(0, isMirrored ? strip(images, 4, axis, i, i + 1) : first(images, axis));
      parts.add(
          isMirrored
              ? strip(images, 4, axis, -1 - i, -i)
              : first(graph.reverse(images, axis), axis));
    }
    return graph.concat(axis, parts.toArray(SDVariable[]::new));
  }

  /** Adds the first row or column. Of a single row, the gradient of a strip is wrong. */
  private SDVariable first(SDVariable images, int axis) {
    return slice(images, new Slice(axis, 0, 1), 4);
  }

  /**
   * Adds an enlargement: each pixel becomes a block, whose pixels are weighted sums of neighbours.
   */
  public SDVariable resize(SDVariable images, Resize resize) {
    int scale = resize.scale();
    if (resize.kind() == Resize.Kind.NEAREST) {
      return graph.cnn().upsampling2d(images, scale, scale, true);
    }
    SDVariable extended = extended(images, new Pad(Extension.EDGE, 1), COLUMNS);
    extended = extended(extended, new Pad(Extension.EDGE, 1), ROWS);
    List<SDVariable> blocks = new ArrayList<>();
    for (int y = 0; y < scale; y++) {
      SDVariable row = phase(extended, ROWS, y, scale);
      for (int x = 0; x < scale; x++) {
        blocks.add(phase(row, COLUMNS, x, scale));
      }
    }
    SDVariable channels =
        blocks.size() == 1 ? blocks.get(0) : graph.concat(1, blocks.toArray(SDVariable[]::new));
    return graph.cnn().depthToSpace(channels, scale, DataFormat.NCHW);
  }

  /** Adds the samples of one place in all blocks, from an image that is extended by a pixel. */
  private SDVariable phase(SDVariable extended, int axis, int place, int scale) {
    double position = (place + 0.5) / scale - 0.5; // from the centre of the pixel
    double share = Math.abs(position); // of the neighbour
    SDVariable own = strip(extended, 4, axis, 1, -1);
    if (share == 0) {
      return own;
    }
    SDVariable neighbour =
        position < 0 ? strip(extended, 4, axis, 0, -2) : strip(extended, 4, axis, 2, Slice.END);
    return own.mul(1 - share).add(neighbour.mul(share));
  }

  /**
   * Adds a resampling to the size of other images: products with the matrices of interpolation
   * along rows and columns.
   */
  public SDVariable resizeTo(SDVariable images, SDVariable like) {
    SDVariable columns = resized(images, like, COLUMNS);
    return resized(columns.permute(0, 1, 3, 2), like, ROWS).permute(0, 1, 3, 2);
  }

  /**
   * Adds a resampling of columns.
   *
   * @param axis that of {@code like} whose length they become
   */
  private SDVariable resized(SDVariable images, SDVariable like, int axis) {
    SDVariable shape = graph.shape(images);
    SDVariable length = graph.slice(graph.shape(like), new int[] {axis}, 1);
    SDVariable from = graph.slice(shape, new int[] {COLUMNS}, 1);
    SDVariable rows = graph.reshape(images, graph.concat(0, lengths(-1), from));
    SDVariable result = graph.mmul(rows, weights(from, length), false, false, false);
    SDVariable kept = graph.slice(shape, new int[] {0}, 3); // all but columns
    return graph.reshape(result, graph.concat(0, kept, length));
  }

  /** Adds the matrix of a linear interpolation between elements, [from, to]. */
  private SDVariable weights(SDVariable from, SDVariable to) {
    SDVariable count = from.castTo(DataType.FLOAT);
    SDVariable step = count.div(to.castTo(DataType.FLOAT));
    SDVariable positions = places(to).add(0.5).mul(step).sub(0.5);
    positions = graph.nn().relu(positions, 0);
    SDVariable beyond = graph.nn().relu(positions.sub(count).add(1), 0);
    SDVariable inside = graph.expandDims(positions.sub(beyond), 0);
    SDVariable distance = graph.math().abs(graph.expandDims(places(from), 1).sub(inside));
    return graph.nn().relu(distance.neg().add(1), 0);
  }

  /** Adds the numbers from 0 to before a length. */
  private SDVariable places(SDVariable length) {
    SDVariable end = graph.reshape(length.castTo(DataType.FLOAT), new long[0]);
    SDVariable zero = graph.constant(Nd4j.scalar(0f));
    return graph.range(zero, end, graph.constant(Nd4j.scalar(1f)), DataType.FLOAT);
  }

  /** Adds a change of shape. */
  public SDVariable reshape(SDVariable array, Reshape reshape, Shape before) {
    long[] lengths = reshape.lengths().stream().mapToLong(Long::longValue).toArray();
    boolean isOpen = false;
    for (int axis = 0; axis < lengths.length; axis++) {
      isOpen |= lengths[axis] == 0 && before.length(axis) == Shape.FREE;
      lengths[axis] = lengths[axis] == 0 ? before.length(axis) : lengths[axis];
    }
    if (!isOpen) {
      return graph.reshape(array, lengths);
    }
    SDVariable shape = graph.shape(array);
    SDVariable[] parts = new SDVariable[lengths.length];
    for (int axis = 0; axis < lengths.length; axis++) {
      parts[axis] =
          reshape.lengths().get(axis) == 0
              ? graph.slice(shape, new int[] {axis}, 1)
              : lengths(lengths[axis]);
    }
    return graph.reshape(array, graph.concat(0, parts));
  }

  /** Adds the Gram matrices, [N, C, C], of [N, C, height, width]. */
  public SDVariable gram(SDVariable images, int channels) {
    SDVariable shape = graph.shape(images);
    SDVariable flat = graph.concat(0, graph.slice(shape, new int[] {0}, 2), lengths(-1));
    SDVariable rows = graph.reshape(images, flat);
    SDVariable sides = graph.slice(shape, new int[] {2}, 2).castTo(DataType.FLOAT);
    return graph.mmul(rows, rows, false, true, false).div(graph.prod(sides, 0).mul(channels));
  }
}
