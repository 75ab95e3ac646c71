// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The folder in which native libraries are kept between starts: the one that the system property
 * {@value #PROPERTY} names, or else {@code sr4j} in the user's folder for caches, which is {@code
 * $XDG_CACHE_HOME} or {@code ~/.cache} on Linux, {@code ~/Library/Caches} on macOS and {@code
 * %LOCALAPPDATA%} on Windows.
 */
public final class CacheFolder {

  /** The system property that names the folder. */
  public static final String PROPERTY = "sr4j.cache";

  private CacheFolder() {}

  /**
   * Returns the absolute path of the folder, which need not exist.
   *
   * @return empty if the property is not set and the user has no folder, as in containers whose
   *     user has no home
   */
  public static Optional<Path> find() {
    return find(System.getProperties(), System.getenv());
  }

  /** Returns whether the property names the folder. */
  public static boolean isChosen() {
    return isChosen(System.getProperties());
  }

  private static boolean isChosen(Map<?, ?> properties) {
    return properties.get(PROPERTY) instanceof String folder && !folder.isBlank();
  }

  static Optional<Path> find(Map<?, ?> properties, Map<String, String> environment) {
    if (isChosen(properties)) {
      return Optional.of(Path.of(String.valueOf(properties.get(PROPERTY))).toAbsolutePath());
    }
    String system = String.valueOf(properties.get("os.name"));
    Optional<Path> home = absolute(String.valueOf(properties.get("user.home")));
    if (system.startsWith("Windows")) {
      return absolute(environment.getOrDefault("LOCALAPPDATA", ""))
          .or(() -> home.map(folder -> folder.resolve("AppData/Local")))
          .map(folder -> folder.resolve("sr4j").resolve("cache"));
    }
    if (system.startsWith("Mac")) {
      return home.map(folder -> folder.resolve("Library/Caches/sr4j"));
    }
    // One that is not absolute is ignored, as the specification of XDG says.
    return absolute(environment.getOrDefault("XDG_CACHE_HOME", ""))
        .or(() -> home.map(folder -> folder.resolve(".cache")))
        .map(folder -> folder.resolve("sr4j"));
  }

  /** Returns a path if it is absolute: the home of a user whom the system does not know is "?". */
  private static Optional<Path> absolute(String path) {
    try {
      return Optional.of(Path.of(path)).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns whether a folder is of a file system that is mounted so that no code can be loaded from
   * it.
   */
  public static boolean isNoexec(Path folder) throws IOException {
    return isNoexec(folder.toRealPath(), mounts());
  }

  /**
   * Returns whether the file system of a folder is mounted so.
   *
   * @param mounts lines of Linux's {@code /proc/self/mounts}: device, folder, type, options
   */
  static boolean isNoexec(Path folder, List<String> mounts) {
    Path deepest = null;
    boolean isNoexec = false;
    for (String mount : mounts) {
      List<String> fields = Splitter.on(' ').splitToList(mount);
      Path mounted = Path.of(fields.get(1).replace("\\040", " "));
      // Of two on the same folder, the later one hides the other.
      if (folder.startsWith(mounted)
          && (deepest == null || mounted.getNameCount() >= deepest.getNameCount())) {
        deepest = mounted;
        isNoexec = Splitter.on(',').splitToList(fields.get(3)).contains("noexec");
      }
    }
    return isNoexec;
  }

  private static List<String> mounts() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mounts"));
    } catch (IOException e) {
      return List.of(); // not Linux
    }
  }
}
