// SPDX-License-Identifier: Apache-2.0
package com.example.tiny;

import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkProvider;
import io.github.sr4j.spi.Arguments;

// snippet: provider
/** Makes {@code tiny(blocks=4)}; META-INF/services names this class. */
public final class TinyNetworkProvider implements NetworkProvider {

  @Override
  public String name() {
    return "tiny";
  }

  @Override
  public Network create(Arguments arguments, int scale) {
    return new TinyNetwork(
        scale, arguments.integer("blocks", 2, 1, 64), arguments.integer("features", 16, 4, 256));
  }
}
// end
