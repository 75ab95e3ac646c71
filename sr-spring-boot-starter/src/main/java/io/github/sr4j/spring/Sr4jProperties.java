// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spring;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code sr4j.*}: the options of {@link Upscaler.Builder}, under its names. Where
 * one is not set, the default of the builder holds. Immutable.
 *
 * @param scales the scales whose embedded models are opened when the application starts, so that
 *     the first request does not wait and a broken set-up shows at once; others are opened when
 *     they are first asked for
 * @param quality which of the models of a scale is used: fast or best
 * @param purpose what the models of a scale are for, of which one is used
 * @param precision the numbers in which networks compute: float or int8
 * @param device the device on which networks run: auto, gpu, cpu, cuda:N, coreml or webgpu:N
 * @param fallback the device on which networks run if the first is unavailable
 * @param threads the threads that one call uses on the CPU, and the asynchronous calls in work at a
 *     time
 * @param tileSize the maximum side of a tile in low-resolution pixels
 * @param passes how often the network is applied to its own result
 * @param selfEnsemble whether the results for eight flips and rotations are averaged
 * @param edges what the network sees beyond the edges of an image
 * @param approximateTiles the overlap of blended tiles, in low-resolution pixels
 * @param maxPixels the maximum number of pixels of an image that is read
 * @param maxResultPixels the maximum number of pixels of a result
 * @param maxPixelsPerByte the maximum number of pixels that a file may declare for each byte
 * @param maxMemory the maximum memory of the network's tensors for one tile
 * @param maxOpeningTime the maximum time of opening a model
 * @param maxWaiting the maximum number of asynchronous calls that wait
 * @param maxWaitingPixels the maximum number of pixels of images in memory whose calls wait
 */
@ConfigurationProperties("sr4j")
public record Sr4jProperties(
    @DefaultValue List<Integer> scales,
    Model.@Nullable Quality quality,
    Model.@Nullable Purpose purpose,
    Model.@Nullable Precision precision,
    @Nullable String device,
    @Nullable String fallback,
    @Nullable Integer threads,
    @Nullable Integer tileSize,
    @Nullable Integer passes,
    @DefaultValue("false") boolean selfEnsemble,
    ModelInfo.@Nullable Edges edges,
    @Nullable Integer approximateTiles,
    @Nullable Long maxPixels,
    @Nullable Long maxResultPixels,
    @Nullable Long maxPixelsPerByte,
    @Nullable DataSize maxMemory,
    @Nullable Duration maxOpeningTime,
    @Nullable Integer maxWaiting,
    @Nullable Long maxWaitingPixels) {

  /** Copies the list. */
  public Sr4jProperties {
    scales = List.copyOf(scales);
  }

  /** Returns a new builder with these options. */
  Upscaler.Builder builder() {
    Upscaler.Builder builder = Upscaler.builder();
    if (quality != null) {
      builder.quality(quality);
    }
    if (purpose != null) {
      builder.purpose(purpose);
    }
    if (precision != null) {
      builder.precision(precision);
    }
    if (device != null) {
      builder.device(Device.parse(device));
    }
    if (fallback != null) {
      builder.fallback(Device.parse(fallback));
    }
    if (threads != null) {
      builder.threads(threads);
    }
    if (tileSize != null) {
      builder.tileSize(tileSize);
    }
    if (passes != null) {
      builder.passes(passes);
    }
    if (selfEnsemble) {
      builder.selfEnsemble();
    }
    if (edges != null) {
      builder.edges(edges);
    }
    if (approximateTiles != null) {
      builder.approximateTiles(approximateTiles);
    }
    if (maxPixels != null) {
      builder.maxPixels(maxPixels);
    }
    if (maxResultPixels != null) {
      builder.maxResultPixels(maxResultPixels);
    }
    if (maxPixelsPerByte != null) {
      builder.maxPixelsPerByte(maxPixelsPerByte);
    }
    if (maxMemory != null) {
      builder.maxMemory(maxMemory.toBytes());
    }
    if (maxOpeningTime != null) {
      builder.maxOpeningTime(maxOpeningTime);
    }
    if (maxWaiting != null) {
      builder.maxWaiting(maxWaiting);
    }
    if (maxWaitingPixels != null) {
      builder.maxWaitingPixels(maxWaitingPixels);
    }
    return builder;
  }
}
