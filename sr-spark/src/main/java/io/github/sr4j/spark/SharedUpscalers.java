// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import io.github.sr4j.Upscaler;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The upscalers of an executor: one for each model and device, which its tasks share. An upscaler
 * stays open between tasks, until another one is opened while no task uses it. Safe for use by
 * multiple threads.
 *
 * @param <K> the properties by which upscalers are told apart
 */
final class SharedUpscalers<K> {

  /** Those of this process. They are open until it ends. */
  static final SharedUpscalers<UpscalerForm.Key> OF_PROCESS = new SharedUpscalers<>();

  private final Map<K, Shared> byKey = new HashMap<>(); // guarded by this

  /** The use of an upscaler by a task, which closes it at its end. */
  interface Use extends AutoCloseable {

    Upscaler upscaler();

    /** Ends the use. A second call does nothing. */
    @Override
    void close();
  }

  private static final class Shared {

    private final Upscaler upscaler;
    private int uses;

    Shared(Upscaler upscaler) {
      this.upscaler = upscaler;
    }
  }

  /**
   * Returns an upscaler for use by a task. Tasks that ask for it while it is being opened wait.
   *
   * @param opening opens the upscaler if there is none; whatever it throws is thrown
   */
  synchronized Use use(K key, Supplier<Upscaler> opening) {
    Shared shared = byKey.get(key);
    if (shared == null) {
      closeUnused();
      shared = new Shared(opening.get());
      byKey.put(key, shared);
    }
    shared.uses++;
    return new UseOf(shared);
  }

  /** Closes the upscalers that no task uses. */
  synchronized void closeUnused() {
    for (Iterator<Shared> all = byKey.values().iterator(); all.hasNext(); ) {
      Shared shared = all.next();
      if (shared.uses == 0) {
        all.remove();
        shared.upscaler.close();
      }
    }
  }

  private synchronized void end(Shared shared) {
    shared.uses--;
  }

  private final class UseOf implements Use {

    private final Shared shared;
    private boolean isEnded; // a task ends its uses on its own thread

    UseOf(Shared shared) {
      this.shared = shared;
    }

    @Override
    public Upscaler upscaler() {
      return shared.upscaler;
    }

    @Override
    public void close() {
      if (!isEnded) {
        isEnded = true;
        end(shared);
      }
    }
  }
}
