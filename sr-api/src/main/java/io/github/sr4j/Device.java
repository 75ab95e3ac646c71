// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place where a network can run. Immutable.
 *
 * <p>The text form, which {@link #toString} writes and {@link #parse} reads, is {@code cpu}, {@code
 * cuda:0}, {@code coreml}, {@code webgpu:0}, {@code gpu} or {@code auto}.
 */
public final class Device {

  /** The kind of a device. */
  public enum Kind {
    /** The best graphics card if it is faster than the CPU, otherwise the CPU. */
    AUTO,
    /** The best graphics card that works, however it is driven. */
    GPU,
    /** The processor. */
    CPU,
    /** One CUDA card. */
    CUDA,
    /** Apple's Core ML, on macOS: the graphics card or the neural engine, as it chooses. */
    COREML,
    /**
     * The graphics card of any maker that WebGPU drives through Vulkan, Direct3D 12 or Metal.
     * Experimental.
     */
    WEBGPU
  }

  private static final Device AUTO = new Device(Kind.AUTO, 0);
  private static final Device GPU = new Device(Kind.GPU, 0);
  private static final Device COREML = new Device(Kind.COREML, 0);
  private static final Device CPU = new Device(Kind.CPU, 0);

  private static final Pattern NUMBERED = Pattern.compile("(cuda|webgpu):(\\d{1,4})");

  private final Kind kind;
  private final int index;

  private Device(Kind kind, int index) {
    this.kind = kind;
    this.index = index;
  }

  /**
   * Returns the request for the first of CUDA, Core ML and WebGPU that works, if it is faster than
   * the CPU with the model at hand, and for the CPU otherwise. A short trial tells, whose result is
   * kept in the cache. Which device it became, and why, is in the {@link Device.Report} of what was
   * opened.
   */
  public static Device auto() {
    return AUTO;
  }

  /**
   * Returns the request for the first of CUDA, Core ML and WebGPU that works, and never for the
   * CPU. Where the CPU is faster, the {@link Device.Report} of what was opened says so.
   */
  public static Device gpu() {
    return GPU;
  }

  /** Returns the processor. */
  public static Device cpu() {
    return CPU;
  }

  /**
   * Returns a CUDA card.
   *
   * @param index the number of the card, from 0, as the CUDA driver counts them
   * @throws IllegalArgumentException if {@code index} is negative
   */
  public static Device cuda(int index) {
    checkArgument(index >= 0, "index must be at least 0, but was %s", index);
    return new Device(Kind.CUDA, index);
  }

  /** Returns Core ML, which macOS has. */
  public static Device coreml() {
    return COREML;
  }

  /**
   * Returns a graphics card that WebGPU drives. Experimental: its ONNX Runtime is not a release.
   *
   * @param index the number of the card, from 0; WebGPU chooses the card, so that there is only 0
   *     today
   * @throws IllegalArgumentException if {@code index} is negative
   */
  public static Device webgpu(int index) {
    checkArgument(index >= 0, "index must be at least 0, but was %s", index);
    return new Device(Kind.WEBGPU, index);
  }

  /**
   * Returns the device with a text form.
   *
   * @throws IllegalArgumentException if {@code text} is not {@code auto}, {@code gpu}, {@code cpu},
   *     {@code cuda}, {@code cuda:N}, {@code coreml}, {@code webgpu} or {@code webgpu:N}
   */
  public static Device parse(String text) {
    return switch (text) {
      case "auto" -> auto();
      case "gpu" -> gpu();
      case "cpu" -> cpu();
      case "coreml" -> coreml();
      case "cuda" -> cuda(0);
      case "webgpu" -> webgpu(0);
      default -> {
        Matcher numbered = NUMBERED.matcher(text);
        checkArgument(
            numbered.matches(),
            "device must be auto, gpu, cpu, cuda:N, coreml or webgpu:N, but was \"%s\"",
            text);
        int index = Integer.parseInt(numbered.group(2));
        yield numbered.group(1).equals("cuda") ? cuda(index) : webgpu(index);
      }
    };
  }

  /** Returns the kind of this device. */
  public Kind kind() {
    return kind;
  }

  /** Returns the number of the card of CUDA or WebGPU; 0 for other devices. */
  public int index() {
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Device device && device.kind == kind && device.index == index;
  }

  @Override
  public int hashCode() {
    return 31 * kind.hashCode() + index;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case AUTO -> "auto";
      case GPU -> "gpu";
      case CPU -> "cpu";
      case CUDA -> "cuda:" + index;
      case COREML -> "coreml";
      case WEBGPU -> "webgpu:" + index;
    };
  }

  /**
   * The answer to the request for a device.
   *
   * @param requested the device asked for
   * @param actual the device in use, never {@link Kind#AUTO} or {@link Kind#GPU}
   * @param reason the reason, in a sentence, why {@code actual} is not the best device that {@code
   *     requested} allows, or that the CPU is faster; empty if neither is so
   */
  public record Report(Device requested, Device actual, String reason) {}

  /**
   * The properties of a device, whether it can be used or not.
   *
   * @param name the name that its maker gave it
   * @param provider the artifact through which it is used
   * @param driver its driver, and the version of that
   * @param memory in bytes; empty if it is unknown
   * @param freeMemory in bytes, when it was asked for; empty if it is unknown
   */
  public record Details(
      String name, String provider, String driver, OptionalLong memory, OptionalLong freeMemory) {

    /** Checks that there is a value for each. */
    public Details {
      requireNonNull(name, "name");
      requireNonNull(provider, "provider");
      requireNonNull(driver, "driver");
      requireNonNull(memory, "memory");
      requireNonNull(freeMemory, "freeMemory");
    }
  }
}
