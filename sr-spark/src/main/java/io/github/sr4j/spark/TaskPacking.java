// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The division of images among tasks of about as many pixels each: by count, one task could get all
 * large images and end long after the others. Large images come first, so that small tasks fill the
 * end of the job. The same images give the same tasks.
 */
final class TaskPacking {

  private static final int TASKS_PER_SLOT = 4;
  private static final long MIN_PIXELS = 8_000_000; // a task costs about 10 ms by itself
  private static final long MAX_PIXELS = 256_000_000; // what is done again if a machine is lost

  private TaskPacking() {}

  /**
   * Divides images among tasks.
   *
   * @param slots the tasks that the cluster runs at a time
   */
  static List<List<ImageFile>> tasks(List<ImageFile> images, int slots) {
    long all = images.stream().mapToLong(ImageFile::pixels).reduce(0, Math::addExact);
    long share = all / Math.max(1, (long) slots * TASKS_PER_SLOT);
    return tasks(images, Math.max(MIN_PIXELS, Math.min(MAX_PIXELS, share)));
  }

  /**
   * Divides images among tasks of at most so many pixels, but one image at least.
   *
   * @param pixels of the images of a task
   */
  static List<List<ImageFile>> tasks(List<ImageFile> images, long pixels) {
    List<ImageFile> sorted = new ArrayList<>(images);
    sorted.sort(
        Comparator.comparingLong(ImageFile::pixels).reversed().thenComparing(ImageFile::source));
    List<List<ImageFile>> tasks = new ArrayList<>();
    List<ImageFile> task = new ArrayList<>();
    long filled = 0;
    for (ImageFile image : sorted) {
      if (!task.isEmpty() && filled + image.pixels() > pixels) {
        tasks.add(List.copyOf(task));
        task.clear();
        filled = 0;
      }
      task.add(image);
      filled += image.pixels();
    }
    if (!task.isEmpty()) {
      tasks.add(List.copyOf(task));
    }
    return tasks;
  }
}
