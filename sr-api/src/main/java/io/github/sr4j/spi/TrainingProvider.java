// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Providers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Builds networks that can be trained.
 *
 * <p>Providers are found with {@link java.util.ServiceLoader}. An implementation needs a public
 * no-argument constructor that is cheap and loads no native library.
 *
 * <p>Implementations are stateless and safe for use by multiple threads. Extend {@code
 * TrainingProviderContract} of sr-testkit to check that an implementation honours this interface.
 */
public interface TrainingProvider {

  /**
   * The name by which messages call this backend, such as {@code "dl4j"}; lower-case and unique.
   */
  String name();

  /**
   * Returns the rank of this backend among those that build the same network: the one of the
   * highest priority is used, unless a run asks for another by name. 0 by default; {@code "dl4j"}
   * of this library has 100, {@code "torch"} 50.
   */
  default int priority() {
    return 0;
  }

  /**
   * Returns the backend's library and its strength, as a phrase for messages, such as {@code
   * LibTorch, which trains in bfloat16 too}. Empty by default.
   */
  default String summary() {
    return "";
  }

  /**
   * Returns the device that networks are trained on: the CPU by default. Loads native code where
   * that is needed to know.
   *
   * @throws io.github.sr4j.DeviceUnavailableException if this machine lacks the device, or a
   *     library, that the backend is built for; the message is the reason
   */
  default Device device() {
    return Device.cpu();
  }

  /** The names of the networks that this backend builds, ordered. */
  List<String> networks();

  /**
   * Refuses a setup that {@link #open} would refuse, without loading native code or drawing
   * weights.
   *
   * @throws IllegalArgumentException if there is no such network, it has no such scale, argument or
   *     weights, it does not train several scales at once, or there is no such optimizer, clipping
   *     or precision; the message lists what there is
   */
  void check(TrainingSetup setup);

  /**
   * Builds a network with fresh weights drawn from a seed.
   *
   * @param setup the network, one of {@link #networks}, and how its weights are trained
   * @return a session, to be closed by the caller
   * @throws IllegalArgumentException if {@link #check} refuses the setup
   */
  TrainingSession open(TrainingSetup setup);

  /**
   * Describes a network, without drawing weights for it.
   *
   * @param network the name of a network, with arguments of its own in parentheses if it has any
   * @param scale by how much the network enlarges
   * @throws IllegalArgumentException if there is no such network, or it has no such scale or
   *     argument; the message lists what there is
   */
  TrainingProvider.NetworkDescription describe(String network, int scale);

  /**
   * Returns the backends on the class path, by falling priority, and those of one priority by name.
   *
   * @throws IllegalStateException if two have the same name
   */
  static List<TrainingProvider> all() {
    return Providers.discover(
        TrainingProvider.class,
        loader -> ServiceLoader.load(TrainingProvider.class, loader),
        TrainingProvider::name,
        TrainingProvider::priority);
  }

  /**
   * Returns the backend on the class path that builds a network; of several, that of the highest
   * priority.
   *
   * @param network the name of a network, with or without arguments
   * @throws BackendNotFoundException if there is no training backend at all
   * @throws IllegalArgumentException if no backend builds the network; the message lists those that
   *     are built
   */
  static TrainingProvider forNetwork(String network) {
    return firstFor(network, all());
  }

  /**
   * Returns the backend of a name, which builds a network.
   *
   * @param network the name of a network, with or without arguments
   * @param engine the name of the backend
   * @throws BackendNotFoundException if there is no backend of that name; the message lists those
   *     that there are
   * @throws IllegalArgumentException if it does not build the network; the message lists those that
   *     it builds
   */
  static TrainingProvider forNetwork(String network, String engine) {
    List<TrainingProvider> all = all();
    List<TrainingProvider> named =
        all.stream().filter(provider -> provider.name().equals(engine)).toList();
    if (named.isEmpty() && !all.isEmpty()) {
      throw new BackendNotFoundException(
          String.format(
              "no training engine named \"%s\"; there is %s; add the artifact that contains it"
                  + " (sr-%s, for one of this library's)",
              engine, all.stream().map(TrainingProvider::name).collect(joining(", ")), engine),
          null);
    }
    return firstFor(network, named);
  }

  private static TrainingProvider firstFor(String network, List<TrainingProvider> providers) {
    String name = Arguments.parse(network).name();
    Set<String> available = new LinkedHashSet<>();
    for (TrainingProvider provider : providers) {
      if (provider.networks().contains(name)) {
        return provider;
      }
      available.addAll(provider.networks());
    }
    if (available.isEmpty()) {
      throw new BackendNotFoundException(
          "no training backend is on the class path; add the artifact that contains one (for"
              + " example sr-dl4j-platform)",
          null);
    }
    throw new SettingException(
        "%s must be one of %s, but was \"%s\"",
        new SettingName("network"), String.join(", ", available), name);
  }

  /**
   * The size and cost of a network, in the figures that papers compare. Immutable.
   *
   * @param network the name with all arguments, from which the same network is built again
   * @param scale the scale of the network
   * @param layers the convolutions, transposed ones included, in the order in which they run
   * @param parameters the number of trainable values
   * @param multiplyAccumulates those of the layers, for one enlarged image of 1280x720 pixels
   * @param halo the radius of the receptive field in pixels of the network's input; empty if the
   *     whole image matters
   * @param globalOperator the first operation that looks at the whole image, which is why there is
   *     no halo; empty if there is one
   */
  record NetworkDescription(
      String network,
      int scale,
      List<Layer> layers,
      long parameters,
      long multiplyAccumulates,
      OptionalInt halo,
      Optional<String> globalOperator) {

    /**
     * A layer with weights.
     *
     * @param name what its weights are named after, such as {@code conv1}
     * @param operation such as {@code conv2d}, in the words of the backend
     * @param weights the shape of its weights: [out, in, height, width] of a convolution, [in, out,
     *     height, width] of a transposed one
     * @param multiplyAccumulates for one enlarged image of 1280x720 pixels
     */
    public record Layer(
        String name, String operation, List<Long> weights, long multiplyAccumulates) {

      /** Makes an immutable copy of the shape. */
      public Layer {
        requireNonNull(name, "name");
        requireNonNull(operation, "operation");
        weights = List.copyOf(weights);
      }
    }

    /** Makes an immutable copy of the layers. */
    public NetworkDescription {
      requireNonNull(network, "network");
      requireNonNull(halo, "halo");
      requireNonNull(globalOperator, "globalOperator");
      layers = List.copyOf(layers);
    }
  }

  /** A network with weights, which can be run and written as an ONNX file. */
  interface TrainedNetwork {

    /** Returns a copy of the network as it is now, to be closed by the caller. */
    BlockUpscaler snapshot();

    /**
     * Writes the network as {@link #snapshot} has it as an ONNX file, without checking it;
     * sr-training's {@code ModelExport} does both.
     *
     * @param metadata entries beside those that the network gives, under the keys of
     *     docs/model-format.md without their prefix
     */
    void exportOnnx(Path file, Map<String, String> metadata) throws IOException;
  }
}
