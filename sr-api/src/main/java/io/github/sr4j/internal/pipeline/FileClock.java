// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.Picture;
import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.tiff.TiffTags;
import io.github.sr4j.shared.util.FileTimesListener;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The times that the call for a file spends in decoding, in the network and in encoding. They take
 * turns, a band of rows at a time, on one thread. Not thread-safe.
 */
final class FileClock {

  private final long begin = System.nanoTime();
  private long decoding; // nanoseconds
  private long enlarging; // nanoseconds, with the decoding in it
  private long decodingInEnlarging; // nanoseconds
  private boolean isEnlarging;

  /** Counts the time since the begin of the call, in which the source was opened. */
  void opened() {
    decoding += System.nanoTime() - begin;
  }

  /** Returns a picture whose rows take time for decoding. */
  Picture decoded(Picture source) {
    return new Timed(source) {
      @Override
      public Band band(int row) throws IOException {
        long start = System.nanoTime();
        try {
          return super.band(row);
        } finally {
          long nanos = System.nanoTime() - start;
          decoding += nanos;
          if (isEnlarging) {
            decodingInEnlarging += nanos;
          }
        }
      }
    };
  }

  /** Returns a picture whose rows take time for the network. */
  Picture enlarged(Picture result) {
    return new Timed(result) {
      @Override
      public Band band(int row) throws IOException {
        long start = System.nanoTime();
        isEnlarging = true;
        try {
          return super.band(row);
        } finally {
          isEnlarging = false;
          enlarging += System.nanoTime() - start;
        }
      }
    };
  }

  /** Tells the times of the call until now. */
  void tell(FileTimesListener listener) {
    long total = System.nanoTime() - begin;
    long network = enlarging - decodingInEnlarging;
    listener.spent(
        Duration.ofNanos(decoding),
        Duration.ofNanos(network),
        Duration.ofNanos(total - decoding - network));
  }

  /** A picture as it is. */
  private static class Timed implements Picture {

    private final Picture picture;

    Timed(Picture picture) {
      this.picture = picture;
    }

    @Override
    public int width() {
      return picture.width();
    }

    @Override
    public int height() {
      return picture.height();
    }

    @Override
    public FileMetadata metadata() {
      return picture.metadata();
    }

    @Override
    public Band band(int row) throws IOException {
      return picture.band(row);
    }

    @Override
    public ColorModel model() throws IOException {
      return picture.model();
    }

    @Override
    public boolean hasAlpha() throws IOException {
      return picture.hasAlpha();
    }

    @Override
    public Optional<TiffTags> tiff() {
      return picture.tiff();
    }

    @Override
    public List<Layer> layers() {
      return picture.layers();
    }
  }
}
