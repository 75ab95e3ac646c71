// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.shared.util.LazyLibrary;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;

/** The native library of ND4J's backend for the CPU. */
final class Nd4jNatives {

  private static final LazyLibrary LIBRARY =
      new LazyLibrary(() -> Loader.load(Nd4jCpu.class), Nd4jNatives::sentence);

  private Nd4jNatives() {}

  private static String sentence(String reason) {
    return String.format(
        "the native libraries of ND4J cannot be loaded (%s): add"
            + " io.github.sr4j:sr-dl4j-platform, or org.nd4j:nd4j-native, org.bytedeco:openblas"
            + " and javacpp with the classifier of the platform, which is %s here",
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
