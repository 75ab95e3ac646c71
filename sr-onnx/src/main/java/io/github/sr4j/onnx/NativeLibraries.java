// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.shared.util.LibraryCache;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.URL;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native libraries of ONNX Runtime, unpacked once into the {@linkplain CacheFolder cache}.
 *
 * <p>ONNX Runtime itself unpacks them into a temporary folder at every start of a process, and
 * leaves that folder behind if the process is killed.
 */
final class NativeLibraries {

  /** The system property with which ONNX Runtime is told where its libraries are. */
  static final String LOCATION = "onnxruntime.native.path";

  private static final String RESOURCES = "/ai/onnxruntime/native/";

  /** The libraries of the artifact for the CPU, which are loaded at once. */
  private static final List<String> OF_CPU = List.of("onnxruntime", "onnxruntime4j_jni");

  /** The libraries of other artifacts, which are loaded when they are needed, from beside. */
  private static final List<String> OF_OTHERS =
      List.of(
          "onnxruntime_providers_shared",
          "onnxruntime_providers_cuda",
          "onnxruntime_providers_tensorrt",
          "onnxruntime_providers_rocm",
          "onnxruntime_providers_dnnl",
          "onnxruntime_providers_openvino",
          "onnxruntime_providers_qnn",
          "webgpu_dawn",
          "dxil",
          "dxcompiler");

  // ONNX Runtime fills its folder within seconds; an empty one of this age is of a killed process.
  private static final Duration LEFT_BEHIND = Duration.ofMinutes(1);

  private static final Logger logger = LoggerFactory.getLogger(NativeLibraries.class);

  private NativeLibraries() {}

  /**
   * The folder from which ONNX Runtime loads its libraries.
   *
   * @param isTemporary whether it is of no use once they are loaded
   */
  record Folder(Path path, boolean isTemporary) {

    /** Deletes the folder if it is temporary: libraries that are loaded need no file. */
    void deleteIfTemporary() {
      if (isTemporary) {
        delete(path);
      }
    }
  }

  /** Returns whether the host says with ONNX Runtime's own properties where the libraries are. */
  static boolean isLocationGiven() {
    return System.getProperties().stringPropertyNames().stream()
        .anyMatch(name -> name.startsWith("onnxruntime.native."));
  }

  /**
   * Returns the folder that holds the libraries of this platform, after unpacking those that are
   * not there. Where the cache cannot be used it is a temporary one.
   *
   * @return empty if ONNX Runtime has to unpack them itself: the class path holds none for this
   *     platform, or those of a temporary folder would have to stay
   */
  static Optional<Folder> unpack() {
    try {
      ImmutableMap<String, URL> libraries = ofPlatform();
      if (libraries.isEmpty()) {
        return Optional.empty();
      }
      Optional<Path> cache = CacheFolder.find();
      Optional<Path> cached =
          cache.isPresent() ? unpackInto(cache.get(), libraries) : Optional.empty();
      return cached.isPresent()
          ? Optional.of(new Folder(cached.get(), false))
          : temporary(libraries).map(folder -> new Folder(folder, true));
    } catch (IOException e) {
      return Optional.empty(); // of the class path, or without any folder: ONNX Runtime says why
    }
  }

  private static Optional<Path> unpackInto(Path cache, Map<String, URL> libraries) {
    try {
      return Optional.of(LibraryCache.unpack(libraries, cache, "onnxruntime"));
    } catch (IOException e) {
      String message =
          "{} cannot hold the native library of ONNX Runtime ({}), which is unpacked into a"
              + " temporary folder at every start instead";
      if (CacheFolder.isChosen()) {
        logger.warn(message, CacheFolder.PROPERTY + "=" + cache, Reasons.of(e));
      } else {
        logger.debug(message, cache, Reasons.of(e));
      }
      return Optional.empty();
    }
  }

  /** Unpacks libraries into a new folder for this process, if they can be deleted once loaded. */
  private static Optional<Path> temporary(Map<String, URL> libraries) throws IOException {
    if (libraries.size() > OF_CPU.size() || isWindows(System.getProperty("os.name"))) {
      return Optional.empty();
    }
    Path folder = Files.createTempDirectory("sr4j-onnxruntime-");
    try {
      for (Map.Entry<String, URL> entry : libraries.entrySet()) {
        try (InputStream in = LibraryCache.open(entry.getValue())) {
          Files.copy(in, folder.resolve(entry.getKey()));
        }
      }
    } catch (IOException e) {
      delete(folder);
      throw e;
    }
    return Optional.of(folder);
  }

  private static void delete(Path folder) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException | DirectoryIteratorException e) {
      logger.debug("the temporary folder {} is left", folder, e);
    }
  }

  private static ImmutableMap<String, URL> ofPlatform() {
    ImmutableMap.Builder<String, URL> libraries = ImmutableMap.builder();
    String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    for (List<String> names : List.of(OF_CPU, OF_OTHERS)) {
      for (String name : names) {
        String file = System.mapLibraryName(name);
        URL url = OrtEnvironment.class.getResource(RESOURCES + platform + "/" + file);
        if (url != null) {
          libraries.put(file, url);
        }
      }
    }
    return libraries.buildOrThrow();
  }

  /** Returns the name of a platform in the jars of ONNX Runtime. */
  static String platform(String system, String architecture) {
    String name = system.startsWith("Mac") ? "osx" : isWindows(system) ? "win" : "linux";
    String processor =
        switch (architecture) {
          case "amd64", "x86_64" -> "x64";
          case "arm64" -> "aarch64";
          default -> architecture;
        };
    return name + "-" + processor;
  }

  private static boolean isWindows(String system) {
    return system.toLowerCase(Locale.ROOT).startsWith("windows");
  }

  /**
   * Deletes the empty folder that ONNX Runtime makes in every process, and would otherwise delete
   * at its end, if it comes to it.
   */
  static void deleteEmptyFolder() {
    try {
      Field folder =
          Class.forName("ai.onnxruntime.OnnxRuntime", false, OrtEnvironment.class.getClassLoader())
              .getDeclaredField("tempDirectory");
      folder.setAccessible(true);
      if (folder.get(null) instanceof Path path) {
        Files.deleteIfExists(path);
      }
    } catch (ReflectiveOperationException | RuntimeException | IOException e) {
      // Another version of ONNX Runtime has another way; the next process deletes the folder.
      logger.debug("the temporary folder of ONNX Runtime is left", e);
    }
  }

  /** Deletes the empty folders that ONNX Runtime has left behind in killed processes. */
  static void deleteLeftBehind(Path temporary) {
    Instant limit = Instant.now().minus(LEFT_BEHIND);
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, "onnxruntime-java*")) {
      for (Path folder : folders) {
        deleteLeftBehind(folder, limit);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The folder of temporary files cannot be listed: then the next start tries again.
    }
  }

  private static void deleteLeftBehind(Path folder, Instant limit) {
    try {
      if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          && Files.getLastModifiedTime(folder).toInstant().isBefore(limit)) {
        Files.delete(folder); // which deletes nothing that is not empty
      }
    } catch (IOException e) {
      // It is full, or another user's, and stays.
    }
  }
}
