// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.BackendNotFoundException;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;

/** The native library of ND4J's backend for the CPU. */
final class Nd4jNatives {

  private Nd4jNatives() {}

  /** Loads the library when it is first asked for, and keeps the reason if that fails. */
  private static final class Loaded {

    static final Optional<LinkageError> FAILURE = attempt();

    private Loaded() {}

    private static Optional<LinkageError> attempt() {
      try {
        Loader.load(Nd4jCpu.class);
        return Optional.empty();
      } catch (LinkageError e) {
        return Optional.of(e);
      }
    }
  }

  /**
   * Loads the library, of which JavaCPP unpacks the files into its cache once.
   *
   * @throws BackendNotFoundException if it is not on the class path, or not for this platform
   */
  static void load() {
    if (Loaded.FAILURE.isPresent()) {
      LinkageError failure = Loaded.FAILURE.get();
      throw new BackendNotFoundException(
          String.format(
              "the native libraries of ND4J cannot be loaded (%s): add"
                  + " io.github.sr4j:sr-dl4j-platform, or org.nd4j:nd4j-native, org.bytedeco:openblas"
                  + " and javacpp with the classifier of the platform, which is %s here",
              failure.getMessage(), Loader.getPlatform()),
          failure);
    }
  }
}
