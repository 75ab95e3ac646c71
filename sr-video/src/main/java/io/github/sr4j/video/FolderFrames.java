// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.shared.images.ImageReading;
import io.github.sr4j.shared.util.FileNames;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.pixels.ImageKind;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbered images of a folder as frames, in the order of their numbers. Their headers are read
 * first, so that one of another size is told before time is spent. Not thread-safe.
 */
final class FolderFrames implements FrameSource {

  /** A name with a number, which is its last digits. */
  private static final Pattern NUMBERED = Pattern.compile("(.*?)(\\d{1,18})(\\D*)");

  private final List<Path> files;
  private final List<String> notes = new ArrayList<>();
  private final List<String> plan;
  private final ImageKind kind;
  private final Format format;
  private int next;

  /**
   * Looks through a folder.
   *
   * @param rate of the frames
   * @throws ImageFormatException if there is no image in it, one has no number, or one has another
   *     size than the first
   */
  FolderFrames(Path folder, Ratio rate) throws IOException {
    this.files = images(folder);
    noteGaps();
    ImageKind common = null;
    int width = 0;
    int height = 0;
    long bytes = 0;
    long written = 0;
    for (Path file : files) {
      try (ImageReading image = ImageReading.open(file)) {
        ImageKind own = ImageKind.of(image.model());
        if (common == null) {
          common = own;
          width = image.width();
          height = image.height();
        }
        common = common.with(own);
        if (image.width() != width || image.height() != height) {
          throw new ImageFormatException(
              String.format(
                  Locale.ROOT,
                  "%s: must be %dx%d (width x height), as %s is, but is %dx%d",
                  file,
                  width,
                  height,
                  files.get(0).getFileName(),
                  image.width(),
                  image.height()),
              null);
        }
      }
      bytes += Files.size(file);
      written = Math.max(written, Files.getLastModifiedTime(file).toMillis());
    }
    if (common == null) {
      throw new ImageFormatException(folder + ": there is no image in it", null);
    }
    this.kind = common;
    this.format =
        new Format(kind.pixels().name(), width, height, rate.denominator(), rate.numerator());
    this.plan =
        List.of(
            "source " + folder + ", images " + files.size() + ", frames in a second " + rate,
            "bytes " + bytes + ", written " + written);
  }

  private static List<Path> images(Path folder) throws IOException {
    Set<String> readable = FileNames.readable();
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path file : all) {
        boolean isImage =
            readable.contains(FileNames.extension(file))
                && Files.isRegularFile(file)
                && !Files.isHidden(file);
        if (isImage) {
          files.add(file);
        }
      }
    }
    for (Path file : files) {
      if (!NUMBERED.matcher(stem(file)).matches()) {
        throw new ImageFormatException(
            file + ": has no number, by which images are put in order as frames", null);
      }
    }
    files.sort(
        Comparator.comparing((Path file) -> part(file, 1))
            .thenComparing(file -> new BigInteger(part(file, 2)))
            .thenComparing(file -> file.getFileName().toString()));
    return files;
  }

  private static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  private static String part(Path file, int group) {
    Matcher matcher = NUMBERED.matcher(stem(file));
    return matcher.matches() ? matcher.group(group) : "";
  }

  private void noteGaps() {
    int gaps = 0;
    String firstGap = "";
    for (int i = 1; i < files.size(); i++) {
      Path before = files.get(i - 1);
      Path file = files.get(i);
      BigInteger expected = new BigInteger(part(before, 2)).add(BigInteger.ONE);
      boolean isNext =
          part(before, 1).equals(part(file, 1)) && expected.equals(new BigInteger(part(file, 2)));
      if (!isNext) {
        firstGap = gaps == 0 ? before.getFileName() + " and " + file.getFileName() : firstGap;
        gaps++;
      }
    }
    if (gaps > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "the numbers of its images have %s, the first between %s; the frames follow each"
                  + " other all the same",
              gaps == 1 ? "a gap" : gaps + " gaps",
              firstGap));
    }
  }

  /** Returns the names of the images without their extensions. */
  List<String> names() {
    return files.stream().map(FolderFrames::stem).toList();
  }

  /** Returns a clause on the gaps in the numbers, if there are any. */
  List<String> notes() {
    return notes;
  }

  /** Returns the lines by which a run tells whether the folder is the same. */
  List<String> plan() {
    return plan;
  }

  @Override
  public Format format() {
    return format;
  }

  @Override
  public Optional<Frame> next() throws IOException {
    if (next == files.size()) {
      return Optional.empty();
    }
    Path file = files.get(next);
    try (ImageReading image = ImageReading.open(file)) {
      byte[] samples = IteratedImages.frame(image.read(), kind, format, file.toString());
      return Optional.of(new Frame(next++, samples));
    }
  }
}
