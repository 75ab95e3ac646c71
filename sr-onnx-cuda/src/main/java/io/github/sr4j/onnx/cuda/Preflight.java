// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.onnx.shared.ObstacleException;
import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.shared.util.LibraryCache;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A machine that has passed all checks: a driver, at least one card that runs the execution
 * provider's machine code, and libraries that work on it.
 *
 * @param natives the folder of ONNX Runtime's libraries
 */
record Preflight(Driver driver, Optional<MachineCode> code, Path natives) {

  /** The resources of sr-onnx-cuda-linux and -windows, and those of onnxruntime_gpu. */
  private static final List<String> PLACES =
      List.of("io/github/sr4j/onnx/cuda/natives/", "ai/onnxruntime/native/");

  private static final int MIN_DRIVER =
      12_000; // newer releases of CUDA 12 run on the driver of 12.0
  private static final long MIN_FREE_MEMORY = 512L << 20; // context, cuDNN and a small network

  /**
   * Asks the driver of this machine.
   *
   * @throws ObstacleException if there is none
   */
  static Driver askDriver() throws ObstacleException {
    Platform platform = platform();
    return Driver.ask(platform.driver(), platform.management());
  }

  private static Platform platform() throws ObstacleException {
    String system = System.getProperty("os.name");
    String architecture = System.getProperty("os.arch");
    return Platform.of(system, architecture)
        .orElseThrow(
            () ->
                new ObstacleException(
                    String.format(
                        "ONNX Runtime has CUDA for Linux and Windows on x86-64, but this is %s on"
                            + " %s",
                        system, architecture)));
  }

  /**
   * Checks this machine, from what is fast and fails often to what is slow, and loads the libraries
   * of CUDA.
   *
   * @throws ObstacleException if CUDA cannot be used
   */
  static Preflight run(Driver driver) throws ObstacleException {
    Platform platform = platform();
    Optional<MachineCode> code = MachineCode.of(version(), platform);
    int card = checked(driver, code, version());
    Path natives = natives(platform, Preflight::resource);
    Libraries libraries =
        Libraries.find(
            platform,
            Optional.ofNullable(System.getProperty(Libraries.PROPERTY)),
            Libraries.systemFolders(platform, System.getenv()),
            Preflight::resource);
    new LibraryTrial(driver, libraries, natives, LibraryCheck.class).run(card);
    libraries.load();
    return new Preflight(driver, code, natives);
  }

  /** Returns the version of the classes of ONNX Runtime, which its libraries must have. */
  private static String version() {
    return String.valueOf(OrtEnvironment.class.getPackage().getImplementationVersion());
  }

  /**
   * Checks a driver and its cards.
   *
   * @return the first card that can be used
   * @throws ObstacleException if there is none
   */
  static int checked(Driver driver, Optional<MachineCode> code, String version)
      throws ObstacleException {
    if (driver.cudaVersion() < MIN_DRIVER) {
      throw new ObstacleException(
          String.format(
              "NVIDIA's driver supports CUDA %s, but 12.0 or newer is needed; install driver 525 or"
                  + " newer (Windows: 528)",
              Driver.versionText(driver.cudaVersion())));
    }
    List<String> obstacles = new ArrayList<>();
    for (Driver.Card card : driver.cards()) {
      Optional<String> obstacle = obstacle(card, code, version);
      if (obstacle.isEmpty()) {
        return card.index();
      }
      obstacles.add(obstacle.get());
    }
    throw new ObstacleException(String.join("; ", obstacles));
  }

  /** Returns why a card cannot be used, empty if it can. */
  static Optional<String> obstacle(Driver.Card card, Optional<MachineCode> code, String version) {
    if (code.isPresent() && !code.get().runsOn(card)) {
      return Optional.of(
          String.format(
              "%s has compute capability %s, but ONNX Runtime %s holds machine code for %s",
              card.name(), card.capabilityText(), version, code.get()));
    }
    if (card.freeMemory().isPresent() && card.freeMemory().getAsLong() < MIN_FREE_MEMORY) {
      return Optional.of(
          String.format(
              "%s has %s MiB of memory free, but at least %s are needed",
              card.name(), card.freeMemory().getAsLong() >> 20, MIN_FREE_MEMORY >> 20));
    }
    return Optional.empty();
  }

  /** Returns why a card of a number cannot be used, empty if it can. */
  Optional<String> obstacle(int index) {
    if (index >= driver.cards().size()) {
      int cards = driver.cards().size();
      return Optional.of(
          cards == 1
              ? "this machine has one CUDA card, cuda:0"
              : String.format(
                  "this machine has %s CUDA cards, cuda:0 to cuda:%s", cards, cards - 1));
    }
    return obstacle(driver.cards().get(index), code, version());
  }

  static Path natives(Platform platform, Function<String, Optional<URL>> resources)
      throws ObstacleException {
    String given = System.getProperty("onnxruntime.native.path");
    if (given != null) {
      return Path.of(given).toAbsolutePath();
    }
    for (String place : PLACES) {
      ImmutableMap.Builder<String, URL> found = ImmutableMap.builder();
      Optional<URL> provider =
          resources.apply(place + platform.onnxRuntimeName() + "/" + platform.natives().get(3));
      if (provider.isPresent()) {
        String folder = provider.get().toString().replaceFirst("[^/]+$", "");
        for (String name : platform.natives()) {
          found.put(name, url(folder + name));
        }
        return unpacked(found.buildOrThrow());
      }
    }
    throw new ObstacleException(
        String.format(
            "the class path has no ONNX Runtime for CUDA; add the artifact sr-onnx-cuda-%s",
            platform.artifact()));
  }

  /**
   * Returns a library beside another one, in the same jar: another jar may have that of the CPU.
   */
  private static URL url(String text) throws ObstacleException {
    try {
      return new URL(text);
    } catch (MalformedURLException e) {
      throw new ObstacleException(text + " cannot be read: " + e.getMessage());
    }
  }

  private static Path unpacked(ImmutableMap<String, URL> natives) throws ObstacleException {
    try {
      return LibraryCache.unpack(natives, "onnxruntime-cuda");
    } catch (IOException e) {
      throw new ObstacleException(
          String.format(
              "ONNX Runtime for CUDA cannot be unpacked into the cache: %s; %s must name a folder"
                  + " with 1 GB of room",
              Reasons.of(e), CacheFolder.PROPERTY));
    }
  }

  private static Optional<URL> resource(String name) {
    return Optional.ofNullable(Preflight.class.getClassLoader().getResource(name));
  }
}
