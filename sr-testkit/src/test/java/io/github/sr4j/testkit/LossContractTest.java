// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.Loss;
import io.github.sr4j.train.Losses;
import org.junit.jupiter.api.Nested;

/** The losses of sr-api, which cannot depend on this module. */
class LossContractTest {

  @Nested
  class L1 extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.l1();
    }
  }

  @Nested
  class Mse extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.mse();
    }
  }

  @Nested
  class Charbonnier extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.charbonnier();
    }
  }

  @Nested
  class TotalVariation extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.tv();
    }

    @Override
    protected boolean isZeroWhenPerfect() {
      return false;
    }
  }

  @Nested
  class Edge extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.edge();
    }
  }

  @Nested
  class Ssim extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.ssim();
    }

    @Override
    protected BatchShape shape() {
      return new BatchShape(2, 3, 17, 14);
    }
  }

  @Nested
  class MultiScaleSsim extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.msSsim(3);
    }

    /** Odd, so that a row and a column are left out at the second scale and at the third. */
    @Override
    protected BatchShape shape() {
      return new BatchShape(1, 2, 47, 51);
    }
  }

  @Nested
  class Sum extends LossContract {
    @Override
    protected Loss loss() {
      return Losses.l1().times(0.5).plus(Losses.charbonnier(0.01).times(1e-3));
    }
  }
}
