// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import java.io.Serializable;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;

/**
 * The settings of an upscaler in the form in which they travel to executors.
 *
 * @param model null for the embedded model of the scale
 * @param scale 0 if it is not set
 * @param device the text of a device; null for the one that Spark assigns
 * @param maxMemory in bytes; 0 if it is not set
 */
record UpscalerForm(
    @Nullable ModelForm model,
    int scale,
    @Nullable String device,
    Model.@Nullable Precision precision,
    long maxMemory)
    implements Serializable {

  private static final String CARD = "gpu"; // the name of Spark's resource

  /**
   * The properties by which one upscaler of a process is told from another.
   *
   * @param name of the model; empty if the scale chooses it
   * @param threads of a call on the CPU
   */
  record Key(
      String name,
      String hash,
      Map<String, String> declared,
      int scale,
      String device,
      Model.@Nullable Precision precision,
      long maxMemory,
      int threads) {}

  /**
   * Returns the device of a task: the one that is set, or the card that Spark assigned to the task,
   * or else the CPU.
   *
   * @param resources those of the task, by name
   */
  Device device(Map<String, ResourceInformation> resources) {
    if (device != null) {
      return Device.parse(device);
    }
    ResourceInformation cards = resources.get(CARD);
    if (cards == null || cards.addresses().length == 0) {
      return Device.cpu();
    }
    return Device.parse("cuda:" + cards.addresses()[0]);
  }

  Key key(Device actual, int threads) {
    return new Key(
        model == null ? "" : model.name(),
        model == null ? "" : model.hash(),
        model == null ? Map.of() : model.declared(),
        scale,
        actual.toString(),
        precision,
        maxMemory,
        threads);
  }

  /** Opens the upscaler. */
  Upscaler open(Device actual, int threads) {
    return open(model == null ? null : model.model(), actual, threads);
  }

  /**
   * Opens the upscaler with a model that has not travelled.
   *
   * @param here null for the embedded model of the scale
   */
  Upscaler open(@Nullable Model here, Device actual, int threads) {
    Upscaler.Builder builder = Upscaler.builder().device(actual).threads(threads);
    if (here != null) {
      builder.model(here);
    }
    if (scale > 0) {
      builder.scale(scale);
    }
    if (precision != null) {
      builder.precision(precision);
    }
    if (maxMemory > 0) {
      builder.maxMemory(maxMemory);
    }
    return builder.build();
  }
}
