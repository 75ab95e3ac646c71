// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.primitives.ImmutableLongArray;
import io.github.sr4j.networks.graph.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A tensor in a pickle of PyTorch: a view of a storage, of which the bytes follow later in files of
 * the older form.
 *
 * @param offset of the first element, in elements
 * @param strides in elements
 */
record TorchTensor(Storage storage, long offset, Shape shape, ImmutableLongArray strides) {

  /** A storage, which several tensors may share. */
  static final class Storage {

    private final ElementType type;
    private final long elements;
    private Optional<ByteBuffer> bytes = Optional.empty();

    /**
     * Creates a storage without its bytes.
     *
     * @param elements how many it is declared to have
     */
    Storage(ElementType type, long elements) {
      this.type = type;
      this.elements = elements;
    }

    /** Returns how many bytes it needs; as many as a long holds, if it needs more. */
    long length() {
      return elements > Long.MAX_VALUE / type.bytes() ? Long.MAX_VALUE : elements * type.bytes();
    }

    long elements() {
      return elements;
    }

    /**
     * Sets its bytes.
     *
     * @param from holds {@link #length} bytes at {@code start}, or more
     */
    void fill(ByteBuffer from, int start, ByteOrder order) {
      bytes = Optional.of(from.slice(start, (int) length()).order(order));
    }
  }

  /** Returns the array; empty if the storage has no bytes, or not all elements are in it. */
  Optional<StoredArray> array() {
    return storage
        .bytes
        .map(bytes -> new StoredArray(bytes, storage.type, shape, offset, strides))
        .filter(StoredArray::isWithinStorage);
  }
}
