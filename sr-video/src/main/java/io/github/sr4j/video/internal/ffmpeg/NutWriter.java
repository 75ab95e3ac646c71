// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes one stream as NUT, with a point to begin at before every packet. Not thread-safe. */
public final class NutWriter implements AutoCloseable {

  private static final int MAX_DISTANCE = 65536;
  private static final int TIME_SHIFT = 7; // codes of time stamps below 1 << 7 would be short ones

  private final OutputStream out;

  /**
   * Begins a stream.
   *
   * @param frameRate as a hint for encoders; may be unknown
   */
  public NutWriter(OutputStream out, NutStream stream, Ratio frameRate) throws IOException {
    this.out = out;
    out.write(NutFormat.FILE_ID);
    writePacket(NutFormat.MAIN, mainHeader(stream));
    writePacket(NutFormat.STREAM, streamHeader(stream));
    if (frameRate.isKnown()) {
      writePacket(NutFormat.INFO, frameRateInfo(frameRate));
    }
  }

  /**
   * Writes a packet.
   *
   * @throws IllegalArgumentException if it is for a time before 0
   */
  public void write(NutPacket packet) throws IOException {
    checkArgument(packet.time() >= 0, "time must not be negative, but was %s", packet.time());
    Fields syncpoint = new Fields();
    syncpoint.number(packet.time());
    syncpoint.number(0); // how far back the point before is, for those who seek
    writePacket(NutFormat.SYNCPOINT, syncpoint);
    Fields header = new Fields();
    header.write(0); // the frame code, whose only meaning is that flags follow
    header.number(
        (packet.isKey() ? NutFormat.FLAG_KEY : 0)
            | NutFormat.FLAG_CODED_PTS
            | NutFormat.FLAG_SIZE_MSB
            | NutFormat.FLAG_CHECKSUM);
    header.number(packet.time() + (1 << TIME_SHIFT));
    header.number(packet.data().length);
    header.checksum();
    header.writeTo(out);
    out.write(packet.data());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static Fields mainHeader(NutStream stream) {
    Fields fields = new Fields();
    fields.number(NutFormat.VERSION);
    fields.number(1); // stream
    fields.number(MAX_DISTANCE);
    fields.number(1); // time base
    fields.number(stream.timeBase().numerator());
    fields.number(stream.timeBase().denominator());
    // The table of frame codes: all 255, one being that of start codes, say that flags follow.
    fields.number(NutFormat.FLAG_CODED);
    fields.number(6); // fields follow
    fields.number(0); // difference of time
    fields.number(1); // multiple of sizes
    fields.number(0); // stream
    fields.number(0); // remainder of sizes
    fields.number(0); // reserved
    fields.number(NutFormat.CODES - 1);
    fields.number(0); // beginnings that packets leave out
    return fields;
  }

  private static Fields streamHeader(NutStream stream) {
    Fields fields = new Fields();
    fields.number(0); // the stream's number
    fields.number(0); // video
    fields.number(4); // bytes of the tag
    for (int shift = 0; shift < 32; shift += 8) {
      fields.write(stream.codecTag() >>> shift);
    }
    fields.number(0); // the time base's number
    fields.number(TIME_SHIFT);
    fields.number(MAX_DISTANCE); // of time stamps; farther ones need a checksum, which all have
    fields.number(stream.decodeDelay());
    fields.number(0); // flags
    byte[] codecData = new byte[stream.codecData().remaining()];
    stream.codecData().duplicate().get(codecData);
    fields.bytes(codecData);
    fields.number(stream.width());
    fields.number(stream.height());
    fields.number(stream.sampleAspect().numerator());
    fields.number(stream.sampleAspect().denominator());
    fields.number(0); // colours
    return fields;
  }

  private static Fields frameRateInfo(Ratio frameRate) {
    Fields fields = new Fields();
    fields.number(1); // of the first stream
    fields.number(0); // of no chapter
    fields.number(0); // from the start
    fields.number(0); // to the end
    fields.number(1); // entry
    fields.bytes("r_frame_rate".getBytes(UTF_8));
    fields.number(2); // the signed number -1: text
    fields.bytes(frameRate.toString().getBytes(UTF_8));
    return fields;
  }

  private void writePacket(long startCode, Fields content) throws IOException {
    content.checksum();
    Fields start = new Fields();
    start.write(ByteBuffer.allocate(Long.BYTES).putLong(startCode).array(), 0, Long.BYTES);
    start.number(content.size());
    if (content.size() > NutFormat.LONG_PACKET) {
      start.checksum();
    }
    start.writeTo(out);
    content.writeTo(out);
  }

  /** Fields of a packet. */
  private static final class Fields extends ByteArrayOutputStream {

    /** Adds a number, seven bits a byte, the highest ones first. */
    void number(long value) {
      int shift = (63 - Long.numberOfLeadingZeros(value | 1)) / 7 * 7;
      for (; shift > 0; shift -= 7) {
        write((int) (0x80 | ((value >>> shift) & 0x7f)));
      }
      write((int) (value & 0x7f));
    }

    void bytes(byte[] value) {
      number(value.length);
      write(value, 0, value.length);
    }

    void checksum() {
      byte[] sum =
          ByteBuffer.allocate(Integer.BYTES).putInt(NutFormat.checksum(buf, count)).array();
      write(sum, 0, sum.length);
    }
  }
}
