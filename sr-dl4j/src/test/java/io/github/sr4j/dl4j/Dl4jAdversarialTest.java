// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.graph.AdversarialSessionContract;

final class Dl4jAdversarialTest extends AdversarialSessionContract {

  @Override
  protected TrainingProvider provider() {
    return new Dl4jTrainingProvider();
  }
}
