// SPDX-License-Identifier: Apache-2.0

/** Films through FFmpeg, in the pixel formats of their sources. */
@org.jspecify.annotations.NullMarked
module io.github.sr4j.video {
  requires transitive io.github.sr4j;
  requires static org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;

  exports io.github.sr4j.video;
}
