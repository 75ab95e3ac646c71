// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.shared.util.FileNames;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The images below a folder: the files whose extension one of the installed image readers knows,
 * hidden ones left out, ordered by path so that runs do not depend on the file system.
 *
 * @param folder the folder
 * @param files the images, at least one
 */
public record ImageFolder(Path folder, List<Path> files) {

  /**
   * Searches a folder and the folders in it.
   *
   * @throws IOException if there is no such folder, it or what is in it cannot be read, or it holds
   *     no image; the message names the folder and the extensions looked for
   */
  public static ImageFolder of(Path folder) throws IOException {
    List<IOException> failures = new ArrayList<>();
    ImageFolder found = of(folder, failures);
    if (!failures.isEmpty()) {
      throw new IOException(Unreadable.reason(failures.get(0)), failures.get(0));
    }
    return found;
  }

  /**
   * Searches a folder and the folders in it.
   *
   * @param failures receives what in it cannot be searched, and links to nothing
   * @throws IOException if there is no such folder, or it holds no image; the message names the
   *     folder and the extensions looked for
   */
  public static ImageFolder of(Path folder, List<IOException> failures) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(folder.toString(), null, "there is no such folder of images");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": expected a folder of images, but it is a file");
    }
    return new ImageFolder(folder, imagesBelow(folder, folder.toString(), failures));
  }

  /**
   * Returns the images below a folder of any file system, ordered by path.
   *
   * @param name what the message calls the folder
   * @param failures receives what in it cannot be searched, and links to nothing
   * @throws IOException if the folder holds no image
   */
  public static List<Path> imagesBelow(Path folder, String name, List<IOException> failures)
      throws IOException {
    Set<String> extensions = FileNames.readable();
    List<Path> files = new ArrayList<>();
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (extensions.contains(FileNames.extension(file))) {
              if (attributes.isSymbolicLink()) { // others are followed
                failures.add(
                    new NoSuchFileException(file.toString(), null, "is a link to nothing"));
              } else if (attributes.isRegularFile()) {
                files.add(file);
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            failures.add(Unreadable.named(file.toString(), failure));
            return FileVisitResult.CONTINUE;
          }
        };
    Files.walkFileTree(
        folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
    if (files.isEmpty() && failures.isEmpty()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: no images in this folder or the folders in it; looked for the extensions %s",
              name,
              String.join(", ", extensions)));
    }
    return files.stream().sorted().toList();
  }

  /** Returns the last part of the folder's path, such as {@code Set5}. */
  public String name() {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? folder.toString() : name.toString();
  }

  /** Returns the path of an image from the folder on, the same on every system. */
  public String nameOf(Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  /**
   * Reads an image as RGB, or as gray if the file has one channel.
   *
   * @throws ImageFormatException if the file is damaged or not an image, or a sample is not finite
   * @throws SuperResolutionException if there is too little memory for it
   */
  public static FloatImage read(Path file) throws IOException {
    FloatImage image;
    try {
      image = AwtImages.toFloat(ImageFiles.read(file));
    } catch (IOException e) {
      throw Unreadable.named(file.toString(), e);
    } catch (OutOfMemoryError e) {
      throw new SuperResolutionException(
          String.format(
              Locale.ROOT,
              "%s: not enough memory to decode it; allow Java more than its %s MB with -Xmx",
              file,
              Runtime.getRuntime().maxMemory() >> 20),
          e);
    }
    checkFinite(file.toString(), image);
    return image;
  }

  /** Refuses an image of which a sample is NaN or infinite, before it makes a loss so. */
  public static void checkFinite(String name, FloatImage image) {
    int plane = image.width() * image.height();
    for (int i = 0; i < image.samples().length; i++) {
      if (!Float.isFinite(image.samples()[i])) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: samples must be finite, but one is %s in channel %s at column %s, row %s",
                name,
                image.samples()[i],
                i / plane,
                i % plane % image.width(),
                i % plane / image.width()),
            null);
      }
    }
  }

  /** Returns an image with three channels, equal ones if it is gray. */
  public static FloatImage rgb(FloatImage image) {
    if (image.channels() == 3) {
      return image;
    }
    int plane = image.samples().length;
    float[] samples = new float[3 * plane];
    for (int channel = 0; channel < 3; channel++) {
      System.arraycopy(image.samples(), 0, samples, channel * plane, plane);
    }
    return FloatImage.wrap(3, image.height(), image.width(), samples);
  }
}
