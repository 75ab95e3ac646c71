// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import java.io.IOException;
import java.util.Optional;

/** A source of a given number of frames, each computed from its index. */
final class ListedFrames implements FrameSource {

  private final Format format;
  private final int count;
  private final Computation computation;
  private int next;

  /** Computes a frame. */
  @FunctionalInterface
  interface Computation {
    Frame of(int index) throws IOException;
  }

  ListedFrames(Format format, int count, Computation computation) {
    this.format = format;
    this.count = count;
    this.computation = computation;
  }

  @Override
  public Format format() {
    return format;
  }

  @Override
  public Optional<Frame> next() throws IOException {
    return next == count ? Optional.empty() : Optional.of(computation.of(next++));
  }
}
