// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import io.github.sr4j.onnx.shared.ObstacleException;
import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.shared.util.LibraryCache;
import io.github.sr4j.shared.util.Reasons;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The libraries of CUDA and cuDNN that ONNX Runtime's CUDA execution provider needs, all of one
 * origin.
 *
 * @param files their absolute paths, each after those it needs
 */
record Libraries(Origin origin, ImmutableList<Path> files) {

  /** The system property that names folders of libraries. */
  static final String PROPERTY = "sr4j.cuda.libraries";

  /** The place where libraries come from, in the order of preference. */
  enum Origin {
    /** Folders that {@link #PROPERTY} names. */
    GIVEN,
    /** An installation of CUDA and cuDNN. */
    SYSTEM,
    /** Jars on the class path. */
    BUNDLED
  }

  /** A function of CUDA's runtime since 12.8, which the execution provider calls. */
  private static final String NEW_FUNCTION = "cudaLibraryGetKernel";

  private static final String RESOURCES = "org/bytedeco/cuda/";

  /** The version at the end of the name of a library file: {@code libcudart.so.12.8.90}. */
  private static final Pattern FILE_VERSION = Pattern.compile("\\.so\\.(\\d+\\.\\d+(?:\\.\\d+)*)$");

  /** The name of a library up to its version: {@code libcudart.so.}, {@code cudart64_}. */
  private static final Pattern STEM = Pattern.compile("^(.*?\\.so\\.|.*?64_)");

  private static final int LAZY_AND_LOCAL = 1; // RTLD_LAZY: its symbols are for its dependents only

  // Those that this process has loaded. JNA unloads a library that nobody refers to.
  private static final Set<NativeLibrary> loaded = new LinkedHashSet<>();

  /** The answer of one origin: what is there, and what is missing or unfit. */
  private record Search(List<Path> files, List<String> missing, List<String> unfit) {

    boolean isComplete() {
      return missing.isEmpty() && unfit.isEmpty();
    }

    String problems() {
      List<String> problems = new ArrayList<>(unfit);
      if (!missing.isEmpty()) {
        problems.add(
            String.join(", ", missing) + (missing.size() == 1 ? " is missing" : " are missing"));
      }
      return String.join("; ", problems);
    }
  }

  /**
   * Finds the libraries, and unpacks those of jars.
   *
   * @param given the value of {@link #PROPERTY}; empty if it is not set
   * @param system folders of installations, in the order of preference
   * @param bundled returns the resource of a name, empty if there is none
   * @throws ObstacleException if no origin has all of them in a version that fits
   */
  static Libraries find(
      Platform platform,
      Optional<String> given,
      List<Path> system,
      Function<String, Optional<URL>> bundled)
      throws ObstacleException {
    if (given.isPresent()) {
      Search search =
          search(
              platform,
              Splitter.on(File.pathSeparatorChar)
                  .omitEmptyStrings()
                  .splitToStream(given.get())
                  .map(Path::of)
                  .map(Path::toAbsolutePath)
                  .toList());
      if (!search.isComplete()) {
        throw new ObstacleException(
            String.format("%s=%s does not fit: %s", PROPERTY, given.get(), search.problems()));
      }
      return new Libraries(Origin.GIVEN, ImmutableList.copyOf(search.files));
    }
    Search installed = search(platform, system);
    if (installed.isComplete()) {
      return new Libraries(Origin.SYSTEM, ImmutableList.copyOf(installed.files));
    }
    return bundled(platform, bundled, installed);
  }

