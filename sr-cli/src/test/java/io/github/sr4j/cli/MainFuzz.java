// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.collect.Sets;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.sr4j.images.FuzzInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** No command line ends otherwise than with one of the exit statuses that are documented. */
final class MainFuzz {

  private static final Duration LIMIT = Duration.ofSeconds(60); // for one input

  private static final CommandSpec MAIN = CommandSpec.forAnnotatedObject(Main.class);
  private static final List<String> COMMANDS = List.copyOf(MAIN.subcommands().keySet());
  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "4",
          "16",
          "255",
          "-1",
          "2.7",
          "1e2",
          "nan",
          "true",
          "none",
          "luma",
          "rgb",
          "nhwc",
          "-1..1",
          "bicubic",
          "real-esrgan",
          "cpu",
          "cuda:0",
          "auto",
          "fast-x2",
          "fast-x4",
          "srcnn",
          "l1",
          "csv",
          "--",
          "@arguments");

  private static final List<String> ENDINGS = List.of("", ".png", ".jpg", ".tif", ".html", ".onnx");

  private static Path folder;
  private static Path image;
  private static byte[] content;
  private static Path notAnImage;

  @BeforeAll
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("sr4j-fuzz");
    image = Fixtures.image(folder.resolve("image.png"), 7, 5);
    content = Files.readAllBytes(image);
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
    List<String> arguments = data.consumeInt(0, 3) == 0 ? anything(data) : command(data);
    // Starts work that no limit ends; the folder has images.
    if (arguments.contains("train")) {
      arguments.add("--no-such-option");
    }
    FuzzInputs.inTime(LIMIT, () -> check(arguments));
  }

  private static void check(List<String> arguments) throws IOException {
    Set<Path> before = inWorkingDirectory(arguments);
    try {
      Invocation invocation = Invocation.of(arguments.toArray());
      assertThat(invocation.status()).as("status of %s", arguments).isIn(0, 1, 2);
      assertThat(invocation.err()).as("errors of %s", arguments).doesNotContain("internal error");
    } finally {
      // What remained would be the input of later ones, and grow.
      for (Path made : Sets.difference(inWorkingDirectory(arguments), before)) {
        MoreFiles.deleteRecursively(made, RecursiveDeleteOption.ALLOW_INSECURE);
      }
      clear();
    }
  }

  /** Returns the files that the arguments name. */
  private static Set<Path> inWorkingDirectory(List<String> arguments) {
    return arguments.stream()
        .map(argument -> argument.substring(argument.indexOf('=') + 1))
        .filter(name -> !name.isEmpty() && !name.contains("/"))
        .flatMap(MainFuzz::path)
        .filter(Files::exists)
        .collect(Collectors.toSet());
  }

  private static Stream<Path> path(String name) {
    try {
      return Stream.of(Path.of(name));
    } catch (InvalidPathException e) {
      return Stream.empty(); // then no command can make it
    }
  }

  private static List<String> anything(FuzzedDataProvider data) {
    List<String> arguments = new ArrayList<>();
    for (int left = data.consumeInt(0, 8); left > 0; left--) {
      boolean isCommand = data.consumeInt(0, 3) == 0;
      arguments.add(isCommand ? data.pickValue(COMMANDS) : value(data));
    }
    return arguments;
  }

  /** Returns a command with what it takes, so that most are understood. */
  private static List<String> command(FuzzedDataProvider data) {
    List<String> arguments = new ArrayList<>();
    String name = data.pickValue(COMMANDS);
    arguments.add(name);
    CommandSpec command = MAIN.subcommands().get(name).getCommandSpec();
    for (OptionSpec option : command.options()) {
      if (option.required() || data.consumeInt(0, 7) == 7) {
        arguments.add(option.longestName() + (option.arity().max() > 0 ? "=" + value(data) : ""));
      }
    }
    command.positionalParameters().forEach(parameter -> arguments.add(value(data)));
    return arguments;
  }

  private static String value(FuzzedDataProvider data) {
    return switch (data.consumeInt(0, 9)) {
      case 0 -> image.toString();
      case 1 -> notAnImage.toString();
      case 2 -> folder.toString();
      case 3 -> folder.resolve("result" + data.pickValue(ENDINGS)).toString();
      case 4 -> folder.resolve("missing").toString();
      case 5 -> text(data);
      default -> data.pickValue(VALUES);
    };
  }

  /**
   * Returns a text that, as the name of a file, lies in the working directory, and as a number asks
   * for work that ends soon.
   */
  private static String text(FuzzedDataProvider data) {
    String text = data.consumeString(12).replaceAll("[/\\\\\0]|\\.\\.", "");
    return text.startsWith("~") || text.startsWith("@") ? "" : text.replaceAll("\\d{4,}", "999");
  }

  private static void clear() throws IOException {
    Files.write(image, content); // commands may have replaced both
    Files.writeString(notAnImage, "not an image");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder) && !file.equals(image) && !file.equals(notAnImage)) {
          Files.delete(file);
        }
      }
    }
  }
}
