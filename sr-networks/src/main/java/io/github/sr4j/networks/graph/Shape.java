// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.ImmutableLongArray;
import java.util.stream.Collectors;

/**
 * The shape of an array: the length of each of its axes, of which some may be free until the graph
 * is run. Batches of images are [N, C, H, W]. Immutable.
 */
public final class Shape {

  /** The length of an axis that is free. */
  public static final long FREE = -1;

  private final ImmutableLongArray lengths;

  private Shape(ImmutableLongArray lengths) {
    this.lengths = lengths;
  }

  /**
   * Returns a shape.
   *
   * @param lengths the length of each axis, or {@link #FREE}; none for a scalar
   * @throws IllegalArgumentException if a length is less than 0 and not free
   */
  public static Shape of(long... lengths) {
    for (long length : lengths) {
      checkArgument(
          length >= FREE,
          "lengths must be at least 0, or -1 for free ones, but one was %s",
          length);
    }
    return new Shape(ImmutableLongArray.copyOf(lengths));
  }

  /** Returns the shape of a batch of images of any number and size, [?, channels, ?, ?]. */
  public static Shape ofImages(long channels) {
    return of(FREE, channels, FREE, FREE);
  }

  /** Returns the number of axes. */
  public int rank() {
    return lengths.length();
  }

  /** Returns the length of an axis, or {@link #FREE}. */
  public long length(int axis) {
    return lengths.get(axis);
  }

  /** Returns whether no axis is free. */
  public boolean isKnown() {
    return !lengths.contains(FREE);
  }

  /**
   * Returns the number of samples.
   *
   * @throws IllegalArgumentException if an axis is free
   * @throws ArithmeticException if it exceeds a long
   */
  public long size() {
    checkArgument(isKnown(), "shape must be known, but was %s", this);
    return lengths.stream().reduce(1, Math::multiplyExact);
  }

  /** Returns this shape with another length of one axis. */
  public Shape with(int axis, long length) {
    long[] changed = toArray();
    changed[axis] = length;
    return of(changed);
  }

  /** Returns the lengths of all axes. */
  public long[] toArray() {
    return lengths.toArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && shape.lengths.equals(lengths);
  }

  @Override
  public int hashCode() {
    return lengths.hashCode();
  }

  /** Returns the lengths as in {@code [?, 3, ?, ?]}. */
  @Override
  public String toString() {
    return lengths.stream()
        .mapToObj(length -> length == FREE ? "?" : String.valueOf(length))
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
