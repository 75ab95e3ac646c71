// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.FloatImage;
import java.util.function.UnaryOperator;

/**
 * The mean of a network's results for the eight flips and rotations of a block. It looks as far as
 * the network does in the direction in which that looks farthest.
 */
final class SelfEnsemble {

  private SelfEnsemble() {}

  /** Runs a network on a block. */
  static FloatImage run(FloatImage block, UnaryOperator<FloatImage> network) {
    float[] sum = new float[0];
    int width = 0;
    int height = 0;
    for (int turn = 0; turn < FlipsAndRotations.COUNT; turn++) {
      FloatImage turned = turn == 0 ? block : FlipsAndRotations.turned(block, turn);
      FloatImage enlarged =
          FlipsAndRotations.turned(network.apply(turned), FlipsAndRotations.inverse(turn));
      if (turn == 0) {
        sum = enlarged.samples();
        width = enlarged.width();
        height = enlarged.height();
      } else {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += enlarged.samples()[i];
        }
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= FlipsAndRotations.COUNT;
    }
    return FloatImage.wrap(block.channels(), height, width, sum);
  }
}
