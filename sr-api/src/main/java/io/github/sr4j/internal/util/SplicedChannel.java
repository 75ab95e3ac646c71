// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A file put together from byte arrays and ranges of another file, without a copy: one image of a
 * container as a file of its own, or a file with some of its bytes replaced. Not thread-safe.
 */
public final class SplicedChannel implements SeekableByteChannel {

  /** The contents of a spliced file, in order. */
  public static final class Parts {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Part(byte[] bytes, long offset, long length) {}

    private static final byte[] OF_THE_FILE = {};

    private final List<Part> parts = new ArrayList<>();
    private long size;

    /** Appends bytes, which must not change afterwards. */
    public Parts bytes(byte[] bytes) {
      return add(new Part(bytes, 0, bytes.length));
    }

    /** Appends a range of the other file. */
    public Parts range(long offset, long length) {
      return add(new Part(OF_THE_FILE, offset, length));
    }

    /** Appends what other parts consist of. */
    public Parts all(Parts others) {
      others.parts.forEach(this::add);
      return this;
    }

    /** Returns the number of bytes of all parts. */
    public long size() {
      return size;
    }

    private Parts add(Part part) {
      parts.add(part);
      size += part.length;
      return this;
    }
  }

  private final SeekableByteChannel file;
  private final Parts parts;
  private final boolean isClosing;
  private int index; // of the part at which the position is
  private long start; // of that part
  private long position;
  private boolean isOpen = true;

  /** Makes a file whose closing leaves the other one open. */
  public SplicedChannel(SeekableByteChannel file, Parts parts) {
    this(file, parts, false);
  }

  private SplicedChannel(SeekableByteChannel file, Parts parts, boolean isClosing) {
    this.file = file;
    this.parts = parts;
    this.isClosing = isClosing;
  }

  /** Returns a file whose closing closes the other one, too. */
  public static SplicedChannel closing(SeekableByteChannel file, Parts parts) {
    return new SplicedChannel(file, parts, true);
  }

  @Override
  public int read(ByteBuffer destination) throws IOException {
    if (!isOpen) {
      throw new ClosedChannelException();
    }
    if (position >= parts.size) {
      return -1;
    }
    findPart();
    Parts.Part part = parts.parts.get(index);
    long at = position - start;
    int count = (int) Math.min(destination.remaining(), part.length - at);
    if (part.bytes != Parts.OF_THE_FILE) {
      destination.put(part.bytes, (int) at, count);
    } else {
      int limit = destination.limit();
      destination.limit(destination.position() + count);
      file.position(part.offset + at);
      count = file.read(destination);
      destination.limit(limit);
    }
    position += Math.max(0, count);
    return count;
  }

  private void findPart() {
    if (position < start) {
      index = 0;
      start = 0;
    }
    while (position >= start + parts.parts.get(index).length) {
      start += parts.parts.get(index).length;
      index++;
    }
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return parts.size;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return isOpen && file.isOpen();
  }

  @Override
  public void close() throws IOException {
    isOpen = false;
    if (isClosing) {
      file.close();
    }
  }
}
