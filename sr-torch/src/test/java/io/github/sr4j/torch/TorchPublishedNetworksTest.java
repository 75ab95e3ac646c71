// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.graph.PublishedNetworksContract;

final class TorchPublishedNetworksTest extends PublishedNetworksContract {

  @Override
  protected TrainingProvider provider() {
    return new TorchTrainingProvider();
  }
}
