// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.testkit.graph.EngineProviderContract;
import org.junit.jupiter.api.Test;

final class TorchTrainingProviderTest extends EngineProviderContract {

  @Override
  protected TrainingProvider provider() {
    return new TorchTrainingProvider();
  }

  @Test
  void serviceLoader_findsTheProvider() {
    assertThat(TrainingProvider.forNetwork("srcnn")).isInstanceOf(TorchTrainingProvider.class);
  }
}
