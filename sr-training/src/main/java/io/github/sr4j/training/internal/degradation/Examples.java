// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.training.internal.data.ImageRef;
import io.github.sr4j.training.internal.data.ImageRefs;
import java.awt.Dimension;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The files of examples of a degradation: {@code NAME-1.png}, both images side by side, and {@code
 * HR/NAME-1.png} and {@code LR/NAME-1.png}.
 */
public final class Examples {

  private final Path folder;
  private final List<ImageRef> pictures;
  private final List<String> names = new ArrayList<>();

  /**
   * Names the examples.
   *
   * @param pictures the originals, which are taken in turn
   */
  public Examples(Path folder, List<ImageRef> pictures, int count) {
    this.folder = folder;
    this.pictures = pictures;
    List<String> stems = stems(pictures.subList(0, Math.min(count, pictures.size())));
    for (int i = 0; i < count; i++) {
      names.add(
          String.format(
              Locale.ROOT, "%s-%d.png", stems.get(i % pictures.size()), 1 + i / pictures.size()));
    }
  }

  /** Returns a name without folders and extension for each image, all of them different. */
  private static List<String> stems(List<ImageRef> pictures) {
    Set<String> taken = new HashSet<>(); // in lower case: not all file systems tell cases apart
    List<String> stems = new ArrayList<>();
    for (ImageRef picture : pictures) {
      String stem = ImageRefs.stem(picture.name()).replace('/', '_');
      if (!taken.add(stem.toLowerCase(Locale.ROOT))) {
        stem = picture.name().replace('/', '_').replace('.', '_'); // a.png and a.jpg
        while (!taken.add(stem.toLowerCase(Locale.ROOT))) {
          stem += "_";
        }
      }
      stems.add(stem);
    }
    return stems;
  }

  /** Returns the name of each example. */
  public List<String> names() {
    return names;
  }

  /** Returns the folder of the high-resolution images. */
  public Path highRes() {
    return folder.resolve("HR");
  }

  /** Returns the folder of the low-resolution images. */
  public Path lowRes() {
    return folder.resolve("LR");
  }

  /**
   * Checks that no file is replaced but earlier examples.
   *
   * @throws FileAlreadyExistsException if one would be
   * @throws IllegalArgumentException if examples would be written among the originals
   */
  public void checkTargets(Path source) throws IOException {
    for (Path target : List.of(folder, highRes(), lowRes())) {
      checkArgument(
          !Files.isDirectory(source)
              || !Files.isDirectory(target)
              || !Files.isSameFile(source, target),
          "the folder for the examples must not be that of the images, but %s is written to for"
              + " examples in %s",
          target,
          folder);
    }
    Set<Path> originals = new HashSet<>();
    for (ImageRef picture : pictures) {
      Optional<Path> file = picture.file();
      if (file.isPresent() && Files.exists(file.get())) {
        originals.add(file.get().toRealPath());
      }
    }
    for (String name : names) {
      List<Path> files =
          List.of(folder.resolve(name), highRes().resolve(name), lowRes().resolve(name));
      boolean isExample = isExample(files);
      for (Path file : files) {
        if (Files.exists(file) && originals.contains(file.toRealPath())) {
          throw new FileAlreadyExistsException(
              file.toString(), null, "is one of the images to degrade; choose another folder");
        }
        if (Files.exists(file) && !isExample) {
          throw new FileAlreadyExistsException(
              file.toString(),
              null,
              "is there already and is not an example of a degradation; choose another folder");
        }
      }
    }
  }

  /** Returns whether files are the pair of an earlier example, and the two side by side. */
  private static boolean isExample(List<Path> files) throws IOException {
    if (!files.stream().allMatch(Files::isRegularFile)) {
      return false;
    }
    try {
      Dimension both = ImageFiles.size(files.get(0));
      Dimension highRes = ImageFiles.size(files.get(1));
      Dimension lowRes = ImageFiles.size(files.get(2));
      return both.width == 2 * highRes.width
          && both.height == highRes.height
          && highRes.width % lowRes.width == 0
          && highRes.height / lowRes.height == highRes.width / lowRes.width;
    } catch (ImageFormatException e) {
      return false;
    }
  }
}
