// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reports of a run against a discriminator to its listeners. */
final class AdversarialRunIT {

  @TempDir private Path folder;

  private final List<String> messages = new ArrayList<>();
  private final List<Trainer.Listener.Step> steps = new ArrayList<>();

  @BeforeEach
  void writeImages() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 64, 48, 1)), images.resolve("a.png"));
  }

  private Trainer trainer(String adversarial, int steps) {
    return Trainer.builder()
        .network("compact(features=4, layers=1)")
        .scale(2)
        .loss(Losses.parse("mse + 1e-3*" + adversarial))
        .data(folder.resolve("images"))
        .out(folder.resolve("run"))
        .batch(4)
        .patch(8)
        .steps(steps)
        .listener(
            new Trainer.Listener() {
              @Override
              public void stepDone(Step step) {
                AdversarialRunIT.this.steps.add(step);
              }

              @Override
              public void message(String message) {
                messages.add(message);
              }
            })
        .build();
  }

  @Test
  void discriminatorThatDoesNotLearn_isAMessageOnce_andTheRunGoesOn() throws IOException {
    trainer("adversarial(features=2, rate=0)", 110).train();

    assertThat(steps).hasSize(110);
    assertThat(steps.get(0).terms()).hasSize(2);
    assertThat(steps.get(0).measures())
        .containsKeys("discriminator.loss", "discriminator.accuracy.generated");
    assertThat(messages)
        .filteredOn(message -> message.contains("collapsed"))
        .singleElement()
        .asString()
        .startsWith(
            "step 100: the discriminator has collapsed: for 100 steps it has been no better");
  }

  @Test
  void discriminatorThatDiverges_isNamed() {
    Trainer trainer = trainer("adversarial(features=2, rate=1e33)", 10);

    assertThatThrownBy(trainer::train)
        .isInstanceOf(SuperResolutionException.class)
        .hasMessageContaining("training diverged");
    assertThat(messages)
        .last()
        .asString()
        .contains("the discriminator has collapsed: its loss is NaN");
  }
}
