// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.TrainingProviderContract;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The contract of an engine's provider, with the networks that this library trains. {@link
 * PublishedNetworksContract} has those of published weight files.
 */
public abstract class EngineProviderContract extends TrainingProviderContract {

  /** With few features and layers. */
  private static final List<String> ORIGINALS =
      List.of(
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

  /** For subclasses. */
  protected EngineProviderContract() {}

  @Override
  protected final Optimizer optimizer() {
    return Optimizer.parse("adam");
  }

  @Override
  protected final double learningRate() {
    return 1e-3;
  }

  @Override
  protected List<String> networks() {
    return ORIGINALS;
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
      assertThat(Stream.concat(ORIGINALS.stream(), PublishedNetworksContract.NETWORKS.stream()))
          .anyMatch(network -> network.matches(name + "(\\(.*)?"));
    }
  }
}
