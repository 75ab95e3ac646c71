// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

/** A packet of a stream: a raw frame, or an encoded one. Immutable, if its bytes are left alone. */
public final class NutPacket {

  private final long time;
  private final boolean isKey;
  private final byte[] data;

  /**
   * Creates a packet.
   *
   * @param time when the frame is shown, in units of the stream's time base
   * @param isKey whether decoding can begin here
   * @param data the bytes, which the caller gives away
   */
  public NutPacket(long time, boolean isKey, byte[] data) {
    this.time = time;
    this.isKey = isKey;
    this.data = data;
  }

  /** Returns when the frame is shown, in units of the stream's time base. */
  public long time() {
    return time;
  }

  /** Returns whether decoding can begin here. */
  public boolean isKey() {
    return isKey;
  }

  /** Returns the bytes, which are not copied and must not be written to. */
  public byte[] data() {
    return data;
  }

  /** Returns the packet for another time. */
  public NutPacket at(long otherTime) {
    return new NutPacket(otherTime, isKey, data);
  }
}
