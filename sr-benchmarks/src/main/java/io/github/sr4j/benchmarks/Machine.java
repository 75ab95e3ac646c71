// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.collect.ImmutableList;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;

/** The facts about the machine that figures depend on. */
public final class Machine {

  /** Options of every JVM in which something is measured. */
  public static final ImmutableList<String> JVM_OPTIONS =
      ImmutableList.of(
          "-Xmx2g",
          "-Djava.awt.headless=true",
          // ND4J frees memory by the garbage collector only.
          "-Dorg.bytedeco.javacpp.maxbytes=3g",
          "-Dorg.bytedeco.javacpp.maxphysicalbytes=6g",
          // Newer JDKs warn about JNI and sun.misc.Unsafe; JDK 17 does not know the second option.
          "-XX:+IgnoreUnrecognizedVMOptions",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private Machine() {}

  /** Returns a line for the record; a load that is not near 0 spoils the figures. */
  public static String describe() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    return String.format(
        Locale.ROOT,
        "%s: Java %s, %s %s, %d processors, load average %.2f before the start",
        LocalDate.now(ZoneOffset.UTC),
        System.getProperty("java.version"),
        system.getName(),
        system.getArch(),
        system.getAvailableProcessors(),
        system.getSystemLoadAverage());
  }
}
