// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the only stream of a NUT file or pipe, packet by packet. Not thread-safe. */
public final class NutReader implements AutoCloseable {

  private static final int BUFFER = 1 << 16;
  private static final int MAX_HEADER = 1 << 26; // bytes of a header, with a codec's data

  private final DataInputStream in;
  private final FrameCode[] codes = new FrameCode[NutFormat.CODES];
  private byte[][] elided = {new byte[0]}; // beginnings that packets leave out
  private final NutStream stream;
  private final Ratio timeBase;
  private Ratio fileTimeBase = Ratio.UNKNOWN;
  private int timeShift;
  private long lastTime;
  private boolean isAtFirstPacket = true; // whose start code has been read

  /** The properties of a packet that one byte before it stands for. */
  private record FrameCode(
      int flags, long timeDifference, int sizeMultiple, int size, int reserved, int header) {}

  /**
   * Reads the headers.
   *
   * @param timeBase to which times are converted: FFmpeg writes them in a finer one than it is told
   * @throws EOFException if there is no packet
   */
  public NutReader(InputStream in, Ratio timeBase) throws IOException {
    this.timeBase = timeBase;
    this.in = new DataInputStream(new BufferedInputStream(in, BUFFER));
    byte[] id = new byte[NutFormat.FILE_ID.length];
    this.in.readFully(id);
    if (!Arrays.equals(id, NutFormat.FILE_ID)) {
      throw new IOException("it does not begin as a NUT file does");
    }
    @Nullable NutStream found = null;
    long startCode = this.in.readLong();
    while (startCode != NutFormat.SYNCPOINT) {
      Fields fields = packet();
      if (startCode == NutFormat.MAIN) {
        fileTimeBase = readMainHeader(fields);
      } else if (startCode == NutFormat.STREAM) {
        found = readStreamHeader(fields);
      } else if (startCode == NutFormat.INDEX) {
        throw new EOFException("there is no packet in it");
      }
      startCode = this.in.readLong();
    }
    if (found == null) {
      throw new IOException("it has no header of a stream");
    }
    stream = found;
  }

  /** Returns the stream. */
  public NutStream stream() {
    return stream;
  }

