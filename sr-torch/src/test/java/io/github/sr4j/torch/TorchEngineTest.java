// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.testkit.graph.GraphEngineContract;

final class TorchEngineTest extends GraphEngineContract {

  @Override
  protected GraphEngine engine() {
    return new TorchEngine();
  }
}
