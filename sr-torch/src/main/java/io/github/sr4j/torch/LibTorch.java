// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.shared.util.LazyLibrary;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The native library. */
final class LibTorch {

  private static final LazyLibrary LIBRARY = new LazyLibrary(LibTorch::prepare, LibTorch::sentence);

  private LibTorch() {}

  private static void prepare() {
    Loader.load(torch.class);
    NativeHeap.keepFreedMemory();
    torch.globalContext().setDeterministicAlgorithms(true, /* warnOnly= */ true);
    // With them, LibTorch would fill each new array with NaN, which nothing here ever reads.
    torch.globalContext().setDeterministicFillUninitializedMemory(false);
  }

  private static String sentence(String reason) {
    return String.format(
        "LibTorch cannot be loaded (%s): add io.github.sr4j:sr-torch-platform, or"
            + " org.bytedeco:pytorch, openblas and javacpp with the classifier %s, of one"
            + " version of JavaCPP",
        reason, Loader.getPlatform());
  }

  /**
   * Loads the library, of which JavaCPP unpacks the files into its cache once.
   *
   * @throws BackendNotFoundException if it is not on the class path, or not for this platform
   */
  static void load() {
    LIBRARY.load();
  }
}
