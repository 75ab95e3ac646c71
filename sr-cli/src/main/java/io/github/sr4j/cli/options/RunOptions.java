// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say where, and within which bounds, models run. */
public final class RunOptions {

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "The numbers in which the model computes: float, or int8, which is faster on the CPU for"
              + " a little quality. A file must be of that precision. Default: the model's, float"
              + " for embedded ones.")
  private Model.@Nullable Precision precision;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "auto, gpu, cpu, cuda:N, coreml or webgpu:N. Default: ${DEFAULT-VALUE}, the first"
              + " graphics card that is faster than the CPU.")
  private Device device;

  @Option(
      names = "--fallback",
      paramLabel = "DEVICE",
      description =
          "Where to run, with a warning, if the device is unavailable. Default: nowhere, it is an"
              + " error.")
  private @Nullable Device fallback;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads on the CPU. Default: as many as there are processors.")
  private @Nullable Integer threads;

  @Option(
      names = {"--tile-size", "--tile"},
      paramLabel = "N",
      description =
          "Cut images into tiles of N pixels, to use less memory. The result is the same.")
  private @Nullable Integer tileSize;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      converter = MemorySize.class,
      description =
          "The most memory that the model's tensors may take for a tile, such as 4g or 500m."
              + " Default: half of the machine's, at most 8g.")
  private @Nullable Long maxMemory;

  @Mixin private OpeningTime openingTime;

  /** Sets the options of a builder, which is returned. */
  public Upscaler.Builder applyTo(Upscaler.Builder builder) {
    builder.device(device);
    if (precision != null) {
      builder.precision(precision);
    }
    if (fallback != null) {
      builder.fallback(fallback);
    }
    if (threads != null) {
      builder.threads(threads);
    }
    if (tileSize != null) {
      builder.tileSize(tileSize);
    }
    if (maxMemory != null) {
      builder.maxMemory(maxMemory);
    }
    openingTime.applyTo(builder);
    return builder;
  }
}
