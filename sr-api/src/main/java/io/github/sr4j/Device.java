// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A place where a network can run. Immutable.
 *
 * <p>The text form, which {@link #toString} writes and {@link #parse} reads, is {@code cpu}, {@code
 * cuda:0} or {@code auto}.
 */
public final class Device {

  /** The kind of a device. */
  public enum Kind {
    /** The first CUDA card if it works, otherwise the CPU. */
    AUTO,
    /** The processor. */
    CPU,
    /** One CUDA card. */
    CUDA
  }

  private static final Device AUTO = new Device(Kind.AUTO, 0);
  private static final Device CPU = new Device(Kind.CPU, 0);

  private final Kind kind;
  private final int index;

  private Device(Kind kind, int index) {
    this.kind = kind;
    this.index = index;
  }

  /**
   * Returns the request for the first CUDA card if it works, and for the CPU if it does not. Which
   * of the two it became, and why, is in the {@link Device.Report} of what was opened.
   */
  public static Device auto() {
    return AUTO;
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

  /**
   * Returns the device with a text form.
   *
   * @throws IllegalArgumentException if {@code text} is not {@code auto}, {@code cpu}, {@code cuda}
   *     or {@code cuda:N}
   */
  public static Device parse(String text) {
    return switch (text) {
      case "auto" -> auto();
      case "cpu" -> cpu();
      case "cuda" -> cuda(0);
      default -> {
        checkArgument(
            text.matches("cuda:\\d{1,4}"),
            "device must be auto, cpu or cuda:N, but was \"%s\"",
            text);
        yield cuda(Integer.parseInt(text.substring("cuda:".length())));
      }
    };
  }

  /** Returns the kind of this device. */
  public Kind kind() {
    return kind;
  }

  /** Returns the number of the CUDA card; 0 for other devices. */
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
      case CPU -> "cpu";
      case CUDA -> "cuda:" + index;
    };
  }

  /**
   * The answer to the request for a device.
   *
   * @param requested the device asked for
   * @param actual the device in use, never {@link Kind#AUTO}
   * @param reason the reason, in a sentence, why {@code actual} is not the best device that {@code
   *     requested} allows; empty if it is
   */
  public record Report(Device requested, Device actual, String reason) {}
}
