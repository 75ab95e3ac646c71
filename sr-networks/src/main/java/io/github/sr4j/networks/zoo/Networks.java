// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkDescriptions;
import io.github.sr4j.networks.NetworkProvider;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.zoo.lightweight.LightweightNetworks;
import io.github.sr4j.networks.zoo.restoration.RestorationNetworks;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Providers;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.TrainingProvider;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** The networks that can be built, by name: those of this module and those of providers. */
public final class Networks {

  private static final ImmutableSortedMap<String, BiFunction<Arguments, Integer, Network>> OURS =
      ImmutableSortedMap.<String, BiFunction<Arguments, Integer, Network>>naturalOrder()
          .put("compact", Compact::of)
          .put("edsr", Edsr::of)
          .put("espcn", Espcn::of)
          .put("fsrcnn", Fsrcnn::of)
          .put("imdn", Imdn::of)
          .put("johnson", Johnson::of)
          .put("mdsr", Mdsr::of)
          .put("rcan", Rcan::of)
          .put("srcnn", Srcnn::of)
          .put("srresnet", Srresnet::of)
          .put("srvgg", Srvgg::of)
          .put("vdsr", Vdsr::of)
          .putAll(LightweightNetworks.all())
          .putAll(RestorationNetworks.all())
          .buildOrThrow();

  private static final int MAX_SCALE = 8;

  private Networks() {}

  /** Returns the names of all networks, in order. */
  public static List<String> names() {
    return List.copyOf(byName(providers()).keySet());
  }

  /**
   * Builds a network.
   *
   * @throws IllegalArgumentException if there is no network of that name, or it has no such
   *     argument or scale
   * @throws IllegalStateException if two networks have the same name
   */
  public static Network of(String text, int scale) {
    return of(text, scale, providers());
  }

  static Network of(String text, int scale, Iterable<NetworkProvider> providers) {
    Arguments arguments = Arguments.parse(text);
    SortedMap<String, BiFunction<Arguments, Integer, Network>> all = byName(providers);
    BiFunction<Arguments, Integer, Network> constructor = all.get(arguments.name());
    if (constructor == null) {
      throw new SettingException(
          "%s must be one of %s, but was \"%s\"",
          new SettingName("network"), String.join(", ", all.keySet()), arguments.name());
    }
    checkArgument(
        scale >= 1 && scale <= MAX_SCALE,
        "scale of %s must be within 1 to %s, but was %s",
        arguments.name(),
        MAX_SCALE,
        scale);
    Network network = constructor.apply(arguments, scale);
    arguments.refuseUnread();
    return network;
  }

  /**
   * Returns the weights of a network, those of all its scales, in the order in which they are
   * drawn.
   */
  public static List<Parameter> parameters(Network network) {
    return InitialWeights.parameters(network, scale -> of(network.text(), scale));
  }

  /**
   * Describes a network, without drawing weights for it.
   *
   * @throws IllegalArgumentException if there is no such network, or it has no such argument or
   *     scale
   */
  public static TrainingProvider.NetworkDescription describe(String text, int scale) {
    Network network = of(text, scale);
    return NetworkDescriptions.of(network, parameters(network));
  }

  private static SortedMap<String, BiFunction<Arguments, Integer, Network>> byName(
      Iterable<NetworkProvider> providers) {
    SortedMap<String, BiFunction<Arguments, Integer, Network>> all = new TreeMap<>(OURS);
    for (NetworkProvider provider : providers) {
      if (all.putIfAbsent(provider.name(), provider::create) != null) {
        throw new IllegalStateException(
            String.format(
                "two networks are named \"%s\", one of them of %s; remove that from the class path",
                provider.name(), provider.getClass().getName()));
      }
    }
    return all;
  }

  private static List<NetworkProvider> providers() {
    return Providers.discover(
        NetworkProvider.class,
        loader -> ServiceLoader.load(NetworkProvider.class, loader),
        NetworkProvider::name);
  }

  /** Reads the argument {@code color}: {@code luma}, which is the default, or {@code rgb}. */
  static ModelInfo.Color color(Arguments arguments) {
    String color = arguments.text("color", "luma");
    checkArgument(
        color.equals("luma") || color.equals("rgb"),
        "color of %s must be luma or rgb, but was \"%s\"",
        arguments.name(),
        color);
    return color.equals("luma") ? ModelInfo.Color.LUMA : ModelInfo.Color.RGB;
  }

  /** Reads an argument that must be a multiple of a number. */
  static int multiple(Arguments arguments, String key, int defaultValue, int of) {
    int value = arguments.integer(key, defaultValue, 1, 1024);
    checkArgument(
        value % of == 0,
        "%s of %s must be a multiple of %s, but was %s",
        key,
        arguments.name(),
        of,
        value);
    return value;
  }

  static String text(ModelInfo.Color color) {
    return color == ModelInfo.Color.LUMA ? "luma" : "rgb";
  }
}
