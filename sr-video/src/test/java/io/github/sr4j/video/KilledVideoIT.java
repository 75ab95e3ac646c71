// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in processes that are killed without notice, and those that continue them. */
final class KilledVideoIT {

  private static final int SEGMENT = 10;
  private static final int[] MOMENTS = {3, 10, 17, 29, 40}; // after so many frames

  @TempDir private Path folder;

  @BeforeEach
  void assumePrograms() {
    Clips.assumeFfmpeg();
    assumeTrue(File.separatorChar == '/', "processes are killed by kill");
  }

  /** Enlarges a film, and kills this process after some frames. */
  public static void main(String[] args) throws IOException {
    int last = Integer.parseInt(args[2]);
    VideoListener killer =
        progress -> {
          if (progress.framesDone() == last) {
            kill();
          }
        };
    upscale(Path.of(args[0]), Path.of(args[1]), options().resume().listener(killer));
  }

  private static void kill() {
    try {
      String self = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-9", self).start();
      new CountDownLatch(1).await();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void runKilledFiveTimes_givesThePacketsOfOneLeftAlone() throws Exception {
    Path clip =
        Clips.make(
            folder.resolve("clip.mp4"),
            "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1.8 -f lavfi "
                + "-i sine=duration=1.8 -c:v libx264 -c:a aac");
    Path whole = folder.resolve("whole.mp4");
    Path killed = folder.resolve("killed.mp4");
    upscale(clip, whole, options());

    for (int moment : MOMENTS) {
      assertThat(runUntil(moment, clip, killed)).as("killed at %s", moment).isEqualTo(128 + 9);
      assertThat(killed).doesNotExist();
    }
    VideoReport report = upscale(clip, killed, options().resume());

    assertThat(report.frames()).isEqualTo(45);
    assertThat(report.framesBefore()).isBetween(20L, 40L);
    assertThat(Clips.hashes(killed, "v")).isEqualTo(Clips.hashes(whole, "v"));
    assertThat(Clips.hashes(killed, "a")).isEqualTo(Clips.hashes(whole, "a"));
    assertThat(Clips.frames(killed)).hasSize(45).isEqualTo(Clips.frames(whole));
    assertThat(Clips.probe(killed, "v:0", "packet=pts,dts"))
        .isEqualTo(Clips.probe(whole, "v:0", "packet=pts,dts"));
    assertThat(folder.resolve("killed.mp4.parts")).doesNotExist();
  }

  private static int runUntil(int frames, Path clip, Path target) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KilledVideoIT.class.getName(),
                clip.toString(),
                target.toString(),
                Integer.toString(frames))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD)
            .start();
    return process.waitFor();
  }

  private static VideoOptions options() {
    return VideoOptions.defaults().segmentFrames(SEGMENT);
  }

  private static VideoReport upscale(Path clip, Path target, VideoOptions options)
      throws IOException {
    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      return new VideoUpscaler(network).upscale(clip, target, options);
    }
  }
}
