// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static com.google.common.math.LongMath.saturatedMultiply;

import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * The number of pixels of image files, from their headers: of a file on another machine, only the
 * blocks that hold the header are fetched. It serves to divide work, so that an estimate is enough.
 */
final class HeaderReader {

  private HeaderReader() {}

  /**
   * Returns the pixels of the first image of a file, or an estimate from its length if the header
   * cannot be read.
   *
   * @param length of the file, in bytes
   */
  static long pixels(FSDataInputStream file, long length) {
    try (ImageInputStream in = new RemoteInput(file, length)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        return estimate(length);
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, /* seekForwardOnly= */ true, /* ignoreMetadata= */ true);
        return saturatedMultiply((long) reader.getWidth(0), (long) reader.getHeight(0));
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) { // readers throw all kinds on damaged files
      return estimate(length);
    }
  }

  /** Returns the pixels of a photograph as a JPEG of about 4 bits per pixel. */
  private static long estimate(long length) {
    return Math.max(1, saturatedMultiply(length, 2));
  }

  /** A file of Hadoop as ImageIO reads it, a block at a time. */
  private static final class RemoteInput extends ImageInputStreamImpl {

    private static final int BLOCK = 1 << 14;

    private final FSDataInputStream file;
    private final long length;
    private final byte[] block = new byte[BLOCK];
    private long blockStart = -1;
    private int blockLength;

    RemoteInput(FSDataInputStream file, long length) {
      this.file = file;
      this.length = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      checkClosed();
      bitOffset = 0;
      if (count == 0) {
        return 0;
      }
      if (streamPos >= length) {
        return -1;
      }
      long start = streamPos - streamPos % BLOCK;
      if (start != blockStart) {
        blockLength = (int) Math.min(BLOCK, length - start);
        blockStart = -1; // until it is read
        file.readFully(start, block, 0, blockLength);
        blockStart = start;
      }
      int from = (int) (streamPos - start);
      int part = Math.min(count, blockLength - from);
      System.arraycopy(block, from, bytes, offset, part);
      streamPos += part;
      return part;
    }

    @Override
    public long length() {
      return length;
    }
  }
}
