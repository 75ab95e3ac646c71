// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.graph.EngineProviderContract;
import org.junit.jupiter.api.Tag;

/** The networks of published weight files, under the contract of all. */
@Tag("long")
final class TorchPublishedNetworksTest extends EngineProviderContract {

  @Override
  protected TrainingProvider provider() {
    return new TorchTrainingProvider();
  }

  @Override
  protected boolean isOfPublished() {
    return true;
  }
}
