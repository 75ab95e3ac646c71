// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;

/** A file in memory. Not thread-safe. */
public final class MemoryChannel implements SeekableByteChannel {

  private static final int MAX_BYTES = Integer.MAX_VALUE - 8; // of an array

  private final boolean isWritable;
  private byte[] bytes;
  private int size;
  private long position;
  private boolean isOpen = true;

  private MemoryChannel(byte[] bytes, boolean isWritable) {
    this.bytes = bytes;
    this.size = bytes.length;
    this.isWritable = isWritable;
  }

  /** Returns an empty file to be written and read. */
  public static MemoryChannel empty() {
    return new MemoryChannel(new byte[0], /* isWritable= */ true);
  }

  /** Returns a file to be read, of bytes that are not copied. */
  public static MemoryChannel of(byte[] bytes) {
    return new MemoryChannel(bytes, /* isWritable= */ false);
  }

  /** Returns a copy of the content, also if this is closed. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= size) {
      return -1;
    }
    int count = Math.min(target.remaining(), size - (int) position);
    target.put(bytes, (int) position, count);
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    checkWritable();
    int count = source.remaining();
    long end = position + count;
    if (end > MAX_BYTES) {
      throw new IOException(
          String.format("it would have %s bytes, but an array holds at most %s", end, MAX_BYTES));
    }
    if (end > bytes.length) {
      long grown = Math.max(end, Math.min(MAX_BYTES, 2L * bytes.length));
      bytes = Arrays.copyOf(bytes, (int) grown);
    }
    source.get(bytes, (int) position, count);
    position = end;
    size = Math.max(size, (int) end);
    return count;
  }

  @Override
  public long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position must be at least 0, but was " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    checkOpen();
    return size;
  }

  @Override
  public SeekableByteChannel truncate(long newSize) throws IOException {
    checkWritable();
    if (newSize < 0) {
      throw new IllegalArgumentException("size must be at least 0, but was " + newSize);
    }
    if (newSize < size) {
      Arrays.fill(bytes, (int) newSize, size, (byte) 0); // what a later write skips reads as 0
      size = (int) newSize;
    }
    position = Math.min(position, newSize);
    return this;
  }

  @Override
  public boolean isOpen() {
    return isOpen;
  }

  @Override
  public void close() {
    isOpen = false;
  }

  private void checkOpen() throws IOException {
    if (!isOpen) {
      throw new ClosedChannelException();
    }
  }

  private void checkWritable() throws IOException {
    checkOpen();
    if (!isWritable) {
      throw new NonWritableChannelException();
    }
  }
}
