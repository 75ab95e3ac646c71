// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import java.awt.image.BufferedImage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One of the programs that {@link UpscaleComparison} compares. */
interface InferenceSide extends AutoCloseable {

  /** Enlarges the image, or does the part of it that the side stands for. */
  void run() throws Exception;

  /** Returns the last result of {@link #run}; null if the side makes no picture. */
  @Nullable BufferedImage picture();

  @Override
  void close() throws IOException;
}
