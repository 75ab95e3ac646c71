// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Map;
import java.util.function.BiFunction;

/** The networks of this package, by name. */
public final class RestorationNetworks {

  private static final ImmutableMap<String, BiFunction<Arguments, Integer, Network>> ALL =
      ImmutableMap.<String, BiFunction<Arguments, Integer, Network>>builder()
          .put("cunet", Cunet::of)
          .put("dncnn", Dncnn::of)
          .put("fast-style", FastStyle::of)
          .put("lapsrn", LapSrn::of)
          .put("msrresnet", MsrResnet::of)
          .put("rrdbnet", Rrdbnet::of)
          .put("upconv7", Upconv7::of)
          .put("vgg7", Vgg7::of)
          .buildOrThrow();

  private RestorationNetworks() {}

  /** Returns the function that builds each network from its arguments and a scale, by name. */
  public static Map<String, BiFunction<Arguments, Integer, Network>> all() {
    return ALL;
  }

  /** Reads the argument {@code color}: {@code luma} or {@code rgb}. */
  static ModelInfo.Color color(Arguments arguments, String defaultValue) {
    String color = arguments.text("color", defaultValue);
    checkArgument(
        color.equals("luma") || color.equals("rgb"),
        "color of %s must be luma or rgb, but was \"%s\"",
        arguments.name(),
        color);
    return color.equals("luma") ? ModelInfo.Color.LUMA : ModelInfo.Color.RGB;
  }

  static String text(ModelInfo.Color color) {
    return color == ModelInfo.Color.LUMA ? "luma" : "rgb";
  }

  static void checkScale(Arguments arguments, int scale, int only) {
    checkArgument(
        scale == only, "scale of %s must be %s, but was %s", arguments.name(), only, scale);
  }
}
