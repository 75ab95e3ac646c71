// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import io.github.sr4j.video.internal.pixels.PixelFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The encoding that is asked for.
 *
 * @param container the extension of the file to write
 * @param pixels the format of the raw frames
 * @param width of the frames in pixels
 * @param height of the frames in pixels
 * @param tags the meaning of their numbers
 * @param hdr metadata of high dynamic range
 * @param codec the encoder, by FFmpeg's name; one is chosen if there is none
 * @param quality as the encoder counts it
 * @param preset as the encoder names it
 * @param arguments further ones for the encoder
 */
public record EncoderRequest(
    String container,
    PixelFormat pixels,
    int width,
    int height,
    ColorTags tags,
    HdrMetadata hdr,
    Optional<String> codec,
    OptionalDouble quality,
    Optional<String> preset,
    List<String> arguments) {}
