// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Films that FFmpeg makes, enlarged and looked at by FFmpeg. */
final class VideoUpscalerIT {

  private static final VideoOptions LOSSLESS = VideoOptions.defaults().codec("ffv1");

  @TempDir private Path folder;

  @BeforeEach
  void assumeFfmpeg() {
    Clips.assumeFfmpeg();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "yuv420p",
        "yuv422p",
        "yuv444p12le",
        "yuv420p10le",
        "yuva420p",
        "gray10le",
        "gbrp",
        "gbrap"
      })
  void frames_throughAnIdentity_keepTheirBytes(String pixelFormat) throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x48:rate=10:duration=0.5,scale=51:37",
            "-pix_fmt",
            pixelFormat,
            "-c:v",
            "ffv1");
    Path target = folder.resolve("target.mkv");
    Color color = pixelFormat.startsWith("gbr") ? Color.RGB : Color.LUMA;

    try (Upscaler identity = TestNetworks.repeating(1, color)) {
      VideoReport report = new VideoUpscaler(identity).upscale(clip, target, LOSSLESS);

      assertThat(report.frames()).isEqualTo(5);
    }

    assertThat(Clips.frames(target)).hasSize(5).isEqualTo(Clips.frames(clip));
    assertThat(Clips.probe(target, "v:0", "stream=pix_fmt"))
        .isEqualTo(Clips.probe(clip, "v:0", "stream=pix_fmt"));
    assertThat(folder.resolve("target.mkv.parts")).doesNotExist();
  }

  /** Time stamps of MP4 are exact; those of the encoder come out of order. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"0", "0.7"})
  void times_ofAVariableFrameRate_areKept(String start) throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mp4"),
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x48:rate=30:duration=2",
            "-vf",
            "setpts=PTS+" + start + "/TB+0.011*mod(N\\,3)/TB,select=not(eq(mod(n\\,7)\\,3))",
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            "1:90000",
            "-video_track_timescale",
            "90000",
            "-c:v",
            "libx264",
            "-bf",
            "3");
    Path target = folder.resolve("target.mp4");

    upscaleTwice(clip, target, VideoOptions.defaults().segmentFrames(20));

    List<String> times = Clips.probe(clip, "v:0", "frame=pts_time");
    assertThat(times).hasSizeGreaterThan(40);
    assertThat(Clips.probe(target, "v:0", "frame=pts_time")).isEqualTo(times);
    assertThat(Clips.probe(target, "v:0", "stream=width,height")).containsExactly("128,96");
    assertThat(Clips.probe(target, "v:0", "stream=has_b_frames")).isNotEqualTo(List.of("0"));
  }

  @Test
  void everythingBesideTheVideo_isCopied() throws IOException {
    Path texts =
        Files.writeString(
            folder.resolve("texts.srt"),
            "1\n00:00:00,200 --> 00:00:00,900\nHello\n\n2\n00:00:01,000 --> 00:00:01,500\nThere\n");
    Path tags =
        Files.writeString(
            folder.resolve("tags.txt"),
            """
            ;FFMETADATA1
            title=A title
            artist=Someone
            [CHAPTER]
            TIMEBASE=1/1000
            START=0
            END=800
            title=One
            [CHAPTER]
            TIMEBASE=1/1000
            START=800
            END=2000
            title=Two
            """);
    Path font = Files.writeString(folder.resolve("font.ttf"), "no real font");
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x48:rate=25:duration=2",
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=440:duration=2",
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=660:duration=2",
            "-i",
            texts.toString(),
            "-i",
            tags.toString(),
            "-map",
            "1",
            "-map",
            "0",
            "-map",
            "2",
            "-map",
            "3",
            "-map_metadata",
            "4",
            "-map_chapters",
            "4",
            "-c:v",
            "libx264",
            "-c:a:0",
            "aac",
            "-c:a:1",
            "flac",
            "-c:s",
            "srt",
            "-metadata:s:a:0",
            "language=deu",
            "-metadata:s:a:1",
            "language=fra",
            "-metadata:s:v:0",
            "title=Picture",
            "-disposition:a:1",
            "comment",
            "-attach",
            font.toString(),
            "-metadata:s:t",
            "mimetype=font/ttf");
    Path target = folder.resolve("target.mkv");

    upscaleTwice(clip, target, VideoOptions.defaults());

    assertThat(Clips.hashes(target, "a")).hasSize(2).isEqualTo(Clips.hashes(clip, "a"));
    assertThat(Clips.hashes(target, "s")).hasSize(1).isEqualTo(Clips.hashes(clip, "s"));
    assertThat(Clips.probe(target, "a", "packet=pts_time"))
        .isEqualTo(Clips.probe(clip, "a", "packet=pts_time"));
    for (String kind : List.of("a", "s", "t")) {
      String entries = "stream=codec_name:stream_tags=language,title,filename,mimetype";
      assertThat(Clips.probe(target, kind, entries)).isEqualTo(Clips.probe(clip, kind, entries));
    }
    assertThat(Clips.probe(target, "v", "stream_tags=title")).containsExactly("Picture");
    assertThat(Clips.probe(target, "a", "stream_disposition=comment")).containsExactly("0", "1");
    String chapters = "chapter=start_time,end_time:chapter_tags=title";
    assertThat(Clips.probe(target, "", chapters))
        .hasSize(2)
        .isEqualTo(Clips.probe(clip, "", chapters));
    assertThat(Clips.probe(target, "", "format_tags=title,artist"))
        .isEqualTo(Clips.probe(clip, "", "format_tags=title,artist"));
    assertThat(Clips.probe(target, "v:0", "frame=pts_time"))
        .hasSize(50)
        .isEqualTo(Clips.probe(clip, "v:0", "frame=pts_time"));
  }

  @Test
  void subtitles_becomeTextsOfTheContainer_andThatIsNoted() throws IOException {
    Path texts =
        Files.writeString(folder.resolve("texts.srt"), "1\n00:00:00,200 --> 00:00:00,900\nHello\n");
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x48:rate=25:duration=1",
            "-i",
            texts.toString(),
            "-c:v",
            "libx264",
            "-c:s",
            "srt");
    Path target = folder.resolve("target.mp4");

    VideoReport report = upscaleTwice(clip, target, VideoOptions.defaults());

    assertThat(report.notes()).singleElement().asString().contains("mov_text", "subrip");
    assertThat(Clips.probe(target, "s", "stream=codec_name")).containsExactly("mov_text");
  }

  @Test
  void streamsThatTheContainerCannotHold_areToldBeforeAnythingIsEnlarged() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -f lavfi "
                + "-i sine=duration=1 -c:v libx264 -c:a pcm_s24le");
    AtomicInteger runs = new AtomicInteger();

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA, runs)) {
      assertThatThrownBy(
              () -> new VideoUpscaler(network).upscale(clip, folder.resolve("target.webm")))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("target.webm: .webm cannot hold all streams")
          .hasMessageContaining(".mkv holds most");
    }

    assertThat(runs).hasValue(0);
    assertThat(folder.resolve("target.webm.parts")).doesNotExist();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"mp4", "mov"})
  void rotation_isKept(String container) throws IOException {
    Path upright =
        Clips.make(
            folder.resolve("upright." + container),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=0.2 -c:v libx264");
    Path clip = folder.resolve("clip." + container);
    rotate(upright, clip);
    Path target = folder.resolve("target." + container);

    upscaleTwice(clip, target, VideoOptions.defaults());

    List<String> rotation = Clips.probe(clip, "v:0", "stream_side_data=rotation");
    assertThat(rotation).anyMatch(line -> line.contains("90"));
    assertThat(Clips.probe(target, "v:0", "stream_side_data=rotation")).isEqualTo(rotation);
    assertThat(Clips.probe(target, "v:0", "stream=width,height")).containsExactly("128,96");
  }

  private static void rotate(Path upright, Path clip) throws IOException {
    try {
      Clips.make(clip, "-display_rotation", "90", "-i", upright.toString(), "-c", "copy");
    } catch (IOException e) { // FFmpeg before 6.0
      Clips.make(clip, "-i", upright.toString(), "-c", "copy", "-metadata:s:v:0", "rotate=270");
    }
  }

  @Test
  void tags_ofHighDynamicRange_areKept() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mp4"),
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x64:rate=25:duration=0.4",
            "-vf",
            "setsar=4/3,setparams=range=tv:color_primaries=bt2020:color_trc=arib-std-b67"
                + ":colorspace=bt2020nc",
            "-pix_fmt",
            "yuv420p10le",
            "-c:v",
            "libx265",
            "-color_range",
            "tv",
            "-colorspace",
            "bt2020nc",
            "-color_primaries",
            "bt2020",
            "-color_trc",
            "arib-std-b67",
            "-x265-params",
            "log-level=error:max-cll=1000,400:chromaloc=2:master-display="
                + "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)");
    Path target = folder.resolve("target.mp4");
    List<String> choices = new ArrayList<>();

    upscaleTwice(clip, target, VideoOptions.defaults().listener(listening(choices)));

    assertThat(choices).singleElement().asString().startsWith("libx265 (HEVC), crf 20");
    String entries =
        "stream=pix_fmt,sample_aspect_ratio,color_range,color_space,color_transfer,"
            + "color_primaries,chroma_location";
    assertThat(Clips.probe(target, "v:0", entries)).isEqualTo(Clips.probe(clip, "v:0", entries));
    assertThat(Clips.probe(clip, "v:0", entries).get(0))
        .contains("4:3", "tv", "bt2020nc", "arib-std-b67", "topleft");
    String light = "frame_side_data=max_content,max_average,red_x,max_luminance";
    List<String> sideData = Clips.probe(clip, "v:0", light);
    assertThat(sideData.toString()).contains("1000", "400", "35400/50000");
    assertThat(Clips.probe(target, "v:0", light)).isEqualTo(sideData);
  }

  @Test
  void film_withoutAMatrix_getsThatOfItsSize() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x400:rate=25:duration=0.2 -c:v libx264");
    Path target = folder.resolve("target.mkv");

    upscaleTwice(clip, target, VideoOptions.defaults()); // to 800 rows, taken for BT.709

    assertThat(Clips.probe(target, "v:0", "stream=color_space")).containsExactly("smpte170m");
  }

  @Test
  void framesLikeTheOneBefore_areNotEnlargedAgain() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -r 25 -fps_mode cfr " + "-c:v ffv1");
    Path target = folder.resolve("target.mkv");
    AtomicInteger runs = new AtomicInteger();

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA, runs)) {
      VideoReport report = new VideoUpscaler(network).upscale(clip, target, LOSSLESS);

      assertThat(report.frames()).isBetween(21L, 25L);
      assertThat(report.framesRepeated()).isEqualTo(report.frames() - 5);
    }

    assertThat(runs).hasValue(5);
    assertThat(Clips.frames(target).stream().distinct()).hasSize(5);
    assertThat(Clips.probe(target, "v:0", "frame=pts_time"))
        .isEqualTo(Clips.probe(clip, "v:0", "frame=pts_time"));
  }

  /** Each frame differs by one code from the one before: noise, or a slow change. */
  @ParameterizedTest(name = "{0}, tolerance {1}: {2} runs")
  @CsvSource({"noise, 0, 12", "noise, 1, 1", "change, 0, 12", "change, 1, 6", "change, 3, 3"})
  void framesWithinTheTolerance_ofTheOneThatTheNetworkSaw_areNotEnlargedAgain(
      String kind, int tolerance, int expected) throws IOException {
    AtomicInteger runs = new AtomicInteger();
    FrameSource source =
        new ListedFrames(
            new FrameSource.Format("gray10le", 16, 16, 1, 25),
            12,
            index -> {
              byte[] samples = new byte[512];
              int code = kind.equals("noise") ? 255 + index % 2 : 250 + index;
              samples[100] = (byte) code;
              samples[101] = (byte) (code >> 8);
              return new FrameSource.Frame(index, samples);
            });
    Path target = folder.resolve("target.mkv");

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA, runs)) {
      VideoReport report =
          new VideoUpscaler(network).upscale(source, target, LOSSLESS.staticTolerance(tolerance));

      assertThat(report.framesRepeated()).isEqualTo(12 - expected);
    }

    assertThat(runs).hasValue(expected);
    assertThat(Clips.frames(target)).hasSize(12);
  }

  /** A copy that begins between key frames: the frames before the cut are in it, but not shown. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"mp4", "mov"})
  void framesOutsideOfAnEditList_areNotInTheResult(String container) throws IOException {
    Path whole =
        Clips.make(
            folder.resolve("whole.mp4"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 -f lavfi -i sine=duration=2"
                + " -c:v libx264 -g 12 -bf 2 -c:a aac");
    Path clip = folder.resolve("clip." + container);
    Clips.make(clip, "-ss", "0.6", "-i", whole.toString(), "-c", "copy");
    Path target = folder.resolve("target." + container);

    VideoReport report = upscaleTwice(clip, target, VideoOptions.defaults());

    List<String> times = Clips.probe(clip, "v:0", "frame=pts_time");
    assertThat(times).hasSizeLessThan(Clips.probe(clip, "v:0", "packet=pts_time").size());
    assertThat(report.frames()).isEqualTo(times.size()).isEqualTo(Clips.frames(clip).size());
    assertThat(Clips.probe(target, "v:0", "frame=pts_time")).isEqualTo(times);
    assertThat(Clips.hashes(target, "a")).isEqualTo(Clips.hashes(clip, "a"));
    assertThat(Clips.probe(target, "a", "packet=pts_time"))
        .isEqualTo(Clips.probe(clip, "a", "packet=pts_time"));
  }

  /** MPEG-TS begins at 1.4 s; others where they are told to. */
  @ParameterizedTest(name = "{0} at {1} s")
  @CsvSource({"ts, 0", "mkv, 5", "mp4, 3"})
  void startOffset_isKept(String container, String offset) throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip." + container),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -f lavfi -i sine=duration=1"
                + " -c:v libx264 -bf 2 -c:a aac -avoid_negative_ts disabled -output_ts_offset "
                + offset);
    Path target = folder.resolve("target.mkv");

    upscaleTwice(clip, target, VideoOptions.defaults());

    List<Double> times = times(clip, "v:0");
    assertThat(times).hasSizeGreaterThan(20);
    assertThat(times.get(0)).isNotZero();
    for (String stream : List.of("v:0", "a:0")) {
      List<Double> expected = times(clip, stream);
      List<Double> actual = times(target, stream);
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < actual.size(); i++) {
        // Matroska counts in milliseconds.
        assertThat(actual.get(i)).isCloseTo(expected.get(i), within(0.0011));
      }
    }
  }

  private static List<Double> times(Path film, String stream) throws IOException {
    return Clips.probe(film, stream, "frame=pts_time").stream().map(Double::valueOf).toList();
  }

  @ParameterizedTest(name = "after {0} frames")
  @CsvSource({"1", "9", "10", "23", "40"})
  void interruptedRun_whenResumed_givesWhatAnUninterruptedOneGives(int frames) throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mp4"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1.6 -f lavfi "
                + "-i sine=duration=1.6 -c:v libx264 -c:a aac");
    Path uninterrupted = folder.resolve("uninterrupted.mp4");
    Path target = folder.resolve("target.mp4");
    VideoOptions options = VideoOptions.defaults().segmentFrames(10);
    upscaleTwice(clip, uninterrupted, options);

    assertThatThrownBy(
            () ->
                upscaleTwice(
                    clip,
                    target,
                    options.listener(
                        progress -> {
                          if (progress.framesDone() == frames) {
                            throw new CancellationException();
                          }
                        })))
        .isInstanceOf(CancellationException.class);
    assertThat(target).doesNotExist();
    VideoReport report = upscaleTwice(clip, target, options.resume());

    assertThat(report.frames()).isEqualTo(40);
    assertThat(report.framesBefore()).isLessThanOrEqualTo(frames / 10 * 10L);
    assertThat(Clips.frames(target)).hasSize(40).isEqualTo(Clips.frames(uninterrupted));
    assertThat(Clips.probe(target, "v:0", "packet=pts,dts,size"))
        .isEqualTo(Clips.probe(uninterrupted, "v:0", "packet=pts,dts,size"));
    assertThat(Clips.hashes(target, "v")).isEqualTo(Clips.hashes(uninterrupted, "v"));
    assertThat(folder.resolve("target.mp4.parts")).doesNotExist();
  }

  @Test
  void interruptedRun_isNeitherOverwrittenNorContinuedAsAnother() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v ffv1");
    Path target = folder.resolve("target.mkv");
    VideoOptions options = LOSSLESS.segmentFrames(5);
    assertThatThrownBy(
            () ->
                upscaleTwice(
                    clip,
                    target,
                    options.listener(
                        progress -> {
                          if (progress.framesDone() == 20) {
                            throw new CancellationException();
                          }
                        })))
        .isInstanceOf(CancellationException.class);

    assertThatThrownBy(() -> upscaleTwice(clip, target, options))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has left segments in " + folder.resolve("target.mkv.parts"));
    assertThatThrownBy(() -> upscaleTwice(clip, target, options.segmentFrames(6).resume()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("\"frames of a segment 5\"")
        .hasMessageContaining("\"frames of a segment 6\"");
    assertThat(upscaleTwice(clip, target, options.resume()).framesBefore())
        .isGreaterThanOrEqualTo(10);
  }

  @Test
  void interlacedFilm_isRefused_orDeinterlaced() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=50:duration=1 "
                + "-vf tinterlace=interleave_top,setfield=tff -c:v libx264 "
                + "-flags +ilme+ildct");
    Path target = folder.resolve("target.mkv");

    assertThatThrownBy(() -> upscaleTwice(clip, target, VideoOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("is interlaced");
    VideoReport report = upscaleTwice(clip, target, VideoOptions.defaults().deinterlace());

    assertThat(report.frames()).isEqualTo(Clips.frames(clip).size());
    assertThat(report.notes()).anyMatch(note -> note.contains("deinterlaced"));
    assertThat(Clips.probe(target, "v:0", "frame=interlaced_frame")).containsOnly("0");
  }

  @Test
  void damagedFilm_isRefused_orGoesOnWithACount() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 -c:v ffv1 -slicecrc 1 " + "-g 1");
    byte[] bytes = Files.readAllBytes(clip);
    for (int i = 0; i < 400; i++) {
      bytes[bytes.length / 2 + i] ^= 0x55;
    }
    Files.write(clip, bytes);
    Path target = folder.resolve("target.mkv");

    assertThatThrownBy(() -> upscaleTwice(clip, target, VideoOptions.defaults()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("clip.mkv: ")
        .hasMessageContaining("if errors are to be ignored");
    assertThat(target).doesNotExist();
    VideoReport report = upscaleTwice(clip, target, VideoOptions.defaults().ignoreErrors());

    assertThat(report.frames()).isBetween(40L, 50L);
    assertThat(report.notes()).anyMatch(note -> note.matches("FFmpeg had \\d+ messages .*"));
    assertThat(Clips.frames(target)).hasSize((int) report.frames());
  }

  @Test
  void encoderThatDies_isToldInItsWords_andLeavesWhatIsComplete() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v ffv1");
    Path target = folder.resolve("target.mkv");
    Path programs =
        programs(
            """
        case "$*" in
        *000002.nut.*.partial*)
          echo 'av_interleaved_write_frame(): No space left on device' >&2
          echo 'Conversion failed!' >&2
          exit 1;;
        esac
        exec ffmpeg "$@"
        """);
    VideoOptions options = LOSSLESS.segmentFrames(5);

    assertThatThrownBy(() -> upscaleTwice(clip, target, options.ffmpeg(programs)))
        .isInstanceOf(IOException.class)
        .hasMessage(target + ": encoding it failed: the disk is full");
    assertThat(target).doesNotExist();
    VideoReport report = upscaleTwice(clip, target, options.resume());

    assertThat(report.framesBefore()).isEqualTo(10);
    assertThat(Clips.frames(target)).hasSize(25);
  }

  /** At the last bytes of a file, FFmpeg tells of a full disk and ends with status 0. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"000002.nut, encoding it, 10", "joined.mkv, joining the segments, 25"})
  void diskThatIsFullAtTheEnd_isToldThoughFfmpegSucceeds(String file, String task, int kept)
      throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v ffv1");
    Path target = folder.resolve("target.mkv");
    Path programs =
        programs(
            String.format(
                """
            ffmpeg "$@"
            status=$?
            case "$*" in
            *%s.*.partial*) echo 'Error writing trailer of x: No space left on device' >&2;;
            esac
            exit $status
            """,
                file));
    VideoOptions options = LOSSLESS.segmentFrames(5);

    assertThatThrownBy(() -> upscaleTwice(clip, target, options.ffmpeg(programs)))
        .isInstanceOf(IOException.class)
        .hasMessage(target + ": " + task + " failed: the disk is full");
    assertThat(target).doesNotExist();
    VideoReport report = upscaleTwice(clip, target, options.resume());

    assertThat(report.framesBefore()).isEqualTo(kept);
    assertThat(Clips.frames(target)).hasSize(25);
  }

  /** Killed without a word, as for lack of memory. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"decoding", "encoding"})
  void programThatIsKilled_isToldWithItsStatus_andLeavesWhatIsComplete(String task)
      throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v ffv1 -pix_fmt yuv420p");
    Path target = folder.resolve("target.mkv");
    // A frame has 4608 bytes: the decoder gives 17 and a half.
    Path programs =
        programs(
            task.equals("decoding")
                ? """
            case "$*" in
            *clip.mkv*pipe:1) ffmpeg "$@" 2>/dev/null | head -c 81000; kill -9 $$;;
            esac
            exec ffmpeg "$@"
            """
                : """
            case "$*" in
            *000002.nut.*.partial*) head -c 9000 >/dev/null; kill -9 $$;;
            esac
            exec ffmpeg "$@"
            """);
    VideoOptions options = LOSSLESS.segmentFrames(5);

    assertThatThrownBy(() -> upscaleTwice(clip, target, options.ffmpeg(programs)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(task + " it failed: FFmpeg ended with status 137");
    assertThat(target).doesNotExist();
    VideoReport report = upscaleTwice(clip, target, options.resume());

    assertThat(report.framesBefore()).isBetween(10L, 15L);
    assertThat(Clips.frames(target)).hasSize(25);
  }

  /** Returns a folder of FFmpeg's programs, of which a script stands in for {@code ffmpeg}. */
  private Path programs(String ffmpeg) throws IOException {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    script(programs.resolve("ffprobe"), "exec ffprobe \"$@\"");
    script(programs.resolve("ffmpeg"), ffmpeg);
    return programs;
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void animatedGif_isEnlarged_withItsTimes() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.gif"),
            "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1,scale=33:21");
    Path target = folder.resolve("target.mp4");

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      assertThatThrownBy(() -> new VideoUpscaler(network).upscale(clip, target))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("none keeps alpha");
      VideoReport report =
          new VideoUpscaler(network).upscale(clip, target, VideoOptions.defaults().dropAlpha());

      assertThat(report.frames()).isEqualTo(10);
    }

    assertThat(Clips.probe(target, "v:0", "stream=width,height,pix_fmt"))
        .containsExactly("66,42,yuv420p");
    assertThat(Clips.probe(target, "v:0", "frame=pts_time"))
        .isEqualTo(Clips.probe(clip, "v:0", "frame=pts_time"));
  }

  @Test
  void oddResult_isEncodedByACodecThatTakesIt() throws IOException {
    Path clip =
        Clips.make(
            folder.resolve("clip.mkv"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=0.2,scale=51:37 "
                + "-c:v ffv1 -pix_fmt yuv420p");

    try (Upscaler network = TestNetworks.repeating(3, Color.LUMA)) {
      VideoUpscaler films = new VideoUpscaler(network);
      Path target = folder.resolve("target.mkv");
      films.upscale(clip, target);

      assertThat(Clips.probe(target, "v:0", "stream=width,height")).containsExactly("153,111");
      assertThatThrownBy(
              () ->
                  films.upscale(
                      clip, folder.resolve("b.mkv"), VideoOptions.defaults().codec("libx264")))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("153x111");
    }
  }

  @Test
  void target_ofAnotherContainer_isRefused() throws IOException {
    Path clip = Files.createFile(folder.resolve("clip.mkv"));

    assertThatThrownBy(() -> upscaleTwice(clip, folder.resolve("a.gif"), VideoOptions.defaults()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(".mkv, .mp4");
    assertThatThrownBy(() -> upscaleTwice(clip, clip, VideoOptions.defaults()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must not be the source");
  }

  @Test
  void fileThatIsNoFilm_isRefusedByName_andLeavesNothing() throws IOException {
    Path clip = Files.writeString(folder.resolve("clip.mkv"), "no film");

    assertThatThrownBy(() -> upscaleTwice(clip, folder.resolve("b.mkv"), VideoOptions.defaults()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("clip.mkv");

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(clip);
    }
  }

  private static VideoListener listening(List<String> choices) {
    return new VideoListener() {
      @Override
      public void progressed(Progress progress) {
        assertThat(progress.framesDone()).isPositive();
      }

      @Override
      public void chosen(String choice) {
        choices.add(choice);
      }
    };
  }

  /** Enlarges a film to twice its size. */
  private static VideoReport upscaleTwice(Path clip, Path target, VideoOptions options)
      throws IOException {
    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      return new VideoUpscaler(network).upscale(clip, target, options);
    }
  }
}
