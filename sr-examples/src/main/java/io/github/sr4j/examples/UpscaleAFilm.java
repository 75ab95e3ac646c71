// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Upscaler;
import io.github.sr4j.video.VideoOptions;
import io.github.sr4j.video.VideoReport;
import io.github.sr4j.video.VideoUpscaler;
import java.io.IOException;
import java.nio.file.Path;

/** How do I enlarge a film? */
public final class UpscaleAFilm {

  private UpscaleAFilm() {}

  /** Takes the film, the result and, if there is a third argument, resumes. */
  public static void main(String[] args) throws IOException {
    Path film = Path.of(args[0]);
    Path target = Path.of(args[1]);
    boolean isResumed = args.length > 2;
    // snippet: upscale
    VideoOptions options =
        VideoOptions.defaults()
            .listener(
                progress ->
                    System.out.printf(
                        "frame %d, %.1f frames/s%n",
                        progress.framesDone(), progress.framesPerSecond()));
    try (Upscaler upscaler = Upscaler.create()) {
      VideoReport report =
          new VideoUpscaler(upscaler).upscale(film, target, isResumed ? options.resume() : options);
      System.out.println(report.frames() + " frames, " + report.notes());
    }
    // end
  }
}
