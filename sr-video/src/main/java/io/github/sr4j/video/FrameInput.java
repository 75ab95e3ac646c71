// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.video.internal.ffmpeg.ColorTags;
import io.github.sr4j.video.internal.ffmpeg.HdrMetadata;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutStream;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.pixels.FrameFormat;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The frames that a run enlarges. Used by one thread at a time, but for {@link #close}. */
interface FrameInput extends AutoCloseable {

  /** Returns its name in messages. */
  String name();

  /** Begins to read. */
  void open() throws IOException;

  /** Returns the kind of the frames, once it is open. */
  FrameFormat format();

  /** Returns the stream of the raw frames, once it is open. */
  NutStream stream();

  /** Returns the meaning of the frames' numbers, once it is open; of the result, too. */
  ColorTags tags();

  /** Returns metadata of high dynamic range. */
  default HdrMetadata hdr() {
    return HdrMetadata.NONE;
  }

  /** Returns the number of frames in a second, as a hint for encoders; may be unknown. */
  Ratio frameRate();

  /** Returns about how many frames there are, if that is known. */
  OptionalLong frames();

  /** Returns the next frame, or nothing after the last one. */
  Optional<NutPacket> next() throws IOException;

  /** Returns clauses on the errors in the source; complete once the last frame is read. */
  default List<String> notes() {
    return List.of();
  }

  /** Returns the lines by which a run tells whether the source is the same. */
  List<String> plan() throws IOException;

  /** Ends the reading, from any thread. */
  @Override
  void close() throws IOException;
}