  private static Libraries bundled(
      Platform platform, Function<String, Optional<URL>> bundled, Search installed)
      throws ObstacleException {
    ImmutableMap.Builder<String, URL> found = ImmutableMap.builder();
    List<String> missing = new ArrayList<>();
    for (String name : names(platform)) {
      Optional<URL> resource = resource(platform, bundled, name);
      resource.ifPresentOrElse(url -> found.put(name, url), () -> missing.add(name));
    }
    if (missing.size() == names(platform).size()) {
      throw new ObstacleException(
          String.format(
              "CUDA 12.8 or newer of version 12, and cuDNN 9, are needed: %s; add the artifact"
                  + " sr-onnx-cuda-%s, which brings them, or install them",
              installed.problems(), platform.artifact()));
    }
    if (!missing.isEmpty()) {
      throw new ObstacleException(
          String.format(
              "the class path has a part of CUDA's libraries only: %s %s missing; the artifacts"
                  + " org.bytedeco:cuda-redist, cuda-redist-cublas and cuda-redist-cudnn bring"
                  + " them",
              String.join(", ", missing), missing.size() == 1 ? "is" : "are"));
    }
    resource(platform, bundled, platform.bundledBuiltins())
        .ifPresent(url -> found.put(platform.bundledBuiltins(), url));
    try {
      Path folder = LibraryCache.unpack(found.buildOrThrow(), "cuda");
      return new Libraries(
          Origin.BUNDLED,
          names(platform).stream().map(folder::resolve).collect(ImmutableList.toImmutableList()));
    } catch (IOException e) {
      throw new ObstacleException(
          String.format(
              "CUDA's libraries cannot be unpacked into the cache: %s; %s must name a folder with"
                  + " 1.5 GB of room",
              Reasons.of(e), CacheFolder.PROPERTY));
    }
  }

  private static Optional<URL> resource(
      Platform platform, Function<String, Optional<URL>> bundled, String name) {
    return bundled.apply(RESOURCES + platform.javacppName() + "/" + name);
  }

  private static List<String> names(Platform platform) {
    return Stream.concat(platform.toolkit().stream(), platform.cudnn().stream()).toList();
  }

  private static Search search(Platform platform, List<Path> folders) {
    List<Path> files = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> unfit = new ArrayList<>();
    for (String name : names(platform)) {
      List<Path> all =
          folders.stream()
              .map(folder -> folder.resolve(name))
              .filter(Files::isRegularFile)
              .toList();
      boolean isRuntime = name.equals(platform.toolkit().get(0));
      Optional<Path> file =
          all.stream().filter(each -> !isRuntime || isNewEnough(each)).findFirst();
      if (file.isPresent()) {
        files.add(file.get());
      } else if (all.isEmpty()) {
        missing.add(name + others(name, folders));
      } else {
        unfit.add(
            String.format(
                "%s is of CUDA %s, but 12.8 or newer is needed",
                all.get(0), version(all.get(0)).orElse("12.7 or older")));
      }
    }
    if (missing.isEmpty()) {
      unfit.addAll(mixed(platform, files));
    }
    return new Search(files, missing, unfit);
  }

  /** Returns what is wrong with a cuDNN whose files are of different versions. */
  private static List<String> mixed(Platform platform, List<Path> files) {
    List<Path> cudnn = files.subList(files.size() - platform.cudnn().size(), files.size());
    Path main = cudnn.get(cudnn.size() - 1);
    Optional<String> expected = version(main);
    return cudnn.stream()
        .filter(file -> expected.isPresent() && version(file).isPresent())
        .filter(file -> !version(file).equals(expected))
        .map(
            file ->
                String.format(
                    "%s is of cuDNN %s, but %s of %s",
                    file, version(file).orElseThrow(), main, expected.orElseThrow()))
        .toList();
  }

  /** Returns the version in the name of a library's file, which the name without it links to. */
  private static Optional<String> version(Path file) {
    try {
      Matcher matcher = FILE_VERSION.matcher(file.toRealPath().getFileName().toString());
      return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // the loading of the library says more
    }
  }

  private static boolean isNewEnough(Path runtime) {
    try {
      return Files.readString(runtime, ISO_8859_1).contains(NEW_FUNCTION);
    } catch (IOException e) {
      return false; // and the version is then in its name, or unknown
    }
  }

