// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import java.util.List;
import org.junit.jupiter.api.Tag;

/**
 * {@link EngineProviderContract} with the networks of published weight files. It takes minutes, and
 * belongs to the long suite.
 */
@Tag("long")
public abstract class PublishedNetworksContract extends EngineProviderContract {

  static final List<String> NETWORKS =
      List.of(
          "carn(features=8)",
          "carn-m(features=8, groups=2, scales=2-3)",
          "cunet(features=8)",
          "imdn-rtc(blocks=1, features=8)",
          "imdn-rte(blocks=1, features=8)",
          "lapsrn(layers=1, features=4)",
          "msrresnet(blocks=1, features=8)",
          "pan(blocks=1, features=8, upsampled=4)",
          "rfdn(blocks=1, features=8)",
          "rlfn(blocks=1, features=8, attention=4)",
          "rrdbnet(blocks=1, features=8, growth=4)",
          "safmn(blocks=1, features=8)",
          "span(blocks=2, features=8)",
          "srvgg(features=8, layers=2)",
          "upconv7(features=4)");

  /** For subclasses. */
  protected PublishedNetworksContract() {}

  @Override
  protected final List<String> networks() {
    return NETWORKS;
  }
}
