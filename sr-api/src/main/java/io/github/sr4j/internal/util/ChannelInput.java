// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file for ImageIO's readers: of any file system, and buffered, as {@link
 * javax.imageio.stream.FileImageInputStream} is not.
 */
public final class ChannelInput extends ImageInputStreamImpl {

  private final SeekableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 14).limit(0);
  private long bufferStart;
  private int padding; // zeros behind the end of the file
  private boolean isLengthHidden;

  /** Reads a channel, which is closed with this. */
  public ChannelInput(SeekableByteChannel channel) {
    this.channel = channel;
  }

  /**
   * Lets reading go on behind the end of the file: for a few zeros, and then fail instead of
   * ending. For readers that look ahead and, where a file ends, go on with what they have.
   */
  public void padEnd(int zeros) {
    padding = zeros;
  }

  /**
   * Claims more bytes than there are, for readers that refuse an image for the ratio of its pixels
   * to its bytes: an honest one of a single colour has a million to one.
   */
  public void hideLength() {
    isLengthHidden = true;
  }

  @Override
  public int read() throws IOException {
    bitOffset = 0;
    int value = 0;
    if (load()) {
      value = buffer.get((int) (streamPos - bufferStart)) & 0xff;
    } else if (zerosLeft() == 0) {
      return end();
    }
    streamPos++;
    return value;
  }

  /** Reads all that is asked for, up to the end: {@code readInt} takes anything less for that. */
  @Override
  public int read(byte[] destination, int offset, int length) throws IOException {
    bitOffset = 0;
    int done = 0;
    int count = 0;
    while (done < length && count >= 0) {
      count = readSome(destination, offset + done, length - done);
      done += Math.max(0, count);
    }
    return done == 0 && length > 0 ? end() : done;
  }

  /** Returns how many bytes there are at once, or -1 at the end. */
  private int readSome(byte[] destination, int offset, int length) throws IOException {
    int count;
    if (length >= buffer.capacity() && !isLoaded()) {
      channel.position(streamPos);
      count = channel.read(ByteBuffer.wrap(destination, offset, length));
    } else if (load()) {
      int at = (int) (streamPos - bufferStart);
      count = Math.min(length, buffer.limit() - at);
      buffer.get(at, destination, offset, count);
    } else {
      count = -1;
    }
    if (count < 0 && zerosLeft() > 0) {
      count = Math.min(length, zerosLeft());
      Arrays.fill(destination, offset, offset + count, (byte) 0);
    }
    streamPos += Math.max(0, count);
    return count;
  }

  private int zerosLeft() throws IOException {
    return (int) Math.max(0, padding - Math.max(0, streamPos - channel.size()));
  }

  private int end() throws IOException {
    if (padding > 0) {
      throw new IOException(Reasons.CUT_OFF);
    }
    return -1;
  }

  @Override
  public long length() {
    if (isLengthHidden) {
      return Long.MAX_VALUE;
    }
    try {
      return channel.size();
    } catch (IOException e) {
      return -1; // unknown, by the interface
    }
  }

  @Override
  public void close() throws IOException {
    super.close();
    channel.close();
  }

  private boolean isLoaded() {
    return streamPos >= bufferStart && streamPos < bufferStart + buffer.limit();
  }

  private boolean load() throws IOException {
    if (isLoaded()) {
      return true;
    }
    channel.position(streamPos);
    buffer.clear();
    int count = channel.read(buffer);
    buffer.flip();
    bufferStart = streamPos;
    return count > 0;
  }
}
