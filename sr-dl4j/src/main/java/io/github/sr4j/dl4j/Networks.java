// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.Arguments;
import java.util.function.BiFunction;

/** The networks that can be built, by name. */
final class Networks {

  static final ImmutableSortedMap<String, BiFunction<Arguments, Integer, Network>> BY_NAME =
      ImmutableSortedMap.<String, BiFunction<Arguments, Integer, Network>>naturalOrder()
          .put("compact", Compact::of)
          .put("edsr", Edsr::of)
          .put("espcn", (arguments, scale) -> new Espcn(scale))
          .put("fsrcnn", Fsrcnn::of)
          .put("imdn", Imdn::of)
          .put("johnson", Johnson::of)
          .put("rcan", Rcan::of)
          .put("srcnn", Srcnn::of)
          .put("srresnet", Srresnet::of)
          .put("vdsr", Vdsr::of)
          .buildOrThrow();

  private static final int MOST_SCALE = 8;

  private Networks() {}

  static Network of(String text, int scale) {
    Arguments arguments = Arguments.parse(text);
    BiFunction<Arguments, Integer, Network> constructor = BY_NAME.get(arguments.name());
    checkArgument(
        constructor != null,
        "network must be one of %s, but was \"%s\"",
        String.join(", ", BY_NAME.keySet()),
        arguments.name());
    checkArgument(
        scale >= 2 && scale <= MOST_SCALE,
        "scale of %s must be within 2 to %s, but was %s",
        arguments.name(),
        MOST_SCALE,
        scale);
    Network network = constructor.apply(arguments, scale);
    arguments.refuseUnread();
    return network;
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
