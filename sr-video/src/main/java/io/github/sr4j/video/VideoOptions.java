// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.video.internal.ffmpeg.Ratio;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * The options of one call of a {@link VideoUpscaler}: where FFmpeg is, the encoding of the result,
 * and the treatment of difficult films. Immutable; the methods return changed copies.
 */
public final class VideoOptions {

  private static final int SEGMENT_FRAMES = 250;
  private static final int FRAMES_IN_WORK = 3;
  private static final VideoOptions DEFAULTS = new VideoOptions();

  private Optional<Path> ffmpeg = Optional.empty();
  private Optional<String> codec = Optional.empty();
  private OptionalDouble quality = OptionalDouble.empty();
  private Optional<String> preset = Optional.empty();
  private List<String> encoderArguments = List.of();
  private OptionalDouble frameRate = OptionalDouble.empty();
  private boolean resumes;
  private boolean deinterlaces;
  private boolean ignoresErrors;
  private boolean dropsAlpha;
  private int staticTolerance;
  private int segmentFrames = SEGMENT_FRAMES;
  private int framesInWork = FRAMES_IN_WORK;
  private Optional<VideoListener> listener = Optional.empty();

  private VideoOptions() {}

  private VideoOptions with(Consumer<VideoOptions> change) {
    VideoOptions copy = new VideoOptions();
    copy.ffmpeg = ffmpeg;
    copy.codec = codec;
    copy.quality = quality;
    copy.preset = preset;
    copy.encoderArguments = encoderArguments;
    copy.frameRate = frameRate;
    copy.resumes = resumes;
    copy.deinterlaces = deinterlaces;
    copy.ignoresErrors = ignoresErrors;
    copy.dropsAlpha = dropsAlpha;
    copy.staticTolerance = staticTolerance;
    copy.segmentFrames = segmentFrames;
    copy.framesInWork = framesInWork;
    copy.listener = listener;
    change.accept(copy);
    return copy;
  }

  /** Returns the default options. */
  public static VideoOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a copy with the place of FFmpeg: its program {@code ffmpeg}, beside which {@code
   * ffprobe} is, or the folder of both. By default they are looked for on the {@code PATH}, then in
   * the jar of {@code org.bytedeco:ffmpeg} on the class path.
   */
  public VideoOptions ffmpeg(Path ffmpeg) {
    requireNonNull(ffmpeg, "ffmpeg");
    return with(copy -> copy.ffmpeg = Optional.of(ffmpeg));
  }

  /**
   * Returns a copy with the encoder, by FFmpeg's name, such as {@code "libx265"} or {@code "ffv1"}.
   * By default it is chosen by the container, the frames and the encoders that FFmpeg has.
   */
  public VideoOptions codec(String codec) {
    requireNonNull(codec, "codec");
    return with(copy -> copy.codec = Optional.of(codec));
  }

  /**
   * Returns a copy with the quality, as the encoder counts it: the CRF of H.264, HEVC, AV1 and VP9,
   * where less is better. The defaults, such as 18 for H.264, are meant to be hard to tell from the
   * frames that are encoded.
   *
   * @throws IllegalArgumentException if {@code quality} is not within 0 to 1000
   */
  public VideoOptions quality(double quality) {
    checkArgument(
        quality >= 0 && quality <= 1000, "quality must be within 0 to 1000, but was %s", quality);
    return with(copy -> copy.quality = OptionalDouble.of(quality));
  }

  /**
   * Returns a copy with the preset, as the encoder names it: {@code "slow"} for x264 and x265, a
   * number for the encoders of AV1 and VP9.
   */
  public VideoOptions preset(String preset) {
    requireNonNull(preset, "preset");
    return with(copy -> copy.preset = Optional.of(preset));
  }

  /**
   * Returns a copy with further arguments of FFmpeg for the encoder, after all others, such as
   * {@code List.of("-tune", "film")}.
   */
  public VideoOptions encoderArguments(List<String> encoderArguments) {
    List<String> arguments = List.copyOf(encoderArguments);
    return with(copy -> copy.encoderArguments = arguments);
  }

  /**
   * Returns a copy with the number of frames in a second for a folder of images, which tells none:
   * 25 by default; 23.976, 29.97 and 59.94 stand for multiples of 1000/1001. A film has a rate of
   * its own, with which this is refused.
   *
   * @throws IllegalArgumentException if {@code framesPerSecond} is not within 0.001 to 1000
   */
  public VideoOptions frameRate(double framesPerSecond) {
    Ratio.ofFrameRate(framesPerSecond); // which checks it
    return with(copy -> copy.frameRate = OptionalDouble.of(framesPerSecond));
  }

