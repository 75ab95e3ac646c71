// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Model;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In Spark's local mode, in the session of this process, which the job leaves open. */
final class SuperResolutionJobTest {

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();
  private Path photos;
  private Path large;

  @BeforeEach
  void setUp() throws IOException {
    LocalSpark.session();
    photos = Files.createDirectory(folder.resolve("photos of a year"));
    large = folder.resolve("large");
  }

  @Test
  void images_becomeThoseOfOneMachine_inTheSameFolders() throws IOException {
    write("a.png", 37, 29);
    write("deep/er/b.jpg", 40, 24);
    write(".hidden/c.png", 8, 8);
    Files.writeString(photos.resolve("notes.txt"), "no image");

    assertThat(run("--scale", "3")).isZero();

    assertThat(files(large)).containsExactly("a.png", "deep/er/b.jpg");
    try (Upscaler upscaler = Upscaler.builder().scale(3).threads(1).build()) {
      for (String name : files(large)) {
        Path expected = folder.resolve(name.replace('/', '-'));
        upscaler.upscale(photos.resolve(name), expected);
        assertThat(large.resolve(name)).hasSameBinaryContentAs(expected);
      }
    }
    assertThat(out.toString())
        .contains("2 images to enlarge, of 0.0 megapixels, in 1 tasks; 0 are there already")
        .contains("2 images enlarged, 0 failed, in ");
    assertThat(errors.toString()).isEmpty();
  }

  @Test
  void secondRun_makesOnlyWhatIsMissing() throws IOException {
    write("a.png", 16, 16);
    write("b.png", 16, 16);
    assertThat(run()).isZero();
    Files.delete(large.resolve("b.png"));
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(large.resolve("a.png"), old);

    assertThat(run()).isZero();

    assertThat(files(large)).containsExactly("a.png", "b.png");
    assertThat(Files.getLastModifiedTime(large.resolve("a.png"))).isEqualTo(old);
    assertThat(out.toString()).contains("1 images to enlarge").contains("1 are there already");
    assertThat(run()).isZero();
    assertThat(out.toString()).contains("0 images to enlarge");

    assertThat(run("--overwrite")).isZero();
    assertThat(Files.getLastModifiedTime(large.resolve("a.png"))).isGreaterThan(old);
  }

  @Test
  void imagesThatFail_areNamed_andTheOthersAreDone() throws IOException {
    write("a.png", 16, 16);
    Files.writeString(photos.resolve("damaged.png"), "no image");

    assertThat(run()).isEqualTo(1);

    assertThat(files(large)).containsExactly("a.png");
    assertThat(errors.toString())
        .startsWith("sr4j-spark: ")
        .contains("damaged.png: ")
        .hasLineCount(1);
    assertThat(out.toString()).contains("1 images enlarged, 1 failed, in ");
  }

  @Test
  void format_namesTheTargets_eachDifferently() throws IOException {
    write("a.bmp", 16, 16);
    write("a.jpg", 12, 12);
    write("b.jpg", 12, 12);

    assertThat(run("--format", "png", "--factor", "1.5", "--strip", "--precision", "int8"))
        .isZero();

    assertThat(files(large)).containsExactly("a.bmp.png", "a.jpg.png", "b.png");
    assertThat(ImageFiles.size(large.resolve("b.png")).width).isEqualTo(18);
    try (Upscaler upscaler =
        Upscaler.builder().precision(Model.Precision.INT8).threads(1).build()) {
      upscaler.upscale(
          photos.resolve("b.jpg"),
          folder.resolve("b.png"),
          UpscaleOptions.defaults().factor(1.5).stripMetadata());
    }
    assertThat(large.resolve("b.png")).hasSameBinaryContentAs(folder.resolve("b.png"));
  }

  @Test
  void model_isAnEmbeddedOne_orAFileOfHadoop() throws IOException {
    write("a.png", 16, 16);
    Path model = folder.resolve("my.onnx");
    try (var content = getClass().getResourceAsStream("/io/github/sr4j/onnx/models/fast-x4.onnx")) {
      Files.copy(content, model);
    }

    assertThat(run("--model", model.toUri().toString())).isZero();
    assertThat(ImageFiles.size(large.resolve("a.png")).width).isEqualTo(64);

    assertThat(run("--model", "fast-x3", "--overwrite", "--max-memory", "64")).isZero();
    assertThat(ImageFiles.size(large.resolve("a.png")).width).isEqualTo(48);

    assertThat(run("--model", "none.onnx", "--overwrite")).isEqualTo(1);
    assertThat(errors.toString()).contains("none.onnx").hasLineCount(1);

    assertThat(run("--model", "fast-x3", "--scale", "2", "--overwrite")).isEqualTo(1);
    assertThat(errors.toString()).startsWith("sr4j-spark: scale must be").hasLineCount(1);

    assertThat(run("--device", "cuda:999", "--overwrite")).isEqualTo(1); // fails in tasks
    assertThat(errors.toString()).startsWith("sr4j-spark: cuda:999").hasLineCount(1);
  }

  @Test
  void temporaryFilesOfKilledTasks_areDeleted_andNoOthers() throws IOException {
    write("a.png", 16, 16);
    Files.createDirectory(large);
    Path left = Files.createFile(large.resolve(RemoteFiles.prefix("a.png") + "1.tmp"));
    Path other = Files.createFile(large.resolve(RemoteFiles.prefix("b.png") + "1.tmp"));

    assertThat(run()).isZero();

    assertThat(left).doesNotExist();
    assertThat(other).exists(); // another job's, maybe
  }

  @Test
  void outputInTheInput_isNotEnlargedAgain() throws IOException {
    write("a.png", 16, 16);
    large = photos.resolve("large");

    assertThat(run()).isZero();
    assertThat(run()).isZero();

    assertThat(files(large)).containsExactly("a.png");
  }

  @Test
  void wrongOptions_areRefused_inOneSentence() throws IOException {
    assertThat(run("--format", "webp")).isEqualTo(2);
    assertThat(errors.toString()).startsWith("--format must be png, jpg, tif or bmp, but was webp");

    assertThat(run("--task-megapixels", "0")).isEqualTo(2);
    assertThat(errors.toString()).startsWith("--task-megapixels must be positive, but was 0");

    large = photos;
    assertThat(run()).isEqualTo(1);
    assertThat(errors.toString())
        .contains("sr4j-spark: " + photos + ": is the folder of the images to enlarge");

    large = folder.resolve("large");
    photos = folder.resolve("none");
    assertThat(run()).isEqualTo(1);
    assertThat(errors.toString()).contains("none does not exist");
    assertThat(large).doesNotExist();
  }

  private int run(String... more) {
    out.getBuffer().setLength(0);
    errors.getBuffer().setLength(0);
    List<String> all = new ArrayList<>();
    all.addAll(List.of("--input", photos.toString(), "--output", large.toString()));
    all.addAll(Arrays.asList(more));
    return SuperResolutionJob.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(errors, true))
        .execute(all.toArray(new String[0]));
  }

  private void write(String name, int width, int height) throws IOException {
    Path file = photos.resolve(name);
    Files.createDirectories(file.getParent());
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, width, height, width)), file);
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }
}
