// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import io.github.sr4j.ProgressListener;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.terminal.ProgressLine;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The progress of the enlargement of files in text. The line of a finished file stays. Called by
 * one thread at a time, each of which is at one file.
 */
public final class UpscaleProgress implements ProgressListener, AutoCloseable {

  private final ProgressLine line;
  private final int files;
  private final LongSupplier nanoTime;
  private final long start;
  private final Map<Thread, Double> begun = new HashMap<>(); // what is done of a thread's file
  private int filesDone;

  /** Creates the progress of a number of files. */
  public UpscaleProgress(PrintWriter out, boolean isTerminal, int files, LongSupplier nanoTime) {
    this.line = new ProgressLine(out, isTerminal);
    this.files = files;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
  }

  @Override
  public void progressed(Progress progress) {
    double done = (double) progress.tilesDone() / progress.tiles();
    begun.put(Thread.currentThread(), done);
    Duration elapsed = Duration.ofNanos(nanoTime.getAsLong() - start);
    if (!line.isDue(elapsed)) {
      return;
    }
    double fraction =
        (filesDone + begun.values().stream().mapToDouble(Double::doubleValue).sum()) / files;
    List<String> parts = new ArrayList<>();
    Duration left = progress.remaining();
    if (files > 1) {
      parts.add(String.format(Locale.ROOT, "%d/%d files", filesDone, files));
      left = Duration.ofMillis((long) (elapsed.toMillis() * (1 - fraction) / fraction));
    }
    parts.add(String.format(Locale.ROOT, "tile %d/%d", progress.tilesDone(), progress.tiles()));
    parts.add(ProgressLine.text(left) + " left");
    line.show(elapsed, fraction, "", parts);
  }

  @Override
  public void finished(Upscaler.BatchReport.Item item) {
    begun.remove(Thread.currentThread());
    filesDone++;
  }

  /** Prints a line above the progress. */
  public void print(String text) {
    line.print(text);
  }

  @Override
  public void close() {
    line.erase();
  }
}
