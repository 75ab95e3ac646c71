// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/**
 * The heap of the C library. By default, glibc returns the end of it to the operating system
 * whenever some megabytes are free there, and a training step, which frees all that it has
 * allocated, pays for thousands of page faults to get the same memory again: up to a fourth of its
 * time.
 */
final class NativeHeap {

  private static final int M_TRIM_THRESHOLD = -1; // of glibc's malloc.h
  private static final int M_MMAP_THRESHOLD = -3;
  private static final int KEPT = 1 << 30; // bytes
  private static final int MAX_MMAP_THRESHOLD = 32 << 20; // glibc takes no more

  private NativeHeap() {}

  /**
   * Makes glibc keep up to a gibibyte of freed memory, for the whole process, unless the
   * environment says what it keeps. Does nothing with other C libraries.
   */
  static void keepFreedMemory() {
    if (System.getenv("MALLOC_TRIM_THRESHOLD_") != null
        || System.getenv("GLIBC_TUNABLES") != null) {
      return;
    }
    try {
      Function mallopt = NativeLibrary.getProcess().getFunction("mallopt");
      // The first sets a threshold that would otherwise rise to that of the largest freed array.
      mallopt.invokeInt(new Object[] {M_MMAP_THRESHOLD, MAX_MMAP_THRESHOLD});
      mallopt.invokeInt(new Object[] {M_TRIM_THRESHOLD, KEPT});
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      // This is another C library, or a platform for which JNA has no natives.
    }
  }
}
