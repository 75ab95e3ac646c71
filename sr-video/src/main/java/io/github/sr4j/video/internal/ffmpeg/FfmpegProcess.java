// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.sr4j.shared.util.Reasons;
import io.github.sr4j.shared.util.VisibleText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * A run of one of FFmpeg's programs, with pipes to it and from it. What it prints as errors is
 * kept: the last lines, and their number. It is ended when this is closed.
 */
public final class FfmpegProcess implements AutoCloseable {

  private static final int KEPT = 8; // lines

  private final Process process;
  private final String task;
  private final Thread errorReader;
  private final Deque<String> lastLines = new ArrayDeque<>(); // guarded by itself
  private long lines; // guarded by lastLines

  private FfmpegProcess(Process process, String task) {
    this.process = process;
    this.task = task;
    this.errorReader = new Thread(this::readErrors, "sr4j-ffmpeg-errors");
    errorReader.setDaemon(true);
    errorReader.start();
  }

  /**
   * Starts a program.
   *
   * @param task what messages say that it does, such as {@code "clip.mp4: decoding it"}
   */
  static FfmpegProcess start(ProcessBuilder command, String task) throws IOException {
    return new FfmpegProcess(command.start(), task);
  }

  /** Returns the pipe to its standard input. */
  public OutputStream input() {
    return process.getOutputStream();
  }

  /** Ends its standard input, though it may no longer read it. */
  public void endInput() {
    try {
      input().close();
    } catch (IOException e) {
      // It has closed the pipe, and is ending anyway.
    }
  }

  /** Returns the pipe from its standard output. */
  public InputStream output() {
    return process.getInputStream();
  }

  /**
   * Waits for its end.
   *
   * @throws IOException if it has failed, with the last line that it printed
   * @throws CancellationException if the thread is interrupted
   */
  public void await() throws IOException {
    int status = status();
    if (status != 0) {
      throw new IOException(
          task + " failed: " + reason("FFmpeg ended with status " + status + " without a reason"));
    }
  }

  /**
   * Waits for its end as {@link #await} does, after it has written a file. FFmpeg may end as if all
   * were well though the disk was full at the last bytes: what it has printed says so.
   */
  public void awaitFile() throws IOException {
    await();
    for (String line : lastErrors()) {
      if (hasCommonReason(line)) {
        throw new IOException(task + " failed: " + Reasons.ofText(line));
      }
    }
  }

  private static boolean hasCommonReason(String line) {
    return !Reasons.ofText(line).equals(Reasons.withoutClasses(line));
  }

  /** Returns its failure if it has ended with one, or else another, which it may have caused. */
  public IOException explained(IOException failure) {
    try {
      await();
    } catch (IOException e) {
      e.addSuppressed(failure);
      return e;
    }
    return failure;
  }

  /**
   * Waits for its end.
   *
   * @return 0 if it succeeded
   */
  public int status() {
    try {
      int status = process.waitFor();
      errorReader.join();
      return status;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled = new CancellationException("interrupted at FFmpeg");
      cancelled.initCause(e);
      throw cancelled;
    }
  }

  /** Returns how many lines it has printed as errors. */
  public long errors() {
    synchronized (lastLines) {
      return lines;
    }
  }

  /** Returns the last lines that it has printed as errors. */
  public List<String> lastErrors() {
    synchronized (lastLines) {
      return List.copyOf(lastLines);
    }
  }

  /** Returns the last line that it has printed as an error; empty if there is none. */
  public String lastError() {
    synchronized (lastLines) {
      String last = lastLines.peekLast();
      return last == null ? "" : last;
    }
  }

  /** Returns why it has failed, in words for people. */
  private String reason(String otherwise) {
    List<String> errors = lastErrors();
    for (String line : errors) { // what comes after is often no more than that it gives up
      if (hasCommonReason(line)) {
        return Reasons.ofText(line);
      }
    }
    return errors.isEmpty() ? otherwise : String.join("; ", errors);
  }

  private void readErrors() {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank()) {
          keep(VisibleText.of(line.strip()));
        }
      }
    } catch (IOException e) {
      // This was closed: nobody asks.
    }
  }

  private void keep(String line) {
    synchronized (lastLines) {
      lines++;
      lastLines.addLast(line);
      if (lastLines.size() > KEPT) {
        lastLines.removeFirst();
      }
    }
  }

  /** Ends it if it is still running. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