  /** Returns the next packet, or nothing after the last one. */
  public Optional<NutPacket> next() throws IOException {
    while (true) {
      if (isAtFirstPacket) {
        isAtFirstPacket = false;
        readSyncpoint(packet());
      }
      int code = in.read();
      if (code < 0) {
        return Optional.empty();
      }
      if (code != 'N') {
        return Optional.of(readFrame(code));
      }
      long startCode = ((long) 'N' << 56) | readLowBytes(7);
      if (startCode == NutFormat.INDEX) {
        return Optional.empty(); // which is last
      }
      Fields fields = packet();
      if (startCode == NutFormat.SYNCPOINT) {
        readSyncpoint(fields);
      } // or a header that is repeated
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private long readLowBytes(int count) throws IOException {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = (value << 8) | in.readUnsignedByte();
    }
    return value;
  }

  /** Reads a packet after its start code. */
  private Fields packet() throws IOException {
    long length = readNumber();
    if (length > MAX_HEADER || length < Integer.BYTES) {
      throw new IOException("a header in it has " + length + " bytes");
    }
    if (length > NutFormat.LONG_PACKET) {
      in.readInt();
    }
    byte[] content = new byte[(int) length];
    in.readFully(content);
    if (NutFormat.checksum(content, content.length) != 0) {
      throw new IOException("a header in it is damaged: its checksum is wrong");
    }
    return new Fields(content, content.length - Integer.BYTES);
  }

  private Ratio readMainHeader(Fields fields) throws IOException {
    int version = (int) fields.number();
    if (version != NutFormat.VERSION) {
      throw new IOException("it is NUT of version " + version + ", but must be of version 3");
    }
    if (fields.number() != 1) {
      throw new IOException("it must have one stream, but has more");
    }
    fields.number(); // the maximum distance between points to begin at
    long timeBases = fields.number();
    if (timeBases != 1) {
      throw new IOException("it must have one time base, but has " + timeBases);
    }
    Ratio ratio = new Ratio(fields.number(), fields.number());
    readFrameCodes(fields);
    if (fields.hasMore()) {
      int headers = (int) Math.min(fields.number(), 128);
      elided = new byte[headers + 1][];
      elided[0] = new byte[0];
      for (int i = 1; i <= headers; i++) {
        elided[i] = fields.bytes();
      }
    }
    return ratio;
  }

  private void readFrameCodes(Fields fields) throws IOException {
    long difference = 0;
    int multiple = 1;
    int header = 0;
    for (int i = 0; i < NutFormat.CODES; ) {
      int flags = (int) fields.number();
      int count = (int) fields.number();
      difference = count > 0 ? fields.signedNumber() : difference;
      multiple = count > 1 ? (int) fields.number() : multiple;
      if (count > 2) {
        fields.number(); // the stream
      }
      int size = count > 3 ? (int) fields.number() : 0;
      int reserved = count > 4 ? (int) fields.number() : 0;
      int repeated = count > 5 ? (int) fields.number() : multiple - size;
      if (count > 6) {
        fields.signedNumber(); // a match of time
      }
      header = count > 7 ? (int) fields.number() : header;
      for (int k = 8; k < count; k++) {
        fields.number();
      }
      if (repeated <= 0) {
        throw new IOException("its table of frame codes is damaged");
      }
      for (int k = 0; k < repeated && i < NutFormat.CODES; i++) {
        if (i == 'N') {
          codes[i] = new FrameCode(NutFormat.FLAG_INVALID, 0, 1, 0, 0, 0);
        } else {
          codes[i] = new FrameCode(flags, difference, multiple, size + k, reserved, header);
          k++;
        }
      }
    }
  }

  private NutStream readStreamHeader(Fields fields) throws IOException {
    fields.number(); // the stream's number
    fields.number(); // its class
    byte[] tag = fields.bytes();
    int codecTag = 0;
    for (int i = 0; i < Math.min(Integer.BYTES, tag.length); i++) {
      codecTag |= (tag[i] & 0xff) << (8 * i);
    }
    fields.number(); // the time base's number
    timeShift = (int) fields.number();
    fields.number(); // the maximum difference of time stamps
    int delay = (int) fields.number();
    fields.number(); // flags
    ByteBuffer codecData = ByteBuffer.wrap(fields.bytes()).asReadOnlyBuffer();
    int width = (int) fields.number();
    int height = (int) fields.number();
    Ratio aspect = new Ratio(fields.number(), fields.number());
    return new NutStream(codecTag, timeBase, delay, codecData, width, height, aspect);
  }

  private void readSyncpoint(Fields fields) throws IOException {
    lastTime = fields.number(); // in the only time base
  }

  private NutPacket readFrame(int code) throws IOException {
    FrameCode frame = codes[code];
    int flags = frame.flags;
    if ((flags & NutFormat.FLAG_INVALID) != 0) {
      throw new IOException("a packet in it begins with a byte that means nothing");
    }
    if ((flags & NutFormat.FLAG_CODED) != 0) {
      flags ^= (int) readNumber();
    }
    if ((flags & NutFormat.FLAG_STREAM_ID) != 0) {
      readNumber();
    }
    long time = lastTime + frame.timeDifference;
    if ((flags & NutFormat.FLAG_CODED_PTS) != 0) {
      time = time(readNumber());
    }
    long size = frame.size;
    if ((flags & NutFormat.FLAG_SIZE_MSB) != 0) {
      size += frame.sizeMultiple * readNumber();
    }
    if ((flags & NutFormat.FLAG_MATCH_TIME) != 0) {
      readNumber();
    }
    int header = (flags & NutFormat.FLAG_HEADER_INDEX) != 0 ? (int) readNumber() : frame.header;
    long reserved = (flags & NutFormat.FLAG_RESERVED) != 0 ? readNumber() : frame.reserved;
    for (long i = 0; i < reserved; i++) {
      readNumber();
    }
    if ((flags & NutFormat.FLAG_CHECKSUM) != 0) {
      in.readInt();
    }
    if ((flags & NutFormat.FLAG_SIDE_DATA) != 0) {
      throw new IOException("a packet in it has side data, which version 3 does not have");
    }
    lastTime = time;
    byte[] beginning = size > NutFormat.LONG_PACKET ? elided[0] : elided[header];
    byte[] data = new byte[Math.toIntExact(size)];
    System.arraycopy(beginning, 0, data, 0, beginning.length);
    in.readFully(data, beginning.length, data.length - beginning.length);
    return new NutPacket(
        fileTimeBase.convert(time, timeBase), (flags & NutFormat.FLAG_KEY) != 0, data);
  }

  /** Returns the time of a code: all of it, or the lower bits of one near the last time. */
  private long time(long code) {
    long period = 1L << timeShift;
    if (code >= period) {
      return code - period;
    }
    long earliest = lastTime - (period - 1) / 2;
    return ((code - earliest) & (period - 1)) + earliest;
  }

  private long readNumber() throws IOException {
    long value = 0;
    int next;
    do {
      next = in.readUnsignedByte();
      value = (value << 7) | (next & 0x7f);
    } while ((next & 0x80) != 0);
    return value;
  }

  /** The fields of a header. */
  private static final class Fields {
    private final byte[] content;
    private final int end;
    private int at;

    Fields(byte[] content, int end) {
      this.content = content;
      this.end = end;
    }

    boolean hasMore() {
      return at < end;
    }

    long number() throws IOException {
      long value = 0;
      int next;
      do {
        if (at >= end) {
          throw new IOException("a header in it is too short");
        }
        next = content[at++];
        value = (value << 7) | (next & 0x7f);
      } while (next < 0);
      return value;
    }

    long signedNumber() throws IOException {
      long code = number() + 1;
      return (code & 1) == 0 ? code >> 1 : -(code >> 1);
    }

    byte[] bytes() throws IOException {
      long length = number();
      if (length < 0 || length > end - at) {
        throw new IOException("a header in it is too short");
      }
      byte[] bytes = Arrays.copyOfRange(content, at, at + (int) length);
      at += (int) length;
      return bytes;
    }
  }
}
