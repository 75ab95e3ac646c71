// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** No command line ends otherwise than with one of the exit statuses that are documented. */
final class MainFuzz {

  // Jazzer would take JUnit's time limit for that of the whole search.
  private static final Duration LIMIT = Duration.ofSeconds(60); // for one input

  private static final List<String> WORDS =
      List.of(
          "upscale",
          "evaluate",
          "export",
          "inspect",
          "networks",
          "devices",
          "train",
          "--help",
          "--version",
          "--verbose",
          "--model",
          "--scale",
          "--device",
          "--fallback",
          "--threads",
          "--tile-size",
          "--factor",
          "--width",
          "--height",
          "--passes",
          "--self-ensemble",
          "--color",
          "--range",
          "--preupscale",
          "--halo",
          "--alignment",
          "--layout",
          "--json",
          "--compare",
          "--overlap",
          "--approximate-tiles",
          "--max-pixels",
          "--skip-existing",
          "--output",
          "--network",
          "--loss",
          "--weights",
          "--out",
          "cpu",
          "cuda:0",
          "auto",
          "luma",
          "rgb",
          "bicubic",
          "1",
          "2",
          "2.7",
          "-1",
          "0",
          "compact-x2",
          "compact-x4",
          "srcnn",
          "l1",
          "--",
          "@arguments");

  private static Path folder;
  private static Path image;
  private static Path notAnImage;

  @BeforeAll
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("sr4j-fuzz");
    image = Fixtures.image(folder.resolve("image.png"), 7, 5);
    notAnImage = Files.writeString(folder.resolve("text.png"), "not an image");
  }

  @AfterAll
  static void deleteFolder() throws IOException {
    clear();
    Files.delete(image);
    Files.delete(notAnImage);
    Files.delete(folder);
  }

  @FuzzTest // the last one: Jazzer asks for it
  void run_anyArguments_endsWithADocumentedStatus(FuzzedDataProvider data) throws IOException {
    long start = System.nanoTime();
    check(data);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
  }

  private static void check(FuzzedDataProvider data) throws IOException {
    List<String> arguments = new ArrayList<>();
    int count = data.consumeInt(0, 8);
    for (int i = 0; i < count; i++) {
      arguments.add(
          switch (data.consumeInt(0, 9)) {
            case 0 -> image.toString();
            case 1 -> notAnImage.toString();
            case 2 -> folder.resolve("result-" + data.consumeInt(0, 2) + ".png").toString();
            case 3 -> folder.resolve("missing").toString();
            case 4 -> text(data);
            case 5 -> data.pickValue(WORDS) + "=" + text(data);
            default -> data.pickValue(WORDS);
          });
    }
    // Starts work that no limit ends; the folder has images.
    if (arguments.contains("train")) {
      arguments.add("--no-such-option");
    }

    try {
      Invocation invocation = Invocation.of(arguments.toArray());
      assertThat(invocation.status()).as("status of %s", arguments).isIn(0, 1, 2);
      assertThat(invocation.err()).doesNotContain("internal error");
    } finally {
      clear();
    }
  }

  /** Returns a text that, as the name of a file, lies in the working directory. */
  private static String text(FuzzedDataProvider data) {
    String text = data.consumeString(12).replaceAll("[/\\\\\0]|\\.\\.", "");
    return text.startsWith("~") || text.startsWith("@") ? "" : text;
  }

  private static void clear() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> !file.equals(image) && !file.equals(notAnImage))
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
