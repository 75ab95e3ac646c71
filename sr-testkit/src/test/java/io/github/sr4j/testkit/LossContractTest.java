// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.train.Losses;
import org.junit.jupiter.api.Nested;

/** The losses of sr-api, which cannot depend on this module. */
class LossContractTest {

  @Nested
  class L1 extends LossContract {
    @Override
    protected Example example() {
      return Example.square(0.175); // 0.7 / 4
    }

    @Override
    protected Loss loss() {
      return Losses.l1();
    }
  }

  @Nested
  class Mse extends LossContract {
    @Override
    protected Example example() {
      return Example.square(0.0525); // (0.01 + 0.04 + 0.16) / 4
    }

    @Override
    protected Loss loss() {
      return Losses.mse();
    }
  }

  @Nested
  class Charbonnier extends LossContract {
    @Override
    protected Example example() {
      // The roots of 0.1^2, 0.2^2, 0 and 0.4^2, each with 1e-6 added.
      double roots = Math.sqrt(0.010001) + Math.sqrt(0.040001) + 0.001 + Math.sqrt(0.160001);
      return Example.square(roots / 4 - 0.001);
    }

    @Override
    protected Loss loss() {
      return Losses.charbonnier();
    }
  }

  @Nested
  class TotalVariation extends LossContract {
    @Override
    protected Example example() {
      return Example.square(0.8); // (0.3 + 0.6) / 2 + (0.2 + 0.5) / 2
    }

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
    protected Example example() {
      return Example.square(0.5); // (0.3 + 0.4) / 2 + (0.1 + 0.2) / 2
    }

    @Override
    protected Loss loss() {
      return Losses.edge();
    }
  }

  @Nested
  class Ssim extends LossContract {
    @Override
    protected Example example() {
      // Without contrast, of the luminances alone: (2 p t + C1) / (p^2 + t^2 + C1).
      double similarity = (2 * 0.25 * 0.75 + 1e-4) / (0.25 * 0.25 + 0.75 * 0.75 + 1e-4);
      return Example.flat(new PatchBatch.Shape(1, 1, 11, 12), 0.25f, 0.75f, 1 - similarity);
    }

    @Override
    protected Loss loss() {
      return Losses.ssim();
    }

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(2, 3, 17, 14);
    }
  }

  @Nested
  class MultiScaleSsim extends LossContract {
    @Override
    protected Example example() {
      // Without contrast, of the luminances at the coarsest scale alone.
      double luminance = (2 * 0.25 * 0.75 + 1e-4) / (0.25 * 0.25 + 0.75 * 0.75 + 1e-4);
      double power = 0.3001 / (0.0448 + 0.2856 + 0.3001);
      return Example.flat(
          new PatchBatch.Shape(1, 1, 44, 45), 0.25f, 0.75f, 1 - Math.pow(luminance, power));
    }

    @Override
    protected Loss loss() {
      return Losses.msSsim(3);
    }

    /** Odd, so that a row and a column are left out at the second scale and at the third. */
    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(1, 2, 47, 51);
    }
  }

  @Nested
  class Sum extends LossContract {
    @Override
    protected Example example() {
      double roots = Math.sqrt(0.0101) + Math.sqrt(0.0401) + 0.01 + Math.sqrt(0.1601);
      return Example.square(0.5 * 0.175 + 1e-3 * (roots / 4 - 0.01));
    }

    @Override
    protected Loss loss() {
      return Losses.l1().times(0.5).plus(Losses.charbonnier(0.01).times(1e-3));
    }
  }
}
