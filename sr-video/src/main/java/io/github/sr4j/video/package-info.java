// SPDX-License-Identifier: Apache-2.0
/**
 * Enlarging films with the programs of FFmpeg: {@link io.github.sr4j.video.VideoUpscaler} is the
 * entry point.
 */
@NullMarked
package io.github.sr4j.video;

import org.jspecify.annotations.NullMarked;
