// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import java.util.ArrayList;
import java.util.List;

/**
 * The tags of a film that say what its numbers mean, by FFmpeg's names; each is empty if the film
 * has none.
 *
 * @param range {@code tv} or {@code pc}
 * @param matrix between RGB and luma and chroma
 * @param primaries the colours of red, green and blue
 * @param transfer the curve from light to numbers
 * @param chroma where chroma samples lie
 */
public record ColorTags(
    String range, String matrix, String primaries, String transfer, String chroma) {

  /** Returns the options by which FFmpeg's decoders and encoders take them. */
  public List<String> options() {
    List<String> options = new ArrayList<>();
    add(options, "-color_range", range);
    // FFmpeg prints one name and reads another.
    add(options, "-colorspace", matrix.equals("gbr") ? "rgb" : matrix);
    add(options, "-color_primaries", primaries);
    add(options, "-color_trc", transfer);
    add(options, "-chroma_sample_location", chroma);
    return options;
  }

  private static void add(List<String> options, String name, String value) {
    if (!value.isEmpty()) {
      options.add(name);
      options.add(value);
    }
  }

  /** Returns whether the curve is one of high dynamic range: PQ or HLG. */
  public boolean isHdr() {
    return transfer.equals("smpte2084") || transfer.equals("arib-std-b67");
  }
}
