// SPDX-License-Identifier: Apache-2.0
/** The programs of FFmpeg, what they print, and the streams that go through their pipes. */
@NullMarked
package io.github.sr4j.video.internal.ffmpeg;

import org.jspecify.annotations.NullMarked;
