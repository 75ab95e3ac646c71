// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import com.google.common.io.ByteStreams;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.cli.terminal.Interruption;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A command in a process of its own, which is ended when it takes too long or too much memory, and
 * whose crash is no more than its failure.
 */
final class IsolatedCommand {

  private static final int MILLISECONDS = 20; // between two looks at the process
  private static final int MAX_OUTPUT = 1 << 20; // bytes
  private static final String HEAP = "-Xmx512m"; // the rest is native
  private static final int FAILED = 1;

  private static final String RUNNING = "sr4j.isolated"; // set in such a process

  private final String subject;
  private final Duration maxTime;
  private final long maxMemory;

  /**
   * Describes what a command may take.
   *
   * @param subject what messages call the file that it reads
   * @param maxMemory in bytes; looked after where the system tells it, which is Linux
   */
  IsolatedCommand(String subject, Duration maxTime, long maxMemory) {
    this.subject = subject;
    this.maxTime = maxTime;
    this.maxMemory = maxMemory;
  }

  /**
   * Runs the command, and prints what it prints.
   *
   * @return its exit status
   * @throws Failure if it takes too much, or crashes
   */
  int run(List<String> arguments, PrintWriter out, PrintWriter errors)
      throws Failure, IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+SuppressFatalErrorMessage", // it is told here
                "-D" + RUNNING + "=true",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).start();
    Interruption interruption = Interruption.ofThisThread();
    try (interruption) {
      process.getOutputStream().close();
      CompletableFuture<String> printed = read(process.getInputStream());
      CompletableFuture<String> failures = read(process.getErrorStream());
      await(process);
      int status = process.exitValue();
      if (status != 0 && status != FAILED) {
        throw new Failure(
            String.format(
                "%s: the process that opened it has crashed (status %s); do not open it outside of"
                    + " one",
                subject, status));
      }
      out.print(printed.join());
      out.flush();
      errors.print(failures.join());
      errors.flush();
      return status;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Returns whether this process is one that such a command runs in. */
  static boolean isRunning() {
    return Boolean.getBoolean(RUNNING);
  }

  private void await(Process process) throws Failure, InterruptedException {
    long begin = System.nanoTime();
    long limit = TimeUnit.NANOSECONDS.convert(maxTime);
    while (!process.waitFor(MILLISECONDS, TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() - begin > limit) {
        throw new Failure(
            String.format(
                "%s: must open within %s seconds, but is still being opened; --max-opening-time"
                    + " allows more",
                subject, maxTime.toSeconds()));
      }
      long memory = memory(process);
      if (memory > maxMemory) {
        throw new Failure(
            String.format(
                Locale.ROOT,
                "%s: must open in %d MB of memory, but takes more; --max-memory allows more",
                subject,
                maxMemory >> 20));
      }
    }
  }

  /** Returns the bytes in memory that are the process's; 0 if the system does not tell. */
  private static long memory(Process process) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0; // it has ended, or there is no such file
    }
  }

  private static CompletableFuture<String> read(InputStream in) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new String(
                ByteStreams.limit(in, MAX_OUTPUT).readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
