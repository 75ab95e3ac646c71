// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;

/**
 * The enlargement of films by an {@link Upscaler}, with the programs of FFmpeg.
 *
 * <pre>{@code
 * try (Upscaler upscaler = Upscaler.create()) {
 *   new VideoUpscaler(upscaler).upscale(Path.of("clip.mp4"), Path.of("clip-x2.mkv"));
 * }
 * }</pre>
 *
 * <p>Frames go through pipes in the pixel format of the film: luma through a luma network with the
 * bits and the range that it has, chroma bicubically. Sound, subtitles, attachments, chapters and
 * tags are copied, and every frame keeps its time. docs/video.md has what is kept.
 *
 * <p>Immutable and safe for use by any number of threads. It does not close the upscaler.
 */
public final class VideoUpscaler {

  private final Upscaler upscaler;

  /**
   * Creates the enlargement of films by an upscaler, which must stay open while films are enlarged.
   */
  public VideoUpscaler(Upscaler upscaler) {
    this.upscaler = requireNonNull(upscaler, "upscaler");
  }

  /**
   * Enlarges a film with default options. See {@link #upscale(Path, Path, VideoOptions)}.
   *
   * @throws IOException if a file cannot be read or written, or FFmpeg fails
   */
  public VideoReport upscale(Path source, Path target) throws IOException {
    return upscale(source, target, VideoOptions.defaults());
  }

  /**
   * Enlarges a film into a file of the container that its extension says: mkv, mp4, m4v, mov or
   * webm; or into a folder, which is a name without an extension, as PNGs {@code 000001.png} and so
   * on. The film may be an animated GIF, PNG or WebP, or a folder of numbered images of one size;
   * images that become images keep their names.
   *
   * <p>The result is encoded in segments, which are kept in a folder beside the target: its name
   * with {@code .parts}. The target appears once it is complete, and replaces a file of that name,
   * or a folder that is empty; the segments are deleted then. After a failure, a cancellation or
   * the end of the process the folder stays, and {@link VideoOptions#resume} continues with it; the
   * result has the very frames of a run that was not interrupted.
   *
   * @throws ImageFormatException if the film has no video, is interlaced, has frames of a kind that
   *     cannot be enlarged, or no encoder or container holds the result
   * @throws BackendNotFoundException if there is no FFmpeg of version 5.1 or newer
   * @throws IllegalArgumentException if the target has another extension or is the source, or a
   *     frame rate is set and the source is no folder
   * @throws IOException if a file cannot be read or written, FFmpeg fails, an interrupted run has
   *     left segments and the options do not say that it is to be continued, or it was another run
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws CancellationException if the calling thread is interrupted
   * @throws RuntimeException whatever the listener throws
   */
  public VideoReport upscale(Path source, Path target, VideoOptions options) throws IOException {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    return new VideoRun(upscaler, target, options).run(source);
  }

  /**
   * Enlarges frames of the program's own into a film or a folder, as {@link #upscale(Path, Path,
   * VideoOptions)} does those of a film. A call that continues an interrupted one needs the same
   * frames from the first one on.
   *
   * @throws IllegalArgumentException if the source's pixel format is not one in planes, a frame has
   *     not as many bytes as that takes or is not later than the one before, the target is neither
   *     a folder nor has a known extension, or a frame rate is set
   * @throws IOException if the source throws it, the result cannot be written, FFmpeg fails, or an
   *     interrupted run has left segments and is not to be continued, or was another run
   */
  public VideoReport upscale(FrameSource source, Path target, VideoOptions options)
      throws IOException {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    return new VideoRun(upscaler, target, options).run(source);
  }
}
