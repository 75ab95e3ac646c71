// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.testkit.graph.GraphEngineContract;

class SameDiffEngineTest extends GraphEngineContract {

  @Override
  protected GraphEngine engine() {
    return new SameDiffEngine();
  }
}
