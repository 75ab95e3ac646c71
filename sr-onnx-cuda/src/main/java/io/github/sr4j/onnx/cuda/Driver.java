// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import io.github.sr4j.onnx.shared.ObstacleException;
import io.github.sr4j.shared.util.Reasons;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's driver as this process sees it, with {@code CUDA_VISIBLE_DEVICES} applied.
 *
 * @param cudaVersion the newest version of CUDA that it supports, as 1000 x major + 10 x minor
 */
record Driver(int cudaVersion, ImmutableList<Card> cards) {

  /**
   * A card.
   *
   * @param capability the compute capability, as 10 x major + minor
   * @param memory in bytes
   * @param freeMemory in bytes; empty if the driver does not tell
   */
  record Card(int index, String name, int capability, long memory, OptionalLong freeMemory) {

    /** Returns the compute capability as it is written: {@code 8.6}. */
    String capabilityText() {
      return capability / 10 + "." + capability % 10;
    }
  }

  private static final int CAPABILITY_MAJOR = 75; // CUdevice_attribute
  private static final int CAPABILITY_MINOR = 76;
  private static final int NAME_LENGTH = 256;
  private static final int PCI_ADDRESS_LENGTH = 32;
  private static final int MEMORY_FIELDS = 3; // nvmlMemory_t: total, free, used

  /** Returns a version of CUDA as it is written: {@code 12.8}. */
  static String versionText(int version) {
    return LibraryCheck.cudaText(version);
  }

  /**
   * Asks the driver.
   *
   * @param driver the name or path of its library
   * @param monitor the name or path of its library that tells of the memory of cards
   * @throws ObstacleException if there is no driver, or it has no card for this process
   */
  static Driver ask(String driver, String monitor) throws ObstacleException {
    NativeLibrary library = library(driver);
    try {
      return ask(library, monitor);
    } catch (UnsatisfiedLinkError e) { // of a function
      throw new ObstacleException(
          String.format(
              "%s is not NVIDIA's driver, or is older than CUDA 12: it lacks a function (%s)",
              driver, Reasons.ofText(String.valueOf(e.getMessage()))));
    }
  }

  private static Driver ask(NativeLibrary library, String monitor) throws ObstacleException {
    IntByReference value = new IntByReference();
    requireSuccess(library, call(library, "cuInit", 0));
    requireSuccess(library, call(library, "cuDriverGetVersion", value));
    int cudaVersion = value.getValue();
    requireSuccess(library, call(library, "cuDeviceGetCount", value));
    int count = value.getValue();
    if (count == 0) {
      throw new ObstacleException(withoutCard());
    }
    @Nullable NativeLibrary management = management(monitor);
    ImmutableList.Builder<Card> cards = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      cards.add(card(library, management, i));
    }
    return new Driver(cudaVersion, cards.build());
  }

  private static Card card(NativeLibrary library, @Nullable NativeLibrary management, int index)
      throws ObstacleException {
    IntByReference value = new IntByReference();
    requireSuccess(library, call(library, "cuDeviceGet", value, index));
    int device = value.getValue();
    Memory text = new Memory(NAME_LENGTH);
    requireSuccess(library, call(library, "cuDeviceGetName", text, NAME_LENGTH, device));
    String name = text.getString(0, UTF_8.name());
    requireSuccess(library, call(library, "cuDeviceGetAttribute", value, CAPABILITY_MAJOR, device));
    int major = value.getValue();
    requireSuccess(library, call(library, "cuDeviceGetAttribute", value, CAPABILITY_MINOR, device));
    int capability = 10 * major + value.getValue();
    LongByReference memory = new LongByReference();
    requireSuccess(library, call(library, "cuDeviceTotalMem_v2", memory, device));
    OptionalLong free = OptionalLong.empty();
    if (management != null
        && call(library, "cuDeviceGetPCIBusId", text, PCI_ADDRESS_LENGTH, device) == 0) {
      free = freeMemory(management, text);
    }
    return new Card(index, name, capability, memory.getValue(), free);
  }

  /** Returns the free memory of a card, for which the driver itself would need a context on it. */
  private static OptionalLong freeMemory(NativeLibrary management, Memory address) {
    PointerByReference handle = new PointerByReference();
    Memory memory = new Memory((long) MEMORY_FIELDS * Long.BYTES);
    return call(management, "nvmlDeviceGetHandleByPciBusId_v2", address, handle) == 0
            && call(management, "nvmlDeviceGetMemoryInfo", handle.getValue(), memory) == 0
        ? OptionalLong.of(memory.getLong(Long.BYTES))
        : OptionalLong.empty();
  }

  private static @Nullable NativeLibrary management(String name) {
    try {
      NativeLibrary library = NativeLibrary.getInstance(name);
      return call(library, "nvmlInit_v2") == 0 ? library : null;
    } catch (UnsatisfiedLinkError e) {
      return null; // containers may have the driver without it
    }
  }

  private static int call(NativeLibrary library, String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  private static NativeLibrary library(String name) throws ObstacleException {
    try {
      return NativeLibrary.getInstance(name);
    } catch (UnsatisfiedLinkError e) {
      String reason = Libraries.loaderMessage(e, name);
      if (!reason.isEmpty()) {
        throw new ObstacleException(
            String.format(
                "%s, the library of NVIDIA's driver, cannot be loaded: %s", name, reason));
      }
      throw new ObstacleException(
          isContainer()
              ? String.format(
                  "%s is missing in this container; start it with the NVIDIA Container Toolkit"
                      + " (docker run --gpus all), on a host with NVIDIA's driver",
                  name)
              : String.format(
                  "NVIDIA's driver is not installed: it brings %s, which is missing", name));
    }
  }

  private static boolean isContainer() {
    return List.of("/.dockerenv", "/run/.containerenv").stream()
            .anyMatch(file -> Files.exists(Path.of(file)))
        || System.getenv("KUBERNETES_SERVICE_HOST") != null;
  }

  /** Throws what a result of the driver means, by the numbers of CUresult. */
  private static void requireSuccess(NativeLibrary library, int result) throws ObstacleException {
    if (result != 0) {
      throw new ObstacleException(meaning(library, result));
    }
  }

  private static String meaning(NativeLibrary library, int result) {
    return switch (result) {
      case 34 -> // CUDA_ERROR_STUB_LIBRARY
          String.format(
              "%s is the stub that CUDA brings for linking, not NVIDIA's driver; take its folder"
                  + " off the library path",
              library.getFile());
      case 100 -> withoutCard(); // CUDA_ERROR_NO_DEVICE
      case 101 -> // CUDA_ERROR_INVALID_DEVICE
          "NVIDIA's driver refuses the cards that this process may use" + visible();
      case 802 -> // CUDA_ERROR_SYSTEM_NOT_READY
          "NVIDIA's driver is not ready: the fabric manager of this machine does not run";
      case 803 -> // CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
          "the library and the kernel module of NVIDIA's driver have different versions; restart"
              + " the machine, or the container after an update of the driver";
      case 804 -> // CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE
          "the CUDA compatibility package does not support this card; take it off the library"
              + " path and install a newer driver";
      default ->
          String.format(
              "NVIDIA's driver does not answer: error %s; nvidia-smi may say why", result);
    };
  }

  private static String withoutCard() {
    return "NVIDIA's driver is there, but has no card for this process" + visible();
  }

  private static String visible() {
    String visible = System.getenv("CUDA_VISIBLE_DEVICES");
    return visible == null ? "" : ": CUDA_VISIBLE_DEVICES is \"" + visible + "\"";
  }
}
