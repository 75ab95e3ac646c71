// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.cli.Fixtures;
import io.github.sr4j.cli.Invocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VideoCommandTest {

  @TempDir private Path folder;

  @Test
  void film_isEnlarged_andTheChoicesArePrinted() throws Exception {
    Path film = film();
    Path model = Fixtures.modelX2(folder.resolve("tiny-x2.onnx"));
    Path target = folder.resolve("target.mkv");

    Invocation done =
        Invocation.of(
                "video",
                film,
                target,
                "--model",
                model,
                "--device",
                "cpu",
                "--codec",
                "ffv1",
                "--ffmpeg-args=-slices 4 -metadata:s:v 'title=two words'")
            .succeeds();

    assertThat(done.out().lines()).hasSize(2);
    assertThat(done.out())
        .startsWith("encoder: ffv1 (FFV1, lossless), as asked for")
        .contains(target + ": 5 frames of 128x96 by " + model + " on cpu in ", " MB");
    assertThat(Files.size(target)).isPositive();
  }

  @Test
  void defaultModel_isTheFastOneOfTheScale() throws Exception {
    Path film = film();
    Path target = folder.resolve("target.mkv");

    Invocation done =
        Invocation.of("video", film, target, "--device", "cpu", "--codec", "ffv1").succeeds();

    assertThat(done.out()).contains(" by fast-x2 on cpu in ");
    assertThat(Invocation.of("video", film, target, "--quiet", "--codec", "ffv1").succeeds().out())
        .isEmpty();
  }

  @Test
  void folders_areFrames_inAndOut() throws Exception {
    Path film = film();
    Path frames = folder.resolve("frames");
    Path large = folder.resolve("large");
    Path model = Fixtures.modelX2(folder.resolve("tiny-x2.onnx"));

    Invocation.of("video", film, frames, "--model", model, "--device", "cpu").succeeds();
    Invocation done =
        Invocation.of("video", frames, large, "--model", model, "--device", "cpu", "--fps", "12")
            .succeeds();

    assertThat(done.out())
        .startsWith("encoder: png (PNG, lossless), for frames in gbrp")
        .contains(large + ": 5 frames of 256x192 by ");
    assertThat(large.resolve("000005.png")).exists();
  }

  @Test
  void mistakes_areToldInOneLine() throws Exception {
    Path absent = folder.resolve("absent.mp4");
    Path film = Files.createFile(folder.resolve("film.mp4"));

    Invocation.of("video", absent, folder.resolve("b.mkv")).failsSaying("absent.mp4", "no such");
    Invocation.of("video", folder, folder.resolve("b.mkv")).failsSaying("there is no image in it");
    Invocation.of("video", film, folder.resolve("b.mkv"), "--fps", "0")
        .failsSaying("framesPerSecond must be within 0.001 to 1000, but was 0");
    Invocation.of("video", film, folder.resolve("none").resolve("b.mkv")).failsSaying("no folder");
    Invocation.of("video", film, film).failsSaying("choose another name");
    Invocation.of("video", film, folder.resolve("b.gif")).failsSaying(".mkv, .mp4");
    Invocation.of("video", film, folder.resolve("b.mkv"), "--ffmpeg", folder)
        .failsSaying("there is no program ffmpeg");
    Invocation.of("video", film, folder.resolve("b.mkv"), "--segment", "0")
        .failsSaying("segmentFrames must be at least 1, but was 0");
    Invocation.of("video", film).isRefusedSaying("OUTPUT");
  }

  private Path film() throws IOException, InterruptedException {
    Path film = folder.resolve("film.mkv");
    List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-v", "error"));
    command.addAll(List.of("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=0.5"));
    command.addAll(List.of("-c:v", "ffv1", "-pix_fmt", "yuv420p", film.toString()));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(printed).isZero();
    } catch (IOException e) {
      assumeTrue(false, "FFmpeg is not on the PATH");
    }
    return film;
  }
}
