// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.shared.util.LibraryCache;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The programs of FFmpeg in the jar of {@code org.bytedeco:ffmpeg} of this platform, which need no
 * other jar. They are unpacked into the cache, once for all processes.
 */
final class EmbeddedFfmpeg {

  private static final String FOLDER = "org/bytedeco/ffmpeg/";

  private EmbeddedFfmpeg() {}

  /** Returns the folder of the programs, if the class path has them for this platform. */
  static Optional<Path> unpack() throws IOException {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? EmbeddedFfmpeg.class.getClassLoader() : context;
    String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    return unpack(loader, platform, CacheFolder.find());
  }

  /**
   * Returns the folder of the programs, if a class loader has them for a platform.
   *
   * @param cache where they are unpacked to
   */
  static Optional<Path> unpack(ClassLoader loader, String platform, Optional<Path> cache)
      throws IOException {
    String suffix = platform.startsWith("windows") ? ".exe" : "";
    for (String variant : List.of(platform + "-gpl", platform)) {
      String prefix = FOLDER + variant + "/";
      URL program = loader.getResource(prefix + "ffmpeg" + suffix);
      if (program != null && program.openConnection() instanceof JarURLConnection connection) {
        Map<String, URL> files = files(connection, prefix, loader);
        Path folder =
            LibraryCache.unpack(
                files,
                cache.orElseThrow(
                    () ->
                        new IOException(
                            "the FFmpeg on the class path needs a folder to be unpacked to, which "
                                + CacheFolder.PROPERTY
                                + " must name")),
                "ffmpeg");
        for (String name : List.of("ffmpeg", "ffprobe")) {
          Path file = folder.resolve(name + suffix);
          if (!file.toFile().canExecute() && !file.toFile().setExecutable(true)) {
            throw new IOException(file + ": cannot be made executable");
          }
        }
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }

  /** Returns the name of a platform in classifiers, such as {@code linux-x86_64}. */
  static String platform(String system, String architecture) {
    String name = system.toLowerCase(Locale.ROOT);
    String family = name.startsWith("windows") ? "windows" : "linux";
    if (name.startsWith("mac")) {
      family = "macosx";
    }
    return switch (architecture) {
      case "amd64", "x86_64" -> family + "-x86_64";
      case "aarch64", "arm64" -> family + "-arm64";
      default -> family + "-" + architecture;
    };
  }

  private static Map<String, URL> files(
      JarURLConnection connection, String prefix, ClassLoader loader) throws IOException {
    Map<String, URL> files = new TreeMap<>();
    connection.setUseCaches(false); // the jar could not be replaced otherwise
    try (JarFile jar = connection.getJarFile()) {
      for (JarEntry entry : jar.stream().toList()) {
        String name = entry.getName();
        boolean isFile = name.startsWith(prefix) && !entry.isDirectory();
        String own = isFile ? name.substring(prefix.length()) : "";
        URL content = loader.getResource(name);
        // Libraries for Java are of no use without JavaCPP.
        if (!own.isEmpty() && !own.contains("/") && !own.contains("jni") && content != null) {
          files.put(own, content);
        }
      }
    }
    return files;
  }
}
