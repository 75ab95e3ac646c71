// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.BlockUpscalerContract;
import io.github.sr4j.train.Losses;
import org.junit.jupiter.api.Nested;

/**
 * The contract of snapshots of training sessions: each kind of network, run by the engine, passes
 * {@link BlockUpscalerContract}.
 */
public abstract class SnapshotContract {

  /** For subclasses. */
  protected SnapshotContract() {}

  /** Returns the provider. */
  protected abstract TrainingProvider provider();

  /** A network with its initial weights. */
  abstract class Snapshot extends BlockUpscalerContract {

    private final String network;
    private final int scale;

    Snapshot(String network, int scale) {
      this.network = network;
      this.scale = scale;
    }

    @Override
    protected BlockUpscaler open() {
      try (TrainingSession session =
          provider().open(TrainingSetup.of(network, scale, Losses.l1()))) {
        return session.snapshot();
      }
    }
  }

  @Nested
  class OfRgb extends Snapshot {
    OfRgb() {
      super("edsr(blocks=1, features=8)", 3);
    }
  }

  @Nested
  class OfLuma extends Snapshot {
    OfLuma() {
      super("fsrcnn(features=8, shrunk=4, layers=1)", 2);
    }
  }

  @Nested
  class OfPreupscaled extends Snapshot {
    OfPreupscaled() {
      super("vdsr(layers=3, features=8)", 2);
    }
  }

  @Nested
  class OfUnpadded extends Snapshot {
    OfUnpadded() {
      super("srcnn(init=he)", 2);
    }
  }

  @Nested
  class OfRunningStatistics extends Snapshot {
    OfRunningStatistics() {
      super("srresnet(blocks=1, features=8)", 2);
    }
  }

  @Nested
  class OfAligned extends Snapshot {
    OfAligned() {
      super("johnson(blocks=1, features=4)", 1);
    }

    @Override
    protected int smallestSide() {
      return 5; // its kernels of 9 pixels mirror 4
    }
  }

  @Nested
  class OfTheWholeImage extends Snapshot {
    OfTheWholeImage() {
      super("imdn(blocks=1, features=16)", 2);
    }
  }
}
