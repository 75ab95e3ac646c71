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
        "compact(features=8, layers=2)",
        "compact(features=8, layers=2, expansion=2)",
        "edsr(blocks=1, features=8, scaling=0.5)",
        "espcn",
        "fsrcnn(features=12, shrunk=4, layers=1)",
        "imdn(blocks=1, features=16)",
        "johnson(blocks=1, features=4)",
        "johnson(blocks=1, features=4, norm=instance)",
        "mdsr(scales=2-3, blocks=1, features=4)",
        "rcan(groups=1, blocks=1, features=8, reduction=4)",
        "srcnn",
        "srcnn(kernels=9-3-5, color=rgb)",
        "srresnet(blocks=1, features=4)",
        "vdsr(layers=4, features=8)");
  }

  @Test
  void everyNetwork_isAmongThoseTested() {
    for (String name : provider().networks()) {
      assertThat(networks()).anyMatch(network -> network.matches(name + "(\\(.*)?"));
    }
  }
}
