// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.shared.util.Providers;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Opens models of the formats that one inference backend understands.
 *
 * <p>Providers are found with {@link java.util.ServiceLoader}. An implementation needs a public
 * no-argument constructor that is cheap and loads no native library; native code is loaded by
 * {@link #open} or {@link #probe} at the earliest, so that a provider on the class path never costs
 * an application that does not use it.
 *
 * <p>Implementations are stateless and safe for use by multiple threads. Extend {@code
 * UpscalerProviderContract} of sr-testkit to check that an implementation honours this interface.
 */
public interface UpscalerProvider extends Upscaler.Backend {

  /**
   * Returns the rank of this backend among those that open the same extension or have an embedded
   * model of the same scale: the one of the highest priority is used. 0 by default; the backend of
   * this library, {@code "onnx"}, has 100. Among equal priorities the first name is used, with a
   * warning.
   */
  default int priority() {
    return 0;
  }

  /**
   * File name extensions, lower-case and without the dot, of the model formats this backend opens.
   */
  Set<String> modelExtensions();

  /**
   * The cards of the models inside the backend's jar; the first one of a scale is the default for
   * that scale. {@link #open} opens them and their int8 forms by name.
   */
  List<Model.Card> embeddedModels();

  /**
   * The graphics cards that this backend drives on this platform if they are there, the best first:
   * the candidates of {@link Device#auto} and {@link Device#gpu}. The first CUDA card by default.
   */
  default List<Device> gpus() {
    return List.of(Device.cuda(0));
  }

  /**
   * Returns the versions on which the speed of a card depends, of runtime and driver, as a text
   * that is compared only. {@link Device#auto} compares the card with the CPU in a trial, and
   * repeats it when the text changes. Empty, as by default, if the card is always taken to be
   * faster. Must be cheap.
   *
   * @param device one of {@link #gpus}, whether it works or not
   */
  default Optional<String> performanceKey(Device device) {
    return Optional.empty();
  }

  /**
   * Returns the operators of a model that the CPU runs although the device is another one, such as
   * {@code Resize (2)} for two of a kind: each costs copies. None by default.
   *
   * @param device a device other than {@code auto} and {@code gpu}
   * @throws io.github.sr4j.DeviceUnavailableException if the device cannot be used
   */
  default List<String> operatorsOnCpu(Model model, Device device) {
    return List.of();
  }

  /**
   * Returns the devices of this machine that this backend knows of, whether they can be used or
   * not. The CPU and {@link #gpus} by default.
   */
  default List<Device> devices() {
    return Stream.concat(Stream.of(Device.cpu()), gpus().stream()).toList();
  }

  /** Returns what is known of a device, whether it can be used or not. Nothing by default. */
  default Optional<Device.Details> details(Device device) {
    return Optional.empty();
  }

  /**
   * Finds out whether a device can be used, by running something small on it.
   *
   * @param device a device other than {@code auto} and {@code gpu}
   * @return a report whose {@code actual} is {@code device} if it works, and the CPU, with the
   *     reason, if it does not
   */
  Device.Report probe(Device device);

  /**
   * Opens a model on a device.
   *
   * @param device a device other than {@code auto} and {@code gpu}
   * @param threads the number of threads that one block may use on the CPU, at least 1
   * @return a loaded model, to be closed by the caller
   * @throws io.github.sr4j.ModelFormatException if the file is missing, damaged or not a model this
   *     backend can run; the message names the file and the first thing found wrong
   * @throws io.github.sr4j.DeviceUnavailableException if the device cannot be used on this machine;
   *     implementations never fall back to another device on their own
   */
  BlockUpscaler open(Model model, Device device, int threads);

  /**
   * Quantizes a model: returns the content of a file of this backend's whose network computes in
   * whole numbers of 8 bits where that is faster. Empty, as by default, if the backend cannot.
   *
   * @param blocks inputs of the network of its channels and alignment, at least one, from whose
   *     activations the steps of the numbers are chosen
   * @throws io.github.sr4j.ModelFormatException if the file is missing or damaged, or has nothing
   *     to quantize
   */
  default Optional<byte[]> quantized(Model model, List<FloatImage> blocks) {
    return Optional.empty();
  }

  /**
   * Returns the backends on the class path, by falling priority, and those of one priority by name.
   *
   * @throws IllegalStateException if two have the same name
   */
  static List<UpscalerProvider> all() {
    return Providers.discover(
        UpscalerProvider.class,
        loader -> ServiceLoader.load(UpscalerProvider.class, loader),
        UpscalerProvider::name,
        UpscalerProvider::priority);
  }
}
