// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.testkit.TrainingProviderContract;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract of an engine's provider, which trains every built-in network. */
public abstract class EngineProviderContract extends TrainingProviderContract {

  /** For subclasses. */
  protected EngineProviderContract() {}

  @Override
  protected final String optimizer() {
    return "adam";
  }

  @Override
  protected final double learningRate() {
    return 1e-3;
  }

  @Override
  protected final List<String> networks() {
    return List.of(
        "carn(features=8)",
        "carn-m(features=8, groups=2, scales=2-3)",
        "compact(features=8, layers=2)",
        "compact(features=8, layers=2, expansion=2)",
        "cunet(features=8)",
        "edsr(blocks=1, features=8, scaling=0.5)",
        "espcn",
        "fsrcnn(features=12, shrunk=4, layers=1)",
        "imdn(blocks=1, features=16)",
        "imdn-rtc(blocks=1, features=8)",
        "imdn-rte(blocks=1, features=8)",
        "johnson(blocks=1, features=4)",
        "johnson(blocks=1, features=4, norm=instance)",
        "lapsrn(layers=1, features=4)",
        "mdsr(scales=2-3, blocks=1, features=4)",
        "msrresnet(blocks=1, features=8)",
        "pan(blocks=1, features=8, upsampled=4)",
        "rcan(groups=1, blocks=1, features=8, reduction=4)",
        "rfdn(blocks=1, features=8)",
        "rlfn(blocks=1, features=8, attention=4)",
        "rrdbnet(blocks=1, features=8, growth=4)",
        "safmn(blocks=1, features=8)",
        "span(blocks=2, features=8)",
        "srcnn",
        "srcnn(kernels=9-3-5, color=rgb)",
        "srresnet(blocks=1, features=4)",
        "srvgg(features=8, layers=2)",
        "upconv7(features=4)",
        "vdsr(layers=4, features=8)");
  }

  /** Networks that restore images have scale 1 alone. */
  private boolean hasScale(String network) {
    try {
      provider().describe(network, scale());
      return true;
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessage("scale of %s must be 1, but was %s", network, scale());
      return false;
    }
  }

  @Test
  void everyNetworkOfTheScale_isAmongThoseTested() {
    for (String name : provider().networks().stream().filter(this::hasScale).toList()) {
      assertThat(networks()).anyMatch(network -> network.matches(name + "(\\(.*)?"));
    }
  }
}
