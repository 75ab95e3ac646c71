// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.video.internal.ffmpeg.Encoder;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutReader;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A folder of PNGs that a film becomes, a frame each: the packets of its segments are the files.
 */
final class PngFolder implements Segments.Joiner {

  private final Path target;
  private final Ratio timeBase;
  private final List<String> names;
  private final List<String> notes;

  /**
   * Creates the result.
   *
   * @param names of the images without their extensions; numbers from 1 on if there are none
   */
  PngFolder(Path target, Ratio timeBase, List<String> names, List<String> notes) {
    this.target = target;
    this.timeBase = timeBase;
    this.names = names;
    this.notes = notes;
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public void check(Path folder) throws IOException {
    if (Files.exists(target)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(target)) {
        if (files.iterator().hasNext()) {
          throw new IOException(
              target + ": must be empty, or must not be there, but has files; choose another name");
        }
      }
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new IOException(
          target
              + ": two images of the source differ in their extensions only, and would get one name");
    }
  }

  @Override
  public long join(Path folder, int count, long frames, Encoder encoder) throws IOException {
    Path images = RunFolder.partial(folder.resolve("images"));
    Files.createDirectories(images);
    long written = 0;
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      try (NutReader segment =
          new NutReader(Files.newInputStream(Segments.file(folder, i)), timeBase)) {
        for (Optional<NutPacket> next = segment.next(); next.isPresent(); next = segment.next()) {
          byte[] file = next.get().data();
          Files.write(images.resolve(name(written) + ".png"), file);
          written++;
          bytes += file.length;
        }
      }
    }
    if (written != frames) {
      throw new IOException(
          String.format(
              Locale.ROOT, "%s: %d of %d frames were encoded only", target, written, frames));
    }
    Files.deleteIfExists(target); // an empty folder
    Files.move(images, target, StandardCopyOption.ATOMIC_MOVE);
    return bytes;
  }

  private String name(long index) {
    return names.isEmpty() ? String.format(Locale.ROOT, "%06d", index + 1) : names.get((int) index);
  }
}
