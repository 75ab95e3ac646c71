// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A graph laid out for the last shape that was asked for, kept until another shape comes. The
 * memory of one layout is freed before the next is made. Used by one thread.
 *
 * @param <S> the shape
 * @param <L> the layout
 */
final class LastLayout<S, L> implements AutoCloseable {

  private final Consumer<L> closing;
  private @Nullable S shape;
  private @Nullable L layout;

  /** Begins without a layout. */
  LastLayout(Consumer<L> closing) {
    this.closing = closing;
  }

  /** Returns whether the layout of a shape is there. */
  boolean isOf(S asked) {
    return asked.equals(shape);
  }

  /** Returns the layout of a shape, which is made if it is not there. */
  L of(S asked, Supplier<L> making) {
    L current = layout;
    if (current == null || !isOf(asked)) {
      close();
      current = making.get();
      layout = current;
      shape = asked;
    }
    return current;
  }

  /** Returns the last layout. */
  Optional<L> last() {
    return Optional.ofNullable(layout);
  }

  /** Frees the layout; another one may follow. */
  @Override
  public void close() {
    L current = layout;
    layout = null;
    shape = null;
    if (current != null) {
      closing.accept(current);
    }
  }
}
