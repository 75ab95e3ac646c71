// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file for ImageIO's readers: of any file system, and buffered, as {@link
 * javax.imageio.stream.FileImageInputStream} is not.
 */
final class ChannelInput extends ImageInputStreamImpl {

  private final SeekableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 14).limit(0);
  private long bufferStart;

  ChannelInput(SeekableByteChannel channel) {
    this.channel = channel;
  }

  @Override
  public int read() throws IOException {
    bitOffset = 0;
    if (!load()) {
      return -1;
    }
    int value = buffer.get((int) (streamPos - bufferStart)) & 0xff;
    streamPos++;
    return value;
  }

  @Override
  public int read(byte[] destination, int offset, int length) throws IOException {
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    int count;
    if (length >= buffer.capacity() && !isLoaded()) {
      channel.position(streamPos);
      count = channel.read(ByteBuffer.wrap(destination, offset, length));
      if (count < 0) {
        return -1;
      }
    } else {
      if (!load()) {
        return -1;
      }
      int at = (int) (streamPos - bufferStart);
      count = Math.min(length, buffer.limit() - at);
      buffer.get(at, destination, offset, count);
    }
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
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
