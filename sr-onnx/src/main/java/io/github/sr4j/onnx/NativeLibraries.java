// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
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
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
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

  /** One library: where it is, and its CRC-32 and size. */
  private record Library(URL content, long crc, long size) {

    InputStream open() throws IOException {
      return connection(content).getInputStream();
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
      ImmutableMap<String, Library> libraries = ofPlatform();
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

  private static Optional<Path> unpackInto(Path cache, Map<String, Library> libraries) {
    try {
      return Optional.of(unpacked(libraries, cache));
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

  /** Unpacks libraries into a folder of a cache that is named after their content. */
  private static Path unpacked(Map<String, Library> libraries, Path cache) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    libraries.forEach(
        (name, library) ->
            hasher.putString(name, UTF_8).putLong(library.crc).putLong(library.size));
    Path folder = cache.resolve("onnxruntime-" + hasher.hash().toString().substring(0, 16));
    Files.createDirectories(folder);
    if (CacheFolder.isNoexec(folder)) {
      throw new IOException("it is mounted noexec, so that no code can be loaded from it");
    }
    for (Map.Entry<String, Library> entry : libraries.entrySet()) {
      Path file = folder.resolve(entry.getKey());
      Library library = entry.getValue();
      if (!isWhole(file, library)) { // one that is needs not be written, as in a read-only cache
        try (InputStream in = library.open()) {
          AtomicFile.writeDurably(file, in::transferTo);
        } catch (IOException e) {
          if (!isWhole(file, library)) { // another process may have written and loaded it meanwhile
            throw e;
          }
        }
      }
    }
    return folder;
  }

  private static boolean isWhole(Path file, Library library) throws IOException {
    return Files.isRegularFile(file)
        && Files.size(file) == library.size
        && crc(MoreFiles.asByteSource(file)) == library.crc;
  }

  private static long crc(ByteSource bytes) throws IOException {
    return bytes.hash(Hashing.crc32()).padToLong();
  }

  /** Unpacks libraries into a new folder for this process, if they can be deleted once loaded. */
  private static Optional<Path> temporary(Map<String, Library> libraries) throws IOException {
    if (libraries.size() > OF_CPU.size() || isWindows(System.getProperty("os.name"))) {
      return Optional.empty();
    }
    Path folder = Files.createTempDirectory("sr4j-onnxruntime-");
    try {
      for (Map.Entry<String, Library> entry : libraries.entrySet()) {
        try (InputStream in = entry.getValue().open()) {
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

  private static ImmutableMap<String, Library> ofPlatform() throws IOException {
    ImmutableMap.Builder<String, Library> libraries = ImmutableMap.builder();
    String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    for (List<String> names : List.of(OF_CPU, OF_OTHERS)) {
      for (String name : names) {
        String file = System.mapLibraryName(name);
        URL url = OrtEnvironment.class.getResource(RESOURCES + platform + "/" + file);
        if (url != null) {
          libraries.put(file, library(url));
        }
      }
    }
    return libraries.buildOrThrow();
  }

  private static Library library(URL url) throws IOException {
    if (connection(url) instanceof JarURLConnection connection) {
      try (JarFile jar = connection.getJarFile()) {
        ZipEntry entry = jar.getEntry(connection.getEntryName());
        return new Library(url, entry.getCrc(), entry.getSize());
      }
    }
    ByteSource bytes =
        new ByteSource() {
          @Override
          public InputStream openStream() throws IOException {
            return connection(url).getInputStream();
          }
        };
    return new Library(url, crc(bytes), bytes.size());
  }

  /** Opens a connection that does not keep the jar open, which could not be replaced then. */
  private static URLConnection connection(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    return connection;
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
