// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Map;
import java.util.function.BiFunction;

/** The networks of this package, by name. */
public final class LightweightNetworks {

  private static final ImmutableMap<String, BiFunction<Arguments, Integer, Network>> ALL =
      ImmutableMap.<String, BiFunction<Arguments, Integer, Network>>builder()
          .put("carn", (arguments, scale) -> Carn.of(arguments, scale, /* isMobile= */ false))
          .put("carn-m", (arguments, scale) -> Carn.of(arguments, scale, /* isMobile= */ true))
          .put("imdn-rtc", ImdnRtc::of)
          .put("imdn-rte", ImdnRte::of)
          .put("pan", Pan::of)
          .put("rfdn", Rfdn::of)
          .put("rlfn", Rlfn::of)
          .put("safmn", Safmn::of)
          .put("span", Span::of)
          .buildOrThrow();

  private LightweightNetworks() {}

  /** Returns the function that builds each network from its arguments and a scale, by name. */
  public static Map<String, BiFunction<Arguments, Integer, Network>> all() {
    return ALL;
  }

  /** Reads a number of channels that must be a multiple of another. */
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
}
