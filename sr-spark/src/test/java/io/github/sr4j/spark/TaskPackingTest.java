// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TaskPackingTest {

  @Test
  void tasks_holdEachImageOnce_andAboutAsManyPixels() {
    Random random = new Random(1);
    List<ImageFile> images =
        IntStream.range(0, 500).mapToObj(i -> image(i, 1 + random.nextInt(1000))).toList();

    List<List<ImageFile>> tasks = TaskPacking.tasks(images, 5000L);

    assertThat(tasks.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(images);
    assertThat(tasks).allMatch(task -> pixels(task) <= 5000);
    // All but the last lack less than an image.
    assertThat(tasks.subList(0, tasks.size() - 1)).allMatch(task -> pixels(task) > 4000);
  }

  @Test
  void imageBeyondTheLimit_isATaskOfItsOwn_andTheFirst() {
    List<ImageFile> images = List.of(image(0, 10), image(1, 900), image(2, 10));

    assertThat(TaskPacking.tasks(images, 100L))
        .containsExactly(List.of(image(1, 900)), List.of(image(0, 10), image(2, 10)));
  }

  @Test
  void orderOfTheImages_doesNotMatter() {
    List<ImageFile> images = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> images.add(image(i, 1 + i % 7)));
    List<List<ImageFile>> tasks = TaskPacking.tasks(images, 20L);

    Collections.shuffle(images, new Random(2));

    assertThat(TaskPacking.tasks(images, 20L)).isEqualTo(tasks);
  }

  @Test
  void sizeOfTasks_followsTheCluster_withinBounds() {
    List<ImageFile> images = IntStream.range(0, 400).mapToObj(i -> image(i, 4_000_000)).toList();

    assertThat(TaskPacking.tasks(images, /* slots= */ 10)).hasSize(40);
    assertThat(TaskPacking.tasks(images, /* slots= */ 1000)).hasSize(200); // of 8 megapixels
    assertThat(TaskPacking.tasks(images, /* slots= */ 1)).hasSize(7); // of 256 megapixels
    assertThat(TaskPacking.tasks(List.of(), 10)).isEmpty();
  }

  private static ImageFile image(int number, long pixels) {
    return new ImageFile(String.format(Locale.ROOT, "%03d.png", number), "x" + number, 1, pixels);
  }

  private static long pixels(List<ImageFile> task) {
    return task.stream().mapToLong(ImageFile::pixels).sum();
  }
}
