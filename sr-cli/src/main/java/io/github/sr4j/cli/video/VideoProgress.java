// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.video;

import io.github.sr4j.cli.terminal.ProgressLine;
import io.github.sr4j.video.VideoListener;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The progress of a film in text, and the choices that were made for it. Not thread-safe. */
final class VideoProgress implements VideoListener, AutoCloseable {

  private static final double MEGABYTE = 1e6;

  private final ProgressLine line;

  VideoProgress(PrintWriter out, boolean isTerminal) {
    this.line = new ProgressLine(out, isTerminal);
  }

  @Override
  public void progressed(Progress progress) {
    if (!line.isDue(progress.elapsed())) {
      return;
    }
    double fraction =
        progress.frames().isPresent()
            ? Math.min(1, (double) progress.framesDone() / progress.frames().getAsLong())
            : 0;
    List<String> parts = new ArrayList<>();
    parts.add(
        progress.frames().isPresent()
            ? String.format(
                Locale.ROOT, "frame %d/%d", progress.framesDone(), progress.frames().getAsLong())
            : String.format(Locale.ROOT, "frame %d", progress.framesDone()));
    parts.add(String.format(Locale.ROOT, "%.1f frames/s", progress.framesPerSecond()));
    progress.remaining().ifPresent(left -> parts.add(ProgressLine.text(left) + " left"));
    parts.add(megabytes(progress.bytes()));
    line.show(progress.elapsed(), fraction, "", parts);
  }

  /** Returns a size in megabytes of a million bytes. */
  static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / MEGABYTE);
  }

  @Override
  public void chosen(String choice) {
    print("encoder: " + choice);
  }

  @Override
  public void noted(String note) {
    print("note: " + note);
  }

  /** Prints a line above the progress. */
  void print(String text) {
    line.print(text);
  }

  @Override
  public void close() {
    line.erase();
  }
}
