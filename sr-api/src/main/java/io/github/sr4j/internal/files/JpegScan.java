// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.internal.util.SplicedChannel;
import io.github.sr4j.internal.util.SplicedChannel.Parts;
import io.github.sr4j.shared.util.Reasons;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The structure of a JPEG, read without decoding it.
 *
 * <p>libjpeg tells of its first warning only, and makes up gray pixels for data that end early. So
 * that an end is always the first thing that it warns of, whatever harmless oddity would come
 * before it is mended in what the reader gets to see.
 */
final class JpegScan {

  /**
   * The most scans of a progressive JPEG, each of which is a pass over all of its blocks. Encoders
   * make 10 or so, optimisers up to 30 or so.
   */
  static final int MAX_SCANS = 128;

  private static final int MAX_COMPONENTS = 4;
  private static final int COEFFICIENTS = 64; // of a block
  private static final int NOT_SENT = -1;

  private static final int SOF0 = 0xc0; // baseline, and SOF1 extended: sequential
  private static final int SOF2 = 0xc2; // progressive
  private static final int SOF3 = 0xc3; // lossless
  private static final int SOF9 = 0xc9; // and above: arithmetic-coded; those between hierarchical
  private static final int SOF15 = 0xcf;
  private static final int JPEG_LS = 0xf7;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;

  private static final int MAX_ODDITIES = 1000; // more are no camera's

  /** Bytes of the file in place of others, which go on to {@code to}, exclusive. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Edit(long to, byte[] bytes) {}

  private final SortedMap<Long, Edit> edits = new TreeMap<>(); // by place in the file
  private final Map<Integer, int[]> sent =
      new HashMap<>(); // lowest bit sent, by component, of each
  private byte[] end = new byte[0]; // what is missing at the end
  private @Nullable String defect;
  private @Nullable String unsupported;
  private int scans;
  private long dataBytes;
  private int frame; // the SOF marker
  private int components;
  private long blocks; // of all components, per 64 pixels of the image, in 64ths
  private boolean isInterleaved = true;
  private long adobeTransformAt = -1;
  private int adobeTransform;

  private JpegScan() {}

  /** Reads what a stream holds from its beginning; null if that is no JPEG. */
  static @Nullable JpegScan of(InputStream stream) throws IOException {
    Bytes in = new Bytes(stream);
    if (in.read() != 0xff || in.read() != 0xd8) {
      return null;
    }
    JpegScan scan = new JpegScan();
    try {
      scan.read(in);
    } catch (EOFException e) {
      scan.defect = Reasons.CUT_OFF;
    }
    scan.mendAdobeTransform();
    return scan;
  }

  /** Returns the defect of the file, if there is one. */
  @Nullable String defect() {
    return defect;
  }

  /** Returns the feature of the file that readers lack or would decode wrongly, if there is one. */
  @Nullable String unsupported() {
    return unsupported;
  }

  /** Returns whether it is of the lossless kind, which the JDK's reader does not read. */
  boolean isLossless() {
    return frame == SOF3;
  }

  /** Returns the number of bytes that hold pixels. */
  long dataBytes() {
    return dataBytes;
  }

  /**
   * Returns how many bytes outside of Java's heap a decoder needs to have all coefficients at once,
   * as it must if they come in more than one scan.
   */
  long coefficientBytes(long pixels) {
    boolean isBuffered = frame == SOF2 || !isInterleaved;
    return isBuffered ? pixels * blocks / 64 * Short.BYTES : 0;
  }

  /** Returns the file as a reader should see it; closing it closes the file. */
  SeekableByteChannel mended(SeekableByteChannel channel) throws IOException {
    Parts parts = new Parts();
    long from = 0;
    for (Map.Entry<Long, Edit> edit : edits.entrySet()) {
      parts.range(from, edit.getKey() - from).bytes(edit.getValue().bytes());
      from = edit.getValue().to();
    }
    parts.range(from, channel.size() - from).bytes(end);
    return SplicedChannel.closing(channel, parts);
  }

  private void read(Bytes in) throws IOException {
    boolean isAtData = false;
    while (true) {
      int marker = isAtData ? in.skipData() : nextMarker(in);
      dataBytes = in.dataBytes();
      if (marker < 0) {
        endWithoutMarker();
        return;
      }
      isAtData = false;
      if (marker == EOI) {
        return;
      }
      if (isAlone(marker)) {
        continue;
      }
      long start = in.position() + 2;
      byte[] segment = in.segment();
      if (marker == APP0 && startsWith(segment, "JFIF\0") && segment.length > 6) {
        mend(start + 5, segment[5], 1); // the major version
      } else if (marker == APP14 && startsWith(segment, "Adobe") && segment.length >= 12) {
        adobeTransformAt = start + 11;
        adobeTransform = segment[11];
      } else if (isFrame(marker)) {
        readFrame(marker, segment);
      } else if (marker == SOS) {
        readScan(start, segment);
        if (defect != null) {
          return;
        }
        isAtData = true;
      }
    }
  }

  private int nextMarker(Bytes in) throws IOException {
    long from = in.position();
    int code = in.read();
    while (true) {
      while (code >= 0 && code != 0xff) {
        code = in.read();
      }
      while (code == 0xff) { // any number of which may stand before a marker
        code = in.read();
      }
      if (code != 0) {
        long at = in.position() - 2;
        if (code > 0 && at > from && edits.size() < MAX_ODDITIES) {
          edits.put(from, new Edit(at, new byte[0]));
        }
        return code;
      }
    }
  }

  /** The file ends, but for the marker that says so: its pixels may be there all the same. */
  private void endWithoutMarker() {
    if (!hasAllScans()) {
      defect = Reasons.CUT_OFF;
    } else {
      end = new byte[] {(byte) 0xff, (byte) EOI};
    }
  }

