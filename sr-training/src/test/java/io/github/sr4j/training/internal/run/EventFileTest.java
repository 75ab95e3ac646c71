// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {

  @TempDir Path directory;

  @Test
  void scalarsAndImages_areReadBack() throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(300, 2, BufferedImage.TYPE_3BYTE_BGR), "png", png);
    Clock clock = Clock.fixed(Instant.ofEpochMilli(1_700_000_000_250L), ZoneOffset.UTC);
    try (EventFile events = EventFile.create(directory, 1, clock)) {
      events.scalars(1, Map.of("loss", 0.5));
      events.scalars(300_000_000_000L, Map.of("validation/psnr", 31.25));
      events.image(2, "scene.png/result", 300, 2, png.toByteArray());
    }

    List<Events.Event> events = Events.in(directory);
    assertThat(events).hasSize(4);
    assertThat(events.get(0).version()).isEqualTo("brain.Event:2");
    assertThat(events.get(0).wallTime()).isEqualTo(1_700_000_000.25);
    assertThat(events.get(1).step()).isEqualTo(1);
    assertThat(events.get(1).scalars()).containsExactly(Map.entry("loss", 0.5f));
    assertThat(events.get(2).step()).isEqualTo(300_000_000_000L);
    assertThat(events.get(2).scalars()).containsExactly(Map.entry("validation/psnr", 31.25f));
    assertThat(events.get(3).images()).containsOnlyKeys("scene.png/result");
    assertThat(events.get(3).images().get("scene.png/result")).isEqualTo(png.toByteArray());
  }

  @Test
  void resumedRun_getsAnotherFile_thatHidesWhatItDoesAgain() throws IOException {
    EventFile.create(directory, 1).close();
    EventFile.create(directory, 101).close();

    assertThat(directory.toFile().list()).hasSize(2);
    assertThat(Events.in(directory)).filteredOn(Events.Event::isSessionStart).hasSize(1);
    assertThat(Events.in(directory).get(2).step()).isEqualTo(101);
    assertThat(Events.in(directory).get(2).isSessionStart()).isTrue();
  }

  @Test
  void newRun_deletesTheFilesOfBefore_andNoOthers() throws IOException {
    EventFile.create(directory, 1).close();
    EventFile.create(directory, 101).close();
    Files.createFile(directory.resolve("events.out.tfevents.1.of-another-program"));
    EventFile.create(directory, 1).close();

    assertThat(directory.toFile().list()).hasSize(2);
  }
}
