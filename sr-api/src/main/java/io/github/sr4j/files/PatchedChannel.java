// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Map;

/** A file to be read without some of its bytes, with others replaced, and with some at its end. */
final class PatchedChannel implements SeekableByteChannel {

  /** The bytes from {@code from}, inclusive, to {@code to}, exclusive. */
  record Range(long from, long to) {}

  private final SeekableByteChannel file;
  private final ImmutableList<Range> kept;
  private final ImmutableMap<Long, Byte> replaced; // by place in the file
  private final byte[] end;
  private final long keptBytes;
  private long position;

  /**
   * Changes a file.
   *
   * @param skipped in the order of the file
   * @param replaced by place in the file
   */
  PatchedChannel(
      SeekableByteChannel file, List<Range> skipped, Map<Long, Byte> replaced, byte[] end)
      throws IOException {
    this.file = file;
    this.replaced = ImmutableMap.copyOf(replaced);
    this.end = end;
    ImmutableList.Builder<Range> ranges = ImmutableList.builder();
    long from = 0;
    long bytes = 0;
    for (Range range : skipped) {
      ranges.add(new Range(from, range.from()));
      bytes += range.from() - from;
      from = range.to();
    }
    ranges.add(new Range(from, file.size()));
    kept = ranges.build();
    keptBytes = bytes + file.size() - from;
  }

  @Override
  public int read(ByteBuffer destination) throws IOException {
    if (!destination.hasRemaining()) {
      return 0;
    }
    if (position >= keptBytes) {
      int at = (int) Math.min(end.length, position - keptBytes);
      int count = Math.min(end.length - at, destination.remaining());
      destination.put(end, at, count);
      position += count;
      return count == 0 ? -1 : count;
    }
    long begin = 0; // of a range, in what is seen
    for (Range range : kept) {
      long length = range.to() - range.from();
      if (position < begin + length) {
        return read(destination, range.from() + position - begin, range.to());
      }
      begin += length;
    }
    return -1;
  }

  private int read(ByteBuffer destination, long place, long to) throws IOException {
    ByteBuffer part = destination.slice();
    part.limit((int) Math.min(part.limit(), to - place));
    int count = file.position(place).read(part);
    if (count <= 0) {
      return count;
    }
    replaced.forEach(
        (at, value) -> {
          if (at >= place && at < place + count) {
            part.put((int) (at - place), value);
          }
        });
    destination.position(destination.position() + count);
    position += count;
    return count;
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
    return keptBytes + end.length;
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
    return file.isOpen();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
