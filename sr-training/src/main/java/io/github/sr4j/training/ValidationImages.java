// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.training.internal.data.TrainingImage;
import io.github.sr4j.training.internal.files.ImageFolder;
import io.github.sr4j.training.internal.files.Listing;
import io.github.sr4j.training.internal.files.Unreadable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * The images that a run validates on, each of which has been read and is large enough.
 *
 * @param folder without those that cannot be read
 * @param sums a sum of what is read of each image, by its name
 * @param remarks what a person who trains should know of them, in sentences
 */
record ValidationImages(ImageFolder folder, Map<String, String> sums, List<String> remarks) {

  /**
   * Reads the images of a folder once, so that one that a run would stumble over at its first
   * validation is found before its first step.
   *
   * @param skipUnreadable whether those that cannot be read are left out
   * @throws IOException if there is no such folder, it holds no image, or one cannot be read
   * @throws ImageFormatException if an image is damaged or too small to be measured
   * @throws IllegalArgumentException if all are flat: no network enlarges them better than another
   */
  static ValidationImages of(Path path, int scale, boolean skipUnreadable) throws IOException {
    List<IOException> failures = new ArrayList<>();
    ImageFolder all = ImageFolder.of(path, failures);
    if (!failures.isEmpty() && !skipUnreadable) {
      throw Unreadable.refused(List.copyOf(failures));
    }
    List<Path> readable = new ArrayList<>();
    Map<String, String> sums = new TreeMap<>();
    List<String> flat = new ArrayList<>();
    List<String> remarks = new ArrayList<>();
    failures.forEach(e -> remarks.add("not validated on: " + Unreadable.reason(e)));
    for (Path file : all.files()) {
      FloatImage image;
      try {
        image = ImageFolder.read(file).rounded();
      } catch (IOException | ImageFormatException e) {
        if (!skipUnreadable) {
          throw Unreadable.refused(List.of(e));
        }
        remarks.add("not validated on: " + Unreadable.reason(e));
        continue;
      }
      readable.add(file);
      CRC32 sum = new CRC32();
      TrainingImage.Plane.ofBytes(image).samples().addTo(sum);
      sums.put(all.nameOf(file), String.format(Locale.ROOT, "%08x", sum.getValue()));
      if (Evaluation.isFlatLuma(image, scale, file.toString())) {
        flat.add(all.nameOf(file));
      }
    }
    if (readable.isEmpty()) {
      throw new IOException(path + ": none of the images to validate on can be read");
    }
    if (flat.size() == readable.size()) {
      throw new IllegalArgumentException(
          String.format(
              "validation must have an image that is not of one colour, but %s has only %s: no"
                  + " network enlarges these better than another",
              path, Listing.of(flat)));
    }
    if (!flat.isEmpty()) {
      remarks.add(
          "left out of the mean PSNR of validations, because they are of one colour: "
              + Listing.of(flat));
    }
    return new ValidationImages(new ImageFolder(path, readable), sums, remarks);
  }
}
