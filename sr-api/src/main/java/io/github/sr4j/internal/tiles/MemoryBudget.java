// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import com.google.common.math.LongMath;
import com.sun.management.OperatingSystemMXBean;
import io.github.sr4j.ModelInfo;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The memory that the tensors of a block may take, and the pixels that a block may therefore have.
 *
 * @param bytes the most that a tile may take
 * @param bytesForWhole the most that an image may take that cannot be cut
 * @param isSet whether the caller set it
 * @param bytesPerPixel what each pixel of a block takes; 0 if it is not known
 */
record MemoryBudget(long bytes, long bytesForWhole, boolean isSet, long bytesPerPixel) {

  private static final long MAX_DEFAULT = 8L << 30;
  private static final long UNKNOWN_MACHINE = 8L << 30; // what a machine has at least, these days

  static MemoryBudget of(OptionalLong maxMemory, ModelInfo info) {
    long bytesPerPixel = info.bytesPerPixel().orElse(0);
    if (maxMemory.isPresent()) {
      return new MemoryBudget(maxMemory.getAsLong(), maxMemory.getAsLong(), true, bytesPerPixel);
    }
    long machine = ofMachine();
    return new MemoryBudget(Math.min(MAX_DEFAULT, machine / 2), machine, false, bytesPerPixel);
  }

  /** Returns the memory of the machine, or of the container around this process. */
  private static long ofMachine() {
    if (ModuleLayer.boot()
        .findModule("jdk.management")
        .isEmpty()) { // an image of the JDK without it
      return UNKNOWN_MACHINE;
    }
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : UNKNOWN_MACHINE;
  }

  /** Returns the most pixels that a tile may have with what is around it. */
  long pixels() {
    return bytesPerPixel == 0 ? Long.MAX_VALUE : bytes / bytesPerPixel;
  }

  /** Returns the longest side of a square block. */
  int side() {
    return (int) Math.sqrt((double) Math.min(1L << 40, pixels()));
  }

  boolean hasRoomForWhole(long pixels) {
    return bytesPerPixel == 0 || pixels <= bytesForWhole / bytesPerPixel;
  }

  /** Returns the memory of a block as text, for messages. */
  String text(long pixels) {
    return gigabytes(LongMath.saturatedMultiply(pixels, bytesPerPixel));
  }

  static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f GB", bytes / (double) (1 << 30));
  }
}
