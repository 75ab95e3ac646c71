// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import com.google.common.base.Suppliers;
import io.github.sr4j.BackendNotFoundException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A native library that is loaded when it is first asked for. If that fails, each further attempt
 * tells the first reason. Safe for use by multiple threads.
 */
public final class LazyLibrary {

  private final Supplier<Optional<LinkageError>> failure;
  private final UnaryOperator<String> sentence;

  /**
   * Prepares the loading.
   *
   * @param loading loads the library, or throws a {@link LinkageError}
   * @param sentence tells users what to do about the message of the error
   */
  public LazyLibrary(Runnable loading, UnaryOperator<String> sentence) {
    this.failure = Suppliers.memoize(() -> attempt(loading));
    this.sentence = sentence;
  }

  private static Optional<LinkageError> attempt(Runnable loading) {
    try {
      loading.run();
      return Optional.empty();
    } catch (LinkageError e) {
      return Optional.of(e);
    }
  }

  /**
   * Loads the library, unless it is loaded.
   *
   * @throws BackendNotFoundException if that fails, or has failed
   */
  public void load() {
    Optional<LinkageError> found = failure.get();
    if (found.isPresent()) {
      String message = String.valueOf(found.get().getMessage());
      throw new BackendNotFoundException(sentence.apply(message), found.get());
    }
  }
}
