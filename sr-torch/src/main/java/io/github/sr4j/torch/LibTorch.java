// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.BackendNotFoundException;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The native library. */
final class LibTorch {

  private LibTorch() {}

  /** Loads the library when it is first asked for, and keeps the reason if that fails. */
  private static final class Loaded {

    static final Optional<LinkageError> FAILURE = attempt();

    private Loaded() {}

    private static Optional<LinkageError> attempt() {
      try {
        Loader.load(torch.class);
        NativeHeap.keepFreedMemory();
        torch.globalContext().setDeterministicAlgorithms(true, /* warnOnly= */ true);
        // With them, LibTorch would fill each new array with NaN, which nothing here ever reads.
        torch.globalContext().setDeterministicFillUninitializedMemory(false);
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
              "LibTorch cannot be loaded (%s): add io.github.sr4j:sr-torch-platform, or"
                  + " org.bytedeco:pytorch, openblas and javacpp with the classifier %s, of one"
                  + " version of JavaCPP",
              failure.getMessage(), Loader.getPlatform()),
          failure);
    }
  }
}
