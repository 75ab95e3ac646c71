// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.ModelInfo;
import org.nd4j.autodiff.samediff.SDVariable;

/** The architecture of a network. Immutable. */
interface Network {

  /** The name with all arguments, from which the same network is built again. */
  String text();

  int scale();

  ModelInfo.Color color();

  /** Whether the input was already enlarged bicubically, so that the network keeps its size. */
  default boolean isPreupscaled() {
    return false;
  }

  /** Whether weights of one scale are weights of every scale, so that they can be read as such. */
  default boolean servesAllScales() {
    return false;
  }

  /**
   * How many pixels of the input the convolutions use up on each side, because they are not padded:
   * in training, predictions are so much smaller than their targets; where the network runs, the
   * image is first extended by its outermost pixels. 0 if convolutions are padded with zeros.
   */
  default int border() {
    return 0;
  }

  /** The side of the patches to train with, in pixels of the input. */
  int patchSize();

  /** Adds the layers; those of a name always have the same weights. */
  SDVariable build(Layers layers, SDVariable input);

  /** What the learning rate is multiplied with for the weights of a name. */
  default double rateFactor(String weights) {
    return 1;
  }
}
