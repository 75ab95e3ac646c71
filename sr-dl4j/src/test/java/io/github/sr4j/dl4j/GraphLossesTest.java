// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.GraphLoss;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.losses.GraphLosses;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.train.Losses;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The graph form of each loss obeys the contract of losses, and is the neutral form. */
final class GraphLossesTest {

  /** A loss computed and differentiated by SameDiff. */
  private record InGraph(Loss loss) implements GraphLoss {

    @Override
    public void checkShape(PatchBatch.Shape shape) {
      loss.checkShape(shape);
    }

    @Override
    public Node addTo(GraphBuilder graph, Node prediction, Node target) {
      return GraphLosses.add(graph, loss, prediction, target).orElseThrow();
    }
  }

  abstract static class Contract extends LossContract {

    abstract Loss neutral();

    @Override
    protected Loss loss() {
      return new InGraph(neutral());
    }

    @Override
    protected boolean hasText() {
      return false;
    }

    @Override
    protected double gradientTolerance() {
      return 2e-2; // the value is a float32 sum, of which a difference of 1e-3 in one sample is
      // little
    }

    @Override
    protected double valueTolerance() {
      return 1e-5;
    }

    @Test
    void graphForm_isTheNeutralForm() {
      PatchBatch.Shape shape = shape();
      float[] prediction = new float[shape.size()];
      float[] target = new float[shape.size()];
      for (int i = 0; i < prediction.length; i++) {
        prediction[i] = i % 17 / 16f;
        target[i] = i % 11 / 10f;
      }
      float[] expected = new float[shape.size()];
      float[] actual = new float[shape.size()];
      double value = neutral().evaluate(shape, prediction, target, expected);

      assertThat(loss().evaluate(shape, prediction, target, actual)).isCloseTo(value, within(1e-5));
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).as("gradient %d", i).isCloseTo(expected[i], within(1e-5f));
      }
    }
  }

  @Nested
  final class L1 extends Contract {
    @Override
    protected Example example() {
      return Example.square(0.175); // 0.7 / 4
    }

    @Override
    Loss neutral() {
      return Losses.l1();
    }
  }

  @Nested
  final class Mse extends Contract {
    @Override
    protected Example example() {
      return Example.square(0.0525); // (0.01 + 0.04 + 0.16) / 4
    }

    @Override
    Loss neutral() {
      return Losses.mse();
    }
  }

  @Nested
  final class Charbonnier extends Contract {
    @Override
    protected Example example() {
      // The roots of 0.1^2, 0.2^2, 0 and 0.4^2, each with 1e-4 added.
      double roots = Math.sqrt(0.0101) + Math.sqrt(0.0401) + 0.01 + Math.sqrt(0.1601);
      return Example.square(roots / 4 - 0.01);
    }

    @Override
    Loss neutral() {
      return Losses.charbonnier(0.01);
    }
  }

  @Nested
  final class TotalVariation extends Contract {
    @Override
    protected Example example() {
      return Example.square(0.8); // (0.3 + 0.6) / 2 + (0.2 + 0.5) / 2
    }

    @Override
    Loss neutral() {
      return Losses.tv();
    }

    @Override
    protected boolean isZeroWhenPerfect() {
      return false;
    }
  }

  @Nested
  final class Edge extends Contract {
    @Override
    protected Example example() {
      return Example.square(0.5); // (0.3 + 0.4) / 2 + (0.1 + 0.2) / 2
    }

    @Override
    Loss neutral() {
      return Losses.edge();
    }
  }

  @Nested
  final class Ssim extends Contract {
    @Override
    protected Example example() {
      // Without contrast, of the luminances alone: (2 p t + C1) / (p^2 + t^2 + C1).
      double similarity = (2 * 0.25 * 0.75 + 1e-4) / (0.25 * 0.25 + 0.75 * 0.75 + 1e-4);
      return Example.flat(new PatchBatch.Shape(1, 1, 11, 12), 0.25f, 0.75f, 1 - similarity);
    }

    @Override
    Loss neutral() {
      return Losses.ssim();
    }

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(2, 3, 17, 14);
    }
  }

  @Nested
  final class MultiScaleSsim extends Contract {
    @Override
    protected Example example() {
      // Without contrast, of the luminances at the coarsest scale alone.
      double luminance = (2 * 0.25 * 0.75 + 1e-4) / (0.25 * 0.25 + 0.75 * 0.75 + 1e-4);
      double power = 0.2856 / (0.0448 + 0.2856);
      return Example.flat(
          new PatchBatch.Shape(1, 1, 22, 23), 0.25f, 0.75f, 1 - Math.pow(luminance, power));
    }

    @Override
    Loss neutral() {
      return Losses.msSsim(2);
    }

    @Override
    protected PatchBatch.Shape shape() {
      return new PatchBatch.Shape(2, 2, 23, 27);
    }
  }

  @Test
  void lossThatOnlyPrintsLikeOneOfOurs_hasNoGraphForm() {
    Loss impostor =
        new Loss() {
          @Override
          public double evaluate(
              PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
            return 0;
          }

          @Override
          public String toString() {
            return "l1";
          }
        };
    GraphBuilder graph = new GraphBuilder();
    Node image = graph.input("image", Shape.ofImages(1));

    assertThat(GraphLosses.add(graph, impostor, image, image)).isEmpty();
  }
}
