// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.files.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code degrade}: what it leaves can be looked at, and trained on. */
final class DegradeCommandTest {

  @TempDir private Path folder;

  @Test
  void examples_areWritten_andArePairs() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 2);
    Path examples = folder.resolve("examples");

    Invocation degraded =
        Invocation.of(
            "degrade",
            images,
            examples,
            "--degradation",
            "real-esrgan",
            "--count",
            3,
            "--seed",
            7,
            "--scale",
            3);

    assertThat(degraded.succeeds().out()).contains("scene0-1.png", "scene1-1.png", "scene0-2.png");
    assertThat(ImageFiles.read(examples.resolve("scene1-1.png")).getWidth()).isEqualTo(2 * 87);
    assertThat(ImageFiles.read(examples.resolve("HR/scene1-1.png")).getWidth()).isEqualTo(87);
    assertThat(ImageFiles.read(examples.resolve("LR/scene1-1.png")).getWidth()).isEqualTo(29);
  }

  @Test
  void filesOfOthers_areNotReplaced() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path mine = Fixtures.image(images.resolve("scene0-1.png"), 20, 20);
    byte[] content = Files.readAllBytes(mine);

    Invocation.of("degrade", images, images)
        .failsSaying("images", "must not be that of the images");
    Files.delete(images.resolve("scene0.png"));
    Fixtures.images(folder.resolve("other"), 1);
    Invocation.of("degrade", folder.resolve("other"), images)
        .failsSaying(mine.toString(), "is not an example");
    assertThat(mine).hasBinaryContent(content);
    Path examples = folder.resolve("examples");
    Invocation.of("degrade", images, examples).succeeds();
    Invocation.of("degrade", images, examples).succeeds();
  }

  @Test
  void wrongSettings_areOneLine() throws IOException {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path examples = folder.resolve("examples");

    Invocation.of("degrade", images, examples, "--degradation", "blurr then bicubic")
        .failsSaying("\"blurr\"", "real-esrgan");
    Invocation.of("degrade", images, examples, "--degradation", "jpeg")
        .failsSaying("\"jpeg\"", "then bicubic");
    Invocation.of("degrade", images, examples, "--scale", 20).failsSaying("scale", "20");
    Invocation.of("degrade", images, examples, "--count", 0).failsSaying("count", "0");
    Invocation.of("degrade", folder.resolve("absent"), examples).failsSaying("absent");
    assertThat(examples).doesNotExist();
  }
}