  /** Returns other versions of a missing library that are there, in parentheses. */
  private static String others(String name, List<Path> folders) {
    Matcher stem = STEM.matcher(name);
    if (!stem.find()) {
      return "";
    }
    List<String> others = new ArrayList<>();
    for (Path folder : folders) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(folder, stem.group() + "[0-9]*")) {
        files.forEach(file -> others.add(file.toString()));
      } catch (IOException | DirectoryIteratorException e) {
        // A folder of the library path need not exist.
      }
    }
    return others.stream()
        .min(Comparator.comparing(String::length))
        .map(other -> " (there is " + other + ")")
        .orElse("");
  }

  /** Returns the folders in which installations of CUDA and cuDNN are looked for, by preference. */
  static List<Path> systemFolders(Platform platform, Map<String, String> environment) {
    Set<Path> folders = new LinkedHashSet<>();
    boolean isWindows = platform == Platform.WINDOWS;
    String path = environment.getOrDefault(isWindows ? "PATH" : "LD_LIBRARY_PATH", "");
    Splitter.on(File.pathSeparatorChar)
        .omitEmptyStrings()
        .splitToStream(path)
        .map(Path::of)
        .forEach(folders::add);
    for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
      String home = environment.getOrDefault(variable, "");
      if (!home.isEmpty()) {
        folders.add(Path.of(home, isWindows ? "bin" : "lib64"));
      }
    }
    if (!isWindows) {
      List<Path> toolkits = new ArrayList<>(matching(Path.of("/usr/local"), "cuda-12.*"));
      toolkits.add(Path.of("/usr/local/cuda"));
      toolkits.add(Path.of("/opt/cuda"));
      toolkits.forEach(toolkit -> folders.add(toolkit.resolve("lib64")));
      configured().forEach(folders::add);
      Stream.of("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")
          .map(Path::of)
          .forEach(folders::add);
    }
    return folders.stream().filter(Files::isDirectory).map(Path::toAbsolutePath).toList();
  }

  /** Returns the folders that the configuration of the system's loader names. */
  private static List<Path> configured() {
    List<Path> folders = new ArrayList<>();
    for (Path file : matching(Path.of("/etc/ld.so.conf.d"), "*.conf")) {
      try {
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("/"))
            .map(String::strip)
            .map(Path::of)
            .forEach(folders::add);
      } catch (IOException e) {
        // It is another user's.
      }
    }
    return folders;
  }

  /** Returns the entries of a folder by falling name. */
  private static List<Path> matching(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
      entries.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of(); // it does not exist
    }
    found.sort(Comparator.<Path>naturalOrder().reversed());
    return found;
  }

  /**
   * Returns what the loader of the system says of a library, in one line.
   *
   * @return empty if it says that there is none of the name
   */
  static String loaderMessage(UnsatisfiedLinkError failure, String name) {
    // JNA repeats what its own search found in further lines.
    List<String> lines =
        String.valueOf(failure.getMessage())
            .lines()
            .filter(line -> !line.startsWith("Unable to load library"))
            .filter(line -> !line.startsWith("Native library ("))
            .map(line -> line.replaceFirst("^" + Pattern.quote(name) + ": ", ""))
            .distinct()
            .toList();
    return lines.stream()
        .filter(line -> !line.startsWith("cannot open shared object file: No such file"))
        .findFirst()
        .orElse("");
  }

  /**
   * Loads the libraries into this process, for good.
   *
   * @throws ObstacleException if one cannot be loaded
   */
  void load() throws ObstacleException {
    for (Path file : files) {
      try {
        // By the library that this class uses for the driver, not by the JVM, which would bind
        // them to one class loader: a redeployed host could not load them again.
        NativeLibrary library =
            NativeLibrary.getInstance(
                file.toString(), Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL));
        synchronized (loaded) {
          loaded.add(library);
        }
      } catch (UnsatisfiedLinkError e) {
        throw new ObstacleException(
            String.format("%s cannot be loaded: %s", file, loaderMessage(e, file.toString())));
      }
    }
  }
}
