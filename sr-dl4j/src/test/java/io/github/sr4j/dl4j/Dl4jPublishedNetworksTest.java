// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.graph.EngineProviderContract;
import org.junit.jupiter.api.Tag;

/** The networks of published weight files, under the contract of all. */
@Tag("long")
final class Dl4jPublishedNetworksTest extends EngineProviderContract {

  @Override
  protected TrainingProvider provider() {
    return new Dl4jTrainingProvider();
  }

  @Override
  protected boolean isOfPublished() {
    return true;
  }
}
