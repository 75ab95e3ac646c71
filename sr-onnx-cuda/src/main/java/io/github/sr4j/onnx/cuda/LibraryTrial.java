// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import com.sun.jna.Native;
import io.github.sr4j.onnx.shared.ChildCheck;
import io.github.sr4j.onnx.shared.ObstacleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The run of {@link LibraryCheck} in a process of its own. A success is remembered in the cache,
 * for the same driver, card and files.
 */
final class LibraryTrial {

  /** The name of a library in what a process said before it ended. */
  private static final Pattern LIBRARY =
      Pattern.compile("lib(?:cu|nv|onnx)[\\w+-]*(?:\\.so(?:\\.\\d+)*)|(?:cu|nv)\\w*64_\\d+\\.dll");

  private final Driver driver;
  private final Libraries libraries;
  private final Path natives;
  private final ChildCheck check;

  /**
   * Prepares a trial.
   *
   * @param natives the folder of ONNX Runtime's own libraries
   * @param program the program that runs it: {@link LibraryCheck}
   */
  LibraryTrial(Driver driver, Libraries libraries, Path natives, Class<?> program) {
    this.driver = driver;
    this.libraries = libraries;
    this.natives = natives;
    this.check =
        new ChildCheck(
            "CUDA's libraries",
            program,
            List.of(LibraryCheck.class, Native.class),
            LibraryTrial::lastMentioned);
  }

  /**
   * Tries the libraries on a card, unless that has succeeded before.
   *
   * @throws ObstacleException if they do not work
   * @throws CancellationException if the calling thread is interrupted
   */
  void run(int card) throws ObstacleException {
    List<String> arguments = new ArrayList<>();
    arguments.add(Integer.toString(card));
    libraries.files().forEach(file -> arguments.add(file.toString()));
    check.run(machine(card), natives, arguments);
  }

  /** Tells the library that a process without an answer spoke of last. */
  static String lastMentioned(String output) {
    Matcher matcher = LIBRARY.matcher(output);
    String last = "";
    while (matcher.find()) {
      last = matcher.group();
    }
    return last.isEmpty() ? "" : ", after a message about " + last;
  }

  private Optional<String> machine(int card) {
    StringBuilder things = new StringBuilder().append(driver.cudaVersion()).append(' ');
    Driver.Card checked = driver.cards().get(card);
    things.append(checked.name()).append(' ').append(checked.capability()).append('\n');
    List<Path> files = new ArrayList<>(libraries.files());
    files.add(natives);
    for (Path file : files) {
      try {
        things.append(file).append(' ').append(Files.size(file)).append(' ');
        things.append(Files.getLastModifiedTime(file).toMillis()).append('\n');
      } catch (IOException e) {
        return Optional.empty(); // so that it is tried
      }
    }
    return Optional.of(things.toString());
  }
}