  private boolean hasAllScans() {
    return frame != 0
        && sent.size() >= components
        && sent.values().stream()
            .allMatch(bits -> frame != SOF2 || Arrays.stream(bits).allMatch(bit -> bit == 0));
  }

  private void readFrame(int marker, byte[] segment) {
    if (segment.length < 6 || segment.length < 6 + 3 * (segment[5] & 0xff)) {
      return; // the reader will say so
    }
    frame = marker;
    unsupported = unsupported(marker, segment);
    components = segment[5] & 0xff;
    long widest = 1;
    long highest = 1;
    long sum = 0;
    for (int i = 0; i < Math.min(components, MAX_COMPONENTS); i++) {
      int sampling = segment[7 + 3 * i];
      widest = Math.max(widest, sampling >> 4 & 0xf);
      highest = Math.max(highest, sampling & 0xf);
      sum += (long) (sampling >> 4 & 0xf) * (sampling & 0xf);
    }
    blocks = sum * 64 / (widest * highest);
  }

  /**
   * ISO/IEC 10918-1, table B.1. Of arithmetic coding, some builds of the JDK have a decoder, which
   * takes data that end early for zeros.
   */
  private static @Nullable String unsupported(int marker, byte[] segment) {
    int bits = segment[0] & 0xff;
    boolean isLossless = marker == SOF3;
    if (marker == JPEG_LS) {
      return "it is JPEG-LS";
    }
    if (marker >= SOF9) {
      return "it is arithmetic-coded";
    }
    if (marker > SOF3) {
      return "it is hierarchical";
    }
    if (bits != 8 && !(isLossless && bits == 16)) {
      return String.format(
          "it has samples of %s bits%s", bits, isLossless ? " in lossless coding" : "");
    }
    if (segment[1] == 0 && segment[2] == 0) {
      return "it gives its height after its pixels (DNL)";
    }
    return null;
  }

  private void readScan(long start, byte[] segment) {
    scans++;
    int count = segment.length == 0 ? 0 : segment[0] & 0xff;
    if (scans > MAX_SCANS) {
      defect = String.format("it must have at most %s scans", MAX_SCANS);
    }
    if (count < 1 || count > MAX_COMPONENTS || segment.length < 4 + 2 * count) {
      return; // the reader will say so
    }
    isInterleaved &= count >= components;
    int at = 1 + 2 * count;
    if (frame != SOF2) { // which some writers leave empty
      mend(start + at, segment[at], 0);
      mend(start + at + 1, segment[at + 1], COEFFICIENTS - 1);
      mend(start + at + 2, segment[at + 2], 0);
    }
    int first = segment[at] & 0xff;
    int last = Math.min(COEFFICIENTS - 1, segment[at + 1] & 0xff);
    for (int i = 0; i < count; i++) {
      int[] bits =
          sent.computeIfAbsent(
              segment[1 + 2 * i] & 0xff,
              component -> {
                int[] none = new int[COEFFICIENTS];
                Arrays.fill(none, NOT_SENT);
                return none;
              });
      for (int k = first; k <= last; k++) {
        bits[k] = segment[at + 2] & 0xf;
      }
    }
  }

  /** A transform that is not known is taken for the usual one. */
  private void mendAdobeTransform() {
    if (adobeTransformAt >= 0 && (adobeTransform < 0 || adobeTransform > 2)) {
      mend(adobeTransformAt, (byte) adobeTransform, components == 4 ? 2 : 1);
    }
  }

  private void mend(long place, byte found, int wanted) {
    if (found != wanted && edits.size() < MAX_ODDITIES) {
      edits.put(place, new Edit(place + 1, new byte[] {(byte) wanted}));
    }
  }

  private static boolean isFrame(int marker) {
    boolean isOther = marker == 0xc4 || marker == 0xc8 || marker == 0xcc; // DHT, JPG, DAC
    return (marker >= SOF0 && marker <= SOF15 && !isOther) || marker == JPEG_LS;
  }

  private static boolean isAlone(int marker) {
    return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8); // TEM, RST, SOI: without a length
  }

  private static boolean startsWith(byte[] segment, String text) {
    return segment.length >= text.length()
        && new String(segment, 0, text.length(), ISO_8859_1).equals(text);
  }

  /** A stream that knows where it is. */
  private static final class Bytes {

    private final InputStream in;
    private long position;
    private long data;

    Bytes(InputStream in) {
      this.in = new BufferedInputStream(in, 1 << 16);
    }

    long position() {
      return position;
    }

    long dataBytes() {
      return data;
    }

    int read() throws IOException {
      int value = in.read();
      position += value < 0 ? 0 : 1;
      return value;
    }

    /** Reads the length of a segment and what it holds. */
    byte[] segment() throws IOException {
      int high = read();
      int low = read();
      int length = Math.max(0, (high << 8 | low) - 2);
      byte[] segment = in.readNBytes(length); // may hold a thumbnail with an EOI of its own
      position += segment.length;
      if (low < 0 || segment.length < length) {
        throw new EOFException();
      }
      return segment;
    }

    /**
     * Skips entropy-coded data, in which 0xff is followed by 0 or a restart marker, and returns the
     * marker after them, or -1 at the end.
     */
    int skipData() throws IOException {
      int previous = 0;
      int code = read();
      while (code >= 0 && !(previous == 0xff && isMarker(code))) {
        previous = code;
        data++;
        code = read();
      }
      return code;
    }

    private static boolean isMarker(int code) {
      return code != 0 && code != 0xff && !(code >= 0xd0 && code <= 0xd7);
    }
  }
}
