// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.graph.PublishedNetworksContract;

final class Dl4jPublishedNetworksTest extends PublishedNetworksContract {

  @Override
  protected TrainingProvider provider() {
    return new Dl4jTrainingProvider();
  }
}