  /**
   * Returns a copy with which a call continues the run that was interrupted before: with the
   * segments in the folder beside the target. Without one, the call begins at the first frame.
   */
  public VideoOptions resume() {
    return with(copy -> copy.resumes = true);
  }

  /**
   * Returns a copy with which an interlaced film is deinterlaced, a frame of two fields to one
   * frame. By default it is refused: a network would take the combs for detail.
   */
  public VideoOptions deinterlace() {
    return with(copy -> copy.deinterlaces = true);
  }

  /**
   * Returns a copy with which errors in the film do not end the call: FFmpeg conceals what it
   * cannot decode or leaves it out, and the number of its messages is noted.
   */
  public VideoOptions ignoreErrors() {
    return with(copy -> copy.ignoresErrors = true);
  }

  /** Returns a copy with which the result is opaque, whatever alpha the film has. */
  public VideoOptions dropAlpha() {
    return with(copy -> copy.dropsAlpha = true);
  }

  /**
   * Returns a copy with the difference up to which a frame counts as a repetition of the one that
   * the network saw last: 0 by default, so that repeated frames have the very result.
   *
   * @param staticTolerance the maximum difference of a sample, in codes of its depth
   * @throws IllegalArgumentException if it is not within 0 to 255
   */
  public VideoOptions staticTolerance(int staticTolerance) {
    checkArgument(
        staticTolerance >= 0 && staticTolerance <= 255,
        "staticTolerance must be within 0 to 255, but was %s",
        staticTolerance);
    return with(copy -> copy.staticTolerance = staticTolerance);
  }

  /**
   * Returns a copy with the number of frames of a segment: 250 by default. A segment is encoded by
   * itself and begins with a key frame; an interruption loses the one in work.
   *
   * @throws IllegalArgumentException if {@code segmentFrames} is less than 1
   */
  public VideoOptions segmentFrames(int segmentFrames) {
    checkArgument(
        segmentFrames >= 1, "segmentFrames must be at least 1, but was %s", segmentFrames);
    return with(copy -> copy.segmentFrames = segmentFrames);
  }

  /**
   * Returns a copy with the number of frames that are in work at a time: 3 by default.
   *
   * @throws IllegalArgumentException if {@code framesInWork} is not within 1 to 64
   */
  public VideoOptions framesInWork(int framesInWork) {
    checkArgument(
        framesInWork >= 1 && framesInWork <= 64,
        "framesInWork must be within 1 to 64, but was %s",
        framesInWork);
    return with(copy -> copy.framesInWork = framesInWork);
  }

  /** Returns a copy with a listener. */
  public VideoOptions listener(VideoListener listener) {
    requireNonNull(listener, "listener");
    return with(copy -> copy.listener = Optional.of(listener));
  }

  /** Returns the place of FFmpeg, if it is set. */
  public Optional<Path> ffmpeg() {
    return ffmpeg;
  }

  /** Returns the encoder, if it is set. */
  public Optional<String> codec() {
    return codec;
  }

  /** Returns the quality, if it is set. */
  public OptionalDouble quality() {
    return quality;
  }

  /** Returns the preset, if it is set. */
  public Optional<String> preset() {
    return preset;
  }

  /** Returns the further arguments for the encoder. */
  public List<String> encoderArguments() {
    return encoderArguments;
  }

  /** Returns the number of frames in a second of a folder of images, if it is set. */
  public OptionalDouble frameRate() {
    return frameRate;
  }

  /** Returns whether an interrupted run is continued. */
  public boolean resumes() {
    return resumes;
  }

  /** Returns whether an interlaced film is deinterlaced. */
  public boolean deinterlaces() {
    return deinterlaces;
  }

  /** Returns whether errors in the film are passed over. */
  public boolean ignoresErrors() {
    return ignoresErrors;
  }

  /** Returns whether alpha is left out. */
  public boolean dropsAlpha() {
    return dropsAlpha;
  }

  /** Returns the difference up to which a frame counts as a repetition. */
  public int staticTolerance() {
    return staticTolerance;
  }

  /** Returns the number of frames of a segment. */
  public int segmentFrames() {
    return segmentFrames;
  }

  /** Returns the number of frames that are in work at a time. */
  public int framesInWork() {
    return framesInWork;
  }

  /** Returns the listener, if one is set. */
  public Optional<VideoListener> listener() {
    return listener;
  }
}
