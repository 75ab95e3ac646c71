// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The local file system under the scheme {@code faulty}, in which the names of files ask for
 * faults: an executor that is killed, tasks that fail, a task that hangs. Faults happen when a
 * result is written, not when headers are read; how often is counted by files beside the source.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {

  static final String SCHEME = "faulty";
  static final String KILLING = "kill";
  static final String FAILING = "fail";
  static final String HANGING = "hang";

  private static final int FAILURES = 2;
  private static final int KILLED = 137; // as by SIGKILL

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
      throws IOException {
    String name = to.getName();
    if (name.startsWith(KILLING) && isOneOf(1, to)) {
      Runtime.getRuntime().halt(KILLED);
    }
    if (name.startsWith(FAILING) && isOneOf(FAILURES, to)) {
      throw new AssertionError("a fault that is not the image's"); // fails the task
    }
    if (name.startsWith(HANGING) && isOneOf(1, to)) {
      hang();
    }
    return super.rename(from, to);
  }

  /** Waits to be interrupted, as Spark does with an attempt when another one has succeeded. */
  private static void hang() throws IOException {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Returns whether this is one of the first times that the file is written, of all processes. */
  private static boolean isOneOf(int times, org.apache.hadoop.fs.Path target) throws IOException {
    Path local = Path.of(target.toUri().getPath());
    for (int i = 1; i <= times; i++) {
      if (isCreated(local.resolveSibling("." + local.getFileName() + "-" + i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isCreated(Path file) throws IOException {
    try {
      Files.createFile(file);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
