// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The differentiation of graphs, without the line that ND4J prints for each operator to standard
 * output, which belongs to the host.
 */
final class Gradients {

  private Gradients() {}

  /** Adds to a graph the function that computes its gradients. */
  static synchronized void create(SameDiff graph) {
    PrintStream out = System.out;
    WithoutThread others = new WithoutThread(out, Thread.currentThread());
    PrintStream replaced = new PrintStream(others, false, charset());
    System.setOut(replaced);
    try {
      graph.createGradFunction();
    } finally {
      others.silent = null;
      replaced.flush();
      if (System.out == replaced) { // else the host has set another one meanwhile
        System.setOut(out);
      }
    }
  }

  /** Returns the charset of the standard output, which PrintStream tells from JDK 18 on. */
  private static Charset charset() {
    String name = System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding"));
    return name == null ? Charset.defaultCharset() : Charset.forName(name);
  }

  /** A stream that leaves out the bytes that one thread writes. */
  private static final class WithoutThread extends FilterOutputStream {

    private volatile @Nullable Thread silent;

    WithoutThread(PrintStream out, Thread silent) {
      super(out);
      this.silent = silent;
    }

    @Override
    public void write(int value) throws IOException {
      if (Thread.currentThread() != silent) {
        out.write(value);
      }
    }

    @Override
    public void write(byte[] values, int offset, int length) throws IOException {
      if (Thread.currentThread() != silent) {
        out.write(values, offset, length);
      }
    }
  }
}
