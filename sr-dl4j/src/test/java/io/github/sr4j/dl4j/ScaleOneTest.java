// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.TrainingProviderContract;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Networks that keep the size of an image: they transfer a style, or restore. */
final class ScaleOneTest extends TrainingProviderContract {

  @Override
  protected TrainingProvider provider() {
    return new Dl4jTrainingProvider();
  }

  @Override
  protected Optimizer optimizer() {
    return Optimizer.parse("adam");
  }

  @Override
  protected double learningRate() {
    return 1e-3;
  }

  @Override
  protected int scale() {
    return 1;
  }

  @Override
  protected List<String> networks() {
    return List.of(
        "cunet(features=8)",
        "dncnn(layers=4, features=4)",
        "dncnn(layers=3, features=4, color=rgb, norm=none)",
        "edsr(blocks=1, features=4)",
        "fast-style(blocks=1, features=4)",
        "johnson(blocks=1, features=2)",
        "johnson(blocks=1, features=2, norm=instance)",
        "rrdbnet(blocks=1, features=4, growth=2)",
        "vdsr(layers=3, features=4)",
        "vgg7(color=luma, features=4)");
  }

  @Test
  void styleTransfer_needsImagesOfWholeStrides() {
    try (TrainingSession session =
        provider().open(TrainingSetup.of("johnson(blocks=1, features=2)", 1, Losses.l1()))) {
      assertThat(session.info().alignment()).isEqualTo(4);
      assertThat(session.info().halo()).hasValue(25);
      assertThatThrownBy(() -> session.step(Noise.batch(session, 1, 30), 1e-3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the sides of patches must be multiples of 4 for this network, but were 30x30 (width"
                  + " x height)");
    }
  }
}
