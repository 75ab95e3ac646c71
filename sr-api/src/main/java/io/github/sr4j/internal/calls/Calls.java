// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import io.github.sr4j.Upscaler;

/**
 * The queue and the counts of calls, of one upscaler or of all upscalers of a service.
 *
 * @param async to be closed by whoever made it
 */
public record Calls(Async async, CallCounts counts) {

  /** Counts the calls of a queue. */
  public Calls(Async async) {
    this(async, new CallCounts());
  }

  /** Returns the counts at this time. */
  public Upscaler.Statistics statistics() {
    return counts.with(async);
  }
}
