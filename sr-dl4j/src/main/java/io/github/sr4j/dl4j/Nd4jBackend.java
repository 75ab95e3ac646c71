// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.base.Throwables;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The backend with which ND4J computes: exactly one must be on the class path, and be able to use
 * this machine. ND4J itself takes any of two without a word, and fails in native code where a card
 * is too new for it.
 */
final class Nd4jBackend {

  private static final String CPU = "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class";
  private static final String CUDA = "org/nd4j/linalg/jcublas/JCublasBackend.class";

  // What nd4j-cuda-11.6 holds machine code for: sm_37 to sm_86, which 8.9 runs too, and no PTX.
  private static final double MIN_CAPABILITY = 3.7;
  private static final double MAX_CAPABILITY = 8.9;

  private Nd4jBackend() {}

  /**
   * Checks what ND4J is about to load.
   *
   * @throws BackendNotFoundException if there is no backend on the class path, or more than one, or
   *     its native libraries are missing
   * @throws DeviceUnavailableException if the backend is that for CUDA, and a card is not one that
   *     it can run on
   */
  static void check() {
    if (device().equals(Device.cpu())) {
      Nd4jNatives.load();
    }
  }

  /**
   * Returns the device that training runs on.
   *
   * @throws BackendNotFoundException if there is no backend on the class path, or more than one
   * @throws DeviceUnavailableException if the backend is that for CUDA, and cannot be used
   */
  static Device device() {
    if (!isCuda(Nd4j.class.getClassLoader())) {
      return Device.cpu();
    }
    checkCards(visible(cards(), System.getenv()));
    load(Nd4j::getBackend);
    return Device.cuda(0);
  }

  /**
   * Loads ND4J, whose own report of a missing library is a trace of many lines.
   *
   * @throws DeviceUnavailableException if a library is missing
   */
  static void load(Runnable initialization) {
    try {
      initialization.run();
    } catch (LinkageError | RuntimeException e) {
      String reason =
          String.valueOf(Throwables.getRootCause(e).getMessage()).replaceAll("\\s*\\R\\s*", "; ");
      throw new DeviceUnavailableException(
          "CUDA cannot be used for training: "
              + (reason.contains("libcuda.so.1")
                  ? "libcuda.so.1, which NVIDIA's driver brings, is missing; in a container, let"
                      + " NVIDIA_DRIVER_CAPABILITIES include compute"
                  : reason),
          e);
    }
  }

  static boolean isCuda(ClassLoader loader) {
    List<String> jars = new ArrayList<>(jars(loader, CPU));
    boolean isCuda = jars.isEmpty();
    jars.addAll(jars(loader, CUDA));
    if (jars.size() != 1) {
      throw new BackendNotFoundException(
          String.format(
              "exactly one backend of ND4J must be on the class path, but there %s; %s",
              jars.isEmpty() ? "is none" : "are " + String.join(" and ", jars),
              jars.isEmpty() ? "add nd4j-native" : "remove all but one"),
          null);
    }
    return isCuda;
  }

  /** Returns the names of the jars, or the folders, that hold a class. */
  private static List<String> jars(ClassLoader loader, String name) {
    try {
      return Collections.list(loader.getResources(name)).stream()
          .map(URL::getPath)
          .map(path -> path.substring(0, path.length() - name.length()).replaceAll("!?/$", ""))
          .map(path -> path.substring(path.lastIndexOf('/') + 1))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new BackendNotFoundException("the class path cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Returns the cards that this process may use: nvidia-smi lists all.
   *
   * @param cards lines of UUID, name and compute capability, in the order of the bus
   */
  static List<String> visible(List<String> cards, Map<String, String> environment) {
    String variable = environment.get("CUDA_VISIBLE_DEVICES");
    if (variable == null) {
      return withoutIds(cards);
    }
    List<String> ordered = new ArrayList<>(cards);
    if (!"PCI_BUS_ID".equals(environment.get("CUDA_DEVICE_ORDER"))) {
      // CUDA counts the fastest first, and does not say how it tells; a newer one is faster.
      ordered.sort(
          Comparator.comparingDouble(
                  (String card) -> capability(card.substring(card.lastIndexOf(',') + 1).strip()))
              .reversed());
    }
    List<String> visible = new ArrayList<>();
    for (String entry : Splitter.on(',').trimResults().split(variable)) {
      Optional<String> card =
          entry.matches("\\d{1,4}")
              ? ordered.stream().skip(Integer.parseInt(entry)).findFirst()
              : cards.stream()
                  .filter(each -> !entry.isEmpty() && each.startsWith(entry))
                  .findFirst();
      if (card.isEmpty()) {
        break; // as CUDA does: what follows an unknown one is not visible
      }
      visible.add(card.get());
    }
    if (visible.isEmpty()) {
      throw new DeviceUnavailableException(
          String.format(
              "CUDA cannot be used for training: CUDA_VISIBLE_DEVICES is \"%s\", which hides all"
                  + " cards; train on the CPU, with nd4j-native",
              variable),
          null);
    }
    return withoutIds(visible);
  }

  private static List<String> withoutIds(List<String> cards) {
    return cards.stream().map(card -> card.substring(card.indexOf(',') + 1).strip()).toList();
  }

  /** Returns UUID, name and compute capability of each card, as the driver's tool prints them. */
  private static List<String> cards() {
    try {
      Process process =
          new ProcessBuilder(
                  "nvidia-smi", "--query-gpu=uuid,name,compute_cap", "--format=csv,noheader")
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0) {
        return text.lines().toList();
      }
      throw new DeviceUnavailableException(
          "CUDA cannot be used: nvidia-smi says " + text.strip().replaceAll("\\s*\\R\\s*", "; "),
          null);
    } catch (IOException e) {
      throw new DeviceUnavailableException(
          "CUDA cannot be used: nvidia-smi, which comes with NVIDIA's driver, cannot be run ("
              + e.getMessage()
              + ")",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DeviceUnavailableException("interrupted while looking for cards", e);
    }
  }

  /**
   * Refuses cards that the backend cannot run on.
   *
   * @param cards lines such as {@code NVIDIA A100-SXM4-40GB, 8.0}
   */
  static void checkCards(List<String> cards) {
    for (String card : cards) {
      int comma = card.lastIndexOf(',');
      double capability = capability(card.substring(comma + 1).strip());
      if (!(capability >= MIN_CAPABILITY && capability <= MAX_CAPABILITY)) {
        throw new DeviceUnavailableException(
            String.format(
                "ND4J's CUDA backend runs on cards of compute capability %s to %s, but %s has %s;"
                    + " train on the CPU, with nd4j-native, or hide the card with"
                    + " CUDA_VISIBLE_DEVICES",
                MIN_CAPABILITY,
                MAX_CAPABILITY,
                comma < 0 ? "the card" : card.substring(0, comma).strip(),
                card.substring(comma + 1).strip()),
            null);
      }
    }
  }

  private static double capability(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN; // which is refused with the text
    }
  }
}
