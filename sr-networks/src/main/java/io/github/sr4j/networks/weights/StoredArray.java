// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.primitives.ImmutableLongArray;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A view of a storage: an array whose elements lie somewhere in the bytes of a file, and which is
 * read when it is wanted. Two views of one storage may overlap.
 *
 * @param storage the bytes of the storage, in its byte order
 * @param type of the elements
 * @param shape without free lengths
 * @param offset of the first element, in elements
 * @param strides between the elements of each axis, in elements
 */
record StoredArray(
    ByteBuffer storage, ElementType type, Shape shape, long offset, ImmutableLongArray strides) {

  /**
   * Returns an array whose elements follow one another, row-major.
   *
   * @param storage exactly the bytes of its elements
   */
  static StoredArray contiguous(ByteBuffer storage, ElementType type, Shape shape) {
    long[] strides = new long[shape.rank()];
    long stride = 1;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(shape.length(axis), 1);
    }
    return new StoredArray(storage, type, shape, 0, ImmutableLongArray.copyOf(strides));
  }

  /** Returns an array of floats that are in memory. */
  static StoredArray of(Tensor tensor) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * tensor.samples().length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(tensor.samples());
    return contiguous(bytes, ElementType.F32, tensor.shape());
  }

  /** Returns whether all elements lie within the storage. */
  boolean isWithinStorage() {
    if (offset < 0 || strides.length() != shape.rank()) {
      return false;
    }
    double last = offset; // a product of two longs may exceed a long
    double size = 1;
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (strides.get(axis) < 0) {
        return false;
      }
      last += (double) (shape.length(axis) - 1) * strides.get(axis);
      size *= Math.max(shape.length(axis), 1); // so that empty arrays have sizes within bounds, too
    }
    int held = storage.limit() / type.bytes();
    return size < Integer.MAX_VALUE && (shape.size() == 0 || last < held);
  }

  /** Returns whether another view is one of the same storage, and of the same elements. */
  @Override
  @SuppressWarnings("ReferenceEquality") // contents would be compared in full
  public boolean equals(Object other) {
    return other instanceof StoredArray view
        && view.storage == storage
        && view.type == type
        && view.offset == offset
        && view.shape.equals(shape)
        && view.strides.equals(strides);
  }

  @Override
  public int hashCode() {
    return Objects.hash(System.identityHashCode(storage), type, offset, shape, strides);
  }

  /** Reads the elements. */
  Tensor read() {
    int size = Math.toIntExact(shape.size());
    float[] samples = new float[size];
    int rank = shape.rank();
    if (size > 0 && isContiguous() && type == ElementType.F32) {
      ByteBuffer bytes = storage.duplicate().order(storage.order());
      bytes.position((int) offset * Float.BYTES);
      bytes.asFloatBuffer().get(samples);
      return Tensor.of(shape, samples);
    }
    long[] index = new long[rank];
    long at = offset;
    for (int i = 0; i < size; i++) {
      samples[i] = type.read(storage, (int) at * type.bytes());
      for (int axis = rank - 1; axis >= 0; axis--) {
        index[axis]++;
        at += strides.get(axis);
        if (index[axis] < shape.length(axis)) {
          break;
        }
        at -= shape.length(axis) * strides.get(axis);
        index[axis] = 0;
      }
    }
    return Tensor.of(shape, samples);
  }

  private boolean isContiguous() {
    return strides.equals(contiguous(storage, type, shape).strides);
  }
}
