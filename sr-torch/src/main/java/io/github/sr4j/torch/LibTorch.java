// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.BackendNotFoundException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The native library. */
final class LibTorch {

  private LibTorch() {}

  /** Whoever calls it first loads the library. */
  private static final class Loaded {
    static {
      Loader.load(torch.class);
      torch.globalContext().setDeterministicAlgorithms(true, /* warnOnly= */ true);
    }

    private Loaded() {}

    static void now() {}
  }

  /**
   * Loads the library, of which JavaCPP unpacks the files into its cache once.
   *
   * @throws BackendNotFoundException if it is not on the class path, or not for this platform
   */
  static void load() {
    try {
      Loaded.now();
    } catch (LinkageError e) {
      Throwable cause =
          e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
      throw new BackendNotFoundException(
          String.format(
              "LibTorch cannot be loaded (%s): the class path must hold org.bytedeco:pytorch,"
                  + " openblas and javacpp with the classifier %s, of one version of JavaCPP. See"
                  + " docs/errors.md#libtorch",
              cause.getMessage(), Loader.getPlatform()),
          e);
    }
  }
}
